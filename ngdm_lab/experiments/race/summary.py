"""`race.summary()`: landscapes x optimizers at a glance, as text, HTML, LaTeX, Markdown, CSV and DataFrame."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, isnan
from typing import Any

from ngdm_lab.experiments.overview import Cells, Mark, Overview, digits, times

from .entries import Entries
from .findings import Findings
from .standings import Line, Standing, Tally, line, tally
from .tables import count, csv_text, several

__all__ = ["Summary", "summarise"]

FOOT = ("best or not worse", "comparisons won:lost", "mean rank")


@dataclass(frozen=True)
class Summary(Overview):
    """A race at a glance; `print` shows it, Jupyter too.

    Each number is an optimizer's expected evaluations to the target (ERT) over those of the best on that landscape;
    where nobody reaches the target, the median last value.

    Attributes
    ----------
    opening : what was run, in a sentence.
    lines : one for each landscape.
    tallies : for each optimizer, by label, what it has over all of them.
    noise : for each landscape, by name, the factor in ERT that equal rules stay within in 95 of 100 races; NaN where
        that is not known, none of them without a control.
    """

    opening: str
    lines: tuple[Line, ...]
    tallies: dict[str, Tally]
    noise: dict[str, float]

    @property
    def labels(self) -> list[str]:
        """The optimizers' labels, without the control."""
        return list(self.tallies)

    def rows(self) -> list[dict[str, Any]]:
        """One dictionary for each landscape and optimizer, numbers in full."""
        return [
            {"surface": found.surface, "measure": found.measure, "optimizer": s.label, "ert": s.time,
             "times_best": s.times_best, "median_final": s.last, "rank": s.rank, "best": s.best,
             "not_worse": s.alike, "noise": self.noise.get(found.surface, float("nan"))}
            for found in self.lines for s in found.standings.values()
        ]  # fmt: skip

    def to_csv(self) -> str:
        """The rows as CSV, numbers in full precision."""
        return csv_text(self.rows())

    def to_frame(self) -> Any:
        """Landscapes x optimizers as a pandas DataFrame of `times_best`, or of last values where nobody hits.

        Raises ImportError where pandas is not installed.
        """
        import pandas

        index = [found.surface for found in self.lines]
        values = {label: [_value(found, found.standings.get(label)) for found in self.lines] for label in self.labels}
        measures = {"best ERT": [found.best.time for found in self.lines]}
        return pandas.DataFrame({**measures, **values}, index=pandas.Index(index, name="landscape"))

    def cells(self, mark: Mark) -> Cells:
        """Head, body and foot of the table as text; `mark` writes a number that is the best, or not worse."""
        body = []
        for found in self.lines:
            best = count(found.best.time) if found.measure == "time" else "last f"
            own = [_shown(found, found.standings.get(label), mark) for label in self.labels]
            body.append((found.surface, best, *own))
        tallies = [(f"{t.alike}", f"{t.won}:{t.lost}", f"{t.rank:.1f}") for t in self.tallies.values()]
        foot = [(name, "", *(mark(t[k], False, False) for t in tallies)) for k, name in enumerate(FOOT)]
        one = len(self.labels) == 1  # it has nobody to be compared with
        return Cells(("landscape", "best ERT", *self.labels), body, [] if one else foot)

    @property
    def key(self) -> str:
        """How to read the numbers, in a sentence."""
        return (
            "Numbers: evaluations to the target (ERT) as multiples of the best's, - never; where nobody gets there, "
            "the median last f."
        )

    def answer(self) -> list[str]:
        """What the table says, in sentences: who is best how often, and what noise alone makes."""
        if len(self.labels) < 2:
            return []
        ordered = sorted(self.tallies.items(), key=lambda item: (-item[1].alike, item[1].rank))
        first = ", ".join(f"{label} {t.alike}" for label, t in ordered[:3] if t.alike)
        said = [f"Best or not significantly worse on {several(len(self.lines), 'landscape')}: {first}."]
        known = sorted((value, name) for name, value in self.noise.items() if isfinite(value))
        if known:
            ends = [f"{value:.2f} on {name}" for value, name in dict.fromkeys((known[0], known[-1]))]
            said.append(f"Noise (ERT of equal rules, 95 of 100 races): up to {' to '.join(ends)}.")
        return said


def summarise(race: Entries, findings: Findings) -> Summary:
    """The overview of a race."""
    lines = tuple(line(race, surface, findings.comparisons[surface]) for surface in race.surfaces)
    labels = dict.fromkeys(label for found in lines for label in found.standings)
    floors = {name: c.floor for name, c in findings.comparisons.items()}
    noise = {name: floor.reach for name, floor in floors.items() if floor is not None}
    ordered = [label for label in race.labels if label in labels]
    tallies = {label: tally(label, lines, findings.comparisons) for label in ordered}
    return Summary(_opening(race), lines, tallies, noise)


def _opening(race: Entries) -> str:
    o = race.settings
    how = (
        "rates tuned on other starts"
        if o["tuning"]
        else "one rate for all"
        if o["same_lr"] is not None
        else "the optimizers' own rates"
    )
    return (
        f"Race: {o['starts']} starts, {o['steps'] + 1} evaluations, seed {o['seed']}, "
        f"target f - f_min <= {o['target']:g}; {how}."
    )


def _value(found: Line, s: Standing | None) -> float:
    return float("nan") if s is None else s.times_best if found.measure == "time" else s.last


def _shown(found: Line, s: Standing | None, mark: Mark) -> str:
    if s is None:
        return ""  # an interrupted race did not come to it
    value = _value(found, s)
    if found.measure == "time":
        plain = "-" if not isfinite(value) else times(value)
    else:
        plain = "none" if isnan(value) else digits(value)
    return mark(plain, s.best, s.alike)
