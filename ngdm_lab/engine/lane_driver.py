"""The driver of blocks: 64 runs side by side through compiled blocks, with everything that is recorded of them.

It does what `driver.advance` does run by run. A lane that is over is written to the results at once and goes on
computing what nobody reads: that is cheaper than holding it still, and lanes never look at each other.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numba import prange

from ngdm_lab.compiler.build import build_text
from ngdm_lab.compiler.lanes.memory import APART, VECTOR
from ngdm_lab.compiler.random import STREAM_NOISE, normal
from ngdm_lab.compiler.source import gather

from . import fused_kernel as pair
from .blocks import signatures
from .records import counted, strange
from .status import BUDGET, DIVERGED, DONE, ESCAPED


def aligned(size):
    """Uninitialised numbers that begin at a cache line, where vector loads are fastest."""
    raw = np.empty(size + 8)
    skip = (64 - raw.ctypes.data % 64) % 64 // 8
    return raw[skip : skip + size]


def note_inside(x, inside, alive, low, high):
    """inside <- 1 for live lanes within the bounds, else 0."""
    lanes = np.uint64(64)
    for lane in range(lanes):
        inside[lane] = alive[lane]
    for i in range(low.shape[0]):
        down, up = low[i], high[i]
        row = np.uint64(i) * lanes
        for lane in range(lanes):
            v = x[row + lane]
            # `&`, since `and` would be a branch
            inside[lane] = inside[lane] if (v >= down) & (v <= up) else 0.0


def note_growth(x, unsound, limit, n):
    """unsound <- 1 for lanes with a coordinate beyond their limit, or NaN, else 0."""
    lanes = np.uint64(64)
    for lane in range(lanes):
        unsound[lane] = 0.0
    for i in range(n):
        row = np.uint64(i) * lanes
        for lane in range(lanes):
            unsound[lane] = unsound[lane] if abs(x[row + lane]) <= limit[lane] else 1.0


def note_values(F, inside, best, goal, ceiling):
    """Best values; returns how many lanes need a closer look."""
    lanes = np.uint64(64)
    look = 0
    for lane in range(lanes):
        value = counted(F[lane], inside[lane])
        best[lane] = value if value < best[lane] else best[lane]
        look += 1 if strange(value, goal[lane], ceiling[lane]) else 0
    return look


def note_unsound(F, inside, unsound, alive, goal, seen):
    """unsound <- 1 for live lanes that diverged; seen <- (how many, how many are at their goal)."""
    lanes = np.uint64(64)
    over, hits = 0, 0
    for lane in range(lanes):
        f = F[lane]
        bad = (alive[lane] > 0.0) & ((unsound[lane] > 0.0) | (f - f != 0.0))
        unsound[lane] = 1.0 if bad else 0.0
        over += 1 if bad else 0
        hits += 1 if (inside[lane] > 0.0) & (f <= goal[lane]) else 0
    seen[0], seen[1] = over, hits


def note_hits(F, inside, unsound, hit, goal, f_min, target, t):
    """First hits."""
    for lane in range(64):
        near = inside[lane] > 0.0 and unsound[lane] == 0.0 and F[lane] - f_min <= target
        if near and hit[lane] < 0.0:
            hit[lane] = t
            goal[lane] = -np.inf


def add_noise(g, n, noise, seed, ids, first, t):
    """g <- g + noise: the same numbers as `driver.advance` adds for these runs."""
    for lane in range(64):
        run = first + np.uint64(max(ids[lane], 0))
        for i in range(n):
            g[i * 64 + lane] += noise * normal(seed, np.uint64(STREAM_NOISE), run, np.uint64(t), np.uint64(i))


def retire(row, lane, n, x, F, best, hit, code, t, end_x, end_f, end_best, end_hit, end_code, end_t):
    """Write the result of a lane that is over."""
    for i in range(n):
        end_x[row, i] = x[i * 64 + lane]
    end_f[row] = F[lane]
    end_best[row] = best[lane]
    end_hit[row] = np.int64(hit[lane])
    end_code[row] = code
    end_t[row] = t


def advance_blocks(
    base, inward, outward, step, pair, paired,  # compiled blocks; whether the pair stands for base and step
    X, S, best, hit, alive, limit, ids, setting,  # per block: state, records, runs, number of its setting
    p, q, factor, noise, low, high, f_min, target,  # the surface
    H, D,  # per setting: hyperparameters with the learning rate last, preconditioner
    seed, first, t0, t1, steps, scratch,  # scratch: rows that the blocks need
    end_x, end_f, end_best, end_hit, end_code, end_t,  # per row = run * settings + setting: results
    path_x, path_f,  # (rows, steps + 1, n) and (rows, steps + 1) to keep every iterate, else empty
):  # fmt: skip
    """Evaluations t0 ... t1 - 1 of all live lanes, each followed by an update unless t = steps."""
    n, settings = low.shape[0], H.shape[0]
    # addresses of arguments: the caller holds them; an array made here could be freed after its last use by name
    at_low, at_high = np.int64(low.ctypes.data), np.int64(high.ctypes.data)
    size, states = X.shape[1], S.shape[1]
    plain, keep = q[0] == 0.0, path_f.shape[0] > 0
    at_p, at_q, many_p, many_q = np.int64(p.ctypes.data), np.int64(q.ctypes.data), p.shape[0], q.shape[0]
    many_h, many_d = H.shape[1], D.shape[1]
    for b in prange(X.shape[0]):
        live = 0
        for lane in range(64):
            live += 1 if alive[b, lane] > 0.0 else 0
        if live > 0:
            k = setting[b]
            room = aligned(4 * size + states + 10 * 64 + 64 * scratch)
            x, g, y = room[:size], room[size : 2 * size], room[2 * size : 3 * size]
            now = 0  # where x begins: pairs write the next x to y and the other way round
            at = 4 * size
            s = room[at : at + states]
            at += states
            F, good, top = room[at : at + 64], room[at + 64 : at + 128], room[at + 128 : at + 192]
            on, first_hit = room[at + 192 : at + 256], room[at + 256 : at + 320]
            inside, unsound = room[at + 320 : at + 384], room[at + 384 : at + 448]
            goal, ceiling = room[at + 448 : at + 512], room[at + 512 : at + 576]
            # addresses of all of these; `room` is used again below, so that it lives as long as they do
            at_x = np.int64(room.ctypes.data)
            at_g, at_y, at_w, at_s = at_x + 8 * size, at_x + 16 * size, at_x + 24 * size, at_x + 32 * size
            at_F = at_s + 8 * states
            at_good, at_on, at_inside = at_F + 8 * 64, at_F + 8 * 192, at_F + 8 * 320
            at_goal, at_ceiling, at_looks, at_work = at_F + 8 * 448, at_F + 8 * 512, at_F + 8 * 576, at_F + 8 * 640
            at_h = np.int64(H.ctypes.data) + 8 * many_h * k
            at_d = np.int64(D.ctypes.data) + 8 * many_d * k
            x[:] = X[b]
            g[:] = np.nan  # an entry that the landscape never writes must not be whatever memory held
            s[:] = S[b]
            good[:] = best[b]
            first_hit[:] = hit[b]
            on[:] = alive[b]
            top[:] = limit[b]
            seen = np.zeros(2, dtype=np.int64)
            # a value above its goal is no hit; the margin covers the rounding of f - f_min
            wanted = f_min + target + 1e-12 * (abs(f_min) + target) if abs(f_min) < np.inf else -np.inf
            for lane in range(64):
                goal[lane] = -np.inf if hit[b, lane] >= 0.0 else wanted
                ceiling[lane] = np.inf
                if alive[b, lane] == 0.0:
                    goal[lane] = np.nan
                    ceiling[lane] = np.nan
            note_inside(x, inside, on, low, high)
            t = t0
            while t < t1 and live > 0:
                look = 0
                if paired:  # the next x goes to y; the update that follows the last evaluation is nobody's
                    look = pair(at_x, at_y, at_s, t + 1, at_p, many_p, at_h, many_h, at_d, many_d, at_low, at_high,
                                at_on, at_F, at_good, at_goal, at_ceiling, at_inside, at_looks)  # fmt: skip
                elif plain:
                    base(at_x, at_g, n, at_p, many_p, at_F, at_work)
                else:
                    y[:] = x
                    inward(at_y, at_w, n, at_q, many_q, at_work)
                    base(at_y, at_g, n, at_p, many_p, at_F, at_work)
                    outward(at_g, at_w, n, at_q, many_q, at_work)
                    for lane in range(64):
                        F[lane] *= factor
                if not paired:
                    look = note_values(F, inside, good, goal, ceiling)
                if look > 0:
                    note_growth(room[now : now + size], unsound, top, n)
                    note_unsound(F, inside, unsound, on, goal, seen)
                    if seen[1] > 0:
                        note_hits(F, inside, unsound, first_hit, goal, f_min, target, np.float64(t))
                    if seen[0] > 0:
                        for lane in range(64):
                            if unsound[lane] > 0.0:
                                row = ids[b, lane] * settings + k
                                retire(row, lane, n, room[now : now + size], F, good, first_hit, DIVERGED, t,
                                       end_x, end_f, end_best, end_hit, end_code, end_t)  # fmt: skip
                                on[lane] = 0.0
                                goal[lane] = np.nan
                                ceiling[lane] = np.nan
                                live -= 1
                if keep:
                    for lane in range(64):
                        if on[lane] > 0.0:
                            row = ids[b, lane] * settings + k
                            path_f[row, t] = F[lane]
                            for i in range(n):
                                path_x[row, t, i] = x[i * 64 + lane]
                if t == steps:
                    for lane in range(64):
                        if on[lane] > 0.0:
                            row = ids[b, lane] * settings + k
                            code = BUDGET
                            if inside[lane] > 0.0 and F[lane] - f_min <= target:
                                code = DONE
                            elif inside[lane] == 0.0 and F[lane] < f_min:
                                code = ESCAPED
                            retire(row, lane, n, room[now : now + size], F, good, first_hit, code, t,
                                   end_x, end_f, end_best, end_hit, end_code, end_t)  # fmt: skip
                            on[lane] = 0.0
                elif paired:
                    at_x, at_y = at_y, at_x
                    now = 2 * size - now
                else:
                    if noise > 0.0:
                        add_noise(g, n, noise, seed, ids[b], first, t)
                    for lane in range(64):
                        inside[lane] = on[lane]
                    step(at_x, at_g, at_s, n, t + 1, at_h, many_h, at_d, many_d, at_low, at_high, at_inside, at_work)
                t += 1
            X[b] = room[now : now + size]
            S[b] = room[4 * size : 4 * size + states]
            best[b] = good
            hit[b] = first_hit
            alive[b] = on


@cache
def compiled() -> Any:
    """`advance_blocks`, compiled once for all blocks, parallel over blocks."""
    from numba import boolean, float64, int8, int64, types, uint64

    base, transform, step = (types.FunctionType(signature) for signature in signatures())
    both = types.FunctionType(pair.signature())
    row, table, whole, grid = float64[::1], float64[:, ::1], int64[::1], int64[:, ::1]
    text, name = gather(advance_blocks, inline=APART)
    return build_text(
        VECTOR + text,
        name,
        types.void(
            base, transform, transform, step, both, boolean,
            table, table, table, table, table, table, grid, whole,
            row, row, float64, float64, row, row, float64, float64,
            table, table,
            uint64, uint64, int64, int64, int64, int64,
            table, row, row, whole, int8[::1], whole,
            float64[:, :, ::1], table,
        ),
        parallel=True,
    )  # fmt: skip


__all__ = ["advance_blocks", "compiled"]
