"""Runs one by one, each through plain scalar code: the reference, chosen by NGDM_LAB_ENGINE=runs."""

from __future__ import annotations

from typing import Any

import numpy as np

from ngdm_lab.optimizers.base import compiled_solver

from . import driver
from .state import Job

__all__ = ["PerRun"]


class PerRun:
    """All runs of all settings through `driver.advance_run`; row = run * settings + setting."""

    pace = 1
    slow = ""

    def __init__(self, job: Job) -> None:
        count = len(job.setting.hyper)
        self.job, self.described = job, dict[str, Any]()
        job.records.x[:] = np.repeat(job.x0, count, axis=0)
        self.parts = job.surface.compiled, job.rule.compiled, compiled_solver(job.solver)
        self.state = np.zeros((len(job.records.x), job.rule.rows(job.surface.dim), job.surface.dim))
        self.limit = np.repeat(job.limit, count)
        self.advance = driver.compiled()

    def go(self, t0: int, t1: int) -> None:
        """Evaluations t0 ... t1 - 1."""
        job, clock = self.job, self.job.clock._replace(t0=t0, t1=t1)
        self.advance(*self.parts, self.state, self.limit, job.problem, job.setting, job.records, clock)
