"""3 x 3 convolutions of images side by side with 16 products where there are 36 (Winograd's F(2 x 2, 3 x 3), Lavin and
Gray 2016).

Four results in a square come from a 4 x 4 piece d of the image: A^T [(G g G^T) o (B^T d B)] A. The products, summed
over channels, are those of `tiles`; the rest are additions. Sums and differences of neighbours are rounded before they
are multiplied, so errors are a few times those of `direct.convolve`, and a NaN or an infinity reaches all four results.
"""

from __future__ import annotations

import sys
from functools import cache
from typing import Any

import numpy as np

from . import tiles
from .direct import WORTH, with_tiles
from .kernel import kernel
from .share import share
from .tiles import BYTES, FILTERS, PLACES, Vectors
from .workspace import Workspace

__all__ = ["collecting", "convolve", "spreading", "suits"]

LEAST = 16  # channels and filters, below which additions cost what products save
CACHE = 2**19  # bytes of pieces that are worked on together

spread = collect = whole = line = np.empty  # stand for what `_compiled` puts in their place


@kernel("T[:, :, :, ::1]", "T[:, :, ::1]")
def turn(low, high, weight, u):  # type: ignore[no-untyped-def]
    """u[4 a + b] = (G g G^T)_ab of every kernel, channels low to high."""
    for c in range(low, high):
        for f in range(weight.shape[3]):
            for q in range(3):
                g0, g1, g2 = weight[0, q, c, f], weight[1, q, c, f], weight[2, q, c, f]
                u[q, c, f] = g0
                u[4 + q, c, f] = 0.5 * (g0 + g1 + g2)
                u[8 + q, c, f] = 0.5 * (g0 - g1 + g2)
                u[12 + q, c, f] = g2
            for a in range(4):
                h0, h1, h2 = u[4 * a, c, f], u[4 * a + 1, c, f], u[4 * a + 2, c, f]
                u[4 * a + 1, c, f] = 0.5 * (h0 + h1 + h2)
                u[4 * a + 2, c, f] = 0.5 * (h0 - h1 + h2)
                u[4 * a + 3, c, f] = h2


def _inner(b: Any, d: list[Any]) -> list[Any]:
    """B^T d of four vectors."""
    return [b.fsub(d[0], d[2]), b.fadd(d[1], d[2]), b.fsub(d[2], d[1]), b.fsub(d[1], d[3])]


def _outer(b: Any, m: list[Any]) -> list[Any]:
    """A^T m of four vectors."""
    return [b.fadd(b.fadd(m[0], m[1]), m[2]), b.fsub(b.fsub(m[1], m[2]), m[3])]


def _both(b: Any, square: list[Any], step: Any) -> list[Any]:
    """A step of `_inner` or `_outer` along the columns, then the rows, of a square of vectors by rows."""
    columns = [step(b, square[k::4]) for k in range(4)]
    return [v for row in zip(*columns, strict=True) for v in step(b, list(row))]


@cache
def spreading(real: str) -> Any:
    """spread(at, v, depth, plane): v[k] = (B^T d B)_k for vectors 0 to depth of a piece; `at` points to the addresses
    of its 16 places, planes of v are so many bytes apart."""
    from numba.core import cgutils, types
    from numba.extending import intrinsic

    def tile(typing, at, v, depth, plane):  # type: ignore[no-untyped-def]
        def code(context, builder, signature, given):  # type: ignore[no-untyped-def]
            at, v, depth, plane = given
            on = Vectors(builder, real)
            places = [on.load(on.moved(at, 8, k), on.word) for k in range(16)]
            with cgutils.for_range(builder, depth) as step:
                piece = [on.load(on.moved(place, BYTES, step.index)) for place in places]
                here = on.moved(v, BYTES, step.index)
                for k, value in enumerate(_both(builder, piece, _inner)):
                    on.save(value, on.moved(here, plane, k))
            return context.get_dummy_value()

        return types.void(*[types.int64] * 4), code

    return intrinsic(tile)


@cache
def collecting(real: str) -> Any:
    """collect(m, plane, at, bias, depth, floor): the four results from 16 planes of sums, max(floor, bias + A^T m A);
    `at` points to their addresses."""
    from numba.core import cgutils, types
    from numba.extending import intrinsic

    def tile(typing, m, plane, at, bias, depth, floor):  # type: ignore[no-untyped-def]
        def code(context, builder, signature, given):  # type: ignore[no-untyped-def]
            m, plane, at, bias, depth, floor = given
            on = Vectors(builder, real)
            places = [on.load(on.moved(at, 8, k), on.word) for k in range(4)]
            with cgutils.for_range(builder, depth) as step:
                here = on.moved(m, BYTES, step.index)
                sums = [on.load(on.moved(here, plane, k)) for k in range(16)]
                more = on.spread(on.load(on.moved(bias, on.item, step.index), on.number))
                for place, value in zip(places, _both(builder, sums, _outer), strict=True):
                    on.save(on.at_least(builder.fadd(value, more), floor), on.moved(place, BYTES, step.index))
            return context.get_dummy_value()

        return types.void(*[types.int64] * 5, getattr(types, real)), code

    return intrinsic(tile)


def _convolve(low, high, x, u, bias, out, top, left, floor, room, together):  # type: ignore[no-untyped-def]
    height, width, channels, filters = x.shape[1], x.shape[2], u.shape[1], u.shape[2]
    x_place, out_place, w_next = channels * BYTES, filters * BYTES, filters * bias.itemsize
    across = (out.shape[2] + 1) // 2
    pieces = (out.shape[1] + 1) // 2 * across
    at, none = np.empty(16, np.int64), -np.inf
    room[low, : channels * x.shape[4]] = 0.0
    nothing = np.int64(room.ctypes.data) + low * room.shape[1] * bias.itemsize  # zeros, for places beyond the border
    v, x_plane, out_plane = nothing + x_place, together * x_place + BYTES, together * out_place + BYTES
    m = v + 16 * x_plane
    nowhere = m + 16 * out_plane  # results beyond it
    for b in range(low, high):
        for first in range(0, pieces, together):
            count = min(together, pieces - first)
            for t in range(count):
                i, j = (first + t) // across * 2 - top, (first + t) % across * 2 - left
                for k in range(16):
                    row, column = i + k // 4, j + k % 4
                    inside = row >= 0 and row < height and column >= 0 and column < width
                    place = np.int64(x.ctypes.data) + ((b * height + row) * width + column) * x_place
                    at[k] = place if inside else nothing
                spread(np.int64(at.ctypes.data), v + t * x_place, channels, x_plane)
            for k in range(16):
                plane, to_plane = v + k * x_plane, m + k * out_plane
                for f in range(0, filters, FILTERS):
                    w, t = np.int64(u.ctypes.data) + k * channels * w_next + f * bias.itemsize, 0
                    while t < count:
                        here, to = plane + t * x_place, to_plane + t * out_place + f * BYTES
                        if count - t >= PLACES:
                            whole(here, w, nothing, to, 1, channels, 0, x_place, 0, w_next, out_place, none)
                            t += PLACES
                        else:
                            line(here, w, nothing, to, 1, channels, 0, x_place, 0, w_next, out_place, none)
                            t += 1
            for t in range(count):
                i, j = (first + t) // across * 2, (first + t) % across * 2
                for k in range(4):
                    row, column = i + k // 2, j + k % 2
                    inside = row < out.shape[1] and column < out.shape[2]
                    place = np.int64(out.ctypes.data) + ((b * out.shape[1] + row) * out.shape[2] + column) * out_place
                    at[k] = place if inside else nowhere
                there = np.int64(at.ctypes.data), np.int64(bias.ctypes.data)
                collect(m + t * out_place, out_plane, there[0], there[1], filters, floor)


@cache
def _compiled(real: str) -> Any:
    made = {name: f"convolving({n}, FILTERS, {real!r})" for name, n in (("whole", PLACES), ("line", 1))}
    made |= {"spread": f"spreading({real!r})", "collect": f"collecting({real!r})"}
    images = "T[:,:,:,:,::1]"
    signature = f"void(int64, int64, {images}, T[:,:,::1], T[::1], {images}, int64, int64, T, T[:,::1], int64)"
    return with_tiles(_convolve, signature, real, (tiles, sys.modules[__name__]), made)


def suits(weight: Any) -> bool:
    """Whether a kernel is one for `convolve`: 3 x 3, with channels and filters enough, and filters in whole tiles."""
    k1, k2, channels, filters = weight.shape
    return bool(k1 == k2 == 3 and min(channels, filters) >= LEAST and filters % FILTERS == 0)


def convolve(
    x: Any, weight: Any, bias: Any, out: Any, corner: tuple[int, int], room: Workspace, floor: float = -np.inf
) -> None:
    """`direct.convolve` for a weight that `suits`; `room` is where its work space is."""
    blocks, (*_, channels, filters), lanes = len(x), weight.shape, x.shape[-1]
    u = room("winograd kernels", (16, channels, filters))
    turn(channels, weight, u)
    a_piece = channels + filters
    together = max(PLACES, CACHE // (16 * a_piece * BYTES) // PLACES * PLACES)
    # planes lie a line further apart, or all would want one set of the first cache
    # each thread works in the row of its first block; the others are never touched
    space = room("winograd space", (blocks, ((16 * together + 1) * a_piece + 32) * lanes))
    go, products = _compiled(x.dtype.name), 4 * out.size * channels
    share(blocks, products / WORTH, lambda low, high: go(low, high, x, u, bias, out, *corner, floor, space, together))
