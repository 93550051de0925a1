"""Maps over alpha and the learning rate on validation data, for claims C1 and C2.

The rates of a map are such that cells of different alpha have equal effective rates lr * (mean of F^-1's diagonal),
so that a map says what alpha does beyond scaling the rate. A first round draws the map. A second trains its chosen
cells again with fresh seeds, since the best of many cells looks better than it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ngdm_lab.engine.manifest import encode
from ngdm_lab.experiments.jobs import Job
from ngdm_lab.experiments.net_race import live
from ngdm_lab.experiments.net_race.contenders import TWIN, mean_gain
from ngdm_lab.experiments.net_race.training import FUNCTION, arguments, data_of
from ngdm_lab.experiments.rounds import Go
from ngdm_lab.geometry import Dirichlet, GeneralizedDirichlet, ramp
from ngdm_lab.optimizers import NGDM

__all__ = ["FRESH", "SLOPE", "Box", "Plan", "maps"]

SLOPE = 0.005  # of the ramps of section 4: alpha is the start of alpha + 0.005 i
FRESH = 500_000  # the first seed of the second round


@dataclass(frozen=True)
class Box:
    """Where the paper has the best cell.

    Attributes
    ----------
    name, model : in words, and of the registry.
    kind : "dirichlet" or "gendir" (alpha = beta then).
    alpha, lr : lowest and highest value that the paper names.
    """

    name: str
    model: str
    kind: str
    alpha: tuple[float, float]
    lr: tuple[float, float]

    def holds(self, alpha: float, lr: float) -> bool:
        """Whether a cell lies inside, the ends included."""
        return self.alpha[0] <= alpha <= self.alpha[1] and self.lr[0] <= lr <= self.lr[1]


@dataclass(frozen=True)
class Plan:
    """How a map is made.

    Attributes
    ----------
    data, epochs, batch_size, validation : of each training, as `net_race.training.arguments` takes them.
    alphas : the starts of the ramps.
    rates : lowest and highest effective rate, as powers of ten.
    per_decade : effective rates in a decade.
    seeds, fresh : of the first and of the second round.
    """

    data: Mapping[str, Any]
    epochs: int
    batch_size: int
    validation: float
    alphas: tuple[float, ...]
    rates: tuple[int, int]
    per_decade: int
    seeds: int
    fresh: int


def rule(kind: str, alpha: float, lr: float) -> NGDM:
    """NGDM in the diagonal form with the ramp that starts at alpha."""
    a = ramp(alpha, SLOPE)
    return NGDM(lr, Dirichlet(a) if kind == "dirichlet" else GeneralizedDirichlet(a, a))


def maps(asked: Sequence[tuple[Box, Plan]], go: Go) -> list[dict[str, Any]]:
    """Both rounds of several maps.

    Returns
    -------
    list of dict
        For each box, as JSON types: "box"; "cells", each with alpha, lr, rate (the effective one), inside, scores
        (one a seed); "chosen", the best cell inside, and "best", that of all (places in cells); "line", the cells
        outside the box's alpha that have the chosen one's effective rate; "fresh", from a cell's place, as text, to
        its scores of the second round; "twin", the chosen cell's there with other orders of the samples; "measure",
        "better" (1 where larger is better), "guessed" (the score of guessing), "data", "sizes" in words.
    """
    drawn = [_cells(box, plan) for box, plan in asked]
    found = iter(go([job for (box, plan), cells in zip(asked, drawn, strict=True) for job in _first(box, plan, cells)]))
    made = []
    for (box, plan), cells in zip(asked, drawn, strict=True):
        samples = data_of(plan.data)
        results = [[next(found) for _ in range(plan.seeds)] for _ in cells]
        measure = results[0][0]["measure"]
        guessed = 1 / len(samples.classes) if measure == "accuracy" else float(np.var(samples.y_train))
        for cell, trained in zip(cells, results, strict=True):
            cell["scores"] = [_score(r, guessed) for r in trained]
        made.append({
            "box": {**asdict(box), "alpha": list(box.alpha), "lr": list(box.lr)},
            "cells": cells, "measure": measure, "guessed": guessed,
            "better": 1 if measure == "accuracy" else -1, "sizes": _sizes(plan, samples), "data": samples.name,
            **_picked(cells, box, measure),
        })  # fmt: skip
    second = [job for (box, plan), outcome in zip(asked, made, strict=True) for job in _second(box, plan, outcome)]
    found = iter(go(second))
    for (_, plan), outcome in zip(asked, made, strict=True):
        places = _again(outcome)
        scores = [[_score(next(found), outcome["guessed"]) for _ in range(plan.fresh)] for _ in (*places, "twin")]
        outcome["fresh"] = {str(place): row for place, row in zip(places, scores[:-1], strict=True)}
        outcome["twin"] = scores[-1]
    return made


def _cells(box: Box, plan: Plan) -> list[dict[str, Any]]:
    """All cells of a map, without scores. The mean gain is taken on the net itself."""
    net = live.model(live.model_token(box.model), data_of(plan.data), 0)
    low, high = (plan.per_decade * end for end in plan.rates)
    made = []
    for alpha in plan.alphas:
        gain = mean_gain(rule(box.kind, alpha, 1.0), net)
        for k in range(low, high + 1):
            lr = float(f"{10.0 ** (k / plan.per_decade) / gain:.5g}")
            made.append({"alpha": alpha, "lr": lr, "rate": k / plan.per_decade, "inside": box.holds(alpha, lr)})
    if not any(cell["inside"] for cell in made):
        raise ValueError(f"no cell of the map lies in the box {box}")
    return made


def _job(box: Box, plan: Plan, cell: Mapping[str, Any], seed: int, twin: bool = False) -> Job:
    given = arguments(
        live.model_token(box.model), dict(plan.data), encode(rule(box.kind, cell["alpha"], cell["lr"])),
        epochs=plan.epochs, batch_size=plan.batch_size, seed=seed, order=seed + TWIN if twin else seed,
        validation=plan.validation,
    )  # fmt: skip
    return Job(FUNCTION, given)


def _first(box: Box, plan: Plan, cells: Sequence[Mapping[str, Any]]) -> list[Job]:
    return [_job(box, plan, cell, seed) for cell in cells for seed in range(plan.seeds)]


def _second(box: Box, plan: Plan, outcome: Mapping[str, Any]) -> list[Job]:
    seeds = range(FRESH, FRESH + plan.fresh)
    again = [_job(box, plan, outcome["cells"][place], seed) for place in _again(outcome) for seed in seeds]
    return again + [_job(box, plan, outcome["cells"][outcome["chosen"]], seed, twin=True) for seed in seeds]


def _again(outcome: Mapping[str, Any]) -> list[int]:
    """Which cells are trained with fresh seeds."""
    return list(dict.fromkeys([outcome["chosen"], outcome["best"], *outcome["line"]]))


def _picked(cells: Sequence[Mapping[str, Any]], box: Box, measure: str) -> dict[str, Any]:
    """The best cell inside, the best of all, and the chosen one's line outside the box's alpha."""
    better = 1 if measure == "accuracy" else -1
    order = sorted(range(len(cells)), key=lambda place: -better * float(np.mean(cells[place]["scores"])))
    chosen = next(place for place in order if cells[place]["inside"])
    low, high = box.alpha
    line = [
        place for place, cell in enumerate(cells)
        if cell["rate"] == cells[chosen]["rate"] and not low <= cell["alpha"] <= high
    ]  # fmt: skip
    return {"chosen": chosen, "best": order[0], "line": line}


def _score(result: Mapping[str, Any], guessed: float) -> float:
    """The validation score; that of guessing for a training that diverged, or ended at a worse one."""
    score = float(result["valid_score"])
    if not np.isfinite(score):
        return guessed
    return max(score, guessed) if result["measure"] == "accuracy" else min(score, guessed)


def _sizes(plan: Plan, samples: Any) -> str:
    held = round(plan.validation * len(samples.x_train))
    return (f"{len(samples.x_train) - held} training and {held} validation samples of {samples.name}, {plan.epochs} "
            f"epochs, batches of {plan.batch_size}")  # fmt: skip
