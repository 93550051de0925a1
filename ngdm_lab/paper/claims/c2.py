"""Claim C2: where convolutional and recurrent nets learn best, over alpha and the learning rate."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ngdm_lab.claims import Claim, Verdict
from ngdm_lab.claims.claim import Level
from ngdm_lab.experiments.rounds import Go

from .alpha_map import Box, Plan, maps
from .alpha_map_figure import draw
from .alpha_map_verdict import RULE, verdict

__all__ = ["BOXES", "CLAIM"]

_LR = (0.001, 0.005)
BOXES = (
    Box("LeNet-5, Dirichlet", "lenet5", "dirichlet", (4.0, 8.0), _LR),
    Box("LeNet-5, GenDir", "lenet5", "gendir", (5.5, 9.0), _LR),
    Box("GRU, Dirichlet", "gru_forecaster", "dirichlet", (4.0, 8.0), _LR),
    Box("GRU, GenDir", "gru_forecaster", "gendir", (5.5, 9.0), _LR),
)
_ALPHAS: dict[Level, dict[str, tuple[float, ...]]] = {
    "quick": {"dirichlet": (0.5, 2.0, 5.0, 7.0, 15.0, 30.0), "gendir": (0.5, 3.0, 6.0, 8.0, 15.0, 30.0)},
    "full": {
        "dirichlet": (0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 6.5, 8.0, 12.0, 20.0, 30.0),
        "gendir": (0.5, 1.0, 2.0, 4.0, 5.5, 6.5, 7.7, 9.0, 12.0, 20.0, 30.0),
    },
}


def plan(level: Level, box: Box) -> Plan:
    """A map's size. A share of the training set is held back; the test set decides nothing."""
    alphas, quick = _ALPHAS[level][box.kind], level == "quick"
    if box.model == "lenet5":
        name, size = ("mnist5k", 1_000) if quick else ("mnist", 6_000)
        data = {"name": name, "options": {}, "train": size, "test": 500}
        return Plan(data, 3, 32, 1 / 3, alphas, (-3, 0), 3 if quick else 4, 2 if quick else 3, 8)
    series = {"name": "sinusoid", "options": {"length": 500 if quick else 1000}}
    return Plan(series, 4 if quick else 8, 32, 1 / 3, alphas, (-3, 0), 3 if quick else 4, 2 if quick else 3, 8)


def rounds(level: Level, go: Go) -> list[dict[str, Any]]:
    """All four maps."""
    return maps([(box, plan(level, box)) for box in BOXES], go)


def judge(results: list[dict[str, Any]], level: Level) -> Verdict:
    """By the rule that stands with it, for the boxes alpha in [4, 8] and [5.5, 9] at rates in [0.001, 0.005]."""
    return verdict(results)


def figure(results: list[dict[str, Any]], path: Path) -> None:
    """All four maps."""
    draw(results, path)


CLAIM = Claim(
    id="C2",
    words="For convolutional and recurrent neural networks, where the most effective learning rate lies in "
    "[0.001; 0.005], values on [4; 8] are chosen, which makes it possible to avoid local minima. [Generalised "
    "Dirichlet:] values on [5.5; 9].",
    place="section 2.2",
    hypothesis="On validation data LeNet-5 and a GRU learn best with alpha in the paper's box at a rate in "
    "[0.001, 0.005], and better than with any alpha outside it that has the same effective rate lr/psi'(alpha).",
    rule=RULE,
    judge=judge,
    command="ngdm-lab paper claims --only C2",
    rounds=rounds,
    figure=figure,
)
