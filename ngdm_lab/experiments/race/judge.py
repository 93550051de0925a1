"""Tests of two optimizers from the same starts, by each measure, with the noise of their tunings within.

Where no rate was tuned they are the field's exact tests; else the variance of both choices adds to that of the runs.
"""

from __future__ import annotations

from math import exp, inf, isfinite, nan, sqrt
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ngdm_lab.experiments.statistics.compare import mcnemar, paired_difference, signed_rank, two_sided
from ngdm_lab.experiments.statistics.running_time import log_ratio
from ngdm_lab.experiments.statistics.survival import gehan_pairs

from .choice import Noise
from .entries import Entry
from .measures import final_values, median, running_times

__all__ = ["Judged", "Share", "diluted", "judge", "medians_apart", "noise_of", "share"]

Z = NormalDist().inv_cdf(0.975)


class Share(NamedTuple):
    """Difference of two shares, half width of its 95 % interval, and p, uncorrected.

    `spread` is its standard deviation between equal rules, tuning included.
    """

    difference: float
    half: float
    p: float
    spread: float


class Judged(NamedTuple):
    """What two optimizers differ by, p-values uncorrected.

    Attributes
    ----------
    log_ratio, error : logarithm of the ratio of expected running times and its standard error, tuning included; NaN
        where a tuning saw no hit.
    p_time, p_rank : that the ratio is 1; that the running times at these very rates are alike (`gehan_pairs`). 1 where
        not both ever hit.
    hits, arrival : differences of shares of runs.
    effect, p_last : of the last values.
    """

    log_ratio: float
    error: float
    p_time: float
    p_rank: float
    hits: Share
    arrival: Share
    effect: float
    p_last: float

    @property
    def interval(self) -> tuple[float, float, float]:
        """(ratio, low, high) at 95 %; (0, 0, inf) or (inf, 0, inf) where one never hits, NaN where neither does."""
        if self.log_ratio != self.log_ratio:
            return nan, nan, nan
        if not isfinite(self.error):
            return exp(self.log_ratio), 0.0, inf
        low, high = (exp(min(self.log_ratio + sign * Z * self.error, 700.0)) for sign in (-1, 1))
        return exp(self.log_ratio), low, high


def noise_of(e: Entry) -> Noise:
    """That of an entry's tuning; none where its rate was given."""
    return e.tuning.noise if e.tuning is not None else Noise()


def judge(a: Entry, b: Entry, resolution: float) -> Judged:
    """All tests of two entries; last values that differ by no more than `resolution` count as equal."""
    (times_a, hit_a), (times_b, hit_b) = running_times(a.runs), running_times(b.runs)
    one, two = noise_of(a), noise_of(b)
    ratio, spread = log_ratio(times_a, hit_a, times_b, hit_b)
    error = sqrt(spread**2 + one.time + two.time) if isfinite(spread) else inf
    p_time = p_rank = 1.0
    if isfinite(ratio):
        # so few starts that nothing varies among them: no p is below that of the test of signs
        p_time = max(_p(ratio, error), 2.0 ** (1 - len(times_a)))
        p_rank = gehan_pairs(times_a, times_b, hit_a, hit_b)[1]
    effect, p_last = _last(final_values(a.runs), final_values(b.runs), resolution, one, two)
    return Judged(
        ratio, error, p_time, p_rank, share(hit_a, hit_b, one.hits + two.hits),
        share(a.runs.arrived, b.runs.arrived, one.arrival + two.arrival), effect, p_last,
    )  # fmt: skip


def _p(size: float, error: float) -> float:
    if error == 0.0:
        return 1.0 if size == 0.0 else 0.0
    return two_sided(size / error) if isfinite(error) else 1.0  # NaN too: a noise that is not known


def share(a: NDArray[np.bool_], b: NDArray[np.bool_], noise: float) -> Share:
    """Of two properties of the same starts (m,), with `noise` the variance that both choices of a rate add."""
    difference, half = paired_difference(a, b)
    p = mcnemar(a, b)
    alike = float((a != b).sum()) / len(a) ** 2  # the variance where both are as likely
    spread = sqrt(alike + noise)
    if noise == 0.0:
        return Share(difference, half, p, spread)
    half = Z * sqrt((half / Z) ** 2 + noise)
    return Share(difference, half, max(p, _p(difference, spread)), spread)


def _last(
    a: NDArray[np.float64], b: NDArray[np.float64], resolution: float, one: Noise, two: Noise
) -> tuple[float, float]:
    """Effect and p of last values.

    The variance of the choice is that of the median last value, the goal of a tuning in which nobody hits. (On the
    scale of effects it would be the largest there is where all runs end a little lower at the next rate.)
    """
    effect, p = signed_rank(a, b, resolution)
    return effect, diluted(p, medians_apart(a, b), one.final + two.final)


def medians_apart(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Difference of the medians, by order statistics; 0 where one is infinite."""
    medians = [median(values) for values in (a, b)]
    return medians[0] - medians[1] if all(map(isfinite, medians)) else 0.0


def diluted(p: float, size: float, noise: float) -> float:
    """A p-value with the variance `noise` of a difference of `size` added to that of its test.

    The relative variances of both add up.
    """
    if noise == 0.0 or p == 1.0:
        return p
    if size == 0.0 or not isfinite(noise):
        return 1.0
    from scipy.special import ndtri

    return two_sided((float(ndtri(p / 2)) ** -2 + noise / size**2) ** -0.5)
