"""RMSProp."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from ngdm_lab.compiler.checks import check_flag, settle

from .base import Optimizer
from .custom import update_rule

__all__ = ["RMSProp"]


@update_rule(state=("v", "mean", "b"), direction=True)
def rmsprop(x, g, v, mean, b, n, t, alpha, eps, weight_decay, momentum, centered):  # type: ignore[no-untyped-def]
    """u = b, b = mu b + g / (sqrt(mean square of g, or its variance) + eps)."""
    for i in range(n):
        h = g[i] + weight_decay * x[i]
        v[i] = alpha * v[i] + (1.0 - alpha) * h * h
        mean[i] = alpha * mean[i] + (1.0 - alpha) * h
        spread = v[i] - centered * mean[i] * mean[i]
        # rounding can leave a variance below zero, where the square root is NaN
        b[i] = momentum * b[i] + h / (sqrt(max(spread, 0.0)) + eps)
        g[i] = b[i]


@dataclass(frozen=True)
class RMSProp(Optimizer):
    """RMSProp (Tieleman and Hinton 2012), with PyTorch's names and defaults.

    Parameters
    ----------
    lr : learning rate >= 0.
    alpha : smoothing constant in [0, 1).
    eps, weight_decay : >= 0.
    momentum : in [0, 1).
    centered : divide by the root of the variance instead of the mean square (Graves 2013).

    Raises
    ------
    ValueError, TypeError
        For values outside these ranges.
    """

    lr: float = 1e-2
    alpha: float = 0.99
    eps: float = 1e-8
    weight_decay: float = 0.0
    momentum: float = 0.0
    centered: bool = False

    rule = rmsprop
    scope = "coordinate"

    def __post_init__(self) -> None:
        self._settle_numbers(lr={}, alpha={"below": 1}, momentum={"below": 1}, eps={}, weight_decay={})
        settle(self, centered=check_flag("centered", self.centered))
