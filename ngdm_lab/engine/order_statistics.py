"""Order statistics of many rows of numbers at once: some ten times faster than `np.partition` for several ranks.

Numbers are counted in buckets of their bits, which are in the order of the values and nearly in equal steps of their
logarithm; then those in a bucket that holds a wanted rank are looked at more closely.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ngdm_lab.compiler.build import PLAIN, build_text
from ngdm_lab.compiler.source import gather

__all__ = ["compiled", "order_statistics"]

Array = NDArray[np.float64]
BUCKETS = 1024


def ordered(bits):
    """The bits of a number as a whole number that has the number's place in the order; and back."""
    return bits ^ ((bits >> np.int64(63)) & np.int64(0x7FFFFFFFFFFFFFFF))


def place(v, low, shift):
    """The bucket of a number."""
    return (np.uint64(v) - np.uint64(low)) >> shift


def count(v, many, low, high, counts):
    """counts <- how many of the numbers v, from low to high, fall into each bucket; returns the shift of `place`."""
    used = np.uint64(min(counts.shape[0], 16 + many))
    shift = np.uint64(0)
    while place(high, low, shift) >= used:
        shift += np.uint64(1)
    for b in range(place(high, low, shift) + np.uint64(1)):
        counts[b] = 0
    for i in range(np.uint64(many)):
        counts[place(v[i], low, shift)] += 1
    return shift


def nth(v, many, rank, counts):
    """The number of a rank, from 0, among the first `many`; v is work space."""
    while True:
        low, high = v[0], v[0]
        for i in range(np.uint64(many)):
            low, high = min(low, v[i]), max(high, v[i])
        if low == high:
            return low
        shift = count(v, many, low, high, counts)
        bucket = np.uint64(0)
        while rank >= counts[bucket]:
            rank -= counts[bucket]
            bucket += np.uint64(1)
        kept = 0
        for i in range(np.uint64(many)):
            one = v[i]
            v[kept] = one
            kept += 1 if place(one, low, shift) == bucket else 0
        many = kept


def select(bits, columns, ranks, found, numbers, tables, wanted):
    """found[row, column, k] <- the number of rank k among those of a column.

    bits : (rows, many * columns) int64, those of the numbers: of all columns in turn.
    ranks : (k,) from 0, in ascending order.
    numbers, tables, wanted : room, (2, many), (2, BUCKETS) and (3, k).
    """
    many, levels = bits.shape[1] // columns, ranks.shape[0]
    v, some, counts, first = numbers[0], numbers[1], tables[0], tables[1]
    begin, size, left = wanted[0], wanted[1], wanted[2]
    for row in range(bits.shape[0]):
        for column in range(columns):
            low = high = ordered(bits[row, column])
            for i in range(np.uint64(many)):
                v[i] = ordered(bits[row, i * np.uint64(columns) + np.uint64(column)])
                low, high = min(low, v[i]), max(high, v[i])
            shift = count(v, many, low, high, counts)
            # first: where the next number of a wanted bucket goes among `some`; -1 of the others
            bucket, before, end = np.uint64(0), 0, 0
            for b in range(place(high, low, shift) + np.uint64(1)):
                first[b] = -1
            for k in range(levels):
                while ranks[k] >= before + counts[bucket]:
                    before += counts[bucket]
                    bucket += np.uint64(1)
                if first[bucket] < 0:
                    first[bucket] = end
                    end += counts[bucket]
                begin[k], size[k], left[k] = first[bucket], counts[bucket], ranks[k] - before
            for i in range(np.uint64(many)):
                to = first[place(v[i], low, shift)]
                if to >= 0:
                    some[to] = v[i]
                    first[place(v[i], low, shift)] = to + 1
            for k in range(levels):
                for i in range(size[k]):
                    v[i] = some[begin[k] + i]
                found[row, column, k] = ordered(nth(v, size[k], left[k], counts))


@cache
def compiled() -> Any:
    """`select`, compiled once."""
    from numba import int64, types

    text, name = gather(select, inline=PLAIN)
    return build_text(text, name, types.void(int64[:, ::1], int64, int64[::1], int64[:, :, ::1], *[int64[:, ::1]] * 3))


def order_statistics(numbers: Array, columns: int, ranks: NDArray[np.int64]) -> Array:
    """The numbers of some ranks in each of several columns.

    Parameters
    ----------
    numbers : (rows, many * columns) float64, C-contiguous, no NaN: of all columns in turn.
    columns : their number.
    ranks : (k,) from 0 to many - 1, in ascending order.

    Returns
    -------
    (rows, columns, k) float64.
    """
    found = np.empty((len(numbers), columns, len(ranks)), dtype=np.int64)
    sizes = (2, numbers.shape[1] // columns), (2, BUCKETS), (3, len(ranks))
    room = [np.empty(size, dtype=np.int64) for size in sizes]
    compiled()(numbers.view(np.int64), columns, ranks, found, *room)
    return found.view(np.float64)
