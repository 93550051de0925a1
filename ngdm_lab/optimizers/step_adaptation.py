"""Gradient descent whose step grows where the value falls and shrinks where it does not."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from .base import Optimizer
from .custom import update_rule

__all__ = ["StepAdaptation"]


@update_rule(state=("at", "way"), numbers=("value", "step"))
def step_adaptation(x, f, g, at, way, value, step, n, t, lr, grow, shrink):  # type: ignore[no-untyped-def]
    """x <- at - step * way, way = g / |g|; `at` is the last point that was no higher than the one before it."""
    square = 0.0
    for i in range(n):
        square += g[i] * g[i]
    size = sqrt(square)
    if t == 1 or f <= value[0]:
        step[0] = lr if t == 1 else grow * step[0]
        value[0] = f
        for i in range(n):
            at[i] = x[i]
            way[i] = g[i] / size if size > 0.0 else 0.0
    else:
        step[0] *= shrink
    for i in range(n):
        x[i] = at[i] - step[0] * way[i]


@dataclass(frozen=True)
class StepAdaptation(Optimizer):
    """Gradient descent with step-size adaptation (Toussaint 2012, "Some notes on gradient descent").

    y = x - s g / |g|. Where f(y) <= f(x), y is the next x and s grows; else x stays and s shrinks. This is what
    section 2.1 of the companion paper (Abdulkadirov, Lyakhov and Nagornov, Mathematics 2022, 10(19), 3556) names and
    cites as the method that natural gradient descent is compared with. What of its constants it prints was not at hand:
    those here are Toussaint's.

    Parameters
    ----------
    lr : > 0, the first step's length, in units of x: the gradient gives the direction alone.
    grow : >= 1, what the length is multiplied by after a step that is kept.
    shrink : in (0, 1), and after one that is taken back.

    Raises
    ------
    ValueError, TypeError
        For values outside these ranges.
    """

    lr: float = 1.0
    grow: float = 1.2
    shrink: float = 0.5

    rule = step_adaptation

    def __post_init__(self) -> None:
        self._settle_numbers(lr={"above": 0}, grow={"least": 1}, shrink={"above": 0, "below": 1})

    @property
    def label(self) -> str:
        """In words."""
        return "Step-size adaptation"
