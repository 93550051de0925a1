"""The cache stays small: by age, by size, once a day, beside other processes; and nothing else is touched."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngdm_lab.compiler import build as compiler
from ngdm_lab.compiler.build import build
from ngdm_lab.compiler.cache import contents
from ngdm_lab.compiler.cache.contents import DAY, SEAL, STAMP, clear, entries, leftovers, parse_size, prune, show_size
from ngdm_lab.compiler.errors import Unavailable
from ngdm_lab.nets.data.cache import cached


def half(v):
    return v / 2


def age(path: Path, days: float) -> None:
    at = time.time() - days * DAY
    os.utime(path, (at, at))


def code(folder: Path, number: int, days: float, size: int = 1000, name: str = "{:032x}") -> Path:
    """A made-up entry of compiled code."""
    entry = folder / name.format(number)
    (entry / "__pycache__").mkdir(parents=True)
    (entry / "__pycache__" / "code.nbc").write_bytes(bytes(size))
    (entry / SEAL).write_bytes(b"")
    age(entry / SEAL, days)
    return entry


def data(folder: Path, name: str, days: float, size: int = 1000) -> Path:
    file = folder / "decoded" / name
    file.parent.mkdir(exist_ok=True, parents=True, mode=0o700)
    file.write_bytes(bytes(size))
    age(file, days)
    return file


def left(folder: Path) -> set[str]:
    return {path.name for path in (*folder.glob("*"), *folder.glob("decoded/*"))} - {"decoded", STAMP}


def test_by_age(folder: Path) -> None:
    new, old = code(folder, 1, 89.9), code(folder, 2, 90.1)
    fresh, stale = data(folder, "a.npz", 89.9), data(folder, "b.npz", 91)
    removed = prune()
    assert {entry.path for entry in removed.entries} == {old, stale}
    assert sum(entry.size for entry in removed.entries) == 2000
    assert left(folder) == {new.name, fresh.name}
    prune(days=0)
    assert left(folder) == set()


def test_by_size_the_last_used_stay(folder: Path) -> None:
    made = [code(folder, 1, 5), data(folder, "two.npz", 4), code(folder, 3, 3), data(folder, "four.npz", 2)]
    assert prune(size=4000).entries == []
    prune(size=2999)
    assert left(folder) == {made[2].name, made[3].name}
    large = data(folder, "large.npz", 1, size=10_000)
    assert [entry.path for entry in prune(size=2000).entries] == [large], "one that is too large took others along"
    prune(size=0)
    assert left(folder) == set()


@given(
    made=st.lists(st.tuples(st.floats(0, 200), st.integers(0, 5_000), st.booleans()), max_size=8),
    days=st.floats(0, 200),
    size=st.integers(0, 20_000),
)
def test_what_stays_is_young_and_fits(
    made: list[tuple[float, int, bool]], days: float, size: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("cache")
        patch.setenv("NGDM_LAB_CACHE", str(folder))
        for k, (old, much, compiled) in enumerate(made):
            if compiled:
                code(folder, k, old, much)
            else:
                data(folder, f"{k}.npz", old, much)
        before, now = entries(), time.time()
        assert sorted(entry.size for entry in before) == sorted(much for _, much, _ in made)
        removed = prune(days, size)
        after = entries()
        assert sorted([*removed.entries, *after]) == sorted(before)
        assert sum(entry.size for entry in after) <= size
        assert all(now - entry.used < days * DAY for entry in after)
        kept = sum(entry.size for entry in after)
        for entry in removed.entries:
            assert time.time() - entry.used >= days * DAY or kept + entry.size > size, "it could have stayed"


def test_leftovers_are_swept_after_an_hour(folder: Path) -> None:
    for hours, number in ((0.9, 1), (1.1, 2)):
        workshop = code(folder, number, hours / 24, name=".{:032x}-0123456789abcdef")
        temporary = data(folder, f".set-{number}.npz-0123456789abcdef", hours / 24)
        assert {workshop, temporary} <= {entry.path for entry in leftovers()}
    assert entries() == []
    removed = prune()
    assert len(removed.leftovers) == 2
    assert left(folder) == {f".{1:032x}-0123456789abcdef", ".set-1.npz-0123456789abcdef"}


def test_nothing_else_is_touched(folder: Path, tmp_path: Path) -> None:
    """Somebody may have named a folder that holds other things."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("words")
    foreign = [code(folder, 0, 500, name=name) for name in ("mine", "f" * 31, "F" * 32, ".git", ".f-0123456789abcdef")]
    foreign += [data(folder, name, 500) for name in ("notes.txt", "a.npz.old", ".hidden.npz", ".a-0123456789abcdef")]
    (folder / f"{7:032x}").symlink_to(tmp_path / "mine")
    inside = code(folder, 8, 500)
    (inside / "link").symlink_to(tmp_path / "mine")
    prune(days=0)
    clear()
    assert left(folder) == {path.name for path in foreign}
    assert (tmp_path / "mine" / "thesis.tex").read_text() == "words"


def test_a_use_is_noted_once_a_day(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from numba import float64

    made = build(half, float64(float64))
    cached("set", "a", lambda: {"x": np.ones(2)})
    kept = [entry.path / SEAL if entry.kind == "compiled" else entry.path for entry in entries()]
    assert len(kept) == 2
    for days, noted in ((0.5, False), (1.5, True), (-1.0, True)):
        for path in kept:
            age(path, days)
        before = [path.stat().st_mtime for path in kept]
        monkeypatch.setattr(compiler, "_memory", {})
        assert build(half, float64(float64)) is not made
        cached("set", "a", lambda: pytest.fail("it was not kept"))
        assert [path.stat().st_mtime != was for path, was in zip(kept, before, strict=True)] == [noted] * 2


def test_it_is_pruned_in_passing_once_a_day(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from numba import float32, float64

    old = code(folder, 1, 100)
    build(half, float64(float64))
    assert not old.exists()
    code(folder, 1, 100)
    cached("set", "a", lambda: {"x": np.ones(2)})
    assert old.exists(), "twice a day"
    age(folder / STAMP, 1.1)
    monkeypatch.setenv("NGDM_LAB_CACHE_SIZE", "0")
    build(half, float32(float32))
    assert not old.exists()
    assert len(entries()) == 1, "the limit was not kept before the new entry"
    age(folder / STAMP, 1.1)
    code(folder, 1, 100)
    cached("other", "a", lambda: {"x": np.ones(2)})
    assert not old.exists()


def test_a_hit_prunes_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from numba import float64

    build(half, float64(float64))
    monkeypatch.setattr(compiler, "_memory", {})
    monkeypatch.setattr(contents, "prune", lambda **given: pytest.fail("pruned"))
    age(folder / STAMP, 2)
    build(half, float64(float64))


def test_an_entry_used_meanwhile_stays(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = code(folder, 1, 100)
    listed = entries()
    age(entry / SEAL, 0)
    monkeypatch.setattr(contents, "entries", lambda: listed)
    assert prune().entries == []
    assert entry.exists()


def test_an_unsafe_folder_is_left_alone(folder: Path) -> None:
    entry = code(folder, 1, 100)
    folder.chmod(0o777)
    for act in (prune, clear):
        with pytest.raises(Unavailable, match=r"left alone: .*chmod go-w"):
            act()
    assert entry.exists()


@pytest.mark.parametrize("text", ["", "much", "-1", "1X", "1 2", "1e3", "inf", "nan", "G", "0x10", "1,5G"])
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(ValueError, match="limit must be a size"):
        parse_size("limit", text)


def test_sizes() -> None:
    texts = ("0", "512", "1k", "1.5 KiB", "500M", "2G", "1gb", ".5T", "7B")
    assert [parse_size("limit", text) for text in texts] == [
        0, 512, 1024, 1536, 500 * 2**20, 2**31, 2**30, 2**39, 7
    ]  # fmt: skip
    assert [show_size(size) for size in (0, 1023, 1024, 1536, 1023 * 2**10, 2**40)] == [
        "0 bytes", "1023 bytes", "1 KiB", "1.5 KiB", "1023 KiB", "1 TiB"
    ]  # fmt: skip


@given(size=st.integers(0, 2**50))
def test_a_size_shown_can_be_read(size: int) -> None:
    text = show_size(size).replace(" bytes", "")
    assert parse_size("limit", text) == pytest.approx(size, rel=6e-3)


def test_a_wrong_limit_is_told_before_compiling(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from numba import float64

    monkeypatch.setenv("NGDM_LAB_CACHE_SIZE", "lots")
    with pytest.raises(ValueError, match=r"NGDM_LAB_CACHE_SIZE must be a size .* got 'lots'"):
        build(half, float64(float64))
    assert entries() == leftovers() == []


SCRIPT = """
import sys
from numba import float64
from ngdm_lab.compiler import build as compiler
from ngdm_lab.compiler.cache import contents

TEXT = "def f{0}(v):\\n    return v + {0}.0\\n"
for turn in range(12):
    compiler._memory.clear()
    for k in range(3):
        assert compiler.build_text(TEXT.format(k), f"f{k}", float64(float64))(1.0) == 1.0 + k
    contents.clear() if turn % 2 else contents.prune(size=int(sys.argv[1]))
print("sound")
"""


def test_two_processes_that_use_and_prune_at_once(folder: Path) -> None:
    """Each removes what the other has just made or is about to load."""
    both = [
        subprocess.Popen([sys.executable, "-c", SCRIPT, s], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for s in ("0", "40000")
    ]
    assert [process.communicate() for process in both] == [("sound\n", "")] * 2
    assert leftovers() == [], "something was left half made"
    assert all(compiler._sealed(entry.path, (entry.path / "source.py").read_text()) for entry in entries())


def test_a_killed_process_leaves_what_can_be_swept(folder: Path) -> None:
    """It is killed with its workshop open, as Numba is about to write into it."""
    script = (
        "import os, signal\nfrom numba import float64\nfrom ngdm_lab.compiler import build as compiler\n"
        "compiler._digests = lambda folder: os.kill(os.getpid(), signal.SIGKILL)\n"
        "compiler.build_text('def f(v):\\n    return v\\n', 'f', float64(float64))"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == -9
    (workshop,) = leftovers()
    assert workshop.size > 0
    prune()
    assert [entry.path for entry in leftovers()] == [workshop.path], "it may be at work"
    age(workshop.path, 0.05)
    assert [entry.path for entry in prune().leftovers] == [workshop.path]
    assert left(folder) == set()
