"""`compare`: which optimizers of a race differ beyond noise on a surface, pair by pair, from the same starts."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ngdm_lab.compiler.checks import brief, check_instance, check_number, check_str
from ngdm_lab.experiments.statistics.compare import (
    CONTROL,
    beyond_noise,
    chance,
    holm,
    mcnemar,
    paired_difference,
    signed_rank,
)

from .entries import Entries, Entry
from .tables import align, wrap
from .tune import final_values

__all__ = ["Comparison", "Pair", "compare"]


@dataclass(frozen=True)
class Pair:
    """Two optimizers from the same starts.

    Attributes
    ----------
    a, b : their labels.
    difference, half : arrivals of a less those of b, as shares, and the half width of the 95 % interval.
    p_arrival : McNemar's exact test of that difference, after Holm's correction over all pairs.
    effect : matched-pairs rank-biserial correlation of the last values, 1 where a always ends lower; differences
        within the target count as none.
    p_last : Wilcoxon's signed-rank test of the last values, after Holm's correction over all pairs.
    verdict : "apart" where a corrected test tells them apart, by more than the noise floor; "equal" where neither
        arrivals nor last values differ beyond noise: by more than the floor and with an uncorrected p below the
        level; "open" between these.
    """

    a: str
    b: str
    difference: float
    half: float
    p_arrival: float
    effect: float
    p_last: float
    verdict: str


@dataclass(frozen=True)
class Comparison:
    """All pairs of optimizers on one surface; `print` shows the table.

    Attributes
    ----------
    surface : name of the surface.
    pairs : one for each two optimizers, without the control.
    floor : (arrival, effect) by which the control and its equal differ; None without a control.
    level : of the tests, after correction.
    """

    surface: str
    pairs: list[Pair]
    floor: tuple[float, float] | None
    level: float
    control: str = ""

    def pair(self, a: str, b: str) -> Pair:
        """The pair of two labels, in the order in which the race has them. Raises ValueError where there is none."""
        check_str("a", a), check_str("b", b)
        for found in self.pairs:
            if {found.a, found.b} == {a, b}:
                return found
        raise ValueError(f"a and b must be two optimizers on {self.surface}, got {brief(a)} and {brief(b)}")

    def arrivals_apart(self, a: str, b: str) -> bool:
        """Whether the arrivals alone tell two optimizers apart, beyond the floor."""
        pair = self.pair(a, b)
        return beyond_noise(pair.difference, self.floor[0] if self.floor else 0.0, pair.p_arrival, self.level)

    def last_values_apart(self, a: str, b: str) -> bool:
        """Whether the last values alone tell two optimizers apart, beyond the floor."""
        pair = self.pair(a, b)
        return beyond_noise(pair.effect, self.floor[1] if self.floor else 0.0, pair.p_last, self.level)

    def rows(self) -> list[dict[str, Any]]:
        """One dictionary for each pair, with the floors."""
        arrival, effect = self.floor or (float("nan"), float("nan"))
        floors = {"floor_arrival": arrival, "floor_effect": effect}
        return [{"surface": self.surface, **asdict(pair), **floors} for pair in self.pairs]

    def __str__(self) -> str:
        cells = [("pair", "arrivals, points", "McNemar", "last f, r", "Wilcoxon", "")]
        for o in self.pairs:
            points = f"{100 * o.difference:+6.1f} +- {100 * o.half:.1f}"
            cells.append(
                (f"{o.a} - {o.b}", points, chance(o.p_arrival), f"{o.effect:+.2f}", chance(o.p_last), o.verdict)
            )
        how = "McNemar's test: arrivals; Wilcoxon's: last f; p by Holm over the pairs; r > 0: the first ends lower."
        return "\n".join([self.surface, *align(cells, (0, 5)), *wrap(self.floor_in_words()), *wrap(how)])

    def floor_in_words(self) -> str:
        """The noise floor in one sentence."""
        if self.floor is None:
            return "Noise floor: none, no control ran."
        arrival, effect = self.floor
        differ = f"differ by {100 * arrival:.1f} points, last f by r = {effect:.2f}"
        return f"Noise floor: {self.control} and its equal in all but name {differ}."


def compare(race: Entries, surface: str, level: float = 0.05) -> Comparison:
    """Compare all pairs of optimizers of a race on one surface, from the same starts.

    Arrivals are compared by McNemar's exact test, last values by Wilcoxon's signed-rank test, each corrected by
    Holm's method over all pairs of the table. A diverged or escaped run counts as worse than any other, two such as
    a tie; so do last values that differ by no more than the race's target, for what is below it is speed, not the
    minimum that was found. Two optimizers are apart only by a difference that also exceeds the noise floor:
    what the control and its twin, equal rules at rates tuned each on its own, differ by.

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
    own = [e for e in entries if e.label != CONTROL]
    resolution = race.settings["target"]
    last = {e.label: final_values(e.runs) for e in entries}
    floor = _floor(entries, race.control, last, resolution)
    least_arrival, least_effect = floor or (0.0, 0.0)
    two = list(combinations(own, 2))
    exact = np.array([mcnemar(a.runs.arrived, b.runs.arrived) for a, b in two])
    ranked = [signed_rank(last[a.label], last[b.label], resolution) for a, b in two]
    chances = np.array([p for _, p in ranked])
    p_arrival, p_last = holm(exact), holm(chances)
    pairs = []
    for k, (a, b) in enumerate(two):
        difference, half = paired_difference(a.runs.arrived, b.runs.arrived)
        effect = ranked[k][0]
        arrival = [beyond_noise(difference, least_arrival, p[k], level) for p in (p_arrival, exact)]
        last_value = [beyond_noise(effect, least_effect, p[k], level) for p in (p_last, chances)]
        apart, differ = (any(counts) for counts in zip(arrival, last_value, strict=True))
        verdict = "apart" if apart else "open" if differ else "equal"
        pairs.append(Pair(a.label, b.label, difference, half, float(p_arrival[k]), effect, float(p_last[k]), verdict))
    return Comparison(surface, pairs, floor, level, race.control if floor else "")


def _floor(
    entries: list[Entry], twin: str, last: dict[str, NDArray[np.float64]], resolution: float
) -> tuple[float, float] | None:
    """Differences of the control from its twin in arrival and effect, without signs; None without a control."""
    runs = {e.label: e.runs for e in entries}
    if twin not in runs or CONTROL not in runs:
        return None
    difference, _ = paired_difference(runs[CONTROL].arrived, runs[twin].arrived)
    return abs(difference), abs(signed_rank(last[CONTROL], last[twin], resolution)[0])
