"""Choose a learning rate: the same grid and the same budget for every optimizer, on starts of their own.

A coarse grid lies: at half a decade a step, equal rules seem to differ by tens of points. So the grid has
eight rates a decade. Its range is seven decades of lr times the optimizer's gain, so that a method whose steps
are a hundred times larger (an exact F^-1 at large alpha, Apollo's first step) finds its small rates too.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, log10

import numpy as np
from numpy.typing import NDArray

from landscapes import Surface
from landscapes.checks import check_integer
from ngdm_lab.engine import Ensemble, ensemble
from ngdm_lab.optimizers import Optimizer

__all__ = ["Tuning", "rate_grid", "tune"]

Array = NDArray[np.float64]

PER_DECADE = 8
DECADES = (-6, 1)  # of lr * gain
TUNING_RUNS = 2**40  # index of the first tuning run: no race is as large, so no start is used twice


@dataclass(frozen=True, eq=False)
class Tuning:
    """The tuning curve of one optimizer on one surface.

    Attributes
    ----------
    rates : (k,) the grid, ascending.
    arrival : (k,) share of the tuning starts that arrived.
    final : (k,) median of the last value, inf for a run that diverged or escaped.
    starts : number of tuning starts for each rate.
    chosen : index of the chosen rate.
    """

    rates: Array
    arrival: Array
    final: Array
    starts: int
    chosen: int

    @property
    def lr(self) -> float:
        """The chosen rate."""
        return float(self.rates[self.chosen])

    @property
    def at_edge(self) -> bool:
        """True where the chosen rate is the grid's first or last: the best may lie beyond."""
        return self.chosen in (0, len(self.rates) - 1)


def rate_grid(optimizer: Optimizer, n: int, per_decade: int = PER_DECADE) -> Array:
    """The grid of learning rates 10^(k / per_decade) for an optimizer in n coordinates, ascending."""
    shift = ceil(per_decade * log10(optimizer.gain(n)))
    low, high = (per_decade * decade for decade in DECADES)
    return 10.0 ** (np.arange(low - shift, high - shift + 1) / per_decade)


def tune(
    optimizer: Optimizer,
    s: Surface,
    *,
    starts: int = 128,
    steps: int = 2000,
    seed: int = 0,
    target: float = 1e-3,
    per_decade: int = PER_DECADE,
    backend: str = "cpu",
) -> Tuning:
    """Try every rate of the grid from the same tuning starts and choose one.

    Chosen is, among the rates whose arrival is within one standard error of the best, the one with the lowest
    median last value (the rule of one standard error, Breiman et al. 1984): a few chance arrivals decide
    nothing, and where nobody arrives the quality of the last point decides. `backend` is that of `ensemble`.

    Raises
    ------
    ValueError
        For fewer than 8 rates a decade.
    """
    check_integer("per_decade", per_decade, PER_DECADE)
    rates = rate_grid(optimizer, s.dim, per_decade)
    grid = [optimizer.replace(lr=float(rate)) for rate in rates]
    runs = ensemble(grid, s, starts, steps, seed, backend, target=target, first_run=TUNING_RUNS, quantiles=False)
    arrival = np.array([r.arrived.mean() for r in runs])
    final = np.array([np.median(final_values(r)) for r in runs])
    return Tuning(rates, arrival, final, starts, choose(arrival, final, starts))


def choose(arrival: Array, final: Array, starts: int) -> int:
    """Index of the chosen rate; see `tune`. Where every run of every rate diverged: the smallest rate."""
    best = arrival.max()
    good = arrival >= best - np.sqrt(best * (1 - best) / starts)
    return int(np.argmin(np.where(good, final, np.inf))) if np.isfinite(final[good]).any() else int(np.argmax(arrival))


def final_values(runs: Ensemble) -> Array:
    """Last values (m,), inf where the run diverged or escaped, so that falling out of the box is no success."""
    return np.where(np.isin(runs.status, ("done", "budget")), runs.f, np.inf)
