"""Orders of rules that the paper reads off its tables, tested cell by cell: the rule that C11 and C13 share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ngdm_lab.claims.verdict import Kind
from ngdm_lab.experiments.net_race.entries import NetEntry
from ngdm_lab.experiments.net_race.result import NetRace
from ngdm_lab.experiments.outcomes import CLEARLY, LOWER
from ngdm_lab.experiments.statistics.contrasts import Contrast, contrasts
from ngdm_lab.paper.tables import TABLES, NotAvailable
from ngdm_lab.plots.drawing.style import COLUMN, style

from .parts import listed
from .svg import save_svg

__all__ = ["RULE", "Cell", "Races", "Step", "cells", "draw", "summary"]

Races = Mapping[tuple[str, str], NetRace | NotAvailable]

RULE = (
    "Each table is trained under two protocols, the printed constants and rates, and every rate tuned with one budget "
    "on validation data, with paired seeds; a net under a protocol is a cell. Student's paired test on the test "
    "scores, p < 0.05 by Holm over the comparisons of a cell, and a mean beyond the noise floor (the interval of "
    "SGD's twin with other orders of the samples) make one rule better than another; a training that diverged or ended "
    "worse than guessing counts with the score of guessing. In a cell the order holds if "
    "every 'better' is so and no 'not worse' is contradicted; it fails if a 'better' is contradicted or shown to be "
    "nothing (all of the interval within the floor), if a 'not worse' is contradicted, or if a rule's constants are "
    "impossible for the net; else it is undecided, as it is where no rule has learnt (accuracy below 3 times that of "
    "guessing, squared error above 0.8 of that of guessing). "
)
_FAR = 300.0  # noise floors: where the picture ends
_SEEN = {"in favour": "beyond noise", "equal": "within noise", "against": "the other way", "undecided": "undecided"}
_NETS = {"mlp": "MLP", "lenet5": "LeNet-5", "cifar_cnn": "CNN", "lstm_forecaster": "LSTM", "gru_forecaster": "GRU"}


@dataclass(frozen=True)
class Step:
    """One comparison of an order: `first` is better than `second`, or, where it is not strict, not worse."""

    first: str
    second: str
    strict: bool = True

    def __str__(self) -> str:
        return f"{self.first} {'>' if self.strict else '≥'} {self.second}"


@dataclass(frozen=True)
class Cell:
    """A net under a protocol.

    Attributes
    ----------
    name : such as "Table 1, MLP, tuned"; protocol the last part of it.
    kind : of the order there.
    steps : the comparisons, in points of accuracy or squared error, larger in favour; none without a race.
    why : why there are none, or why they say nothing; missing whether there are no data.
    """

    name: str
    protocol: str
    kind: Kind
    steps: tuple[Contrast, ...]
    why: str = ""
    missing: bool = False


def cells(races: Races, order: Sequence[Step]) -> list[Cell]:
    """The order in every cell."""
    made = []
    for (model, protocol), race in races.items():
        why, own = "", list[Contrast]()
        if isinstance(race, NotAvailable):
            why = str(race)
        else:
            entries = {label: race.entry(label) for step in order for label in (step.first, step.second)}
            why = next((f"impossible: {e.why}" for e in entries.values() if e.impossible), "")
            scale = 100.0 if race.entries[0].measure == "accuracy" else 1.0
            floor = 0.0 if np.isnan(race.floor) else scale * race.floor
            guess = race.settings["chance"] * race.entries[0].better
            value = {label: scale * np.maximum(e.better * e.score, guess) for label, e in entries.items()}
            if not why and not _learnt(entries.values(), race.settings["chance"]):
                why = "no rule has learnt"
            able = [] if why.startswith("impossible") else order
            own = contrasts([(str(s), value[s.first], value[s.second], floor) for s in able])
        number = next(n for n, models in TABLES.items() if model in models)
        name = f"Table {number}, {_NETS[model]}, {'as printed' if protocol == 'printed' else protocol}"
        missing = isinstance(race, NotAvailable)
        kind: Kind = "does not hold" if why.startswith("impossible") else "cannot be decided here"
        if not why:
            kind = _kind(own, order)
        made.append(Cell(name, protocol, kind, tuple(own), why, missing))
    return made


def _learnt(entries: Iterable[NetEntry], chance: float) -> bool:
    """Whether one of the rules is clearly better than guessing, as the table of outcomes has it."""
    return any(
        np.mean(e.score) >= CLEARLY * chance if e.measure == "accuracy" else np.mean(e.score) <= LOWER * chance
        for e in entries
    )


def _kind(found: Sequence[Contrast], order: Sequence[Step]) -> Kind:
    said = list(zip(order, [c.decision for c in found], strict=True))
    if any(d == "against" or (step.strict and d == "equal") for step, d in said):
        return "does not hold"
    return "holds" if all(d == "in favour" for step, d in said if step.strict) else "cannot be decided here"


def summary(made: Sequence[Cell], order: Sequence[Step]) -> str:
    """In which cells the order holds, how often each of its comparisons does, and where nothing can be said."""
    there = [c for c in made if not c.missing]
    words = {"holds": "holds in", "does not hold": "fails in", "cannot be decided here": "is undecided in"}
    parts = []
    for kind, word in words.items():
        names = [c.name for c in there if c.kind == kind]
        parts.append(f"{word} {len(names)}" + (f" ({'; '.join(names)})" if names else ""))
    said = f"Of {len(there)} cells the order {listed(parts)}."
    each = []
    for k, step in enumerate(order):
        found = [c.steps[k].decision for c in there if c.steps]
        counts = {word: found.count(d) for d, word in _SEEN.items() if d in found}
        each.append(f"{step} ({', '.join(f'{count} {word}' for word, count in counts.items())})")
    said += f" Its comparisons: {'; '.join(each)}."
    idle = [c for c in there if c.why]
    said += "".join(f" {c.name}: {c.why}." for c in idle)
    missing = [c for c in made if c.missing]
    if missing:
        said += f" {'; '.join(c.name for c in missing)}: {missing[0].why}."
    return said


def draw(made: Sequence[Cell], order: Sequence[Step], path: Path) -> None:
    """Every comparison of every cell in units of its noise floor."""
    looks = list(zip(("#0072B2", "#D55E00", "#009E73", "#882E72"), "osD^", strict=True))
    shown = [c for c in made if not c.missing]
    with style():
        figure = Figure(figsize=(COLUMN, 0.9 + 0.26 * len(shown) + 0.13 * len(order)))
        ax = figure.subplots()
        for row, cell in enumerate(shown):
            for k, c in enumerate(() if cell.why else cell.steps):
                unit = c.floor if c.floor > 0 else 1.0
                low, mean, high = np.clip(np.array([c.low, c.mean, c.high]) / unit, -_FAR, _FAR)
                y = row + 0.16 * (k - (len(cell.steps) - 1) / 2)
                ax.plot([low, high], [y, y], color=looks[k][0], linewidth=0.8)
                ax.plot(mean, y, looks[k][1], color=looks[k][0], markersize=3)
            if cell.why:
                ax.text(0, row, cell.why.partition(":")[0], fontsize=7, ha="center", va="center")
        ax.axvspan(-1, 1, color="#E3E8EE", zorder=0)
        ax.set_xscale("symlog", linthresh=1)
        ticks = (-100, -10, -1, 0, 1, 10, 100)
        ax.set(xlim=(-1.5 * _FAR, 1.5 * _FAR), xticks=ticks,
               xticklabels=[f"{tick}".replace("-", "−") for tick in ticks],
               title="right: the paper's order, grey: noise")  # fmt: skip
        ax.minorticks_off()
        ax.set(yticks=range(len(shown)), yticklabels=[c.name.removeprefix("Table ") for c in shown],
               ylim=(len(shown) - 0.5, -0.5), xlabel="difference / noise floor")  # fmt: skip
        keys = [Line2D([], [], color=looks[k][0], marker=looks[k][1], markersize=3, linewidth=0.8, label=str(step))
                for k, step in enumerate(order)]  # fmt: skip
        figure.legend(handles=keys, loc="outside lower left", ncols=1)
        save_svg(figure, path)
