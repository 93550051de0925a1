"""The folder of compiled code: written once, never trusted blindly, never in the way."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numba
import pytest

from ngdm_lab.compiler import build as compiler
from ngdm_lab.compiler.build import build
from ngdm_lab.compiler.cache.contents import STAMP


def half(v):
    return v / 2


def lifted(v, by=0.5):
    return v + by


def subject(x):
    return half(x) + lifted(x)


def misses(x):
    return x + nowhere  # noqa: F821


@pytest.fixture(name="folder")
def fresh_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of its own, which holds everything though Numba is told to keep its files elsewhere."""
    elsewhere = str(tmp_path / "elsewhere")
    monkeypatch.setenv("NGDM_LAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(compiler, "_memory", {})
    monkeypatch.setenv("NUMBA_CACHE_DIR", elsewhere)
    monkeypatch.setattr("numba.config.CACHE_DIR", elsewhere)
    yield tmp_path / "cache"
    assert not Path(elsewhere).exists()
    assert elsewhere == numba.config.CACHE_DIR


def one_number() -> Any:
    from numba import float64

    return float64(float64)


def forget() -> None:
    compiler._memory.clear()


def contents(folder: Path) -> dict[str, tuple[bytes, int]]:
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != STAMP]
    return {str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


def sealed(entry: Path) -> bool:
    return compiler._sealed(entry, (entry / "source.py").read_text())


def made_in(folder: Path) -> list[Path]:
    """All that lies there, save the file that says when it was pruned."""
    return [path for path in folder.iterdir() if path.name != STAMP]


def test_written_once_and_read_again(folder: Path) -> None:
    assert build(subject, one_number())(3.0) == 5.0
    assert build(subject, one_number()) is build(subject, one_number())
    before = contents(folder)
    assert sorted(Path(name).suffix for name in before) == ["", ".nbc", ".nbi", ".py"]
    assert len(made_in(folder)) == 1, "something was left behind"
    forget()
    again = build(subject, one_number())
    assert again(3.0) == 5.0
    assert sum(again.stats.cache_hits.values()) == 1
    assert contents(folder) == before


def damage_nothing_but_the_seal(entry: Path) -> None:
    (entry / "seal").unlink()


def truncate(suffix: str, keep: float) -> Callable[[Path], None]:
    def act(entry: Path) -> None:
        for path in entry.rglob(f"*{suffix}"):
            path.write_bytes(path.read_bytes()[: int(keep * path.stat().st_size)])

    return act


def garble(suffix: str) -> Callable[[Path], None]:
    def act(entry: Path) -> None:
        for path in entry.rglob(f"*{suffix}"):
            data = bytearray(path.read_bytes())
            middle = len(data) // 2
            data[middle : middle + 64] = b"\xff" * len(data[middle : middle + 64])
            path.write_bytes(bytes(data))

    return act


def remove(suffix: str) -> Callable[[Path], None]:
    def act(entry: Path) -> None:
        for path in entry.rglob(f"*{suffix}"):
            path.unlink()

    return act


@pytest.mark.parametrize(
    "damage",
    [
        damage_nothing_but_the_seal,
        *[truncate(suffix, keep) for suffix in (".nbi", ".nbc") for keep in (0.0, 0.5)],
        *[act(suffix) for suffix in (".py", ".nbi", ".nbc") for act in (garble, remove)],
        garble("seal"),
    ],
)
def test_a_damaged_entry_is_made_again(folder: Path, damage: Callable[[Path], None]) -> None:
    build(half, one_number())
    (entry,) = made_in(folder)
    sound = contents(folder)
    damage(entry)
    assert contents(folder) != sound
    forget()
    assert build(half, one_number())(3.0) == 1.5
    forget()
    healed = build(half, one_number())
    assert healed(3.0) == 1.5
    assert sum(healed.stats.cache_hits.values()) == 1
    assert [path.name for path in made_in(folder)] == [entry.name]


def test_a_place_that_cannot_be_written(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    monkeypatch.setenv("NGDM_LAB_CACHE", str(blocked / "sub"))
    assert build(half, one_number())(3.0) == 1.5
    assert blocked.read_text() == "no folder"

    def full(*args: Any, **kwargs: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setenv("NGDM_LAB_CACHE", str(folder))
    monkeypatch.setattr(Path, "write_bytes", full)
    forget()
    assert build(half, one_number())(5.0) == 2.5
    assert made_in(folder) == []


def test_the_key_holds_all_that_matters(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from numba import float32, float64

    build(half, float64(float64))
    build(half, float32(float32))
    build(half, float64(float64), fastmath=False)
    adaptor = "def adaptor(x):\n    return {name}(x) + lifted(x)"
    assert build(half, float64(float64), adaptor=adaptor, helpers=(lifted,))(1.0) == 2.0
    assert len(made_in(folder)) == 4
    with pytest.raises(Exception, match="nowhere"):
        build(misses, float64(float64))
    assert len(made_in(folder)) == 4
    monkeypatch.setattr(compiler, "_machine", lambda: "another processor or release of Numba")
    assert build(half, float64(float64))(3.0) == 1.5
    assert len(made_in(folder)) == 5


MODULE = """
from math import sqrt

import landscapes as ls

def inner(v):
    return {body}

def outer(v):
    return inner(v) + 1.0

@ls.landscape(bounds=(-1, 1), dim=1)
def slope(x, g):
    g[0] = {number}
    return {number} * x[0]
"""


def load(path: Path, body: str = "v", number: float = 1.0) -> ModuleType:
    path.write_text(MODULE.format(body=body, number=number))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    exec(compile(path.read_text(), str(path), "exec"), module.__dict__)
    return module


def test_a_changed_helper_is_seen(folder: Path, tmp_path: Path) -> None:
    """Numba's own cache looks at the caller's file only."""
    source = tmp_path / "changing.py"
    assert build(load(source, "2.0 * v").outer, one_number())(4.0) == 9.0
    assert build(load(source, "sqrt(v) ").outer, one_number())(4.0) == 3.0
    forget()
    assert build(load(source, "2.0 * v").outer, one_number())(4.0) == 9.0
    assert len(made_in(folder)) == 2


def test_processes_share_the_folder(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes compile the same at once, and a third has nothing left to compile."""
    here = load(tmp_path / "shared.py", number=1.25)
    command = [sys.executable, "-c", "import shared; print(shared.slope.rotated(1).value([[0.5]] * 3).tolist())"]
    package = Path(compiler.__file__).parent.parent
    both = [
        subprocess.Popen(
            command,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(package)])},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    printed = [process.communicate() for process in both]
    assert printed == [("[0.625, 0.625, 0.625]\n", "")] * 2
    entries = made_in(folder)
    assert len(entries) == 2
    assert all(sealed(entry) for entry in entries)
    monkeypatch.setattr("ngdm_lab.compiler.build.AT_MISSES", [lambda: pytest.fail("it is compiled again")])
    assert here.slope.rotated(1).value([[0.5]] * 3).tolist() == [0.625] * 3


# -- single files ---------------------------------------------------------------------------------------
