"""Barzilai and Borwein's two-point step sizes (1988)."""

from __future__ import annotations

from dataclasses import dataclass

from ngdm_lab.compiler.checks import check_choice

from .base import Optimizer
from .custom import update_rule

__all__ = ["BarzilaiBorwein"]


@update_rule(state=("before", "slopes"), numbers=("step",))
def barzilai_borwein(x, g, before, slopes, step, n, t, lr, is_long):  # type: ignore[no-untyped-def]
    """x <- x - a g, a = s's / s'y or s'y / y'y of the last move s and change of the gradient y."""
    ss = 0.0
    sy = 0.0
    yy = 0.0
    for i in range(n):
        s = x[i] - before[i]
        y = g[i] - slopes[i]
        ss += s * s
        sy += s * y
        yy += y * y
    if t == 1:
        step[0] = lr
    elif sy > 0.0:  # else the step stays: along s the function is not convex
        step[0] = ss / sy if is_long > 0.0 else sy / yy
    for i in range(n):
        before[i] = x[i]
        slopes[i] = g[i]
        x[i] -= step[0] * g[i]


@dataclass(frozen=True)
class BarzilaiBorwein(Optimizer):
    """Gradient descent whose step is a secant's estimate of the inverse curvature; the value may rise in between.

    Parameters
    ----------
    lr : > 0, the first step size.
    size : "long", s's / s'y, or "short", s'y / y'y.

    Raises
    ------
    ValueError, TypeError
        For values outside these ranges.
    """

    lr: float = 1e-3
    size: str = "long"

    rule = barzilai_borwein

    def __post_init__(self) -> None:
        self._settle_numbers(lr={"above": 0})
        check_choice("size", self.size, ("long", "short"))

    @property
    def label(self) -> str:
        """Its authors."""
        return "Barzilai-Borwein"

    def settings(self) -> dict[str, float]:
        """The rule's hyperparameters by name."""
        return {"lr": self.lr, "is_long": float(self.size == "long")}
