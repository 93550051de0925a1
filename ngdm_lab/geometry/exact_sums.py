"""Sums and products of doubles with the rounding that they lost: a number as the sum of two doubles."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ngdm_lab.compiler.math.float64 import product_error

__all__ = ["cross", "sums_beside", "sums_from", "two_sum"]

Array = NDArray[np.float64]


def two_sum(a: Array | float, b: Array) -> tuple[Array, Array]:
    """a + b rounded, and what rounding took (Knuth 1969)."""
    s = a + b
    t = s - a
    return s, (a - (s - t)) + (b - t)


def sums_from(x: Array) -> tuple[Array, Array]:
    """The sum of the entries from each one on along the last axis, to some 106 bits, in two doubles."""
    high, low = x.astype(np.float64), np.zeros(x.shape)
    step = 1
    while step < x.shape[-1]:
        s, e = two_sum(high[..., :-step], high[..., step:])
        s, e = two_sum(s, e + (low[..., :-step] + low[..., step:]))
        high, low = (np.concatenate((new, old[..., -step:]), axis=-1) for new, old in ((s, high), (e, low)))
        step *= 2
    return high, low


def sums_beside(x: Array) -> tuple[Array, Array]:
    """The sum of the other entries for each one along the last axis, as ``sums_from``."""
    none = np.zeros((*x.shape[:-1], 1))
    after = [np.concatenate((part[..., 1:], none), axis=-1) for part in sums_from(x)]
    before = [np.concatenate((part[..., 1:], none), axis=-1)[..., ::-1] for part in sums_from(x[..., ::-1])]
    high, low = two_sum(before[0], after[0])
    return two_sum(high, low + (before[1] + after[1]))


def cross(a: Array, b: tuple[Array, Array | float], c: Array, d: tuple[Array, Array]) -> Array:
    """a b - c d to nearly all digits, however close the two are; b and d are two doubles each."""
    parts: list[Array] = []
    for sign, factor, pair in ((1.0, a, b), (-1.0, c, d)):
        for term in pair:
            product = factor * term
            parts += [sign * product, sign * product_error(factor, term, product)]
    result: Array = sums_from(np.stack(np.broadcast_arrays(*parts), axis=-1))[0][..., 0]
    return result
