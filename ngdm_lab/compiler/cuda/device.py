"""The GPU: whether there is one, kernels compiled for it, its memory. Importing this file loads no CUDA package."""

from __future__ import annotations

import importlib.util
import warnings
from functools import cache
from typing import Any

from ngdm_lab.compiler.errors import Unavailable

from .load import compiler_errors, load, simulated
from .source import Kernel
from .trouble import INSTALL, explained, lasting, unfit

__all__ = ["check", "compiled", "configured", "describe", "free_memory", "is_out_of_memory", "reason"]

_memory: dict[str, Any] = {}


def reason() -> str:
    """Why there is no GPU to run on; empty where there is one."""
    if simulated() or lasting():
        return lasting()
    if importlib.util.find_spec("numba_cuda") is None:
        return f"the package numba-cuda is not installed: {INSTALL}"
    try:
        from numba import cuda

        if cuda.is_available():
            return unfit()
        error = " ".join(str(cuda.cuda_error() or "").split()).rstrip(":. ")
    except Exception as failed:  # whatever a half-installed toolkit raises
        error = f"{type(failed).__name__}: {' '.join(str(failed).split())}"
    if error:
        return f"no NVIDIA driver can be used ({error}): it needs an NVIDIA GPU and its driver, see nvidia-smi"
    return f"the driver is there, but not the CUDA libraries: {INSTALL}"


def check() -> None:
    """Unavailable where kernels cannot run, saying what to install or why the driver was refused."""
    why = reason()
    if why:
        raise Unavailable(f"backend 'cuda': {why}")


def describe() -> str:
    """The GPU's name and compute capability."""
    if simulated():
        return "Numba's CUDA simulator"
    from numba import cuda

    with explained():
        device = cuda.get_current_device()
    name = device.name.decode() if isinstance(device.name, bytes) else str(device.name)
    return f"{name} (compute capability {'.'.join(map(str, device.compute_capability))})"


def free_memory() -> float:
    """Bytes free on the device."""
    from numba import cuda

    with explained():
        return float(cuda.current_context().get_memory_info().free)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an exception of the driver says that the device's memory is full."""
    return isinstance(error, MemoryError) or "OUT_OF_MEMORY" in str(error)


def compiled(k: Kernel) -> Any:
    """The kernel for the current device, compiled once in a process.

    Raises TypeError for a function that cannot be compiled for CUDA, naming it and the reason, and Unavailable where
    the driver cannot load it.
    """
    if k.key not in _memory:
        from numba import cuda

        function = load(k)
        with explained(), compiler_errors(k):
            _memory[k.key] = cuda.jit(k.signature)(function)
    return _memory[k.key]


@cache
def configured(kernel: Any, blocks: Any, threads: int, stream: Any = 0) -> Any:
    """A compiled kernel with its grid, ready to be called.

    Numba warns of fewer than 128 blocks; a small batch or a short vector has no more, so that is silenced.
    """
    if simulated():  # where a kernel has one grid, that which it was given last
        return lambda *given: kernel[blocks, threads](*given)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Grid size", Warning)
        return kernel[blocks, threads, stream]
