"""Nonlinear conjugate gradients after Polak and Ribiere, with a strong-Wolfe line search."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from .base import Optimizer
from .custom import update_rule
from .wolfe import SEARCH, finished, search

__all__ = ["ConjugateGradients"]

TRIALS = 20  # evaluations of one line search, after which it begins anew along the gradient
FLATTER, NARROW = 0.1, 1e-14  # the search's: see `wolfe.finished`; conjugate directions want a good minimum


@update_rule(state=("at", "slopes", "way"), numbers=("done", "last", "empty", "tried", "slope", "first", *SEARCH))
def conjugate_gradients(  # type: ignore[no-untyped-def]
    x, f, g, at, slopes, way, done, last, empty, tried, slope, first, value, fall, step, trials, bracketed, second,
    near, f_near, d_near, far, f_far, d_far, low, high, width, before, n, t, lr, gtol,
):  # fmt: skip
    """x <- at + step * way, way <- -g + max(0, g'(g - the g before) / |the g before|^2) way; a trial in each call."""
    if last[0] > 0.0:  # the search found nothing more, and x is its best point
        done[0] = 1.0
    d = 0.0
    for i in range(n):
        d += g[i] * way[i]
    tried[0] = f
    slope[0] = d
    taken = (t == 1) | finished(step[0], f, d, value[0], fall[0], bracketed[0], low[0], high[0], FLATTER, NARROW)
    failed = (not taken) & (trials[0] >= TRIALS - 1.0)
    if failed:
        last[0] = empty[0]
        for i in range(n):
            x[i] = at[i]
            g[i] = slopes[i]
    turned = 0.0
    size_before = 0.0
    size = 0.0
    steepest = 0.0
    for i in range(n):
        turned += g[i] * (g[i] - slopes[i])
        size_before += slopes[i] * slopes[i]
        size += g[i] * g[i]
        steepest = max(steepest, abs(g[i]))
    kept = max(0.0, turned / size_before) if taken and t > 1 and size_before > 0.0 else 0.0
    down = 0.0
    for i in range(n):
        down += g[i] * (kept * way[i] - g[i])
    if down >= 0.0:
        kept = 0.0
        down = -size
    first[0] = 0.0
    if taken or failed:
        rise = f - value[0]
        guess = 2.02 * rise / down if taken and t > 1 and rise < 0.0 and down < 0.0 else 1.0
        first[0] = min(1.0, guess) if kept > 0.0 else lr / sqrt(size) if size > 0.0 else lr
        empty[0] = 0.0 if kept > 0.0 else 1.0
        value[0] = f if taken else value[0]
        fall[0] = down
        done[0] = 1.0 if taken and steepest <= gtol else done[0]
        for i in range(n):
            at[i] = x[i]
            slopes[i] = g[i]
            way[i] = kept * way[i] - g[i]
    search(tried, slope, first, value, fall, step, trials, bracketed, second, near, f_near, d_near, far, f_far, d_far,
           low, high, width, before, NARROW)  # fmt: skip
    if done[0] == 0.0 and last[0] == 0.0:
        for i in range(n):
            x[i] = at[i] + step[0] * way[i]


@dataclass(frozen=True)
class ConjugateGradients(Optimizer):
    """Nonlinear conjugate gradients, PR+ (Nocedal and Wright 2006, section 5.2), with the search of `LBFGS`.

    Each trial of the search counts as a step. The run ends by itself.

    Parameters
    ----------
    lr : > 0, how far the first trial along a gradient goes, in units of x.
    gtol : >= 0, it stops where no entry of the gradient is larger; 1e-5 as in SciPy.

    Raises
    ------
    ValueError, TypeError
        For values outside these ranges.
    """

    lr: float = 1.0
    gtol: float = 1e-5

    rule = conjugate_gradients

    def __post_init__(self) -> None:
        self._settle_numbers(lr={"above": 0}, gtol={})

    @property
    def label(self) -> str:
        """In words."""
        return "Conjugate gradients"
