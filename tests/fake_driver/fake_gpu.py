"""Imported in a process on the driver of `driver.c`: kernels run as PTX on this processor, and what happens is told.

Nothing of the lab or of numba-cuda is replaced but NVIDIA's run-time compiler, which is asked for a
list of architectures and need not be installed.
Code that is loaded is known again by watching what Numba links.
"""

from __future__ import annotations

import ctypes
import sys
from typing import Any

from numba.cuda import codegen, cuda_paths
from numba.cuda.cudadrv import nvrtc

import landscapes as ls
import ngdm_lab as lab
from ptx_cpu import Fault, Memory, Program

__all__ = ["DRIVER", "attempt", "counts", "fail", "run"]

DRIVER = ctypes.CDLL("libcuda.so.1")
ARCHITECTURES = [(7, 5), (8, 0), (8, 6), (8, 9), (9, 0), (10, 0), (12, 0)]  # some of CUDA 13's
MOST = 4096  # blocks of device memory
_SIZES = {"8": 1, "16": 2, "32": 4, "64": 8}
_linked: list[tuple[bytes, Any]] = []
_programs: dict[int, Program] = {}
_names: list[Any] = []
_get = codegen.CUDACodeLibrary.get_cubin


class Counts(ctypes.Structure):
    """The driver's own: bytes up and down, and of memory in use and at most."""

    _fields_ = [(name, ctypes.c_long) for name in ("launches", "loads", "up", "down", "used", "peak")]


counts = Counts.in_dll(DRIVER, "fake_counts")


def _watched(self: Any, cc: Any = None) -> Any:
    made = _get(self, cc)
    if not any(library is self for _, library in _linked):
        _linked.append((bytes(made.code), self))
    return made


@ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)
def _load(image: int) -> int | None:
    for k, (code, _) in enumerate(_linked):
        if ctypes.string_at(image, len(code)) == code:
            _names.append(ctypes.create_string_buffer(str(k).encode()))
            return ctypes.addressof(_names[-1])
    return None


@ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_char_p, ctypes.POINTER(ctypes.c_void_p), *[ctypes.c_uint] * 6)
def _launch(name: bytes, parameters: Any, *shape: int) -> int:
    try:
        k = int(name)
        if k not in _programs:
            _programs[k] = Program(_linked[k][1].get_lto_ptx(), _linked[k][1].name)
        kinds = _programs[k].made.parameters
        raw = [ctypes.string_at(parameters[i], _SIZES[kind[1:]]) for i, kind in enumerate(kinds)]
        words = [int.from_bytes(part, "little") for part in raw]
        held = (ctypes.c_uint64 * (2 * MOST))()
        count = DRIVER.fake_blocks(held, MOST)
        memory = [Memory(held[2 * i], held[2 * i] + held[2 * i + 1], 1, "device memory") for i in range(count)]
        _programs[k].run(shape[:3], shape[3:], words, memory)
    except Fault as fault:
        print(fault, file=sys.stderr)
        return 700
    except Exception as error:  # which would be lost on the way through C
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 719
    return 0


codegen.CUDACodeLibrary.get_cubin = _watched
cuda_paths._get_nvrtc_path, nvrtc.get_supported_ccs = lambda: None, lambda: ARCHITECTURES
DRIVER.fake_set(_launch, _load)


def fail(call: str, error: int, after: int = 0) -> None:
    """The call of the driver's with this beginning fails, once so many more have not."""
    DRIVER.fake_fail(call.encode(), ctypes.c_long(after), error)


def run(backend: str = "cuda", starts: int = 3, steps: int = 10, **options: Any) -> str:
    """A small ensemble, held against the CPU; the engine that it went through."""
    opt, s = lab.Adam(0.1), ls.sphere(2)
    mine = lab.ensemble(opt, s, starts, steps, backend=backend, **options)
    wanted = lab.ensemble(opt, s, starts, steps, **options)
    assert abs(mine.x - wanted.x).max() < 1e-12
    return str(mine.manifest()["engine"])


def attempt(what: Any) -> None:
    """Print what a call gives, or the error it raises, in one line that begins with its kind."""
    try:
        print("fine:", what())
    except Exception as error:
        print(f"{type(error).__name__}: {error!s}".replace("\n", "\\n"))
