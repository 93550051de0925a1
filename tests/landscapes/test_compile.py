"""Gathering source, and the folder of compiled code: written once, never trusted blindly, never in the way."""

from __future__ import annotations

import importlib.util
import math
import os
import subprocess
import sys
from collections.abc import Callable
from math import sqrt as root
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from landscapes import compile as compiler
from landscapes.compile import build, cache_folder, write_atomically
from landscapes.plain import NotPlain, gather

OFFSET = np.float64(0.5)
FLOOR = -math.inf


def half(v):
    return v / 2


def lifted(v, by=OFFSET, least=FLOOR):
    return max(v + by, least)


def subject(x: float) -> float:
    """Uses helpers, a renamed import, a NumPy number and math itself."""
    half_of = half(x)
    return root(half_of) + lifted(x) + math.floor(x)


def expected(x: float) -> float:
    return math.sqrt(x / 2) + x + 0.5 + math.floor(x)


@pytest.fixture(name="folder")
def fresh_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NGDM_LAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(compiler, "_memory", {})
    return tmp_path / "cache"


def one_number() -> Any:
    from numba import float64

    return float64(float64)


def forget() -> None:
    compiler._memory.clear()


def contents(folder: Path) -> dict[str, tuple[bytes, int]]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


# -- gathering ------------------------------------------------------------------------------------------


def test_gathered_text_stands_alone() -> None:
    text, name = gather(subject)
    assert name == "subject"
    assert "Uses helpers" not in text
    assert ": float" not in text
    namespace: dict[str, Any] = {}
    exec(text, namespace)
    assert namespace["subject"](3.0) == subject(3.0) == expected(3.0)


def calls_itself(x):
    return calls_itself(x - 1)


def uses_array(x):
    return x + TABLE[0]


def uses_module(x):
    return os.getpid() + x


other_name = half


def renames_a_function(x):
    return other_name(x)


def misses(x):
    return x + nowhere  # noqa: F821


TABLE = np.arange(3)


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (calls_itself, r"test_compile.py:\d+: calls_itself calls itself; write it as a loop"),
        (uses_array, r"test_compile.py:\d+: TABLE is a ndarray; a plain function may use numbers"),
        (uses_module, r"os is a module"),
        (renames_a_function, "call half by its own name, not other_name"),
        (lambda x: x, "a lambda cannot be compiled here"),
        (len, "len is a builtin_function_or_method, not a function written with def"),
    ],
)
def test_what_is_not_plain(function: Any, says: str) -> None:
    with pytest.raises(NotPlain, match=says):
        gather(function)


def test_source_that_is_not_there_or_not_its_own() -> None:
    namespace: dict[str, Any] = {}
    exec("def made(x):\n    return x", namespace)
    with pytest.raises(NotPlain, match="the source of made cannot be read"):
        gather(namespace["made"])

    def wrapper(x):
        return half(x) + 1

    wrapper.__wrapped__ = half  # type: ignore[attr-defined]
    with pytest.raises(NotPlain, match="the source found for wrapper is that of half"):
        gather(wrapper)


def test_one_name_for_two_things() -> None:
    def scope_a() -> Callable[..., Any]:
        factor = 2.0

        def scaled_a(x):
            return factor * x

        return scaled_a

    scaled_a, factor = scope_a(), 3.0

    def both(x):
        return scaled_a(x) + factor * x

    with pytest.raises(NotPlain, match="the name 'factor' stands for two different things"):
        gather(both)


# -- the folder -----------------------------------------------------------------------------------------


def test_cache_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NGDM_LAB_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path
    monkeypatch.delenv("NGDM_LAB_CACHE")
    assert cache_folder().parts[-2:] == ("ngdm-lab", "compiled")


def test_written_once_and_read_again(folder: Path) -> None:
    assert build(subject, one_number())(3.0) == expected(3.0)
    assert build(subject, one_number()) is build(subject, one_number())
    before = contents(folder)
    assert sorted(Path(name).suffix for name in before) == ["", ".nbc", ".nbi", ".py"]
    assert len(list(folder.iterdir())) == 1, "something was left behind"
    forget()
    again = build(subject, one_number())
    assert again(3.0) == expected(3.0)
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
    (entry,) = folder.iterdir()
    sound = contents(folder)
    damage(entry)
    assert contents(folder) != sound
    forget()
    assert build(half, one_number())(3.0) == 1.5
    forget()
    healed = build(half, one_number())
    assert healed(3.0) == 1.5
    assert sum(healed.stats.cache_hits.values()) == 1
    assert [path.name for path in folder.iterdir()] == [entry.name]


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
    assert list(folder.iterdir()) == []


def test_the_key_holds_all_that_matters(folder: Path) -> None:
    from numba import float32, float64

    build(half, float64(float64))
    build(half, float32(float32))
    build(half, float64(float64), fastmath=False)
    adaptor = "def adaptor(x):\n    return {name}(x) + lifted(x)"
    assert build(half, float64(float64), adaptor=adaptor, helpers=(lifted,))(1.0) == 2.0
    assert len(list(folder.iterdir())) == 4
    with pytest.raises(Exception, match="nowhere"):
        build(misses, float64(float64))
    assert len(list(folder.iterdir())) == 4


MODULE = """
from math import sqrt

def inner(x):
    return {body}

def outer(x):
    return inner(x) + 1.0
"""


def load(path: Path, body: str) -> Callable[..., Any]:
    path.write_text(MODULE.format(body=body))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.dont_write_bytecode, keep = True, sys.dont_write_bytecode
    try:
        spec.loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = keep
    return module.outer  # type: ignore[no-any-return]


def test_a_changed_helper_is_seen(folder: Path, tmp_path: Path) -> None:
    """Numba's own cache looks at the caller's file only."""
    source = tmp_path / "changing.py"
    assert build(load(source, "2.0 * x"), one_number())(4.0) == 9.0
    assert build(load(source, "sqrt(x) "), one_number())(4.0) == 3.0
    forget()
    assert build(load(source, "2.0 * x"), one_number())(4.0) == 9.0
    assert len(list(folder.iterdir())) == 2


def test_two_processes_at_once(folder: Path) -> None:
    code = "import landscapes as ls; print(ls.rosenbrock(3).rotated(1).value([[0.5, 1.5, -1.0]] * 3).tolist())"
    both = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    (out_a, err_a), (out_b, err_b) = (process.communicate() for process in both)
    assert (err_a, err_b) == ("", "")
    assert out_a == out_b
    assert out_a
    entries = list(folder.iterdir())
    assert len(entries) == 2
    assert all(compiler._sealed(entry) for entry in entries)


# -- single files ---------------------------------------------------------------------------------------


def test_write_atomically(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "result"
    write_atomically(path, b"one")
    write_atomically(path, b"two")
    assert path.read_bytes() == b"two"
    umask = os.umask(0)
    os.umask(umask)
    assert path.stat().st_mode & 0o777 == 0o666 & ~umask

    def fails(*args: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", fails)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(path, b"three")
    assert path.read_bytes() == b"two"
    assert [p.name for p in tmp_path.iterdir()] == ["result"]
    monkeypatch.undo()
    with pytest.raises(FileNotFoundError):
        write_atomically(tmp_path / "missing" / "result", b"")
