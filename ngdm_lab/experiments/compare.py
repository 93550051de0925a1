"""Statistics of arrivals: intervals, paired differences, what can be told apart."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

__all__ = ["paired_difference", "wilson"]


def wilson(successes: int, trials: int, level: float = 0.95) -> tuple[float, float]:
    """Wilson's score interval of a proportion (Wilson 1927), as (low, high) in [0, 1]; (0, 1) for no trials."""
    if trials == 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf(0.5 + level / 2)
    p = successes / trials
    middle = (p + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z / (1 + z * z / trials) * np.sqrt(p * (1 - p) / trials + z * z / (4 * trials * trials))
    # the ends are exact where nothing or everything succeeded, and rounding must not move them
    low = 0.0 if successes == 0 else max(0.0, middle - half)
    high = 1.0 if successes == trials else min(1.0, middle + half)
    return float(low), float(high)


def paired_difference(a: NDArray[np.bool_], b: NDArray[np.bool_], level: float = 0.95) -> tuple[float, float]:
    """Mean of a - b over the same starts, and the half width of its normal interval."""
    d = a.astype(float) - b.astype(float)
    z = NormalDist().inv_cdf(0.5 + level / 2)
    spread = float(d.std(ddof=1)) if len(d) > 1 else 0.0
    return float(d.mean()), z * spread / float(np.sqrt(len(d)))
