"""The cells of a table as the lab trains them, in float64 and for 50 steps, with all that an oracle needs to follow.

`trained` runs `paper.tables.table` itself, protocol "printed": rules, rates, seeds, order and dropout are the table's.
Batches and data are smaller than there, which the paper says nothing of, so that 50 steps reach into a second epoch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from unittest.mock import patch

import numpy as np

from ngdm_lab.experiments.jobs import Job
from ngdm_lab.experiments.net_race import training
from ngdm_lab.nets import Dropout
from ngdm_lab.paper import tables
from ngdm_lab.paper.rosters import roster

STEPS = 50
Arrays = dict[str, np.ndarray]
_IMAGES = {"name": "mnist5k", "options": {}, "test": 20}
_SERIES = {"name": "sinusoid", "options": {"length": 240, "window": 20}}
SIZES = {
    "mlp": tables.Size({**_IMAGES, "train": 790}, 1, 2, 1, 32),
    "lenet5": tables.Size({**_IMAGES, "train": 395}, 1, 2, 1, 16),
    "lstm_forecaster": tables.Size(_SERIES, 1, 3, 1, 8),
    "gru_forecaster": tables.Size(_SERIES, 1, 3, 1, 8),
}
# Cells that are followed over fewer steps, how many, and why: their exact F^-1 lengthens steps some twenty times (E3),
# which is too much at the printed rates. "diverges": the loss grows without end and gates saturate; "chaotic": it does
# not, and rounding errors grow a thousandfold every ten steps.
EXACT = "NGDM GenDir, exact"
FEW = {
    ("mlp", EXACT): (10, "chaotic"),
    ("lstm_forecaster", EXACT): (4, "diverges"),
    ("gru_forecaster", EXACT): (4, "diverges"),
}


@dataclass
class Tape:
    """What a training is given and its rule has no say in.

    Attributes
    ----------
    start : the first parameters, in the order of the lab's vector.
    batches : inputs and targets of each step.
    masks : dropout's factors in each step, layer by layer.
    """

    start: Arrays
    batches: list[tuple[np.ndarray, np.ndarray]] = field(default_factory=list)
    masks: list[list[np.ndarray]] = field(default_factory=list)


@dataclass
class Cell:
    """One training: its tape, the rate in force, the loss of each step and the last parameters.

    `moved` is how far the parameters went, as one vector in the lab's order.
    """

    model: str
    label: str
    lr: float
    tape: Tape
    losses: np.ndarray
    last: Arrays

    @property
    def moved(self) -> np.ndarray:
        return moved(self.tape, self.last)


class _Recorder:
    """A callback of `fit` that writes the tape, and ends the training after so many steps."""

    def __init__(self, net: Any, steps: int) -> None:
        self.tape, self.losses, self.steps = Tape(_copied(net.parameters)), [], steps
        compute = net.loss_and_gradient

        def watched(x: Any, y: Any, **options: Any) -> float:
            self.tape.batches.append((x.copy(), y.copy()))
            self.tape.masks.append([])
            return compute(x, y, **options)

        net.loss_and_gradient = watched
        for layer in net.layers:
            if isinstance(layer, Dropout):
                layer.forward = self._watched(layer)

    def _watched(self, layer: Dropout) -> Any:
        compute = layer.forward

        def watched(x: Any, training: bool, key: tuple[int, int]) -> Any:
            y = compute(x, training, key)
            if training:
                self.tape.masks[-1].append(layer.room("mask", x.shape).copy())
            return y

        return watched

    def on_step(self, run: Any) -> bool:
        self.losses.append(run.loss)
        return len(self.losses) == self.steps


def _copied(parameters: Any) -> Arrays:
    return {name: view.copy() for name, view in parameters.items()}


def moved(tape: Tape, last: Arrays) -> np.ndarray:
    """How far each parameter is from the tape's start, in the lab's order."""
    return np.concatenate([(last[name] - first).ravel() for name, first in tape.start.items()])


def projections(vector: np.ndarray) -> np.ndarray:
    """(16,): sums under random signs. For a vector v their root mean square is ||v|| on average."""
    rng = np.random.default_rng(0)
    return np.array([vector @ (2.0 * rng.integers(0, 2, len(vector)) - 1.0) for _ in range(16)])


@cache
def trained(number: int) -> dict[tuple[str, str], Cell]:
    """All cells of a table by model and column, from seed 0."""
    cells = {}

    def go(jobs: Sequence[Job]) -> list[Any]:
        name = jobs[0].arguments["model"]["name"]
        results = []
        for runner, job in zip(roster(name), jobs, strict=True):
            steps, _ = FEW.get((name, runner.label), (STEPS, ""))
            result, cells[name, runner.label] = _followed(name, runner.label, job, steps)
            results.append(result)
        return results

    with patch.dict(tables._SIZES, quick=SIZES), patch.dict(tables.PROTOCOLS, {"printed": False}, clear=True):
        tables.table(number, "quick", go=go)
    return cells


def _followed(name: str, label: str, job: Job, steps: int) -> tuple[Any, Cell]:
    """What a table's job gives in float64, and what was seen of it."""
    made, fit = [], training.fit

    def watched(net: Any, samples: Any, opt: Any, *given: Any, **options: Any) -> Any:
        recorder = _Recorder(net, steps)
        run = fit(net, samples, opt, *given, callbacks=[recorder], **options)
        losses, last = np.array(recorder.losses), _copied(net.parameters)
        made.append(Cell(name, label, float(opt.lr), recorder.tape, losses, last))
        return run

    model = {"name": name, "options": {"dtype": "float64"}}
    with patch.object(training, "fit", watched):
        result = training.train(**{**job.arguments, "model": model})
    if not made:
        raise AssertionError(f"the lab trained nothing for {name}, {label}: {result['why']}")
    return result, made[0]
