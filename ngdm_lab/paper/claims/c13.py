"""Claim C13: the order of the known methods on the noisy sinusoid."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ngdm_lab.claims import Claim, Effect, Interval, Verdict
from ngdm_lab.claims.claim import Level
from ngdm_lab.experiments.net_race.result import NetRace
from ngdm_lab.experiments.rounds import Go
from ngdm_lab.experiments.statistics.means import paired_mean
from ngdm_lab.paper.tables import table

from .order import RULE, Races, Step, cells, draw, summary
from .parts import all_of

__all__ = ["CLAIM", "ORDER"]

ADAM, SGDM, APOLLO = "Adam", "SGD-Nesterov", "Apollo"
ORDER = (Step(ADAM, SGDM), Step(SGDM, APOLLO))


def rounds(level: Level, go: Go) -> Races:
    """The races of Table 4."""
    return table(4, level, go=go)


def judge(results: Races, level: Level) -> Verdict:
    """The order in both nets under both protocols, by `order.cells`."""
    made = cells(results, ORDER)
    kind, condition = all_of({c.name: (c.kind, "") for c in made})
    races = [race for race in results.values() if isinstance(race, NetRace)]
    means = [
        f"{cell.name.removeprefix('Table 4, ')}: "
        + " < ".join(f"{e.label} {np.mean(e.score):.4f}" for e in sorted(
            (race.entry(label) for label in (ADAM, SGDM, APOLLO)), key=lambda e: float(np.mean(e.score))))
        for cell, race in zip(made, results.values(), strict=True) if isinstance(race, NetRace)
    ]  # fmt: skip
    effect = interval = None
    if races:
        d = paired_mean(races[-1].entry(SGDM).score, races[-1].entry(ADAM).score)
        effect = Effect(d.mean, "squared error", f"{made[-1].name}: {SGDM} less {ADAM}, larger is in favour")
        interval = Interval(d.low, d.high, 0.95)
    return Verdict(
        kind, f"{summary(made, ORDER)} Mean squared errors, {'; '.join(means)}.", condition, effect, interval,
        {f"p, {c.name}, {s.label}": s.p for c in made for s in c.steps}, {"cells": {c.name: c.kind for c in made}},
        ("sinusoid",), min((len(race.settings["seeds"]) for race in races), default=0),
        f"{races[0].settings['epochs']} epochs" if races else "",
    )  # fmt: skip


def figure(results: Races, path: Path) -> None:
    """All comparisons in units of the noise floor."""
    draw(cells(results, ORDER), ORDER, path)


CLAIM = Claim(
    id="C13",
    words="Among the known algorithms Adam turned out to be the most accurate, then SGDM Nesterov. Apollo showed the "
    "worst result.",
    place="section 4, above Table 4",
    hypothesis="On the noisy sinusoid Adam has a lower squared error than SGD-Nesterov, and SGD-Nesterov a lower one "
    "than Apollo, with the LSTM and with the GRU.",
    rule=RULE + "The claim holds if the order does in all cells (two nets, two protocols), and only under those where "
    "it does if there are some; it does not hold if there is none and it fails in one.",
    judge=judge,
    command="ngdm-lab paper claims --only C13",
    rounds=rounds,
    figure=figure,
)
