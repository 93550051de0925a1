"""Sums and products of doubles with the rounding that they lost: a number as three doubles, some 159 bits."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

__all__ = ["cross", "sums_beside", "sums_from", "two_sum"]

Array = NDArray[np.float64]
Parts = tuple[Array, Array, Array]  # the largest first


def two_sum(a: Array | float, b: Array) -> tuple[Array, Array]:
    """a + b rounded, and what rounding took (Knuth 1969)."""
    s = a + b
    t = s - a
    return s, (a - (s - t)) + (b - t)


def _halves(a: Array) -> tuple[Array, Array]:
    """a as the sum of two numbers of 26 bits (Veltkamp 1968), for |a| below 1e300: their products are exact."""
    c = 134217729.0 * a
    high = c - (c - a)
    return high, a - high


def two_product(a: Array, b: Array) -> tuple[Array, Array]:
    """a b rounded, and what rounding took (Dekker 1971); exact unless that underflows."""
    p, (a1, a2), (b1, b2) = a * b, _halves(a), _halves(b)
    return p, ((a1 * b1 - p) + a1 * b2 + a2 * b1) + a2 * b2


def _add(x: Parts, y: Parts) -> Parts:
    """The sum of two numbers of three doubles each."""
    high, e = two_sum(x[0], y[0])
    middle, f = two_sum(x[1], y[1])
    middle, e = two_sum(middle, e)
    middle, low = two_sum(middle, (x[2] + y[2]) + (e + f))
    high, middle = two_sum(high, middle)
    return high, *two_sum(middle, low)


def sums_from(x: Array) -> Parts:
    """The sum of the entries from each one on along the last axis."""
    parts: Parts = (x.astype(np.float64), np.zeros(x.shape), np.zeros(x.shape))
    step = 1
    while step < x.shape[-1]:
        early, late, last = (
            [part[..., where] for part in parts] for where in (slice(-step), slice(step, None), slice(-step, None))
        )
        sums = _add((early[0], early[1], early[2]), (late[0], late[1], late[2]))
        high, middle, low = (np.concatenate(pair, axis=-1) for pair in zip(sums, last, strict=True))
        parts = high, middle, low
        step *= 2
    return parts


def sums_beside(x: Array) -> Parts:
    """The sum of the other entries for each one along the last axis."""
    none = np.zeros((*x.shape[:-1], 1))
    after, before = (
        [np.concatenate((part[..., 1:], none), axis=-1) for part in sums_from(y)] for y in (x, x[..., ::-1])
    )
    back = [part[..., ::-1] for part in before]
    return _add((back[0], back[1], back[2]), (after[0], after[1], after[2]))


def cross(a: Array, b: Iterable[Array], c: Array, d: Iterable[Array]) -> Array:
    """a b - c d to nearly all digits, however close the two are, for b and d that are sums of doubles."""
    parts: list[Array] = []
    for sign, factor, terms in ((1.0, a, b), (-1.0, c, d)):
        for term in terms:
            parts += [sign * part for part in two_product(factor, term)]
    return sums_from(np.stack(np.broadcast_arrays(*parts), axis=-1))[0][..., 0]
