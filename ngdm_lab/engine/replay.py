"""What a user's function raised where a run diverged, found by calling it in Python.

A landscape is called at the last point. A rule needs the state it had: the run is followed to the step before, and that
is taken in Python.
"""

from __future__ import annotations

import numpy as np

from landscapes import Surface
from ngdm_lab.compiler.random import normals
from ngdm_lab.optimizers import trial

from .per_run import PerRun
from .state import Job, Records
from .status import DIVERGED

__all__ = ["raise_there"]

MOST = 64  # runs that are tried: of a rule that raises, nearly all do


def raise_there(job: Job) -> None:
    """Raise what a user's landscape or rule raises in Python where a run ended, if it does.

    Compiled code has NaN where a function of the user's raises, or looks outside a vector. A run on a GPU is followed
    on the CPU: where rounding leads elsewhere nothing is found, and the run has diverged. Raises as `trial.raise_there`
    of `landscapes` and of `ngdm_lab.optimizers` do.
    """
    diverged = np.flatnonzero(job.records.code == DIVERGED)
    x, f = job.records.x[diverged], job.records.f[diverged]
    lost = np.isnan(x).any(axis=1)
    job.surface.raise_there(x[np.isnan(f) & ~lost])
    if trial.checked(job.rule.function):
        for row in diverged[lost & (job.records.stopped[diverged] > 0)][:MOST]:
            _step(job, int(row))


def _step(job: Job, row: int) -> None:
    run, setting = divmod(row, len(job.setting.hyper))
    last = int(job.records.stopped[row]) - 1
    x0 = job.x0[run : run + 1]
    first = np.uint64(int(job.clock.first) + run)
    one = job.setting._replace(hyper=job.setting.hyper[setting : setting + 1].copy(),
                               packed=job.setting.packed[setting : setting + 1].copy())  # fmt: skip
    clock = job.clock._replace(first=first)  # type: ignore[arg-type]
    again = PerRun(Job(job.surface, job.rule, job.solver, x0, job.limit[run : run + 1], job.problem, one,
                       Records.empty(1, x0.shape[1]), clock))  # fmt: skip
    again.go(0, last)
    x = again.job.records.x
    f, g = _evaluated(job.surface, x)
    if job.problem.noise > 0.0:
        g = g + job.problem.noise * normals(len(g), key=int(clock.seed), run=int(first), step=last)
    given = job.rule.arguments(x[0], f, g, again.state[0], last + 1)
    trial.raise_there(job.rule.function, given, one.hyper[0, :-1].tolist())


def _evaluated(s: Surface, x: np.ndarray) -> tuple[float, np.ndarray]:
    """Value and gradient at the one point of x (1, n), without noise, and without a word about it."""
    f, g, _ = s.batch(x, 0.0, 0)
    return float(f[0]), np.asarray(g)[0]
