"""What the texts of CUDA kernels call for arithmetic: fused multiply-adds, and operations of single precision.

Under the simulator these run as they stand; for a device, `overloads` says what they compile to.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from ngdm_lab.compiler.contract import FMA

__all__ = ["add", "div", "fma", "mul", "names", "power", "powf", "sub", "whole_power"]


def fma(a: Any, b: Any, c: Any) -> Any:
    """a * b + c with one rounding where the numbers are real."""
    if isinstance(a, np.float32) or isinstance(b, np.float32) or isinstance(c, np.float32):
        return a * b + c
    if isinstance(a, float) or isinstance(b, float) or isinstance(c, float):
        return np.float64(_exact()(a, b, c))
    return a * b + c


@cache
def _exact() -> Any:
    """The CPU engine's multiply-add."""
    from numba import float64, njit

    from ngdm_lab.compiler import fma as multiply_add

    return njit(float64(float64, float64, float64))(lambda a, b, c: multiply_add.fma(a, b, c))


def add(a: Any, b: Any) -> Any:
    """a + b, single precision where a side is."""
    return a + b


def sub(a: Any, b: Any) -> Any:
    """a - b, single precision where a side is."""
    return a - b


def mul(a: Any, b: Any) -> Any:
    """a * b, single precision where a side is."""
    return a * b


def div(a: Any, b: Any) -> Any:
    """a / b, single precision unless a side is double."""
    return a / b


def power(real: Any, a: Any, b: Any) -> Any:
    """a ** b: a chain of products where b is whole, else `real`."""
    return whole_power(a, int(b)) if isinstance(b, int | np.integer) else real(a, b)


def whole_power(a: Any, b: int) -> Any:
    """a ** b for a whole number b, by the products that Numba's compiled code makes."""
    left, made = abs(b), 1.0 if isinstance(a, float | np.floating) or b < 0 else 1
    while left:
        made = a * made if left & 1 else made
        left >>= 1
        a = a * a if left else a
    return 1.0 / made if b < 0 else made


def powf(a: Any, b: Any) -> Any:
    """a ** b in the precision of a."""
    return a**b


def names() -> dict[str, Any]:
    """These functions by their names in the texts."""
    return {FMA: fma, "_add": add, "_sub": sub, "_mul": mul, "_div": div, "_pow": power, "_powf": powf,
            "_f32": np.float32}  # fmt: skip
