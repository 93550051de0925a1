"""Times until something happens, where some runs ended before it did: tests of two groups, and of pairs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ngdm_lab.compiler.checks import brief, check_point

from .compare import two_sided

__all__ = ["LogRank", "check_seen", "check_times", "gehan_pairs", "log_rank"]


@dataclass(frozen=True)
class LogRank:
    """How the times of two groups differ.

    Attributes
    ----------
    z : above 0 where a has more events than expected, that is where a is earlier. Its square is chi-squared with one
        degree of freedom.
    p : two-sided.
    ratio : estimate of the hazards' ratio, a to b: observed over expected of a to those of b (Peto et al. 1977,
        British Journal of Cancer 35, 1-39); above 1 where a is earlier, nan without events.
    observed, expected : events of a and b, and what was to be expected of equal groups.
    """

    z: float
    p: float
    ratio: float
    observed: tuple[int, int]
    expected: tuple[float, float]


def log_rank(a: ArrayLike, b: ArrayLike, seen_a: ArrayLike, seen_b: ArrayLike) -> LogRank:
    """The log-rank test (Mantel 1966, Cancer Chemotherapy Reports 50, 163-170) of two groups.

    Parameters
    ----------
    a, b : (m,) and (n,) finite times: of the event, or of the end of a run without it.
    seen_a, seen_b : (m,) and (n,) of bool: whether the event was seen.

    Raises
    ------
    TypeError, ValueError
        For other types and shapes, an empty group, times that are not finite.
    """
    first, second = check_times("a", a), check_times("b", b)
    events_a, events_b = check_seen("seen_a", seen_a, first), check_seen("seen_b", seen_b, second)
    when = np.unique(np.concatenate([first[events_a], second[events_b]]))
    # at each time with an event: how many were still in the run, and how many events there were
    risk_a, risk_b = (len(t) - np.searchsorted(np.sort(t), when, side="left") for t in (first, second))
    died_a, died_b = _counts(first[events_a], when), _counts(second[events_b], when)
    risk, died = risk_a + risk_b, died_a + died_b
    expected = died * risk_a / risk
    # hypergeometric; where one is left there is nothing to vary
    variance = float((expected * (risk_b / risk) * (risk - died) / np.maximum(risk - 1, 1)).sum())
    observed = int(died_a.sum()), int(died_b.sum())
    e = float(expected.sum()), float((died - expected).sum())
    z = (observed[0] - e[0]) / variance**0.5 if variance > 0 else 0.0
    return LogRank(z, two_sided(z), _ratio(observed, e), observed, e)


def gehan_pairs(a: ArrayLike, b: ArrayLike, seen_a: ArrayLike, seen_b: ArrayLike) -> tuple[float, float]:
    """Wilcoxon's test as Gehan generalised it to censored times, for pairs (O'Brien and Fleming 1987, Biometrics 43).

    Each of the 2m times gets Gehan's score (1965, Biometrika 52, 203-223): of how many it is known to be the earlier
    one less of how many the later one. The test asks whether the two scores of a pair could as well have been
    exchanged.

    Parameters
    ----------
    a, b, seen_a, seen_b : (m,) as in `log_rank`, those at the same place from the same start.

    Returns
    -------
    (z, p)
        z : sum over pairs of a's score less b's, over its standard deviation under random exchange; above 0 where a
        is earlier. p : two-sided, by the normal approximation; 1 where all pairs are ties.

    Raises
    ------
    TypeError, ValueError
        As `log_rank`, and for other numbers of a than of b.
    """
    first, second = check_times("a", a), check_times("b", b)
    if len(first) != len(second):
        raise ValueError(f"a and b must be as many times, got {len(first)} and {len(second)}")
    seen = np.concatenate([check_seen("seen_a", seen_a, first), check_seen("seen_b", seen_b, second)])
    times = np.concatenate([first, second])
    every, events = np.sort(times), np.sort(times[seen])
    # an event is earlier than all that last longer and than those that ended unseen at its time
    longer = len(times) - np.searchsorted(every, times, side="right")
    unseen = np.sort(times[~seen])
    longer = longer + np.searchsorted(unseen, times, side="right") - np.searchsorted(unseen, times, side="left")
    before = np.searchsorted(events, times, side="left")
    until = np.searchsorted(events, times, side="right")
    score = np.where(seen, longer - before, -until).astype(np.float64)
    d = score[: len(first)] - score[len(first) :]
    spread = float((d**2).sum()) ** 0.5
    z = float(d.sum()) / spread if spread > 0 else 0.0
    return z, two_sided(z)


def _ratio(observed: tuple[int, int], expected: tuple[float, float]) -> float:
    if observed == (0, 0):
        return float("nan")
    if observed[1] == 0:
        return float("inf")
    # neither is 0 where b has an event: someone of a is at risk then, or a has no expected event and none observed
    return observed[0] / expected[0] / (observed[1] / expected[1]) if expected[0] > 0 else float("nan")


def _counts(times: NDArray[np.float64], when: NDArray[np.float64]) -> NDArray[np.int64]:
    counts: NDArray[np.int64] = np.bincount(np.searchsorted(when, times), minlength=len(when)).astype(np.int64)
    return counts


def check_times(name: str, values: ArrayLike) -> NDArray[np.float64]:
    """Finite times (m,), at least one; TypeError or ValueError for anything else."""
    times = check_point(name, values)
    if times.ndim != 1 or not times.size or not np.isfinite(times).all():
        raise ValueError(f"{name} must be finite times, at least one, got {brief(times.tolist())}")
    return times


def check_seen(name: str, values: ArrayLike, times: NDArray[np.float64]) -> NDArray[np.bool_]:
    """True or False for each time; ValueError for anything else."""
    seen = np.asarray(values)
    if seen.dtype != np.bool_ or seen.shape != times.shape:
        raise ValueError(f"{name} must be True or False for each of {len(times)} times, got {brief(seen.tolist())}")
    return seen
