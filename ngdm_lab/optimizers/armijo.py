"""Gradient descent with Armijo's backtracking (Armijo 1966)."""

from __future__ import annotations

from dataclasses import dataclass

from .base import Optimizer
from .custom import update_rule

__all__ = ["Armijo"]


@update_rule(state=("at", "slopes"), numbers=("value", "step"))
def armijo(x, f, g, at, slopes, value, step, n, t, lr, c1, shrink, grow):  # type: ignore[no-untyped-def]
    """x <- at - step * slopes, from the last iterate `at` that brought enough; one trial in each call."""
    steepness = 0.0
    for i in range(n):
        steepness += slopes[i] * slopes[i]
    if t == 1 or f <= value[0] - c1 * step[0] * steepness:
        step[0] = lr if t == 1 else grow * step[0]
        value[0] = f
        for i in range(n):
            at[i] = x[i]
            slopes[i] = g[i]
    else:
        step[0] *= shrink
    for i in range(n):
        x[i] = at[i] - step[0] * slopes[i]


@dataclass(frozen=True)
class Armijo(Optimizer):
    """Gradient descent that halves a step until f falls by enough, c1 times what the slope promises.

    f(x - s g) <= f(x) - c1 s |g|^2. The next search begins with a longer step than the last one found. Each trial is an
    evaluation of value and gradient and counts as a step.

    Parameters
    ----------
    lr : > 0, the first trial's step.
    c1 : in [0, 1).
    shrink : in (0, 1), what a step is multiplied by that brought too little.
    grow : >= 1, what the step found is multiplied by for the next search.

    Raises
    ------
    ValueError, TypeError
        For values outside these ranges.
    """

    lr: float = 1.0
    c1: float = 1e-4
    shrink: float = 0.5
    grow: float = 2.0

    rule = armijo

    def __post_init__(self) -> None:
        self._settle_numbers(lr={"above": 0}, c1={"below": 1}, shrink={"above": 0, "below": 1}, grow={"least": 1})
