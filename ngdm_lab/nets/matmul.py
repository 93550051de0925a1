"""The one place where matrices are multiplied."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

import numpy as np

from .device import of, on_device
from .share import share

__all__ = ["matmul", "wide"]

WORTH = 4e7  # products of numbers, some 300 microseconds: less is not worth waking other threads


def matmul(a: Any, b: Any, out: Any) -> None:
    """out = a b, in place: float32 by `gemm` where the processor has AVX-512 and the shapes suit it, else by BLAS.

    Arrays on a GPU are multiplied there, by cuBLAS.

    Parameters
    ----------
    a, b : (m, k) and (k, n), or a (k,) vector and (k, n); float32 or float64. A transposed view is no copy.
    out : (m, n) or (n,), C-contiguous, of the same dtype, apart from a and b.

    Raises
    ------
    ValueError
        Where shapes or dtypes do not fit.

    Notes
    -----
    NGDM_LAB_MATMUL=blas leaves everything to BLAS. `gemm` uses Numba's number of threads and gives the same bits for
    any; under BLAS the last bits may differ with another number of BLAS threads.
    """
    if on_device(out):
        of(out).dot(a, b, out)
        return
    if not _suits(a, b, out) or not wide():
        np.dot(a, b, out=out)
        return
    from .gemm import compiled

    product, work = compiled(), out.size * b.shape[0]
    share(len(out), work / WORTH, lambda low, high: product(a[low:high], b, out[low:high]), step=8)


def _suits(a: Any, b: Any, out: Any) -> bool:
    """Whether `gemm` takes them, and they are no mistake."""
    return bool(
        out.ndim == 2
        and a.dtype == b.dtype == out.dtype == np.float32
        and a.ndim == 2
        and a.flags.behaved  # aligned and writable, which compiled code wants even of what it only reads
        and b.flags.carray
        and out.flags.carray
        and out.shape == (a.shape[0], b.shape[1])
        and a.shape[1] == b.shape[0] >= 8
    )


@cache
def wide() -> bool:
    """Whether this processor has AVX-512 and BLAS is not asked for."""
    import llvmlite.binding as llvm

    if os.environ.get("NGDM_LAB_MATMUL") == "blas":
        return False
    try:
        return bool(llvm.get_host_cpu_features().get("avx512f", False))
    except RuntimeError:  # a processor that LLVM does not know
        return False
