"""The driver of blocks: 64 runs side by side through compiled blocks, with everything that is recorded of them.

It does what `driver.advance_run` does, to 64 runs at a time. A lane that is over is written to the records at once
and goes on computing what nobody reads: that is cheaper than holding it still, and lanes never look at each other.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numba import prange

from ngdm_lab.compiler.build import PLAIN, build_text
from ngdm_lab.compiler.lanes.memory import APART, VECTOR, aligned
from ngdm_lab.compiler.linked import LinkedType
from ngdm_lab.compiler.source import gather

from . import fused_kernel
from .blocks import signatures
from .lane_noise import add_noise, own_states
from .records import due, first_from
from .rows import BYTES, CARRIED, ROWS, finish, record
from .state import Blocks, Clock, Problem, Records, Setting, named, signature
from .status import BUDGET, DIVERGED, DONE, ESCAPED, STOPPED

__all__ = ["advance_blocks", "compiled"]

# The room of a block: vectors of n rows, the rule's state, the rows of `rows.ROWS`, scratch. X and Z are the point
# and the next one, and the other way round after a fused step; Z is the inner point where there are transforms.
X, G, Z, W = range(4)
VECTORS, ALL_ROWS, CARRIED_ROWS = 4, len(ROWS), len(CARRIED)
BEST, HIT, ON, LIMIT, F, INSIDE, UNSOUND, GOAL, CEILING = (
    ROWS.index(name) for name in ("best", "hit", "on", "limit", "f", "inside", "unsound", "goal", "ceiling")
)


# Called once a run or once a block: inlined at every call they would double the time that compilation takes.
SELDOM = ("advance_block", "aligned", "copy", "own_states", "add_noise", "note_hits", "note_path", "put_back", "finish",
          "go_back", "retire", "note_best")  # fmt: skip


def copy(to, numbers):
    """to <- numbers; Numba's own assignment of arrays takes a second to compile, for its message about shapes."""
    for i in range(numbers.shape[0]):
        to[i] = numbers[i]


def note_inside(x, inside, alive, bounds):
    """inside <- 1 for live lanes within the bounds, else 0."""
    lanes = np.uint64(64)
    for lane in range(lanes):
        inside[lane] = alive[lane]
    for i in range(bounds.shape[0]):
        down, up = bounds[i, 0], bounds[i, 1]
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


# Below, what is stored into the arrays of a named tuple: where a parallel loop stores into such an array by itself,
# Numba takes it for an array that nobody reads, and leaves the store out.
def note_path(records, x, F, row, lane, t):
    """One iterate of a run."""
    records.path_f[row, t] = F[lane]
    for i in range(records.x.shape[1]):
        records.path_x[row, t, i] = x[i * 64 + lane]


def go_back(x, s, F, inside, setting, bounds, lane):
    """To the point from where a rule searches: its last trial brought nothing."""
    F[lane] = s[setting.value * 64 + lane]
    inside[lane] = 1.0
    for i in range(bounds.shape[0]):
        v = s[(setting.at + i) * 64 + lane]
        x[i * 64 + lane] = v
        if v < bounds[i, 0] or v > bounds[i, 1]:
            inside[lane] = 0.0


def put_back(blocks, b, x, s, rows):
    """What a block carries to the next chunk of steps."""
    copy(blocks.x[b], x)
    copy(blocks.s[b], s)
    for r in range(CARRIED_ROWS):
        copy(blocks.rows[b, r], rows[r])


def retire(records, x, rows, row, lane, code, t):
    """Write the result of a lane that is over."""
    for i in range(records.x.shape[1]):
        records.x[row, i] = x[i * 64 + lane]
    finish(records, rows, row, lane)
    records.code[row] = code
    records.stopped[row] = t


def note_best(records, best, on, ids, which, settings, at):
    """The best values of live lanes, at mark `at`."""
    for lane in range(64):
        if on[lane] > 0.0:
            records.best_at[at, ids[lane] * settings + which[lane]] = best[lane]


def advance_block(kernels, is_fused, scratch, blocks, problem, setting, records, clock, b):
    """Evaluations t0 ... t1 - 1 of the live lanes of block b; other arguments as in `advance_blocks`."""
    base, inward, outward, step, fused = kernels
    live = 0
    for lane in range(64):
        live += 1 if blocks.rows[b, ON, lane] > 0.0 else 0
    if live == 0:
        return
    n, settings, f_min, target = problem.bounds.shape[0], setting.hyper.shape[0], problem.f_min, problem.target
    bounds, noise, factor = problem.bounds, problem.noise, problem.factor
    seed, first, t0, t1, steps = clock.seed, clock.first, clock.t0, clock.t1, clock.steps
    # addresses of arguments: the caller holds them; an array made here could be freed after its last use by name
    # (taken here and not in a helper, of which the compiler would believe that it lets no pointer out)
    p, q, H, D = problem.p, problem.q, setting.hyper, setting.packed
    at_bounds, at_p, at_q = np.int64(bounds.ctypes.data), np.int64(p.ctypes.data), np.int64(q.ctypes.data)
    at_hyper, at_packed = np.int64(H.ctypes.data), np.int64(D.ctypes.data)
    many_p, many_q, many_h, many_d = p.shape[0], q.shape[0], H.shape[1], D.shape[1]
    size, states = blocks.x.shape[1], blocks.s.shape[1]
    end_v, end_s = VECTORS * size, VECTORS * size + states
    end_r = end_s + ALL_ROWS * 64
    plain, keep, done = q[0] == 0.0, records.path_f.shape[0] > 0, setting.done
    which, ids = blocks.setting[b], blocks.ids[b]
    room = aligned(end_r + 64 * scratch)
    vectors, s = room[:end_v].reshape(VECTORS, size), room[end_v:end_s]
    rows = room[end_s:end_r].reshape(ALL_ROWS, 64)
    x, g, z = vectors[X], vectors[G], vectors[Z]
    here, there = X, Z  # which vector is x: fused kernels write the next x to z and the other way round
    F_, on, inside, unsound, goal = rows[F], rows[ON], rows[INSIDE], rows[UNSOUND], rows[GOAL]
    # `room` is used again below, so that it lives as long as these addresses into it
    at_x, at_s, at_rows = np.int64(room.ctypes.data), np.int64(s.ctypes.data), np.int64(rows.ctypes.data)
    at_g, at_z, at_w = at_x + G * 8 * size, at_x + Z * 8 * size, at_x + W * 8 * size
    at_F, at_work = at_rows + F * BYTES, at_rows + ALL_ROWS * BYTES
    # what all lanes share; in a mixed block the rest lies behind the state
    at_h, at_d = at_hyper + 8 * many_h * which[0], at_packed + 8 * many_d * which[0]
    copy(x, blocks.x[b])
    copy(s, blocks.s[b])
    for r in range(CARRIED_ROWS):
        copy(rows[r], blocks.rows[b, r])
    for i in range(size):
        g[i] = np.nan  # an entry that the landscape never writes must not be whatever memory held
    seen = np.zeros(2, dtype=np.int64)
    chains, words = np.empty(64, dtype=np.uint64), np.empty(64, dtype=np.uint64)  # of the noise
    if noise > 0.0:
        own_states(chains, seed, ids, first)
    # a value above its goal is no hit; the margin covers the rounding of f - f_min
    wanted = f_min + target + 1e-12 * (abs(f_min) + target) if abs(f_min) < np.inf else -np.inf
    for lane in range(64):
        goal[lane] = -np.inf if rows[HIT, lane] >= 0.0 else wanted
        rows[CEILING, lane] = np.inf
        if on[lane] == 0.0:
            goal[lane] = np.nan
            rows[CEILING, lane] = np.nan
    note_inside(x, inside, on, bounds)
    at = first_from(records.marks, t0)
    mark = due(records.marks, at)
    t = t0
    while t < t1 and live > 0:
        look = 0
        if is_fused:  # the next x goes to z; the update that follows the last evaluation is nobody's
            look = fused(at_x, at_z, at_s, t + 1, at_p, many_p, at_h, many_h, at_d, many_d, at_bounds, at_rows)
        elif plain:
            base(at_x, at_g, n, at_p, many_p, at_F, at_work)
        else:
            copy(z, x)
            inward(at_z, at_w, n, at_q, many_q, at_work)
            base(at_z, at_g, n, at_p, many_p, at_F, at_work)
            outward(at_g, at_w, n, at_q, many_q, at_work)
            for lane in range(64):
                F_[lane] *= factor
        if not is_fused:
            look = record(rows)
        if look > 0:
            note_growth(vectors[here], unsound, rows[LIMIT], n)
            note_unsound(F_, inside, unsound, on, goal, seen)
            if seen[1] > 0:
                note_hits(F_, inside, unsound, rows[HIT], goal, f_min, target, np.float64(t))
            if seen[0] > 0:
                for lane in range(64):
                    if unsound[lane] > 0.0:
                        retire(records, vectors[here], rows, ids[lane] * settings + which[lane], lane, DIVERGED, t)
                        on[lane] = 0.0
                        goal[lane] = np.nan
                        rows[CEILING, lane] = np.nan
                        live -= 1
        if keep:
            for lane in range(64):
                if on[lane] > 0.0:
                    note_path(records, x, F_, ids[lane] * settings + which[lane], lane, t)
        if t == mark:
            note_best(records, rows[BEST], on, ids, which, settings, at)
            at += 1
            mark = due(records.marks, at)
        if t == steps:
            for lane in range(64):
                if on[lane] > 0.0:
                    if setting.at >= 0 and t > 0 and s[setting.value * 64 + lane] < F_[lane]:
                        go_back(vectors[here], s, F_, inside, setting, bounds, lane)
                    code = BUDGET
                    if inside[lane] > 0.0 and F_[lane] - f_min <= target:
                        code = DONE
                    elif inside[lane] == 0.0 and F_[lane] < f_min:
                        code = ESCAPED
                    retire(records, vectors[here], rows, ids[lane] * settings + which[lane], lane, code, t)
                    on[lane] = 0.0
        elif is_fused:
            at_x, at_z = at_z, at_x
            here, there = there, here
        else:
            if noise > 0.0:
                add_noise(g, n, noise, chains, words, t)
            for lane in range(64):
                inside[lane] = on[lane]
            step(at_x, at_g, at_s, n, t + 1, at_h, many_h, at_d, many_d, at_bounds, at_rows, at_work)
        if done >= 0 and t < steps:
            for lane in range(64):
                if on[lane] > 0.0 and s[done * 64 + lane] != 0.0:
                    near = inside[lane] > 0.0 and F_[lane] - f_min <= target
                    retire(records, vectors[here], rows, ids[lane] * settings + which[lane], lane,
                           DONE if near else STOPPED, t)  # fmt: skip
                    on[lane] = 0.0
                    goal[lane] = np.nan
                    rows[CEILING, lane] = np.nan
                    live -= 1
        t += 1
    put_back(blocks, b, room[here * size : (here + 1) * size], room[end_v:end_s], rows)


def advance_blocks(
    base, inward, outward, step, fused, is_fused, scratch, blocks, problem, setting, records, clock
):  # fmt: skip
    """Evaluations t0 ... t1 - 1 of all live lanes, each followed by an update unless t = steps.

    base, inward, outward, step, fused : compiled blocks; is_fused : whether `fused` stands for base and step.
    scratch : rows that these need.
    blocks, problem, setting, records, clock : see `state`.
    """
    # all the work in a function of its own: what stands in a parallel loop takes twice as long to compile
    kernels = base, inward, outward, step, fused
    for b in prange(blocks.x.shape[0]):
        advance_block(kernels, is_fused, scratch, blocks, problem, setting, records, clock, b)


@cache
def compiled() -> Any:
    """`advance_blocks`, compiled once for all blocks, parallel over blocks."""
    from numba import boolean, int64, types

    base, transform, step = (LinkedType(one) for one in signatures())
    fused = LinkedType(fused_kernel.signature())
    state = Blocks, Problem, Setting, Records, Clock
    text, name = gather(advance_blocks, inline=APART, instead=dict.fromkeys(SELDOM, PLAIN))
    given = types.void(base, transform, transform, step, fused, boolean, int64, *map(signature, state))
    return build_text(named(*state) + VECTOR + text, name, given, parallel=True)
