"""The per-run driver in plain source: every run's evaluations and updates, and what is recorded of them.

Evaluation t (t = 0 ... steps) looks at iterate x_t; update t leads from x_t to x_{t+1}. A run's result depends
on its start, the seed and its index alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from math import isfinite
from typing import Any

import numpy as np
from numba import prange
from numpy.typing import NDArray

from landscapes.evaluation import signature as evaluation_signature
from landscapes.transforms import evaluate, inward, outward
from ngdm_lab.compiler.build import PLAIN, build_text
from ngdm_lab.compiler.linked import LinkedType
from ngdm_lab.compiler.random import STREAM_NOISE, add_normals, further, of_run
from ngdm_lab.compiler.source import gather
from ngdm_lab.optimizers.base import signatures, update
from ngdm_lab.progress import bar

from .records import due, first_from
from .state import Clock, Problem, Records, Setting, named, signature
from .status import BUDGET, DIVERGED, DONE, ESCAPED, RUNNING, STOPPED

GROWTH = 1e12  # a point this many times its start's size counts as diverged
CHUNK = 2e7  # coordinate steps between two looks at the keyboard: some tenths of a second
PARALLEL = 5e6  # coordinate steps, some 0.05 s: less work than this is not worth waking other threads
_look: ContextVar[Callable[[], None]] = ContextVar("look", default=lambda: None)


def advance(base, rule, solve, state, limit, problem, setting, records, clock):  # type: ignore[no-untyped-def]
    """Evaluations t0 ... t1 - 1 of all live runs, each followed by an update unless t = steps.

    Rows are run-major: row = run * settings + setting, so that every thread gets its share of each setting.

    base, rule, solve : compiled landscape, rule and preconditioner.
    state, limit : (rows, vectors, n) and (rows,), the rules' memory and where a run has diverged.
    problem, setting, records, clock : see `state`; the runs' points are those of the records.
    """
    rows, n = records.x.shape
    settings = setting.hyper.shape[0]
    keep, marked = records.path_f.shape[0] > 0, records.marks.shape[0] > 0
    for row in prange(rows):
        if records.code[row] == RUNNING:
            k = row % settings
            run = clock.first + np.uint64(row // settings)
            g, y, w = np.full(n, np.nan), np.empty(n), np.empty(n)  # an entry of g that no one writes must show
            memory = records.x[row], state[row], g, y, w
            entries = setting.done, setting.at, setting.value
            mine = setting.hyper[k], setting.packed[k], setting.hyper[k, -1], setting.direction, entries
            advance_run(base, rule, solve, memory, (row, run, limit[row]), problem, mine, records, clock, keep,
                        marked)  # fmt: skip


def advance_run(  # type: ignore[no-untyped-def]
    base, rule, solve, memory, place, problem, setting, records, clock, keep, marked
):  # fmt: skip
    """Evaluations t0 ... t1 - 1 of one run: the loop that says what a run is. Every engine does what stands here.

    The per-run engine and the CUDA engine (a thread for each run) compile this very function;
    `lane_driver.advance_blocks` does the same for 64 runs side by side.

    memory : the run's point and state, room for its gradient and for transforms.
    place : its row in the records, its index for the noise, the size of a coordinate beyond which it has diverged.
    setting : its hyperparameters, packed preconditioner, learning rate, whether the rule gives a direction, and the
        entries of its state that `UpdateRule.places` gives.
    keep, marked : whether every iterate goes to the paths of the records, and its best at their marks.
    """
    x, S, g, y, w = memory
    row, run, limit = place
    h, d, lr, direction, (done, begun, value) = setting
    n = x.shape[0]
    # in registers: records are written once, at the end
    f, lowest, first_hit = records.f[row], records.best[row], records.hit[row]
    at = first_from(records.marks, clock.t0) if marked else 0
    mark = due(records.marks, at) if marked else -1
    for t in range(clock.t0, clock.t1):
        f = evaluate(base, x, g, problem.p, problem.q, y, w)
        inside = True
        sound = isfinite(f)
        for i in range(n):
            if not abs(x[i]) <= limit:
                sound = False
            if x[i] < problem.bounds[i, 0] or x[i] > problem.bounds[i, 1]:
                inside = False
        if not sound:
            records.code[row] = DIVERGED
            records.stopped[row] = t
            break
        if keep:
            records.path_f[row, t] = f
            for i in range(n):
                records.path_x[row, t, i] = x[i]
        near = inside and f - problem.f_min <= problem.target
        if inside and f < lowest:
            lowest = f
        if near and first_hit < 0:
            first_hit = t
        if marked and t == mark:
            records.best_at[at, row] = lowest
            at += 1
            mark = due(records.marks, at)
        if t == clock.steps:
            if begun >= 0 and t > 0 and S[value // n, value % n] < f:  # the last trial brought nothing
                f = S[value // n, value % n]
                inside = True
                for i in range(n):
                    x[i] = S[begun // n, i]
                    if x[i] < problem.bounds[i, 0] or x[i] > problem.bounds[i, 1]:
                        inside = False
                near = inside and (f - problem.f_min <= problem.target)
            records.stopped[row] = t
            if near:
                records.code[row] = DONE
            elif not inside and f < problem.f_min:
                records.code[row] = ESCAPED
            else:
                records.code[row] = BUDGET
            break
        if problem.noise > 0.0:
            add_normals(g, problem.noise, further(of_run(clock.seed, np.uint64(STREAM_NOISE), run), np.uint64(t)))
        update(rule, solve, x, f, g, S, t + 1, h, d, lr, direction)
        if done >= 0 and S[done // n, done % n] != 0.0:
            records.stopped[row] = t
            records.code[row] = DONE if near else STOPPED
            break
    records.f[row] = f
    records.best[row] = lowest
    records.hit[row] = first_hit


def unreached(*, moved: bool, noisy: bool) -> dict[Any, str]:
    """Texts in place of what no run reaches on surfaces without transforms, or noise: compiling it takes long."""
    of_transforms: dict[Any, str] = {inward: "(y, w, n, q):\n    pass", outward: "(g, w, n, q):\n    pass"}
    of_noise: dict[Any, str] = {add_normals: "(g, scale, z):\n    pass", further: "(z, counter):\n    return z",
                                of_run: "(key, stream, run):\n    return key"}  # fmt: skip
    return {**({} if moved else of_transforms), **({} if noisy else of_noise)}


@cache
def compiled(*, parallel: bool = True, moved: bool = True, noisy: bool = True) -> Any:
    """`advance`, compiled once for all landscapes, rules and preconditioners; parallel over runs, or one by one.

    Without `moved` it is for surfaces that have no transforms, without `noisy` for those that have no noise.
    """
    from numba import float64, types

    parts = LinkedType(evaluation_signature()), *signatures(), float64[:, :, ::1], float64[::1]
    state = Problem, Setting, Records, Clock
    text, name = gather(advance, inline=PLAIN, texts=unreached(moved=moved, noisy=noisy))
    given = types.void(*parts, *map(signature, state))
    return build_text(named(*state) + text, name, given, parallel=parallel)


@contextmanager
def watched(look: Callable[[], None]) -> Iterator[None]:
    """Inside this, `look()` is called before each chunk of steps, in the thread that runs them.

    What it raises ends the run, between two chunks: so the command line heeds a Ctrl-C that Python has dropped.
    Of several, one inside the other, the innermost is called. Other threads do not see it.
    """
    before = _look.set(look)
    try:
        yield
    finally:
        _look.reset(before)


def chunks(
    stops: NDArray[np.int64], steps: int, size: float, go: Callable[[int, int], None], progress: bool, title: str
) -> Iterator[int]:
    """Advance from stop to stop, through the evaluation of that number, in chunks short enough for Ctrl-C; yields
    at each."""
    look = _look.get()
    longest = max(1, math.ceil(CHUNK / max(size, 1.0)))
    with bar(show=progress, total=steps + 1, desc=title, unit="step") as shown:
        t = 0
        for stop in stops:
            while t <= stop:
                end = min(int(stop) + 1, t + longest)
                look()
                go(t, end)
                shown.update(end - t)
                t = end
            yield int(stop)
