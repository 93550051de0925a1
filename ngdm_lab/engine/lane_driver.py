"""The driver of blocks: 64 runs side by side through compiled blocks, with everything that is recorded of them.

It does what `driver.advance` does run by run. A lane that is over is written to the results at once and goes on
computing what nobody reads: that is cheaper than holding it still, and lanes never look at each other.
"""

from __future__ import annotations

from functools import cache
from math import isfinite
from typing import Any

import numpy as np
from numba import prange

from landscapes.compile import build
from landscapes.random import STREAM_NOISE, normal

from .status import BUDGET, DIVERGED, DONE, ESCAPED


def aligned(size):  # type: ignore[no-untyped-def]
    """Uninitialised numbers that begin at a cache line, where vector loads are fastest."""
    raw = np.empty(size + 8)
    skip = (64 - raw.ctypes.data % 64) % 64 // 8
    return raw[skip : skip + size]


def note_inside(x, inside, alive, bounds):  # type: ignore[no-untyped-def]
    """inside <- 1 for live lanes within the bounds, else 0; returns how many live lanes are not."""
    lanes = np.uint64(64)
    for lane in range(lanes):
        inside[lane] = alive[lane]
    for i in range(bounds.shape[0]):
        low, high = bounds[i, 0], bounds[i, 1]
        row = np.uint64(i) * lanes
        for lane in range(lanes):
            v = x[row + lane]
            inside[lane] = inside[lane] if v >= low and v <= high else 0.0
    out = 0
    for lane in range(lanes):
        out += 1 if inside[lane] != alive[lane] else 0
    return out


def note_growth(x, unsound, limit, n):  # type: ignore[no-untyped-def]
    """unsound <- 1 for lanes with a coordinate beyond their limit, or NaN."""
    lanes = np.uint64(64)
    for i in range(n):
        row = np.uint64(i) * lanes
        for lane in range(lanes):
            unsound[lane] = unsound[lane] if abs(x[row + lane]) <= limit[lane] else 1.0


def note_values(F, inside, unsound, alive, best, hit, f_min, target, t):  # type: ignore[no-untyped-def]
    """Best value and first hit of live lanes; returns how many live lanes are unsound."""
    lanes = np.uint64(64)
    over = 0
    for lane in range(lanes):
        f = F[lane]
        # f - f is NaN for what is not finite
        bad = alive[lane] > 0.0 and (unsound[lane] > 0.0 or not f - f == 0.0)
        counts = inside[lane] > 0.0 and not bad
        best[lane] = f if counts and f < best[lane] else best[lane]
        hit[lane] = t if counts and f - f_min <= target and hit[lane] < 0.0 else hit[lane]
        unsound[lane] = 1.0 if bad else 0.0
        over += 1 if bad else 0
    return over


def descend(x, g, lr, size):  # type: ignore[no-untyped-def]
    """x <- x - lr u."""
    for j in range(size):
        x[j] -= lr * g[j]


def add_noise(g, n, noise, seed, ids, first, t):  # type: ignore[no-untyped-def]
    """g <- g + noise: the same numbers as `driver.advance` adds for these runs."""
    for lane in range(64):
        run = first + np.uint64(max(ids[lane], 0))
        for i in range(n):
            g[i * 64 + lane] += noise * normal(seed, np.uint64(STREAM_NOISE), run, np.uint64(t), np.uint64(i))


def retire(row, lane, n, x, F, best, hit, code, t, end_x, end_f, end_best, end_hit, end_code, end_t):  # type: ignore[no-untyped-def]
    """Write the result of a lane that is over."""
    for i in range(n):
        end_x[row, i] = x[i * 64 + lane]
    end_f[row] = F[lane]
    end_best[row] = best[lane]
    end_hit[row] = np.int64(hit[lane])
    end_code[row] = code
    end_t[row] = t


def advance_blocks(
    base, inward, outward, rule, solve,  # compiled blocks
    X, S, best, hit, alive, limit, ids, setting,  # per block: state, records, runs, number of its setting
    p, q, factor, noise, bounds, f_min, target,  # the surface
    H, D, lr, direction,  # per setting: hyperparameters, preconditioner, learning rate
    seed, first, t0, t1, steps, scratch,  # scratch: rows that the blocks need
    end_x, end_f, end_best, end_hit, end_code, end_t,  # per row = run * settings + setting: results
):  # type: ignore[no-untyped-def]  # fmt: skip
    """Evaluations t0 ... t1 - 1 of all live lanes, each followed by an update unless t = steps."""
    n, settings = bounds.shape[0], lr.shape[0]
    size, states = X.shape[1], S.shape[1]
    plain = q[0] == 0.0
    for b in prange(X.shape[0]):
        live = 0
        for lane in range(64):
            live += 1 if alive[b, lane] > 0.0 else 0
        if live > 0:
            k = setting[b]
            room = aligned(4 * size + states + 7 * 64 + 64 * scratch)
            x, g, y, w = room[:size], room[size : 2 * size], room[2 * size : 3 * size], room[3 * size : 4 * size]
            at = 4 * size
            s = room[at : at + states]
            at += states
            F, good, top = room[at : at + 64], room[at + 64 : at + 128], room[at + 128 : at + 192]
            on, first_hit = room[at + 192 : at + 256], room[at + 256 : at + 320]
            inside, unsound = room[at + 320 : at + 384], room[at + 384 : at + 448]
            work = room[at + 448 :]
            x[:] = X[b]
            s[:] = S[b]
            good[:] = best[b]
            first_hit[:] = hit[b]
            on[:] = alive[b]
            top[:] = limit[b]
            t = t0
            while t < t1 and live > 0:
                if plain:
                    base(x, g, p, F, work)
                else:
                    y[:] = x
                    inward(y, w, q, work)
                    base(y, g, p, F, work)
                    outward(g, w, q, work)
                    for lane in range(64):
                        F[lane] *= factor
                unsound[:] = 0.0
                if note_inside(x, inside, on, bounds) > 0:
                    note_growth(x, unsound, top, n)
                if note_values(F, inside, unsound, on, good, first_hit, f_min, target, np.float64(t)) > 0:
                    for lane in range(64):
                        if unsound[lane] > 0.0:
                            row = ids[b, lane] * settings + k
                            retire(row, lane, n, x, F, good, first_hit, DIVERGED, t,
                                   end_x, end_f, end_best, end_hit, end_code, end_t)  # fmt: skip
                            on[lane] = 0.0
                            live -= 1
                if t == steps:
                    for lane in range(64):
                        if on[lane] > 0.0:
                            row = ids[b, lane] * settings + k
                            code = BUDGET
                            if inside[lane] > 0.0 and F[lane] - f_min <= target:
                                code = DONE
                            elif inside[lane] == 0.0 and F[lane] < f_min:
                                code = ESCAPED
                            retire(row, lane, n, x, F, good, first_hit, code, t,
                                   end_x, end_f, end_best, end_hit, end_code, end_t)  # fmt: skip
                            on[lane] = 0.0
                else:
                    if noise > 0.0:
                        add_noise(g, n, noise, seed, ids[b], first, t)
                    rule(x, g, s, t + 1, H[k], work)
                    if direction:
                        solve(g, D[k], work)
                        descend(x, g, lr[k], size)
                t += 1
            X[b] = x
            S[b] = s
            best[b] = good
            hit[b] = first_hit
            alive[b] = on


@cache
def signatures() -> tuple[Any, Any, Any, Any]:
    """First-class types of compiled blocks: landscape, transform, rule, solver."""
    from numba import float64, int64, types as nb

    row = float64[::1]
    return (
        nb.FunctionType(nb.void(row, row, row, row, row)),  # x, g, p, values, scratch
        nb.FunctionType(nb.void(row, row, row, row)),  # y or g, w, program, scratch
        nb.FunctionType(nb.void(row, row, row, int64, row, row)),  # x, g, state, t, hyperparameters, scratch
        nb.FunctionType(nb.void(row, row, row)),  # u, arrays, scratch
    )


@cache
def compiled() -> Any:
    """`advance_blocks`, compiled once for all blocks, parallel over blocks."""
    from numba import boolean, float64, int8, int64, types, uint64

    base, transform, rule, solve = signatures()
    row, table, whole, grid = float64[::1], float64[:, ::1], int64[::1], int64[:, ::1]
    return build(
        advance_blocks,
        types.void(
            base, transform, transform, rule, solve,
            table, table, table, table, table, table, grid, whole,
            row, row, float64, float64, table, float64, float64,
            table, table, row, boolean,
            uint64, uint64, int64, int64, int64, int64,
            table, row, row, whole, int8[::1], whole,
        ),
        parallel=True,
    )  # fmt: skip


__all__ = ["advance_blocks", "compiled", "signatures"]
