"""Values and gradients at many points: one by one where they are few, else in blocks of 64 side by side.

A point has the same bits either way. Blocks are dealt out to threads where the work is large.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numba import prange
from numpy.typing import NDArray

from ngdm_lab.compiler.build import FLAGS, PLAIN, build_text
from ngdm_lab.compiler.lanes.layout import LANES
from ngdm_lab.compiler.lanes.memory import VECTOR, aligned
from ngdm_lab.compiler.linked import LinkedType, link
from ngdm_lab.compiler.random import STREAM_NOISE, add_normals, further, normal, of_run
from ngdm_lab.compiler.source import gather
from ngdm_lab.compiler.threads import survives, threads

from . import blocks, transforms
from .evaluation import alone, compiled, signature
from .transforms import evaluate

__all__ = ["Batch"]

Array = NDArray[np.float64]

FEW = 24  # points from which a block of 64 takes less time than one after the other
ENOUGH = 5e6  # coordinates, some 0.02 s: less work than this is not worth waking other threads
PORTION = 16  # blocks that a thread takes at a time


def add_noise(F, G, noise, key):
    """F[r] and G[r] + noise: row r has the noise of run r, step 0; the value's follows the n of the gradient."""
    for r in range(F.shape[0]):
        z = further(of_run(key, np.uint64(STREAM_NOISE), np.uint64(r)), np.uint64(0))
        if G.shape[0] > 0:
            add_normals(G[r], noise, z)
        F[r] += noise * normal(z, np.uint64(G.shape[1]))


def lost(v):
    """How many numbers are NaN."""
    many = 0
    for i in range(v.shape[0]):
        many += 1 if v[i] != v[i] else 0
    return many


# In both, eight lanes at a time: as many lines of a cache as are held even where rows lie 4096 bytes apart. Rows of few
# coordinates lie close, and are faster a coordinate at a time.
def to_lanes(rows, at, many, x):
    """x[i * 64 + lane] <- rows[at + lane, i]; lanes from `many` on repeat the last row."""
    n, lanes, first = rows.shape[1], np.uint64(64), np.uint64(at)
    step = lanes if n <= 8 else np.uint64(8)
    if many < 64:
        for lane in range(64):
            for i in range(n):
                x[i * 64 + lane] = rows[at + min(lane, many - 1), i]
    else:
        for begin in range(np.uint64(0), lanes, step):
            for i in range(np.uint64(n)):
                for k in range(step):
                    x[i * lanes + begin + k] = rows[first + begin + k, i]


def from_lanes(g, rows, at, many):
    """rows[at + lane, i] <- g[i * 64 + lane] for the first `many` lanes."""
    n, lanes, first = rows.shape[1], np.uint64(64), np.uint64(at)
    step = lanes if n <= 8 else np.uint64(8)
    if many < 64:
        for lane in range(many):
            for i in range(n):
                rows[at + lane, i] = g[i * 64 + lane]
    else:
        for begin in range(np.uint64(0), lanes, step):
            for i in range(np.uint64(n)):
                for k in range(step):
                    rows[first + begin + k, i] = g[i * lanes + begin + k]


def one_by_one(base, X, F, G, p, q):
    """Value and gradient at each row of X (m, n); returns how many numbers of them are NaN."""
    n = X.shape[1]
    y, w = np.empty(n), np.empty(n)
    nothing = 0
    for r in range(X.shape[0]):
        for i in range(n):
            G[r, i] = np.nan  # an entry that a function never writes must show
        F[r] = evaluate(base, X[r], G[r], p, q, y, w)
        nothing += lost(G[r])
    return nothing + lost(F)


def side_by_side(base, inward, outward, X, F, G, p, q, factor, scratch, first, last):
    """The same for rows 64 first ... 64 last - 1 of X through compiled blocks; of values alone where G has no rows.

    scratch : rows that the blocks need.
    """
    m, n = X.shape
    nothing = 0
    # addresses of arguments: the caller holds them
    at_p, at_q, many_p, many_q = np.int64(p.ctypes.data), np.int64(q.ctypes.data), p.shape[0], q.shape[0]
    size, turned = 64 * n, q[0] != 0.0
    room = aligned(3 * size + 64 + 64 * scratch)
    x, g, f = room[:size], room[size : 2 * size], room[3 * size : 3 * size + 64]
    at_x = np.int64(room.ctypes.data)
    at_g, at_w, at_f = at_x + 8 * size, at_x + 16 * size, at_x + 24 * size
    at_work = at_f + 512
    for block in range(first, last):
        at = 64 * block
        many = min(64, m - at)
        to_lanes(X, at, many, x)
        for i in range(size):
            g[i] = np.nan
        if turned:
            inward(at_x, at_w, n, at_q, many_q, at_work)
        base(at_x, at_g, n, at_p, many_p, at_f, at_work)
        for lane in range(many):
            value = factor * f[lane]
            F[at + lane] = value
            nothing += 1 if value != value else 0
        if G.shape[0] > 0:
            if turned:
                outward(at_g, at_w, n, at_q, many_q, at_work)
            nothing += lost(g)
            from_lanes(g, G, at, many)
    room[0] = 0.0  # it lives as long as the addresses into it
    return nothing


def in_threads(part, base, inward, outward, X, F, G, p, q, factor, scratch, portion):
    """`side_by_side` for all rows, in portions."""
    many, nothing = (X.shape[0] + 63) // 64, 0
    for k in prange((many + portion - 1) // portion):
        first = k * portion
        last = min(many, first + portion)
        nothing += part(base, inward, outward, X, F, G, p, q, factor, scratch, first, last)
    return nothing


@cache
def _one_by_one() -> Any:
    from numba import float64, int64

    row, table = float64[::1], float64[:, ::1]
    given = int64(LinkedType(signature()), table, row, table, row, row)
    text, name = gather(one_by_one, inline=PLAIN)
    return build_text(text, name, given)


@cache
def _add_noise() -> Any:
    from numba import float64, types, uint64

    text, name = gather(add_noise, inline=PLAIN)
    return build_text(text, name, types.void(float64[::1], float64[:, ::1], float64, uint64))


@cache
def _given() -> tuple[Any, ...]:
    from numba import float64, int64, types

    row, table = float64[::1], float64[:, ::1]
    points = types.Array(float64, 2, "C", readonly=True)
    landscape, transform = (LinkedType(one) for one in blocks.signatures())
    return landscape, transform, transform, points, row, table, row, row, float64, int64


@cache
def _side_by_side() -> Any:
    from numba import int64

    text, name = gather(side_by_side, inline=PLAIN)
    return link(build_text(VECTOR + text, name, int64(*_given(), int64, int64)))


@cache
def _in_threads() -> Any:
    from numba import int64

    part = LinkedType(int64(*_given(), int64, int64))
    text, name = gather(in_threads, inline=PLAIN)
    return build_text(text, name, int64(part, *_given(), int64), parallel=True)


class Batch:
    """A surface at many points, with all that a call needs made once.

    Parameters
    ----------
    s : the Surface; its noise is left aside.

    Attributes
    ----------
    few : fewer points than this are evaluated one by one. With 0 that needs not be compiled, which takes some seconds.
    """

    few = FEW

    def __init__(self, s: Any) -> None:
        self.surface = s
        self._made: dict[tuple[bool, bool], tuple[Any, ...]] = {}

    def __call__(self, points: Array, noise: float, key: int, *, slopes: bool = True) -> tuple[Array, Array, bool]:
        """Values (m,), gradients (m, n) or, without `slopes`, none that count, and whether a value is NaN.

        Parameters
        ----------
        points : (m, n) float64, C-contiguous.
        noise : standard deviation of the noise on values and components of gradients.
        key : of the noise, from 0 to 2^64 - 1.
        """
        m, n = points.shape
        few = m < self.few
        if (few, slopes) not in self._made:
            self._made[few, slopes] = self._one(slopes) if few else self._block(slopes)
        f = np.empty(m)
        if few:
            g = np.empty((m, n))
            base, *numbers = self._made[few, slopes]
            nothing = _one_by_one()(base, points.copy(), f, g, *numbers)  # a copy: differences are taken in place
        else:
            g = np.empty((m if slopes else 0, n))
            parts, numbers, scratch = self._made[few, slopes]
            given = (*parts, points, f, g, *numbers, scratch)
            if m * n < ENOUGH or not survives() or FLAGS.get("boundscheck"):
                nothing = _side_by_side()(*given, 0, -(-m // LANES))
            else:
                with threads(m * n, ENOUGH):
                    nothing = _in_threads()(_side_by_side(), *given, PORTION)
        if nothing:
            self._mend(points, f, g, slopes)
        if noise > 0.0:
            _add_noise()(f, g, noise, np.uint64(key))
        return f, g, bool(nothing and np.isnan(f).any())

    def _mend(self, points: Array, f: Array, g: Array, slopes: bool) -> None:
        """Where the arithmetic of lanes has no number, that of the plain function, which reaches farther."""
        s = self.surface
        rows = np.flatnonzero(np.isnan(f) | np.isnan(g).any(axis=1) if slopes else np.isnan(f))
        base = s.compiled if slopes else compiled(s.family.function, [v for _, v in s.parameters], slopes=False)
        values, grads = np.empty(len(rows)), np.empty((len(rows), points.shape[1]))
        _one_by_one()(base, points[rows], values, grads, s.packed, s.program)
        f[rows] = np.where(np.isnan(f[rows]), values, f[rows])
        if slopes:
            g[rows] = np.where(np.isnan(g[rows]), grads, g[rows])

    def _one(self, slopes: bool) -> tuple[Any, ...]:
        """What `one_by_one` takes of the surface."""
        s = self.surface
        made = alone(s.family.function, [v for _, v in s.parameters], slopes=slopes)
        return link(made.function), s.packed, s.program

    def _block(self, slopes: bool) -> tuple[Any, ...]:
        """Blocks, numbers and scratch for `side_by_side`."""
        s = self.surface
        turns = (blocks.transform(t) for t in (transforms.inward, transforms.outward))
        parts = blocks.landscape(s, slopes=slopes), *turns
        numbers = s.packed, s.program, transforms.factor(s.program)
        return tuple(link(part.function) for part in parts), numbers, max(part.rows for part in parts)
