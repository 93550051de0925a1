"""The per-run driver in plain source: every run's evaluations and updates, and what is recorded of them.

Evaluation t (t = 0 ... steps) looks at iterate x_t; update t leads from x_t to x_{t+1}. A run's result depends
on its start, the seed and its index alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import cache
from math import isfinite
from typing import Any

import numpy as np
from numba import prange
from numpy.typing import NDArray

from landscapes.evaluation import signature
from landscapes.transforms import evaluate
from ngdm_lab.compiler.build import build
from ngdm_lab.compiler.random import STREAM_NOISE, normal
from ngdm_lab.optimizers.base import signatures, update

from .status import BUDGET, DIVERGED, DONE, ESCAPED, RUNNING

GROWTH = 1e12  # a point this many times its start's size counts as diverged
CHUNK = 2e7  # coordinate steps between two looks at the keyboard: some tenths of a second
PARALLEL = 5e6  # coordinate steps, some 0.05 s: less work than this is not worth waking other threads


def advance(  # type: ignore[no-untyped-def]
    base, rule, solve,  # compiled landscape, rule and preconditioner
    X, S, F, best, hit, status, stopped, limit,  # per run: point, state, value, records
    p, q, noise, bounds, f_min, target,  # the surface
    H, D, lr, direction,  # per setting: hyperparameters, preconditioner, learning rate
    seed, first, t0, t1, steps,  # first: index of row 0's run
    path_x, path_f,  # (rows, steps + 1, n) and (rows, steps + 1) to keep every iterate, else empty
):  # fmt: skip
    """Evaluations t0 ... t1 - 1 of all live runs, each followed by an update unless t = steps.

    Rows are run-major: row = run * settings + setting, so that every thread gets its share of each setting.
    """
    rows, n = X.shape
    settings = lr.shape[0]
    keep = path_f.shape[0] > 0
    for row in prange(rows):
        if status[row] == RUNNING:
            k = row % settings
            run = first + np.uint64(row // settings)
            g, y, w = np.full(n, np.nan), np.empty(n), np.empty(n)  # an entry of g that no one writes must show
            advance_run(
                base, rule, solve, X[row], S[row], g, y, w, row, run, F, best, hit, status, stopped, limit[row],
                p, q, noise, bounds, f_min, target, H[k], D[k], lr[k], direction,
                seed, t0, t1, steps, keep, path_x, path_f,
            )  # fmt: skip


def advance_run(  # type: ignore[no-untyped-def]
    base, rule, solve,
    x, S, g, y, w,  # the run's point and state, room for its gradient and for transforms
    row, run,  # its place in the records, its index for the noise
    F, best, hit, status, stopped, limit,
    p, q, noise, bounds, f_min, target,
    h, d, lr, direction,
    seed, t0, t1, steps,
    keep, path_x, path_f,
):  # fmt: skip
    """Evaluations t0 ... t1 - 1 of one run. The CUDA engine compiles this very function, a thread for each run."""
    n = x.shape[0]
    # in registers: records are written once, at the end
    f, lowest, first_hit = F[row], best[row], hit[row]
    for t in range(t0, t1):
        f = evaluate(base, x, g, p, q, y, w)
        inside = True
        sound = isfinite(f)
        for i in range(n):
            if not abs(x[i]) <= limit:
                sound = False
            if x[i] < bounds[i, 0] or x[i] > bounds[i, 1]:
                inside = False
        if not sound:
            status[row] = DIVERGED
            stopped[row] = t
            break
        if keep:
            path_f[row, t] = f
            for i in range(n):
                path_x[row, t, i] = x[i]
        near = inside and f - f_min <= target
        if inside and f < lowest:
            lowest = f
        if near and first_hit < 0:
            first_hit = t
        if t == steps:
            stopped[row] = t
            if near:
                status[row] = DONE
            elif not inside and f < f_min:
                status[row] = ESCAPED
            else:
                status[row] = BUDGET
            break
        if noise > 0.0:
            for i in range(n):
                g[i] += noise * normal(seed, np.uint64(STREAM_NOISE), run, np.uint64(t), np.uint64(i))
        update(rule, solve, x, g, S, t + 1, h, d, lr, direction)
    F[row] = f
    best[row] = lowest
    hit[row] = first_hit


@cache
def compiled() -> Any:
    """`advance`, compiled once for all landscapes, rules and preconditioners, parallel over runs."""
    from numba import boolean, float64, int8, int64, types, uint64

    row, table, cube, whole = float64[::1], float64[:, ::1], float64[:, :, ::1], int64[::1]
    return build(
        advance,
        types.void(
            types.FunctionType(signature()), *signatures(),
            table, cube, row, row, whole, int8[::1], whole, row,
            row, row, float64, table, float64, float64,
            table, table, row, boolean,
            uint64, uint64, int64, int64, int64,
            cube, table,
        ),
        parallel=True,
    )  # fmt: skip


def poll() -> None:
    """Called before each chunk; the command line puts its look at a lost Ctrl-C here."""


def chunks(
    marks: NDArray[np.int64], steps: int, size: int, go: Callable[[int, int], None], progress: bool, title: str
) -> Iterator[int]:
    """Advance from mark to mark in chunks short enough for Ctrl-C; yields at each mark."""
    from tqdm import tqdm

    longest = max(1, math.ceil(CHUNK / max(size, 1)))
    # disable=None: no bar where standard error is no terminal
    with tqdm(total=steps + 1, desc=title, leave=False, unit="step", disable=None if progress else True) as bar:
        t = 0
        for mark in marks:
            while t <= mark:
                end = min(int(mark) + 1, t + longest)
                poll()
                go(t, end)
                bar.update(end - t)
                t = end
            yield int(mark)
