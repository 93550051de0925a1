"""The folder of compiled code, as `lab.ensemble` uses it: shared, damaged, not to be written, out of date."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import landscapes as ls
import landscapes.blocks
import ngdm_lab as lab
from ngdm_lab.compiler import build as compiler
from ngdm_lab.compiler.cache.contents import SEAL, STAMP
from ngdm_lab.engine import blocks, fused_kernel, lane_driver

MODULE = """
import landscapes as ls


def inner(v):
    return {factor} * v


def total(x, n):
    s = 0.0
    for i in range(n):
        s += inner(x[i])
    return s


@ls.landscape(bounds=(-1.0, 1.0), dim=2)
def slope(x, g, n):
    for i in range(n):
        g[i] = inner(1.0)
    s = total(x, n)
    return s


if __name__ == "__main__":
    import ngdm_lab as lab

    runs = lab.ensemble(lab.SGD(0.5, momentum=0.0), slope, [[0.25, 0.5]] * 3, 1)
    print(runs.x.tolist(), runs.f.tolist())
"""


@pytest.fixture(name="folder")
def fresh_cache(tmp_path, monkeypatch):
    """An empty folder and a process that has forgotten what it compiled."""
    lane_driver.compiled()  # from the usual folder: it takes ten seconds
    fused_kernel.nothing()  # kept by its module, too
    monkeypatch.setenv("NGDM_LAB_CACHE", str(tmp_path / "cache"))
    forget(monkeypatch)
    return tmp_path / "cache"


def forget(monkeypatch):
    monkeypatch.setattr(compiler, "_memory", {})
    for module in (blocks, landscapes.blocks):
        monkeypatch.setattr(module, "_made", {})


def load(path, factor):
    """The module with a factor in its helper, read anew as after a restart."""
    path.write_text(MODULE.format(factor=factor))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    exec(compile(path.read_text(), str(path), "exec"), module.__dict__)
    return module


def sealed(entry):
    return compiler._sealed(entry, (entry / "source.py").read_bytes().decode(errors="replace"))


def made_in(folder):
    """All that lies there, save the file that says when it was pruned."""
    return [path for path in folder.iterdir() if path.name != STAMP]


def end(surface):
    """A step of length 1/2 along the slope, and the value there."""
    runs = lab.ensemble(lab.SGD(0.5, momentum=0.0), surface, [[0.25, 0.5]] * 3, 1)
    return runs.x.tolist(), runs.f.tolist()


EXPECTED = ([[-0.75, -0.5]] * 3, [-2.5] * 3)  # for the factor 2


@pytest.mark.slow
def test_processes_that_compile_at_once(folder, tmp_path):
    """Half a minute, since each begins with nothing."""
    script = tmp_path / "shared.py"
    script.write_text(MODULE.format(factor=2.0))
    packages = [str(Path(module.__file__).parent.parent) for module in (ls, lab)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(packages)}
    both = [
        subprocess.Popen([sys.executable, str(script)], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                         text=True)
        for _ in range(2)
    ]  # fmt: skip
    printed = [process.communicate() for process in both]
    assert printed == [(f"{EXPECTED[0]} {EXPECTED[1]}\n", "")] * 2
    entries = made_in(folder)
    assert len(entries) > 3
    assert all(sealed(entry) for entry in entries), "something was left behind, or is damaged"


def test_a_damaged_folder(folder, tmp_path, monkeypatch):
    """In each entry another file: machine code, index, source."""
    surface = load(tmp_path / "damaged.py", 2.0).slope
    assert end(surface) == EXPECTED
    entries = sorted(made_in(folder))
    assert len(entries) >= 3
    for k, entry in enumerate(entries):
        path = next(entry.rglob(f"*{('.nbc', '.nbi', '.py')[k % 3]}"))
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2] + b"\xff" * 64)
        assert not sealed(entry)
    forget(monkeypatch)
    assert end(surface) == EXPECTED
    assert sorted(made_in(folder)) == entries
    assert all(sealed(entry) for entry in entries), "the damage was not mended"


def test_an_entry_that_is_sealed_and_cannot_be_used(folder, tmp_path, monkeypatch):
    """It is replaced, not compiled anew in every process."""
    surface = load(tmp_path / "useless.py", 2.0).slope
    assert end(surface) == EXPECTED
    entries = sorted(made_in(folder))
    for entry in entries:
        next(entry.rglob("*.nbc")).write_bytes(b"no machine code")
        (entry / SEAL).write_bytes(compiler._digests(entry))
        assert sealed(entry)
    forget(monkeypatch)
    assert end(surface) == EXPECTED
    assert sorted(made_in(folder)) == entries
    assert all(sealed(entry) for entry in entries)
    assert not any(next(entry.rglob("*.nbc")).read_bytes() == b"no machine code" for entry in entries)


def test_a_folder_that_cannot_be_made(tmp_path, monkeypatch):
    lane_driver.compiled()
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    monkeypatch.setenv("NGDM_LAB_CACHE", str(blocked / "below"))
    forget(monkeypatch)
    assert end(load(tmp_path / "kept.py", 2.0).slope) == EXPECTED
    assert blocked.read_text() == "no folder"


@pytest.mark.slow
def test_no_folder_for_the_driver_either(tmp_path, monkeypatch):
    """Its compilation takes ten seconds and more."""
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    monkeypatch.setenv("NGDM_LAB_CACHE", str(blocked / "below"))
    forget(monkeypatch)
    lane_driver.compiled.cache_clear()
    try:
        assert end(load(tmp_path / "kept.py", 2.0).slope) == EXPECTED
    finally:
        lane_driver.compiled.cache_clear()


def test_a_changed_helper_is_seen(folder, tmp_path, monkeypatch):
    """Of the same name in the same file, which Numba's own cache would take for the old one."""
    script = tmp_path / "changing.py"
    results = []
    for factor in (2.0, 4.0, 2.0):
        results.append(end(load(script, factor).slope))
        forget(monkeypatch)
    assert results[0] == results[2] == EXPECTED
    assert results[1][0] == [[0.25 - 2.0, 0.5 - 2.0]] * 3
    assert results[1][1] == [4.0 * (0.25 - 2.0 + 0.5 - 2.0)] * 3


def test_a_helper_redefined_in_place(folder, tmp_path):
    """As in a notebook: the function that it calls is another one later. The landscape stays what it was."""
    module = load(tmp_path / "notebook.py", 2.0)
    assert end(module.slope) == EXPECTED
    later = load(tmp_path / "later.py", 4.0)
    module.inner = later.inner
    surface = module.slope.family(2)
    assert surface([0.25, 0.5]) == 1.5
    assert end(surface) == EXPECTED


@pytest.mark.parametrize("debug", ["0", "1"])
def test_an_index_error_is_found(debug, tmp_path):
    """With NGDM_LAB_DEBUG=1, where all indices of all functions are checked, and without."""
    script = tmp_path / "over.py"
    script.write_text(
        "import landscapes as ls, ngdm_lab as lab\n"
        "@ls.landscape(bounds=(-5, 5), minima=[[0.0, 0.0]], f_min=0.0)\n"
        "def over(x, g, n):\n"
        "    for i in range(n):\n"
        "        g[i] = x[i + (1 if x[0] > 4.5 else 0)]\n"  # nothing that a call near the middle would show
        "    return x[0]\n"
        "lab.ensemble(lab.SGD(0.1), over, [[4.9, 1.0]] * 3, 3)\n"
    )
    environment = {**os.environ, "NGDM_LAB_DEBUG": debug}
    done = subprocess.run([sys.executable, str(script)], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert re.search(r"OutOfRange: over: .*over\.py:5: x\[2\]: x has 2 entries, 0 to 1$", done.stderr.splitlines()[-1])
