"""What engines share: the settings that runs follow and the records that they leave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ngdm_lab.compiler.parameters import pack
from ngdm_lab.geometry.solver import Solver
from ngdm_lab.optimizers import Optimizer

from .status import RUNNING

__all__ = ["Records", "Settings"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Settings:
    """Per setting: hyperparameters of the rule, packed arrays of the preconditioner, learning rate."""

    hyper: Array
    packed: Array
    lr: Array

    @classmethod
    def of(cls, optimizers: Sequence[Optimizer], solvers: Sequence[Solver | None]) -> Settings:
        """Of optimizers that follow one rule and one form of preconditioner."""
        hyper = np.array([list(o.settings().values()) for o in optimizers], dtype=np.float64)
        packed = np.array([pack(solver.arrays if solver else ()) for solver in solvers])
        return cls(hyper.reshape(len(optimizers), -1), packed, np.array([o.lr for o in optimizers], dtype=np.float64))


@dataclass(frozen=True)
class Records:
    """Per row, row = run * settings + setting: last point and value, best value, first hit, status, last step."""

    x: Array
    f: Array
    best: Array
    hit: NDArray[np.int64]
    code: NDArray[np.int8]
    stopped: NDArray[np.int64]

    @classmethod
    def empty(cls, rows: int, n: int) -> Records:
        """Before the first evaluation."""
        return cls(
            np.empty((rows, n)), np.full(rows, np.nan), np.full(rows, np.inf), np.full(rows, -1),
            np.full(rows, RUNNING, dtype=np.int8), np.zeros(rows, dtype=np.int64),
        )  # fmt: skip

    def of(self, setting: int, count: int) -> Records:
        """Copies of the rows of one of `count` settings."""
        mine = slice(setting, None, count)
        return Records(
            self.x[mine].copy(), self.f[mine].copy(), self.best[mine].copy(), self.hit[mine].copy(),
            self.code[mine].copy(), self.stopped[mine].copy(),
        )  # fmt: skip
