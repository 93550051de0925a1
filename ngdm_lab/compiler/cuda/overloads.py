"""What the functions of `arithmetic` compile to on a device. Imported where kernels are compiled only."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import cuda
from numba.cuda.extending import overload
from numba.cuda.types import Boolean, Float, Integer

from . import arithmetic as arithmetic

__all__: list[str] = []


def _width(*kinds: Any) -> int:
    """Bits of the real numbers among the operands; 0 for whole numbers, -1 for what is no number."""
    if not all(isinstance(k, Float | Integer | Boolean) for k in kinds):
        return -1
    return max((k.bitwidth for k in kinds if isinstance(k, Float)), default=0)


@overload(arithmetic.fma)
def _fma(a, b, c):  # type: ignore[no-untyped-def]
    width = _width(a, b, c)
    if width == 64:
        return lambda a, b, c: cuda.fma(np.float64(a), np.float64(b), np.float64(c))
    if width == 32:
        return lambda a, b, c: cuda.fma(np.float32(a), np.float32(b), np.float32(c))
    return lambda a, b, c: a * b + c


@overload(arithmetic.add)
def _add(a, b):  # type: ignore[no-untyped-def]
    if _width(a, b) == 32:
        return lambda a, b: np.float32(a) + np.float32(b)
    return lambda a, b: a + b


@overload(arithmetic.sub)
def _sub(a, b):  # type: ignore[no-untyped-def]
    if _width(a, b) == 32:
        return lambda a, b: np.float32(a) - np.float32(b)
    return lambda a, b: a - b


@overload(arithmetic.mul)
def _mul(a, b):  # type: ignore[no-untyped-def]
    if _width(a, b) == 32:
        return lambda a, b: np.float32(a) * np.float32(b)
    return lambda a, b: a * b


@overload(arithmetic.div)
def _div(a, b):  # type: ignore[no-untyped-def]
    if _width(a, b) in (0, 32):
        return lambda a, b: np.float32(a) / np.float32(b)
    return lambda a, b: a / b


@overload(arithmetic.power)
def _power(real, a, b):  # type: ignore[no-untyped-def]
    if not isinstance(b, Integer):
        return lambda real, a, b: real(a, b)
    if not isinstance(a, Float):
        return lambda real, a, b: a**b
    kind = np.float64 if a.bitwidth == 64 else np.float32

    def chain(real, a, b):  # type: ignore[no-untyped-def]
        # as `whole_power`; Numba's own chain comes with the library's power beside it
        left, made, square = abs(b), kind(1.0), kind(a)
        while left != 0:
            if left & 1:
                made *= square
            left >>= 1
            square *= square
        return kind(1.0) / made if b < 0 else made

    return chain


@overload(arithmetic.powf)
def _powf(a, b):  # type: ignore[no-untyped-def]
    if _width(a, b) == 32:
        return lambda a, b: np.float32(a) ** np.float32(b)
    return lambda a, b: a**b


@overload(math.gcd)
def _gcd(a, b):  # type: ignore[no-untyped-def]
    if not (isinstance(a, Integer) and isinstance(b, Integer)):
        return None

    def euclid(a, b):  # type: ignore[no-untyped-def]
        a, b = abs(a), abs(b)
        while b != 0:
            a, b = b, a % b
        return a

    return euclid
