"""ADADELTA."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from .base import Optimizer
from .custom import update_rule

__all__ = ["Adadelta"]


@update_rule(state=("v", "travel"), direction=True)
def adadelta(x, g, v, travel, n, t, rho, eps, weight_decay):  # type: ignore[no-untyped-def]
    """u = sqrt(mean square of past u + eps) / sqrt(mean square of g + eps) g, the two roots as one of the quotient."""
    for i in range(n):
        h = g[i] + weight_decay * x[i]
        v[i] = rho * v[i] + (1.0 - rho) * h * h
        u = sqrt((travel[i] + eps) / (v[i] + eps)) * h
        travel[i] = rho * travel[i] + (1.0 - rho) * u * u
        g[i] = u


@dataclass(frozen=True)
class Adadelta(Optimizer):
    """ADADELTA (Zeiler 2012, arXiv:1212.5701), with PyTorch's names and defaults.

    Parameters
    ----------
    lr : learning rate >= 0, 1 in the paper that defines the method.
    rho : in [0, 1).
    eps : > 0.
    weight_decay : >= 0.

    Raises
    ------
    ValueError, TypeError
        For values outside these ranges.
    """

    lr: float = 1.0
    rho: float = 0.9
    eps: float = 1e-6
    weight_decay: float = 0.0

    rule = adadelta
    scope = "coordinate"

    def __post_init__(self) -> None:
        self._settle_numbers(rho={"below": 1}, eps={"above": 0}, lr={}, weight_decay={})
