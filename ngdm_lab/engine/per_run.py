"""Runs one by one: through plain scalar code, the reference, chosen by NGDM_LAB_ENGINE=runs; or, where they are few,
with the arithmetic of lanes."""

from __future__ import annotations

from typing import Any

import numpy as np

from landscapes.evaluation import alone
from ngdm_lab.compiler.linked import link
from ngdm_lab.optimizers.base import compiled_solver

from . import blocks, driver
from .state import Job

__all__ = ["Alone", "PerRun"]

FEW = 16  # runs, and fewer than half as many as coordinates, take less time one after another than in a block of lanes:
FEW_FROM = 8e3  # about a millisecond less from so many coordinate steps of a run; compiling for less is not worth it


class PerRun:
    """All runs of all settings through `driver.advance_run`; row = run * settings + setting."""

    pace = 1.0
    slow = ""

    def __init__(self, job: Job) -> None:
        count = len(job.setting.hyper)
        self.job, self.setting, self.described = job, job.setting, dict[str, Any]()
        job.records.x[:] = np.repeat(job.x0, count, axis=0)
        self.state = np.zeros((len(job.records.x), job.rule.rows(job.surface.dim), job.surface.dim))
        self.limit = np.repeat(job.limit, count)
        self.link()

    def link(self) -> None:
        """Compile what a run needs."""
        job = self.job
        self.parts = job.surface.compiled, job.rule.compiled, compiled_solver(job.solver)
        self.advance = driver.compiled()

    def go(self, t0: int, t1: int) -> None:
        """Evaluations t0 ... t1 - 1."""
        job, clock = self.job, self.job.clock._replace(t0=t0, t1=t1)
        self.advance(*self.parts, self.state, self.limit, job.problem, self.setting, job.records, clock)


class Alone(PerRun):
    """Few runs, with the arithmetic of lanes and without their neighbours: the bits of `lane_run.Lanes`.

    A block of lanes takes as long with one run in it as with 64.
    """

    @classmethod
    def suits(cls, job: Job) -> bool:
        """Whether so few runs of so many steps are better off this way."""
        rows, n = job.records.x.shape
        return rows <= FEW and 2 * rows < n and n * float(job.clock.steps) >= FEW_FROM

    def link(self) -> None:
        job, s = self.job, self.job.surface
        base = alone(s.family.function, [v for _, v in s.parameters])
        step = blocks.alone(job.rule, job.solver)
        self.slow = "; ".join(part.slow for part in (base, step) if part.slow)
        self.parts = link(base.function), link(step.function), compiled_solver(None)
        # the whole update stands in place of the rule, so what the preconditioner needs stands among its numbers
        hyper = np.hstack([job.setting.hyper, job.setting.packed])
        self.setting = job.setting._replace(hyper=hyper, direction=False)
        self.advance = driver.compiled(parallel=False, moved=bool(s.transforms), noisy=s.noise > 0.0)

    def go(self, t0: int, t1: int) -> None:
        try:
            super().go(t0, t1)
        except IndexError as error:
            raise IndexError(f"in a landscape or rule: {error}") from None
