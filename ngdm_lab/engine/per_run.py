"""Runs one by one, each through plain scalar code: the reference, chosen by NGDM_LAB_ENGINE=runs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from landscapes import Surface
from ngdm_lab.geometry.solver import Solver
from ngdm_lab.optimizers import UpdateRule
from ngdm_lab.optimizers.base import compiled_solver

from . import driver
from .runs import Records, Settings

__all__ = ["PerRun"]

Array = NDArray[np.float64]


class PerRun:
    """All runs of all settings; row = run * settings + setting."""

    pace = 1
    slow = ""

    def __init__(
        self, s: Surface, rule: UpdateRule, solver: Solver | None, x0: Array, limit: Array, settings: Settings,
        seed: int, first_run: int, target: float, steps: int, records: Records,
        paths: tuple[Array, Array] | None = None,
    ) -> None:  # fmt: skip
        count = len(settings.lr)
        records.x[:] = np.repeat(x0, count, axis=0)
        limits = np.repeat(limit, count)
        state = np.zeros((len(records.x), len(rule.state), s.dim))
        path_x, path_f = paths if paths is not None else (np.empty((0, 0, 0)), np.empty((0, 0)))
        bounds = np.array(s.bounds, order="C")  # a copy: the compiled code takes no read-only arrays
        advance = driver.compiled()
        parts = (s.compiled, rule.compiled, compiled_solver(solver))

        def go(t0: int, t1: int) -> None:
            """Evaluations t0 ... t1 - 1."""
            advance(
                *parts, records.x, state, records.f, records.best, records.hit, records.code, records.stopped,
                limits, s.packed, s.program, s.noise, bounds, s.f_min, target,
                settings.hyper, settings.packed, settings.lr, rule.direction,
                np.uint64(seed), np.uint64(first_run), t0, t1, steps, path_x, path_f,
            )  # fmt: skip

        self.go = go

    def publish(self) -> None:
        """Best values stand in the records at all times."""
