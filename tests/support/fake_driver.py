"""A process on the CUDA driver of `tests/fake_driver/driver.c`, which this machine's C compiler makes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

__all__ = ["ROOT", "built", "on_driver"]

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "tests" / "fake_driver" / "driver.c"


def built(folder):
    """The folder with the driver as libcuda.so.1."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        pytest.skip("no C compiler here")
    command = [compiler, "-shared", "-fPIC", "-O1", "-o", str(folder / "libcuda.so.1"), str(SOURCE),
               "-ldl", "-lpthread"]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


def on_driver(folder, code, **settings):
    """What Python code prints, line by line, in a process on the driver with these settings (`driver.c` lists them)."""
    paths = [ROOT, SOURCE.parent, ROOT / "tests" / "ptx", ROOT / "tests" / "support"]
    known = {k: v for k, v in os.environ.items() if not k.startswith(("FAKE_", "NUMBA_ENABLE_CUDASIM"))}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT, timeout=300,
        env={**known, "LD_LIBRARY_PATH": str(folder), "PYTHONPATH": os.pathsep.join(map(str, paths)),
             **{f"FAKE_{name}": str(value) for name, value in settings.items()}},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout.splitlines()
