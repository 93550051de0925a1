"""What is wrong with a GPU, its driver or the CUDA libraries, in one line that says what to do."""

from __future__ import annotations

import contextlib
import importlib.metadata
import re
from collections.abc import Iterator
from functools import cache

from ngdm_lab.compiler.errors import Unavailable

__all__ = ["INSTALL", "explained", "lasting", "unfit"]

INSTALL = 'pip install "ngdm-lab[cuda]" (CUDA 13) or "ngdm-lab[cuda12]"'
# after these the driver answers every call of the process with the same error
_FATAL = {"ILLEGAL_ADDRESS", "LAUNCH_TIMEOUT", "LAUNCH_FAILED", "MISALIGNED_ADDRESS", "ILLEGAL_INSTRUCTION",
          "INVALID_ADDRESS_SPACE", "INVALID_PC", "HARDWARE_STACK_ERROR", "ECC_UNCORRECTABLE", "ASSERT"}  # fmt: skip
_UNKNOWN_CODE = {"NO_BINARY_FOR_GPU", "UNSUPPORTED_PTX_VERSION", "INVALID_PTX", "INVALID_IMAGE", "INVALID_SOURCE",
                 "JIT_COMPILER_NOT_FOUND"}  # fmt: skip
_ended: list[str] = []


def lasting() -> str:
    """Why no GPU can be used in this process any more; empty where none has failed for good."""
    return _ended[0] if _ended else ""


@contextlib.contextmanager
def explained() -> Iterator[None]:
    """Inside this, what a driver reports comes out as Unavailable, with what to do."""
    try:
        yield
    except Exception as error:
        found = None if isinstance(error, Unavailable) else re.search(r"CUDA_ERROR_(\w+)|before forking", str(error))
        if found is None:
            raise
        raise Unavailable(f"backend 'cuda': {_words(found[1] or 'NOT_INITIALIZED')}") from error


def _words(name: str) -> str:
    full = f"CUDA_ERROR_{name}"
    if name in _FATAL:
        if name == "LAUNCH_TIMEOUT":
            why = "ended a launch that took too long, as it does where the GPU has a display"
            then = "with fewer starts, a GPU without a display or backend 'cpu'"
        else:
            why, then = "stopped a kernel", "and should it come again, report it and use backend 'cpu'"
        _ended.append(f"the driver {why} ({full}), after which every call in this process fails: restart the process, "
                      f"{then}")  # fmt: skip
        return _ended[0]
    if name == "OUT_OF_MEMORY":
        return f"the GPU's memory is full ({full}): see nvidia-smi for what else uses it, or take fewer starts"
    if name in _UNKNOWN_CODE:
        return (f"the driver cannot load the kernels ({full}), as where it is older than the CUDA libraries: "
                f"update it, or {INSTALL}")  # fmt: skip
    if name == "NOT_INITIALIZED":
        return (f"the GPU cannot be used in this process ({full}), as where it was forked from one that had used it: "
                "start it anew, with multiprocessing's 'spawn'")  # fmt: skip
    return f"the driver reports {full}: see nvidia-smi; backend 'cpu' needs no GPU"


@cache
def unfit() -> str:
    """Why driver, libraries and GPU do not fit each other; empty where they do. There must be a driver."""
    from numba import cuda
    from numba.cuda.cudadrv import driver

    if not len(cuda.gpus):
        return "the driver sees no GPU: see nvidia-smi, and what CUDA_VISIBLE_DEVICES hides"
    libraries, has = _libraries(), driver.get_version()
    if has[0] < libraries:
        return (f"the driver is for CUDA {has[0]}.{has[1]} and the installed libraries are for CUDA {libraries}: "
                f"update the driver (CUDA 13 needs release 580 or later), or {INSTALL}")  # fmt: skip
    mine, known = tuple(cuda.get_current_device().compute_capability), _architectures()
    words = f"the GPU has compute capability {mine[0]}.{mine[1]}"
    if known and mine < min(known):
        then = 'pip install "ngdm-lab[cuda12]"' if libraries > 12 else "backend 'cpu' needs no GPU"
        return f"{words}, and the libraries for CUDA {libraries} begin with {'.'.join(map(str, min(known)))}: {then}"
    if known and mine >= (9, 0) and mine not in known:  # from there on code is for one architecture alone
        return (f"{words}, which the installed CUDA libraries do not know: update them (pip install --upgrade "
                f"numba-cuda and its nvidia packages), or {INSTALL}")  # fmt: skip
    return ""


def _libraries() -> int:
    """The CUDA release that the installed libraries are for; 0 where it is not known."""
    with contextlib.suppress(importlib.metadata.PackageNotFoundError, ValueError):
        return int(importlib.metadata.version("cuda-bindings").partition(".")[0])
    return 0


def _architectures() -> list[tuple[int, int]]:
    """Compute capabilities that the libraries compile for; none where they cannot be asked."""
    from numba.cuda.cudadrv import nvrtc

    try:
        return sorted((int(major), int(minor)) for major, minor in nvrtc.get_supported_ccs())
    except Exception:  # whatever stands for a library that is not there
        return []
