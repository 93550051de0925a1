"""`compare`: which optimizers of a race differ beyond noise on a surface, pair by pair, from the same starts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from itertools import combinations
from math import isfinite, log, nan
from typing import Any

import numpy as np

from ngdm_lab.compiler.checks import brief, check_instance, check_number, check_str
from ngdm_lab.compiler.markup import card, details, table
from ngdm_lab.experiments.statistics.compare import CONTROL, beyond_noise, chance, holm

from .entries import Entries, Entry
from .floor import Floor, floor_of
from .judge import Judged, judge
from .tables import align, factor, wrap

__all__ = ["Comparison", "Pair", "compare"]

WORDS = {"time": ("faster", "slower"), "hits": ("more hits", "fewer hits"), "last": ("lower", "higher")}
HOW = (
    "time: expected evaluations to the target, the first's over the second's; its p has the noise of tuning within, "
    "the rank test (Gehan and Wilcoxon's of paired times) is of the runs at their rates. McNemar's test: arrivals; "
    "Wilcoxon's: last f; p by Holm over the pairs; r > 0: the first ends lower."
)
NONE, UNDECIDED = "no difference found", "undecided"


@dataclass(frozen=True)
class Pair:
    """Two optimizers from the same starts. All but `p_rank` and `effect` have the noise of tuning within.

    Attributes
    ----------
    a, b : their labels.
    ratio, low, high : expected running time of a over that of b, and its 95 % interval; 0 or inf where only one of
        them ever hits, NaN where neither does.
    p_time : that this ratio is 1; 1 where not both hit.
    p_rank : the same question about the runs at their very rates: Gehan and Wilcoxon's test of paired running times.
    hits, p_hits : share of a's runs that hit less that of b's; McNemar's test.
    difference, half : arrivals of a less those of b, as shares, and the half width of the 95 % interval.
    p_arrival : McNemar's test of that difference.
    effect : matched-pairs rank-biserial correlation of the last values, 1 where a always ends lower; differences
        within the target count as none.
    p_last : Wilcoxon's signed-rank test of the last values.
    measure : what decides: "time" where both ever hit, in their tunings too; "hits" where only one does; "last" where
        neither does.
    p : of that measure. This and the other p-values are after Holm's correction over all pairs.
    verdict : of a against b, where p is below the level and the difference larger than the control's from its equal:
        "faster" or "slower" by time, "more hits" or "fewer hits", "lower" or "higher" by last values; "undecided"
        where it is the correction alone that p does not stand; else "no difference found".
    """

    a: str
    b: str
    ratio: float
    low: float
    high: float
    p_time: float
    p_rank: float
    hits: float
    p_hits: float
    difference: float
    half: float
    p_arrival: float
    effect: float
    p_last: float
    measure: str
    p: float
    verdict: str

    @property
    def differs(self) -> bool:
        """Whether a difference was found."""
        return self.verdict not in (NONE, UNDECIDED)

    @property
    def better(self) -> str:
        """Label of the one that is better beyond noise; empty where no difference was found."""
        if not self.differs:
            return ""
        return self.a if self.verdict == WORDS[self.measure][0] else self.b

    def ratio_of(self, label: str) -> tuple[float, float, float]:
        """(ratio, low, high) of one of the two against the other, whichever stands first."""
        if label == self.a:
            return self.ratio, self.low, self.high
        with np.errstate(divide="ignore"):
            ratio, high, low = (float(1 / np.float64(value)) for value in (self.ratio, self.low, self.high))
        return ratio, low, high

    def verdict_of(self, label: str) -> str:
        """The verdict on one of the two against the other, whichever stands first."""
        words = WORDS[self.measure]
        return self.verdict if label == self.a or not self.differs else words[1 - words.index(self.verdict)]


@dataclass(frozen=True)
class Comparison:
    """All pairs of optimizers on one surface; `print` shows the table.

    Attributes
    ----------
    surface : name of the surface.
    pairs : one for each two optimizers, without the control.
    floor : what the control and its equal differ by; None without a control.
    level : of the tests, after correction.
    control : label of the control's equal.
    """

    surface: str
    pairs: list[Pair]
    floor: Floor | None
    level: float
    control: str = ""

    def pair(self, a: str, b: str) -> Pair:
        """The pair of two labels, in the order in which the race has them. Raises ValueError where there is none."""
        check_str("a", a), check_str("b", b)
        for found in self.pairs:
            if {found.a, found.b} == {a, b}:
                return found
        raise ValueError(f"a and b must be two optimizers on {self.surface}, got {brief(a)} and {brief(b)}")

    def times_apart(self, a: str, b: str) -> bool:
        """Whether the running times alone tell two optimizers apart, beyond the floor."""
        pair = self.pair(a, b)
        return beyond_noise(_size(pair.ratio), _size(self.floor.ratio) if self.floor else 0.0, pair.p_time, self.level)

    def arrivals_apart(self, a: str, b: str) -> bool:
        """Whether the arrivals alone tell two optimizers apart, beyond the floor."""
        pair = self.pair(a, b)
        return beyond_noise(pair.difference, self.floor.arrival if self.floor else 0.0, pair.p_arrival, self.level)

    def last_values_apart(self, a: str, b: str) -> bool:
        """Whether the last values alone tell two optimizers apart, beyond the floor."""
        pair = self.pair(a, b)
        return beyond_noise(pair.effect, self.floor.effect if self.floor else 0.0, pair.p_last, self.level)

    def rows(self) -> list[dict[str, Any]]:
        """One dictionary for each pair, with the floors."""
        floor = self.floor or Floor(*[nan] * len(Floor._fields))
        floors = {f"floor_{name}": value for name, value in floor._asdict().items()}
        return [{"surface": self.surface, **asdict(pair), **floors} for pair in self.pairs]

    def __str__(self) -> str:
        times, others = self._tables()
        tables = [*align(times, (0, 4)), "", *align(others, (0,))]
        return "\n".join([self.surface, *tables, *wrap(self.floor_in_words()), *wrap(HOW)])

    def _repr_html_(self) -> str:
        """What a notebook shows: the tables of the text, and its sentences."""
        tables = [table(head, rows) for head, *rows in self._tables()]
        return card(self.surface, {}, *tables, details(self.floor_in_words(), HOW))

    def _tables(self) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
        """Running times, and arrivals with last values: headings and a row for each pair."""
        times: list[tuple[str, ...]] = [("pair", "time [95 %]", "p", "rank test", "")]
        others: list[tuple[str, ...]] = [("pair", "arrivals, points", "McNemar", "last f, r", "Wilcoxon")]
        for o in self.pairs:
            name = f"{o.a} - {o.b}"
            times.append((name, factor(o.ratio, o.low, o.high), chance(o.p_time), chance(o.p_rank), o.verdict))
            points = f"{100 * o.difference:+6.1f} +- {100 * o.half:.1f}"
            others.append((name, points, chance(o.p_arrival), f"{o.effect:+.2f}", chance(o.p_last)))
        return times, others

    def floor_in_words(self) -> str:
        """The noise floor in one sentence."""
        if self.floor is None:
            return "Noise floor: none, no control ran."
        return f"Noise floor: {self.control} and its equal differ by {self.floor}."


def compare(race: Entries, surface: str, level: float = 0.05) -> Comparison:
    """Compare all pairs of optimizers of a race on one surface, from the same starts.

    Where both are ever within the target, in their tunings too, their expected running times decide, else where one is,
    the shares of runs that are, and where neither is, the last values; p-values are corrected by Holm's method over all
    pairs. A run that is never within the target counts its whole budget. In last values a diverged or escaped run
    counts as worse than any other, two such as a tie; so do values that differ by no more than the race's target.

    Two rules that are tuned apart get other rates, and differ by that alone. So each test has the variance of both
    choices within, see `ngdm_lab.experiments.race.choice`; and a difference counts only if it also exceeds the noise
    floor: what the control and its equal, tuned each on its own, differ by.

    Parameters
    ----------
    race : from `lab.race`, or loaded.
    surface : name of one of its surfaces.
    level : what a corrected p-value must be below.

    Returns
    -------
    Comparison

    Raises
    ------
    ValueError
        For a surface that is not in the race, or a level outside (0, 1).
    """
    level = check_number("level", level, above=0, below=1)
    entries = check_instance("race", race, Entries, "a Race (of lab.race)").on(surface)
    floor = _floor(entries, race.control, race.settings["target"])
    two = list(combinations([e for e in entries if e.label != CONTROL], 2))
    found = [judge(a, b, race.settings["target"]) for a, b in two]
    measures = [_measure(j) for j in found]
    own = np.array([_uncorrected(j, measure)[1] for j, measure in zip(found, measures, strict=True)])
    p = holm(own)
    p_time, p_rank, p_hits, p_arrival, p_last = (_corrected(found, of) for of in _TESTS)
    pairs = []
    for k, ((a, b), j, measure) in enumerate(zip(two, found, measures, strict=True)):
        size, least = _uncorrected(j, measure)[0], _least(floor, measure)
        counts, might = (beyond_noise(size, least, value[k], level) for value in (p, own))
        verdict = WORDS[measure][size < 0] if counts else UNDECIDED if might else NONE
        pairs.append(
            Pair(
                a.label, b.label, *j.interval, p_time[k], p_rank[k], j.hits.difference, p_hits[k],
                j.arrival.difference, j.arrival.half, p_arrival[k], j.effect, p_last[k], measure, float(p[k]), verdict,
            )
        )  # fmt: skip
    return Comparison(surface, pairs, floor, level, race.control if floor else "")


_TESTS: tuple[Callable[[Judged], float], ...] = (
    lambda j: j.p_time, lambda j: j.p_rank, lambda j: j.hits.p, lambda j: j.arrival.p, lambda j: j.p_last,
)  # fmt: skip


def _corrected(found: list[Judged], of: Callable[[Judged], float]) -> list[float]:
    corrected: list[float] = holm(np.array([of(j) for j in found])).tolist()
    return corrected


def _measure(j: Judged) -> str:
    """Which measure decides."""
    return "time" if isfinite(j.error) else "last" if j.log_ratio != j.log_ratio else "hits"


def _uncorrected(j: Judged, measure: str) -> tuple[float, float]:
    """(size, p) by a measure; above 0 where the first does better."""
    every = {"time": (-j.log_ratio, j.p_time), "hits": (j.hits.difference, j.hits.p), "last": (j.effect, j.p_last)}
    return every[measure]


def _least(floor: Floor | None, measure: str) -> float:
    """The floor of a measure."""
    if floor is None:
        return 0.0
    return _size(floor.ratio) if measure == "time" else floor.hits if measure == "hits" else floor.effect


def _size(ratio: float) -> float:
    """Of a ratio on the logarithm's scale, without sign; 0 where it is not known."""
    return abs(log(ratio)) if ratio > 0 and isfinite(ratio) else 0.0


def _floor(entries: list[Entry], twin: str, resolution: float) -> Floor | None:
    """What the control and its twin differ by; None without a control."""
    by_label = {e.label: e for e in entries}
    if twin not in by_label or CONTROL not in by_label:
        return None
    return floor_of(by_label[CONTROL], by_label[twin], resolution)
