"""What a run is measured by: how long it took to the target, whether it was there, and its last value."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ngdm_lab.engine import Ensemble

__all__ = ["final_values", "median", "running_times"]

Array = NDArray[np.float64]


def running_times(runs: Ensemble) -> tuple[Array, NDArray[np.bool_]]:
    """Evaluations up to the first hit (m,), and whether there was one (m,); without one the whole budget counts.

    So does that of a run that diverged: a rate is not to win by failing early.
    """
    hit = runs.hit >= 0
    return np.where(hit, runs.hit + 1.0, runs.steps + 1.0), hit


def final_values(runs: Ensemble) -> Array:
    """Last values (m,), inf where the run diverged or escaped, so that falling out of the box is no success."""
    return np.where(np.isin(runs.status, ("done", "budget")), runs.f, np.inf)


def median(values: Any) -> float:
    """Median by order statistics: the mean of two infinite values or of one would be no value at all."""
    return float(np.quantile(values, 0.5, method="inverted_cdf"))
