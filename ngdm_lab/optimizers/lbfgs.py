"""L-BFGS (Liu and Nocedal 1989) with the line search of More and Thuente: the classic method of smooth functions."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from .base import Optimizer
from .custom import update_rule
from .wolfe import SEARCH, finished, search

__all__ = ["LBFGS"]

PAIRS = 10  # moves and changes of the gradient that are remembered, as in SciPy
TRIALS = 20  # evaluations of one line search, after which it begins anew along the gradient
FLATTER, NARROW = 0.9, 0.1  # the search's: see `wolfe.finished`
ROUNDING = 2.220446049250313e-16

# A pair (s, y) is kept as s and y divided by sqrt(s'y), so that rho = 1 and an empty pair is zeros, which do nothing.


@update_rule(
    state=("at", "slopes", "way", ("moves", PAIRS), ("turns", PAIRS), ("weights", PAIRS)),
    numbers=("done", "last", "scale", "empty", "tried", "slope", "first", *SEARCH),
)
def lbfgs(  # type: ignore[no-untyped-def]
    x, f, g, at, slopes, way, moves, turns, weights, done, last, scale, empty, tried, slope, first, value, fall, step,
    trials, bracketed, second, near, f_near, d_near, far, f_far, d_far, low, high, width, before, n, t, lr, gtol, ftol,
):  # fmt: skip
    """x <- at + step * way, way = -H g; one evaluation of a line search in each call."""
    if last[0] > 0.0:  # the search found nothing more, and x is its best point
        done[0] = 1.0
    d = 0.0
    for i in range(n):
        d += g[i] * way[i]
    tried[0] = f
    slope[0] = d
    taken = (t == 1) | finished(step[0], f, d, value[0], fall[0], bracketed[0], low[0], high[0], FLATTER, NARROW)
    failed = (not taken) & (trials[0] >= TRIALS - 1.0)
    if failed:  # once more from the iterate, along the gradient there
        last[0] = empty[0]
        empty[0] = 1.0
        scale[0] = 1.0
        for j in range(PAIRS):
            for i in range(n):
                moves[j, i] = 0.0
                turns[j, i] = 0.0
        for i in range(n):
            x[i] = at[i]
            g[i] = slopes[i]
    # -- the pair of the step that was taken
    sy = 0.0
    yy = 0.0
    for i in range(n):
        y = g[i] - slopes[i]
        sy += (x[i] - at[i]) * y
        yy += y * y
    if taken and t > 1 and sy > ROUNDING * -(fall[0] * step[0]):
        inverse = 1.0 / sqrt(sy)
        for j in range(PAIRS - 1):
            for i in range(n):
                moves[j, i] = moves[j + 1, i]
                turns[j, i] = turns[j + 1, i]
        for i in range(n):
            moves[PAIRS - 1, i] = (x[i] - at[i]) * inverse
            turns[PAIRS - 1, i] = (g[i] - slopes[i]) * inverse
        scale[0] = sy / yy
        empty[0] = 0.0
    if taken:
        steepest = 0.0
        for i in range(n):
            steepest = max(steepest, abs(g[i]))
            at[i] = x[i]
            slopes[i] = g[i]
        small = (t > 1) & (value[0] - f <= ftol * max(abs(value[0]), max(abs(f), 1.0)))
        done[0] = 1.0 if (steepest <= gtol) | small else done[0]
        value[0] = f
        if t == 1:
            scale[0] = 1.0
            empty[0] = 1.0
    # -- the direction: g <- H g by two loops, in any case, since runs go side by side
    for k in range(PAIRS):
        w = 0.0
        for i in range(n):
            w += moves[PAIRS - 1 - k, i] * g[i]
        weights[PAIRS - 1 - k, 0] = w
        for i in range(n):
            g[i] -= w * turns[PAIRS - 1 - k, i]
    for i in range(n):
        g[i] *= scale[0]
    for j in range(PAIRS):
        w = weights[j, 0]
        for i in range(n):
            w -= turns[j, i] * g[i]
        for i in range(n):
            g[i] += w * moves[j, i]
    down = 0.0
    size = 0.0
    for i in range(n):
        down -= g[i] * slopes[i]
        size += slopes[i] * slopes[i]
    first[0] = 0.0
    if taken or failed:
        uphill = down >= 0.0
        for i in range(n):
            way[i] = -slopes[i] if uphill else -g[i]
        fall[0] = -size if uphill else down
        first[0] = min(lr / sqrt(max(size, ROUNDING * ROUNDING)), lr) if empty[0] > 0.0 else lr
    search(tried, slope, first, value, fall, step, trials, bracketed, second, near, f_near, d_near, far, f_far, d_far,
           low, high, width, before, NARROW)  # fmt: skip
    if done[0] == 0.0 and last[0] == 0.0:
        for i in range(n):
            x[i] = at[i] + step[0] * way[i]


@dataclass(frozen=True)
class LBFGS(Optimizer):
    """L-BFGS with ten pairs and a strong-Wolfe search, as SciPy's L-BFGS-B takes its steps where there are no bounds.

    Each evaluation of value and gradient counts as a step, those of the line search too. The run ends by itself.

    Parameters
    ----------
    lr : > 0, the first trial along a direction; 1 as in SciPy. Before anything is known of the curvature it is
        min(lr, lr / |gradient|).
    gtol : >= 0, it stops where no entry of the gradient is larger.
    ftol : >= 0, or where a step lowers f by no more than this share of max(|f|, 1).

    Raises
    ------
    ValueError, TypeError
        For values outside these ranges.
    """

    lr: float = 1.0
    gtol: float = 1e-5
    ftol: float = 2.220446049250313e-09

    rule = lbfgs

    def __post_init__(self) -> None:
        self._settle_numbers(lr={"above": 0}, gtol={}, ftol={})

    @property
    def label(self) -> str:
        """L-BFGS."""
        return "L-BFGS"
