"""Claim C1: where the MLP learns best, over alpha and the learning rate."""

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

BOXES = (
    Box("MLP, Dirichlet", "mlp", "dirichlet", (1.0, 4.0), (0.01, 0.1)),
    Box("MLP, GenDir", "mlp", "gendir", (4.5, 6.0), (0.01, 0.1)),
)
_ALPHAS: dict[Level, dict[str, tuple[float, ...]]] = {
    "quick": {"dirichlet": (0.5, 1.5, 3.0, 8.0, 30.0), "gendir": (0.5, 2.0, 5.2, 12.0, 30.0)},
    "full": {
        "dirichlet": (0.5, 0.75, 1.0, 1.4, 2.0, 2.8, 4.0, 6.0, 9.0, 15.0, 30.0),
        "gendir": (0.5, 1.0, 2.0, 3.5, 4.5, 5.2, 6.0, 8.0, 12.0, 20.0, 30.0),
    },
}


def plan(level: Level, kind: str) -> Plan:
    """A map's size. A quarter of the training set is held back; the test set decides nothing."""
    if level == "quick":
        return Plan({"name": "mnist5k", "options": {}}, 3, 128, 0.25, _ALPHAS[level][kind], (-3, 0), 3, 2, 8)
    data = {"name": "mnist", "options": {}, "train": 12_000, "test": 1_000}
    return Plan(data, 3, 128, 0.25, _ALPHAS[level][kind], (-3, 1), 4, 3, 12)


def rounds(level: Level, go: Go) -> list[dict[str, Any]]:
    """Both maps."""
    return maps([(box, plan(level, box.kind)) for box in BOXES], go)


def judge(results: list[dict[str, Any]], level: Level) -> Verdict:
    """By the rule that stands with it, for the boxes alpha in [1, 4] and [4.5, 6] at rates in [0.01, 0.1]."""
    return verdict(results)


def figure(results: list[dict[str, Any]], path: Path) -> None:
    """Both maps."""
    draw(results, path)


CLAIM = Claim(
    id="C1",
    words="For the multilayer perceptron, where the most effective learning rate of stochastic and natural gradient "
    "descent lies in [0.01; 0.1], values on [1; 4] are chosen, since there the Fisher matrix lets it converge with "
    "greater accuracy in the region of the global minimum. [Generalised Dirichlet:] values on [4.5; 6].",
    place="section 2.2",
    hypothesis="On validation data the MLP learns best with alpha in the paper's box at a rate in [0.01, 0.1], and "
    "better than with any alpha outside it that has the same effective rate lr/psi'(alpha).",
    rule=RULE,
    judge=judge,
    command="ngdm-lab paper claims --only C1",
    rounds=rounds,
    figure=figure,
)
