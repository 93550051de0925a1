"""Kernels of nets on a GPU: the same plain functions, with the items shared out over threads.

A text becomes one of the engine's kernels (`engine.cuda_source.Kernel`), which compiles it for a device, loads it for
Numba's simulator, or makes PTX of it.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from math import ceil
from typing import Any

import numpy as np

from ngdm_lab.engine import cuda_device
from ngdm_lab.engine.cuda_load import simulated
from ngdm_lab.engine.cuda_source import Kernel

from .device import Simulated

__all__ = ["DEVICE", "frame", "launch"]

DEVICE = "@_device"  # above every function of a text, the entry too
THREADS = 128  # of a block
_SIMULATED = 2, 2  # blocks and threads there: starting one takes longer than some items, and two show wrong indices

_ready: dict[int, tuple[Kernel, Any, list[str]]] = {}
# numbers as the types of the signature, to which a launch does not convert them
_NUMBERS: dict[str, Any] = {"uint64": np.uint64, "int64": np.int64, "float64": np.float64}


def frame(name: str, text: str, call: str, names: Sequence[str], kinds: Sequence[str], precision: str) -> Kernel:
    """A kernel whose threads do the items low to high - 1 each.

    Parameters
    ----------
    name : of the plain function, for messages.
    text : module text with the function, as `_entry`.
    call : text of its call, as ``_plain``, with the names, ``low`` and ``high``.
    names, kinds : of the arguments after the items; kinds as in Numba's signatures.
    precision : "float32" or "float64", what ``_real`` stands for.
    """
    body = f"""
def _kernel(items, share, {", ".join(names)}):
    low = np.uint64(_cuda.threadIdx.x + _cuda.blockIdx.x * _cuda.blockDim.x) * share
    if low < items:
        high = min(low + share, items)
        {call}
"""
    signature = f"void(uint64, uint64, {', '.join(kinds)})"
    # the float32 of kernels' literals, which on the CPU is Numba's
    whole = f"import numpy as _numba\n{text}"
    return Kernel(name, {"_plain": whole}, {"_plain": name}, body, signature, precision, 0, False)


def launch(kernel: Kernel, items: int, given: Sequence[Any], most: int = 2**31) -> None:
    """Do items 0, ..., items - 1 by at most so many threads; returns before a GPU has done them.

    Raises TypeError for arrays that are not on the device.
    """
    if items < 1:
        return
    _, compiled, kinds = _ready.get(id(kernel)) or _made(kernel)
    if not simulated():
        share = ceil(items / most)
        blocks = ceil(items / (share * THREADS))
        arguments = [_on_gpu(a) if "[" in k else _NUMBERS[k](a) for a, k in zip(given, kinds, strict=True)]
        compiled[blocks, THREADS, _stream()](np.uint64(items), np.uint64(share), *arguments)
        return
    blocks, threads = _SIMULATED
    share = ceil(items / (blocks * threads))
    arguments = [_simulated(a, k) if "[" in k else _NUMBERS[k](a) for a, k in zip(given, kinds, strict=True)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # NumPy's, for what a compiled kernel does silently
        compiled[blocks, threads](np.uint64(items), np.uint64(share), *arguments)


def _made(kernel: Kernel) -> tuple[Kernel, Any, list[str]]:
    """The kernel, what it is compiled to, and the types of its arguments after items and share."""
    kinds = re.findall(r"\w+(?:\[[^]]*\])?", kernel.signature)[3:]
    _ready[id(kernel)] = kernel, cuda_device.compiled(kernel), kinds  # it is kept, so that its id is no other's
    return _ready[id(kernel)]


def _on_gpu(array: Any) -> Any:
    """A CuPy array as Numba's, without waiting: both work on the same stream, in turn."""
    from numba import cuda

    if isinstance(array, np.ndarray):
        raise TypeError(f"an array of the host's in a kernel on the device: {array!r:.60}")
    return cuda.as_cuda_array(array, sync=False)


def _stream() -> Any:
    """CuPy's current stream as Numba's; its null stream is the one with the handle 1."""
    import cupy
    from numba import cuda

    return cuda.external_stream(cupy.cuda.get_current_stream().ptr or 1)


def _simulated(array: Any, kind: str) -> Any:
    """An array for the simulator, which would copy it there and back; checked as a signature checks it."""
    from numba.cuda.simulator.cudadrv.devicearray import FakeCUDAArray

    if not isinstance(array, Simulated):
        raise TypeError(f"an array of the host's in a kernel on the device: {array!r:.60}")
    dtype, axes = kind.rstrip("]").split("[")
    wanted = len(axes.split(","))
    if array.dtype != dtype or array.ndim != wanted or ("::1" in axes and not array.flags.c_contiguous):
        raise TypeError(f"a kernel takes {kind}, got {array.dtype} of shape {array.shape}, strides {array.strides}")
    return FakeCUDAArray(array.view(np.ndarray))
