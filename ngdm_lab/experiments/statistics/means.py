"""Means over few seeds: intervals, and paired differences with a test."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

__all__ = ["MeanDifference", "mean_interval", "paired_mean"]

Array = NDArray[np.float64]

RESAMPLES = 10_000


def mean_interval(values: Array, level: float = 0.95) -> tuple[float, float]:
    """Percentile bootstrap interval (Efron 1979) of the mean of values (m,), from 10,000 resamples with a fixed seed.

    For few values it is somewhat too short: by the factor sqrt((m - 1) / m) on average. (NaN, NaN) for no values or
    where one is not finite.
    """
    values = np.asarray(values, dtype=np.float64)
    if not len(values) or not np.isfinite(values).all():
        return float("nan"), float("nan")
    means = values[_rows(len(values))].mean(axis=1)
    low, high = np.quantile(means, [0.5 - level / 2, 0.5 + level / 2])
    return float(low), float(high)


@lru_cache(maxsize=8)
def _rows(m: int) -> NDArray[np.int64]:
    return np.random.default_rng(0).integers(0, m, (RESAMPLES, m))


@dataclass(frozen=True)
class MeanDifference:
    """The mean of a - b over pairs.

    Attributes
    ----------
    mean, low, high : of a - b, with Student's interval.
    p : two-sided, of Student's paired test; 1 where all differences are equal to 0, NaN for fewer than two pairs.
    pairs : how many.
    """

    mean: float
    low: float
    high: float
    p: float
    pairs: int


def paired_mean(a: Array, b: Array, level: float = 0.95) -> MeanDifference:
    """The mean difference of paired values (m,) with Student's interval and test (1908).

    With the handful of seeds that nets allow, rank and sign-flip tests cannot reach small p-values: of five pairs,
    2 / 2^5 = 0.0625 is the smallest.
    """
    from scipy.special import stdtr, stdtrit

    d = np.asarray(a, dtype=np.float64) - np.asarray(b, dtype=np.float64)
    m, nan = len(d), float("nan")
    mean = float(d.mean()) if m else nan
    if m < 2 or not np.isfinite(d).all():
        return MeanDifference(mean, nan, nan, nan, m)
    error = float(d.std(ddof=1)) / float(np.sqrt(m))
    if error == 0.0:
        return MeanDifference(mean, mean, mean, 1.0 if mean == 0.0 else 0.0, m)
    half = float(stdtrit(m - 1, 0.5 + level / 2)) * error
    return MeanDifference(mean, mean - half, mean + half, 2.0 * float(stdtr(m - 1, -abs(mean) / error)), m)
