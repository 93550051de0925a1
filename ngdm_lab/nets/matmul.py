"""The one place where matrices are multiplied."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["matmul"]


def matmul(a: Any, b: Any, out: Any) -> None:
    """out = a b, by BLAS, in place.

    Parameters
    ----------
    a, b : (m, k) and (k, n), or a (k,) vector and (k, n); float32 or float64. A transposed view is no copy: BLAS reads
        it as it lies.
    out : (m, n) or (n,), C-contiguous, of the same dtype, apart from a and b.

    Notes
    -----
    With another number of BLAS threads the last bits may differ: a run repeats to the bit where that number does.
    """
    np.dot(a, b, out=out)
