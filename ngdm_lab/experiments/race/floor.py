"""The noise floor: what a control and its equal differ by, and how far equal rules may be apart."""

from __future__ import annotations

from math import exp, isfinite, nan
from typing import NamedTuple

from .entries import Entry
from .judge import Z, judge

__all__ = ["Floor", "floor_of"]


class Floor(NamedTuple):
    """What the control and its equal differ by, without signs; a reach is what equal rules may differ by.

    Attributes
    ----------
    arrival, effect, hits : as in `Pair`.
    ratio : of expected running times, at least 1; NaN where not both hit.
    reach : the ratio within which equal rules stay in 95 of 100 races, by the variances of runs and tuning. These are
        had from the two that ran, so one control is enough: see `choice`.
    reach_arrival, reach_hits : the same for the differences of shares. The effect has none: where all runs end a
        little lower at the next rate it is the largest there is. NaN in a file of an earlier version.
    """

    arrival: float
    effect: float
    hits: float
    ratio: float
    reach: float
    reach_arrival: float = nan
    reach_hits: float = nan

    def __str__(self) -> str:
        differ, reach = [f"{100 * self.arrival:.1f} points of arrivals"], [f"{100 * self.reach_arrival:.1f} points"]
        if isfinite(self.ratio):
            differ.insert(0, f"{self.ratio:.2f} times the evaluations")
            reach.insert(0, f"{self.reach:.2f} times")
        known = isfinite(self.reach_arrival)
        most = f" (equal rules: up to {' and '.join(reach)} in 95 of 100 races)" if known else ""
        return f"{' and '.join(differ)}{most}, r = {self.effect:.2f} of last f"


def floor_of(a: Entry, b: Entry, resolution: float) -> Floor:
    """The floor by two equal rules that were tuned apart; last values within `resolution` count as equal."""
    j = judge(a, b, resolution)
    ratio, reach = (exp(abs(j.log_ratio)), exp(min(Z * j.error, 700.0))) if isfinite(j.error) else (nan, nan)
    return Floor(
        abs(j.arrival.difference), abs(j.effect), abs(j.hits.difference), ratio, reach,
        Z * j.arrival.spread, Z * j.hits.spread,
    )  # fmt: skip
