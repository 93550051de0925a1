"""The three ways in which the laws of a device are tried, each from the one text of a test.

- simulator: Numba's, which runs kernels as Python, in a process of its own (`on_simulator`). Negative indices, which
  NumPy and compiled kernels take from the end, fail.
- ptx: the machine code that a launch runs, on this processor (`ptx_way`), with every access to memory checked.
- gpu: a GPU; `pytest -m gpu`. Without one the tests fail: they were asked for.

A file of laws uses the fixture `way`; its value, one of these words, says where the test is run.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

__all__ = ["SLOW_AS_PTX", "on_simulator", "way"]

ROOT = Path(__file__).resolve().parents[2]
ELSEWHERE = ["ptx", pytest.param("gpu", marks=pytest.mark.gpu)]
HERE = ["simulator"] if os.environ.get("NUMBA_ENABLE_CUDASIM") == "1" else ELSEWHERE

# for a test that compiles too much for the plain tests
SLOW_AS_PTX = pytest.mark.parametrize(
    "way", [pytest.param("ptx", marks=pytest.mark.slow) if one == "ptx" else one for one in HERE], indirect=True
)


@pytest.fixture(params=HERE)
def way(request):
    """Where the test is run, made ready."""
    from ngdm_lab.compiler.cuda import device as cuda_device

    with pytest.MonkeyPatch.context() as patches:
        if request.param == "ptx":
            if sys.platform == "darwin":
                pytest.skip("NVIDIA has no CUDA packages for macOS")
            import ptx_way

            ptx_way.take(patches, getattr(request.config, "cache", None))
        elif request.param == "simulator":
            import negative_indices

            negative_indices.refuse(patches)
        cuda_device.check()
        yield request.param


def on_simulator(arguments, code=None):
    """A Python process on the simulator: `python ARGUMENTS`, or `python -c CODE`."""
    command = [sys.executable, "-c", code] if code else [sys.executable, *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=ROOT,
        env={**os.environ, "NUMBA_ENABLE_CUDASIM": "1", "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
