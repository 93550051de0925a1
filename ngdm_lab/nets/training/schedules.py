"""Learning-rate schedules. None of them is the default: the paper's claim C9 is that NGDM needs no decay.

A schedule is a function of (epoch, epochs, lr): how many epochs have passed, with a fraction; how many there will be;
the optimizer's own rate. It returns the rate of the next step. Any function will do.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ngdm_lab.compiler.checks import check_integer, check_number, settle

__all__ = ["Cosine", "Schedule", "StepDecay"]

Schedule = Callable[[float, int, float], float]


def _given(epoch: Any, epochs: Any, lr: Any) -> tuple[float, int, float]:
    """What a schedule is called with, as plain numbers; TypeError or ValueError for others."""
    return check_number("epoch", epoch, least=0), check_integer("epochs", epochs), check_number("lr", lr, least=0)


@dataclass(frozen=True)
class StepDecay:
    """lr times `factor` after every `every` epochs. ValueError unless both are above 0, and `factor` at most 1."""

    every: float = 10.0
    factor: float = 0.1

    def __post_init__(self) -> None:
        every, factor = check_number("every", self.every, above=0), check_number("factor", self.factor, above=0, most=1)
        settle(self, every=every, factor=factor)

    def __call__(self, epoch: float, epochs: int, lr: float) -> float:
        epoch, epochs, lr = _given(epoch, epochs, lr)
        return float(lr * self.factor ** math.floor(epoch / self.every))


@dataclass(frozen=True)
class Cosine:
    """From lr down to `final` times lr along half a cosine (Loshchilov and Hutter 2017), after a linear `warmup`.

    warmup is in epochs. ValueError for `final` outside [0, 1] or a negative warmup.
    """

    final: float = 0.0
    warmup: float = 0.0

    def __post_init__(self) -> None:
        settle(self, final=check_number("final", self.final, least=0, most=1))
        settle(self, warmup=check_number("warmup", self.warmup, least=0))

    def __call__(self, epoch: float, epochs: int, lr: float) -> float:
        epoch, epochs, lr = _given(epoch, epochs, lr)
        if epoch < self.warmup:
            return lr * epoch / self.warmup
        share = min(1.0, (epoch - self.warmup) / max(epochs - self.warmup, 1e-12))
        return lr * (self.final + (1.0 - self.final) * 0.5 * (1.0 + math.cos(math.pi * share)))
