"""Kernels of nets on a GPU: the same plain functions, with the items shared out over threads.

A text becomes a `compiler.cuda.source.Kernel`, as those of the engine are: it is compiled for a device, loaded for
Numba's simulator, or made PTX of.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Sequence
from functools import cache
from math import ceil
from typing import Any

import numpy as np

from ngdm_lab.compiler.cuda import device as cuda_device
from ngdm_lab.compiler.cuda.load import simulated
from ngdm_lab.compiler.cuda.source import Kernel
from ngdm_lab.nets.device import on_device

__all__ = ["DEVICE", "frame", "launch"]

DEVICE = "@_device"  # above every function of a text, the entry too
THREADS = 128  # of a block
_SIMULATED = 2, 2  # blocks and threads there: starting one takes longer than some items, and two show wrong indices

_ready: dict[int, tuple[Kernel, Any, list[Any]]] = {}
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
    arguments = [kind(value) for kind, value in zip(kinds, given, strict=True)]
    if not simulated():
        share = ceil(items / most)
        blocks = ceil(items / (share * THREADS))
        ready = cuda_device.configured(compiled, blocks, THREADS, _stream())
        ready(np.uint64(items), np.uint64(share), *arguments)
        return
    blocks, threads = _SIMULATED
    share = ceil(items / (blocks * threads))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # NumPy's, for what a compiled kernel does silently
        cuda_device.configured(compiled, blocks, threads)(np.uint64(items), np.uint64(share), *arguments)


def _made(kernel: Kernel) -> tuple[Kernel, Any, list[Any]]:
    """The kernel, what it is compiled to, and what turns each argument after items and share into the kernel's."""
    kinds = re.findall(r"\w+(?:\[[^]]*\])?", kernel.signature)[3:]
    ready = [_array(kind) if "[" in kind else _NUMBERS[kind] for kind in kinds]
    _ready[id(kernel)] = kernel, cuda_device.compiled(kernel), ready  # it is kept, so that its id is no other's
    return _ready[id(kernel)]


def _array(kind: str) -> Callable[[Any], Any]:
    """What takes an array of one kind, such as float32[:, ::1], and refuses others; it neither copies nor waits."""
    name, axes = kind.rstrip("]").split("[")
    dtype, ndim, dense = np.dtype(name), len(axes.split(",")), "::1" in axes
    wrap = _wrap()

    def take(array: Any) -> Any:
        if not on_device(array):
            raise TypeError(f"an array of the host's in a kernel on the device: {array!r:.60}")
        if array.dtype != dtype or array.ndim != ndim or (dense and not array.flags.c_contiguous):
            raise TypeError(f"a kernel on the device takes {kind}, got {array.dtype} of shape {array.shape}, "
                            f"strides {array.strides}")  # fmt: skip
        return wrap(array)

    return take


def _wrap() -> Callable[[Any], Any]:
    """What makes an array of the device Numba's."""
    if simulated():  # which would copy an array there and back
        from numba.cuda.simulator.cudadrv.devicearray import FakeCUDAArray

        return lambda array: FakeCUDAArray(array.view(np.ndarray))
    from numba import cuda

    # no waiting: CuPy and our kernels work on the same stream, in turn
    return lambda array: cuda.as_cuda_array(array, sync=False)


def _stream() -> Any:
    """CuPy's current stream as Numba's."""
    import cupy

    return _external(cupy.cuda.get_current_stream().ptr or 1)  # 1 is the handle of CuPy's null stream, the legacy one


@cache
def _external(handle: int) -> Any:
    """One object for each stream, by which Numba knows a grid again."""
    from numba import cuda

    return cuda.external_stream(handle)
