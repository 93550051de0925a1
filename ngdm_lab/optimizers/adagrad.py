"""AdaGrad."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from .base import Optimizer
from .custom import update_rule

__all__ = ["AdaGrad"]


@update_rule(state=("total",), direction=True)
def adagrad(x, g, total, n, t, lr_decay, weight_decay, initial_accumulator_value, eps):  # type: ignore[no-untyped-def]
    """u = g / (sqrt(sum of g^2 so far) + eps), slowed by lr_decay."""
    slow = 1.0 / (1.0 + (t - 1) * lr_decay)
    for i in range(n):
        h = g[i] + weight_decay * x[i]
        before = initial_accumulator_value if t == 1 else total[i]
        total[i] = before + h * h
        g[i] = slow * h / (sqrt(total[i]) + eps)


@dataclass(frozen=True)
class AdaGrad(Optimizer):
    """AdaGrad (Duchi, Hazan and Singer 2011), with PyTorch's names and defaults.

    Parameters
    ----------
    lr, lr_decay, weight_decay, initial_accumulator_value, eps : all >= 0.

    Raises
    ------
    ValueError, TypeError
        For values outside these ranges.
    """

    lr: float = 1e-2
    lr_decay: float = 0.0
    weight_decay: float = 0.0
    initial_accumulator_value: float = 0.0
    eps: float = 1e-10

    rule = adagrad
    scope = "coordinate"

    def __post_init__(self) -> None:
        self._settle_numbers(lr={}, lr_decay={}, weight_decay={}, initial_accumulator_value={}, eps={})
