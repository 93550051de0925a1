"""`NetRace.summary`: the rules of a race of nets at a glance, each against the best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ngdm_lab.experiments.overview import Cells, Mark, Overview
from ngdm_lab.experiments.statistics.contrasts import contrasts
from ngdm_lab.experiments.statistics.means import mean_interval, paired_mean

from .entries import NetEntry
from .report import UNITS, numbers, opening

__all__ = ["NetSummary", "summarise"]


@dataclass(frozen=True)
class NetSummary(Overview):
    """A race of nets at a glance: mean score of every rule over the seeds, and its difference from the best's.

    Attributes
    ----------
    opening : what was run, in a sentence.
    entries : the rules, without the control and without those that cannot run on the net.
    best : label of the one with the best mean.
    alike : labels of those that are not significantly worse: Student's paired test, Holm's correction, and a
        difference beyond the noise floor.
    floor : what equal rules may differ by in score; NaN without a control.
    """

    opening: str
    entries: tuple[NetEntry, ...]
    best: str
    alike: tuple[str, ...]
    floor: float

    @property
    def key(self) -> str:
        """How to read the numbers, in a sentence."""
        return "Means over the seeds, bootstrap intervals (95 %); less the best's, seed by seed, Student's intervals."

    def answer(self) -> list[str]:
        """Who is best, and what noise alone makes; nothing where one rule ran alone."""
        if len(self.entries) < 2:
            return []
        unit, scale, digits = UNITS[self.entries[0].measure]
        others = [label for label in self.alike if label != self.best]
        said = f"Not significantly worse: {'; '.join(others)}." if others else "All others are significantly worse."
        noise = f" Noise: equal rules differ by up to {scale * self.floor:.{digits}f} in {unit}."
        return [f"Best: {self.best}. {said}{'' if np.isnan(self.floor) else noise}"]

    def cells(self, mark: Mark) -> Cells:
        """Head and body of the table as text; `mark` writes a number that is the best, or not worse."""
        unit, scale, digits = UNITS[self.entries[0].measure]
        first = next(e for e in self.entries if e.label == self.best)
        body: list[tuple[str, ...]] = []
        for e in self.entries:
            d = paired_mean(e.score, first.score)
            score = numbers(float(e.score.mean()), *mean_interval(e.score), scale, digits)
            less = "" if e is first else numbers(d.mean, d.low, d.high, scale, digits, "+")
            lost = e.status.count("diverged")
            body.append((e.label, f"{e.lr:.3g}", mark(score, e is first, e.label in self.alike), less, f"{lost or ''}"))
        return Cells(("rule", "rate", unit, "less the best's", "diverged"), body, [])


def summarise(entries: Sequence[NetEntry], floor: float, settings: Mapping[str, Any]) -> NetSummary:
    """The overview of a race of nets."""
    able = tuple(e for e in entries if not e.twin and not e.impossible)
    best = max(able, key=lambda e: e.better * float(np.mean(e.score)))
    least = 0.0 if np.isnan(floor) else floor
    sign = best.better
    found = contrasts([(e.label, sign * best.score, sign * e.score, least) for e in able if e is not best])
    worse = {c.label for c in found if c.decision == "in favour"}
    return NetSummary(opening(settings), able, best.label, tuple(e.label for e in able if e.label not in worse), floor)
