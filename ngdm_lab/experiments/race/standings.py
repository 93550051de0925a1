"""Who does how well on each landscape of a race, and over all of them: the numbers of its overview."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ngdm_lab.experiments.statistics.compare import CONTROL
from ngdm_lab.experiments.statistics.running_time import expected_time

from .entries import Entries, Entry
from .measures import final_values, median, running_times
from .pairs import Comparison

__all__ = ["Line", "Standing", "Tally", "by_cost", "line", "tally"]


@dataclass(frozen=True)
class Standing:
    """One optimizer on one landscape.

    Attributes
    ----------
    label : the optimizer's.
    time : expected evaluations to the target (ERT), inf where no run hits.
    last : median last value.
    times_best : `time` over that of the best; NaN where nobody hits.
    rank : 1 for the best; equal values share the mean of their ranks.
    best : whether it is the best of the landscape, by time, or where nobody hits by last value.
    alike : whether it is the best or not significantly worse, by the race's comparisons.
    """

    label: str
    time: float
    last: float
    times_best: float
    rank: float
    best: bool
    alike: bool


@dataclass(frozen=True)
class Line:
    """One landscape.

    Attributes
    ----------
    surface : its name.
    measure : "time", or "last" where nobody hits.
    standings : for each optimizer that ran there, by label, without the control.
    """

    surface: str
    measure: str
    standings: Mapping[str, Standing]

    @property
    def best(self) -> Standing:
        """That of the best."""
        return next(s for s in self.standings.values() if s.best)

    @property
    def second(self) -> Standing | None:
        """The next by rank; None where one ran alone."""
        others = [s for s in self.standings.values() if not s.best]
        return min(others, key=lambda s: s.rank) if others else None


@dataclass(frozen=True)
class Tally:
    """One optimizer over all landscapes.

    Attributes
    ----------
    alike : on how many it is the best or not significantly worse.
    won, tied, lost : comparisons with the others, over all landscapes.
    rank : mean of its ranks.
    """

    alike: int
    won: int
    tied: int
    lost: int
    rank: float


def by_cost(entries: Sequence[Entry]) -> tuple[str, dict[str, tuple[float, float]]]:
    """What decides, "time" or "last", and for each label (expected time, median last value), best first in its order.

    Those that never hit stand behind all that do, by their last values.
    """
    cost = {e.label: (expected_time(*running_times(e.runs)), median(final_values(e.runs))) for e in entries}
    hit = any(math.isfinite(time) for time, _ in cost.values())
    ordered = dict(sorted(cost.items(), key=lambda item: _key(item[1])))
    return ("time" if hit else "last"), ordered


def line(race: Entries, surface: str, found: Comparison) -> Line:
    """The standings on one landscape; `found` is its comparison."""
    measure, cost = by_cost([e for e in race.on(surface) if e.label != CONTROL])
    keys = [_key(c) for c in cost.values()]
    leader, (fastest, _) = next(iter(cost.items()))
    made = {}
    for label in [label for label in race.labels if label in cost]:
        time, last = cost[label]
        k = _key(cost[label])
        rank = sum(other < k for other in keys) + (1 + keys.count(k)) / 2
        alike = label == leader or not found.pair(leader, label).differs
        made[label] = Standing(
            label, time, last, time / fastest if measure == "time" else math.nan, rank, label == leader, alike
        )
    return Line(surface, measure, made)


def tally(label: str, lines: Sequence[Line], comparisons: Mapping[str, Comparison]) -> Tally:
    """What one optimizer has over all landscapes where it ran."""
    own = [found.standings[label] for found in lines if label in found.standings]
    pairs = [pair for c in comparisons.values() for pair in c.pairs if label in (pair.a, pair.b)]
    won = sum(pair.better == label for pair in pairs)
    lost = sum(pair.better not in (label, "") for pair in pairs)
    rank = float(np.mean([s.rank for s in own])) if own else math.nan
    return Tally(sum(s.alike for s in own), won, len(pairs) - won - lost, lost, rank)


def _key(cost: tuple[float, float]) -> tuple[float, float]:
    """In whose order the better stands first: of two that hit the last values do not count."""
    time, last = cost
    return (time, 0.0) if math.isfinite(time) else (math.inf, last)
