"""Expected running times: an interval of one, and the ratio of two from the same starts.

The expected running time is what a success costs on average if one starts again after each failure (ERT; Auger and
Hansen 2005): all that was spent over the number of successes. Its logarithm is linear in single runs but for terms of
second order, each run's share being its *influence*; variances are those of influences.
"""

from __future__ import annotations

from math import exp, inf, log, nan, sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .survival import check_seen, check_times

__all__ = ["expected_time", "expected_times", "influence", "influences", "log_ratio", "time_interval"]

Array = NDArray[np.float64]


def expected_time(times: ArrayLike, seen: ArrayLike) -> float:
    """Sum of the times over the number of successes; inf where there is none.

    Parameters
    ----------
    times : (m,) finite: of the success, or of the end of a run without it.
    seen : (m,) of bool: whether there was a success.

    Raises TypeError or ValueError for other types and shapes, no run, times that are not finite.
    """
    return float(expected_times(*_checked(times, seen)))


def expected_times(spent: Array, won: NDArray[np.bool_]) -> Array:
    """`expected_time` of each row of (..., m) finite times and whether there was a success, unchecked; (...,)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(won.any(axis=-1), spent.sum(axis=-1) / won.sum(axis=-1), inf)


def influence(times: ArrayLike, seen: ArrayLike) -> Array:
    """(m,) share of each run in the logarithm of the expected running time; mean 0. NaN where nobody succeeds.

    Arguments and errors as in `expected_time`.
    """
    return influences(*_checked(times, seen))


def influences(spent: Array, won: NDArray[np.bool_]) -> Array:
    """`influence` of each row of (..., m), as `expected_times` takes them; (..., m)."""
    with np.errstate(invalid="ignore"):  # 0 / 0: NaN where nobody succeeds
        share = won / won.mean(axis=-1, keepdims=True)
    return np.asarray(spent / spent.mean(axis=-1, keepdims=True) - share)


def time_interval(times: ArrayLike, seen: ArrayLike, level: float = 0.95) -> tuple[float, float, float]:
    """(expected running time, low, high): normal on the logarithm's scale; (inf, nan, nan) where nobody succeeds.

    From one run, of which nothing varies, (value, 0, inf). Arguments and errors as in `expected_time`.
    """
    value = expected_time(times, seen)
    if value == inf:
        return inf, nan, nan
    error = _error(influence(times, seen))
    if error == inf:
        return value, 0.0, inf
    factor = exp(min(NormalDist().inv_cdf(0.5 + level / 2) * error, 700.0))
    return value, value / factor, value * factor


def log_ratio(times_a: ArrayLike, seen_a: ArrayLike, times_b: ArrayLike, seen_b: ArrayLike) -> tuple[float, float]:
    """Logarithm of the ratio of a's expected running time to b's from the same starts, and its standard error.

    Parameters
    ----------
    times_a, seen_a, times_b, seen_b : (m,) as in `expected_time`, those at the same place from the same start.

    Returns
    -------
    (ratio, error)
        (inf, inf) and (-inf, inf) where only b or only a ever succeeds, (nan, inf) where neither does.

    Raises
    ------
    TypeError, ValueError
        As `expected_time`, and for other numbers of runs of a than of b.
    """
    a, b = expected_time(times_a, seen_a), expected_time(times_b, seen_b)
    u, v = influence(times_a, seen_a), influence(times_b, seen_b)
    if u.shape != v.shape:
        raise ValueError(f"a and b must be as many runs, got {len(u)} and {len(v)}")
    if inf in (a, b):
        return (nan if a == b else inf if a == inf else -inf), inf
    return log(a / b), _error(u - v)


def _error(u: Array) -> float:
    return float(u.std(ddof=1)) / sqrt(len(u)) if len(u) > 1 else inf


def _checked(times: ArrayLike, seen: ArrayLike) -> tuple[Array, NDArray[np.bool_]]:
    spent = check_times("times", times)
    return spent, check_seen("seen", seen, spent)
