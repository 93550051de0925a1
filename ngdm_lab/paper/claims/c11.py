"""Claim C11: in Tables 1 to 4 NGDM with Dirichlet distributions is the most accurate."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ngdm_lab.claims import Claim, Effect, Interval, Verdict
from ngdm_lab.claims.claim import Level
from ngdm_lab.experiments.net_race.result import NetRace
from ngdm_lab.experiments.rounds import Go
from ngdm_lab.experiments.statistics.means import paired_mean
from ngdm_lab.paper.softmax_fisher import LABEL, LEVEL, reference
from ngdm_lab.paper.tables import TABLES, table

from .order import RULE, Races, Step, cells, draw, summary
from .parts import all_of

__all__ = ["CLAIM", "ORDER"]

DIR, GENDIR, KNOWN = "NGDM Dir, diagonal", "NGDM GenDir, diagonal", ("SGD-Nesterov", "Adam", "Apollo")
ORDER = (Step(DIR, GENDIR, strict=False), *(Step(GENDIR, label) for label in KNOWN))


def rounds(level: Level, go: Go) -> dict[str, Any]:
    """The tables' own races, and steps of the natural gradient that sees f beside them."""
    races: dict[tuple[str, str], Any] = {}
    for number in TABLES:
        races |= table(number, level, go=go)
    return {"races": races, "reference": reference(go)}


def judge(results: dict[str, Any], level: Level) -> Verdict:
    """The order in every net under every protocol, by `order.cells`."""
    races: Races = results["races"]
    made = cells(races, ORDER)
    kind, condition = all_of({c.name: (c.kind, "") for c in made})
    first = races["mlp", "tuned"]
    effect = interval = None
    if isinstance(first, NetRace):
        best = max((first.entry(label) for label in KNOWN), key=lambda e: float(np.mean(e.score)))
        d = paired_mean(100 * first.entry(DIR).score, 100 * best.score)
        effect = Effect(d.mean, "points of accuracy", f"Table 1, tuned: {DIR} less {best.label}, the best known method")
        interval = Interval(d.low, d.high, 0.95)
    there = [race for race in races.values() if isinstance(race, NetRace)]
    return Verdict(
        kind, f"{summary(made, ORDER)} {_reference(results['reference'])}", condition, effect, interval,
        {f"p, {c.name}, {s.label}": s.p for c in made for s in c.steps},
        {"cells": {c.name: c.kind for c in made}, "reference": results["reference"],
         "differences": {c.name: {s.label: s.mean for s in c.steps} for c in made}},
        tuple(dict.fromkeys(race.settings["data"]["name"] for race in there)),
        min((len(race.settings["seeds"]) for race in there), default=0),
        "; ".join(f"{race.settings['model']['name']} {race.settings['epochs']} epochs" for (_, p), race in races.items()
                  if p == "tuned" and isinstance(race, NetRace)),
    )  # fmt: skip


def _reference(found: Mapping[str, Mapping[str, float]]) -> str:
    others = [f"{label} {own['steps']:g}" if own["steps"] else f"{label} more than 1000"
              for label, own in found.items() if label != LABEL]  # fmt: skip
    return (f"For comparison, a natural gradient that does see f (softmax regression with its exact Fisher matrix) "
            f"takes {found[LABEL]['steps']:g} steps until {100 * LEVEL:g} % of the way is left, at their best rates "
            f"{', '.join(others)}.")  # fmt: skip


def figure(results: dict[str, Any], path: Path) -> None:
    """All comparisons in units of the noise floor."""
    draw(cells(results["races"], ORDER), ORDER, path)


CLAIM = Claim(
    id="C11",
    words="Based on the results collected in Tables 1-4 one can conclude that the proposed natural gradient descent "
    "with momentum accelerated the training of neural networks and achieved the greatest accuracy of recognition and "
    "of forecasts of time series.",
    place="section 4, Tables 1-4",
    hypothesis="On each net NGDM(Dir) is not worse than NGDM(GenDir), and NGDM(GenDir) better than SGD-Nesterov, Adam "
    "and Apollo, in test accuracy (Tables 1-3) and squared error (Table 4), with F in its diagonal form.",
    rule=RULE + "The claim holds if the order does in all cells, and only under those where it does if there are some; "
    "it does not hold if there is none and it fails in one. A table without data is undecided, and is said to be.",
    judge=judge,
    command="ngdm-lab paper claims --only C11",
    rounds=rounds,
    figure=figure,
)
