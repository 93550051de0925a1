"""Sums over the distances between points: the kernels of the goodness-of-fit tests, on all cores.

No matrix of distances is stored: memory is O(m), time O(m^2). Points are columns in the kernels (component k of
point i is a[k, i]), so that the loops over points are vector code. Each thread writes sums of its own rows, which
are added in one order, so that the result is the same bits for any number of threads.
"""

from __future__ import annotations

from functools import cache
from math import sqrt
from typing import Any

import numpy as np
from numba import prange
from numpy.typing import NDArray

from ngdm_lab.compiler.build import build
from ngdm_lab.compiler.threads import threads

__all__ = ["count_sides", "mean_distance"]

Array = NDArray[np.float64]
WIDTH = 256  # points handled together: their buffers stay in the first cache
PARALLEL = 2e7  # component differences, some 10 ms: less work than this is not worth waking other threads


def squares(p, i, q, low, square):  # type: ignore[no-untyped-def]
    """square[w] = |p_i - q_(low + w)|^2; both are columns."""
    for w in range(square.shape[0]):
        square[w] = 0.0
    for k in range(p.shape[0]):
        here, there = p[k, i], q[k, low : low + square.shape[0]]
        for w in range(square.shape[0]):
            square[w] += (here - there[w]) * (here - there[w])


def add_distances(a, i, b, first, work):  # type: ignore[no-untyped-def]
    """Add |a_i - b_j| for j >= first to work[1], in WIDTH separate sums; work[0] is room."""
    for low in range(first, b.shape[1], WIDTH):
        count = min(WIDTH, b.shape[1] - low)
        square, total = work[0, :count], work[1, :count]
        squares(a, i, b, low, square)
        for w in range(count):
            total[w] += sqrt(square[w])


def distance_sums(a, b, within, out):  # type: ignore[no-untyped-def]
    """out[r, u]: the sum of |a_i - b_j| over all j, or over j > i when ``within``, for i = u and i = m - 1 - u.

    a and b hold a sample r in their first axis. Two rows of a make a unit, one long and one short when ``within``,
    so that every thread has the same work.
    """
    m, units = a.shape[2], out.shape[1]
    for job in prange(out.size):
        r, i = np.int64(job) // units, np.int64(job) % units
        work = np.zeros((2, WIDTH))
        add_distances(a[r], i, b[r], i + 1 if within else 0, work)
        if m - 1 - i != i:
            add_distances(a[r], m - 1 - i, b[r], m - i if within else 0, work)
        total = 0.0
        for w in range(WIDTH):
            total += work[1, w]
        out[r, i] = total


def add_sides(a, i, y, work):  # type: ignore[no-untyped-def]
    """Count the triangles of a_i, a_j (j > i) and their corners in y whose side (i, j) is smallest, and largest.

    The counts are added to work[0] and work[1], in WIDTH separate sums; the rest of ``work`` is room.
    """
    parts, m = a.shape
    for low in range(i + 1, m, WIDTH):
        count = min(WIDTH, m - low)
        smallest, largest = work[0, :count], work[1, :count]
        base, left, right = work[2, :count], work[3, :count], work[4, :count]
        squares(a, i, a, low, base)
        for s in range(y.shape[0]):
            squares(a, i, y[s], i + low, left)
            for w in range(count):
                right[w] = 0.0
            for k in range(parts):
                there, corner = a[k, low : low + count], y[s, k, i + low : i + low + count]
                for w in range(count):
                    right[w] += (there[w] - corner[w]) * (there[w] - corner[w])
            for w in range(count):
                smallest[w] += 1.0 if base[w] < left[w] and base[w] < right[w] else 0.0
                largest[w] += 1.0 if base[w] > left[w] and base[w] > right[w] else 0.0


def side_counts(a, y, out):  # type: ignore[no-untyped-def]
    """out[r, u]: how often (a_i, a_j), j > i, is the smallest and the largest side, for i = u and i = m - 1 - u.

    The third corners of a pair of sample r are y[r, s, :, (i + j) mod m] for each s; y repeats itself after m columns.
    """
    m, units = a.shape[2], out.shape[1]
    for job in prange(out.shape[0] * units):
        r, i = np.int64(job) // units, np.int64(job) % units
        work = np.zeros((5, WIDTH))
        add_sides(a[r], i, y[r], work)
        if m - 1 - i != i:
            add_sides(a[r], m - 1 - i, y[r], work)
        smallest, largest = 0.0, 0.0
        for w in range(WIDTH):
            smallest += work[0, w]
            largest += work[1, w]
        out[r, i, 0] = smallest
        out[r, i, 1] = largest


@cache
def _distance_sums() -> Any:
    from numba import boolean, float64, void

    return build(distance_sums, void(float64[:, :, ::1], float64[:, :, ::1], boolean, float64[:, ::1]), parallel=True)


@cache
def _side_counts() -> Any:
    from numba import float64, void

    return build(side_counts, void(float64[:, :, ::1], float64[:, :, :, ::1], float64[:, :, ::1]), parallel=True)


def _columns(x: Array) -> Array:
    return np.ascontiguousarray(np.swapaxes(x, -2, -1))


def mean_distance(x: Array, y: Array | None = None) -> Array:
    """The mean Euclidean distance between the points x and y, or between all points x (i = j included).

    Parameters
    ----------
    x, y : float64 arrays of shapes (r, m, k) and (r, M, k): r samples each.

    Returns
    -------
    (r,) means.
    """
    samples, m, _ = x.shape
    a = _columns(x)
    b = a if y is None else _columns(y)
    out = np.empty((samples, (m + 1) // 2))
    with threads(a.size * b.shape[2], PARALLEL):
        _distance_sums()(a, b, y is None, out)
    return np.asarray(out.sum(axis=1) * ((2.0 if y is None else 1.0) / (m * b.shape[2])))


def count_sides(x: Array, y: Array) -> Array:
    """How often the side between two points x is the smallest, and the largest, of a triangle with a point y.

    Parameters
    ----------
    x : float64 array of shape (r, m, k), m >= 2: r samples.
    y : (r, layers * m, k). Pair i < j meets y_(s m + (i + j) mod m) for each layer s: every pair has the same number
        of triangles, and no two pairs of one point share a corner within a layer. One that ties is neither.

    Returns
    -------
    (r, 2) : smallest and largest, as shares of the layers * m (m - 1)/2 triangles.
    """
    samples, m, parts = x.shape
    layers = y.shape[1] // m
    corners = _columns(y.reshape(samples, layers, m, parts))
    corners = np.concatenate((corners, corners), axis=3)
    out = np.empty((samples, (m + 1) // 2, 2))
    with threads(x.size * m * layers, PARALLEL):
        _side_counts()(_columns(x), corners, out)
    return np.asarray(out.sum(axis=1) / (layers * m * (m - 1) / 2))
