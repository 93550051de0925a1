"""The cells of a table as the lab trains them, in float64 and for 50 steps, with all that an oracle needs to follow.

`trained` runs `paper.tables.table` itself, protocol "printed": rules, rates, seeds, order and dropout are the table's.
Batches and data are smaller than there, which the paper says nothing of, so that 50 steps reach into a second epoch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
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
_SERIES = {"name": "sinusoid", "options": {"length": 300}}
SIZES = {
    "mlp": tables.Size({**_IMAGES, "train": 790}, 1, 2, 1, 32),
    "lenet5": tables.Size({**_IMAGES, "train": 395}, 1, 2, 1, 16),
    "lstm_forecaster": tables.Size(_SERIES, 1, 3, 1, 8),
    "gru_forecaster": tables.Size(_SERIES, 1, 3, 1, 8),
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
    """One training: its tape, the rate in force, the loss of each step and the last parameters."""

    model: str
    label: str
    lr: float
    tape: Tape
    losses: np.ndarray
    last: Arrays


class _Recorder:
    """A callback of `fit` that writes the tape, and ends the training after `STEPS` steps."""

    def __init__(self, net: Any) -> None:
        self.tape, self.losses = Tape(_copied(net.parameters)), []
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
        return len(self.losses) == STEPS


def _copied(parameters: Any) -> Arrays:
    return {name: view.copy() for name, view in parameters.items()}


def trained(number: int) -> list[Cell]:
    """All cells of a table: every net with every column, from seed 0."""
    cells, fit = [], training.fit

    def go(jobs: Sequence[Job]) -> list[Any]:
        name = jobs[0].arguments["model"]["name"]
        results = []
        for runner, job in zip(roster(name), jobs, strict=True):

            def recorded(net: Any, samples: Any, opt: Any, *given: Any, label: str = runner.label, **options: Any) -> Any:
                recorder = _Recorder(net)
                run = fit(net, samples, opt, *given, callbacks=[recorder], **options)
                last = _copied(net.parameters)
                cells.append(Cell(name, label, float(opt.lr), recorder.tape, np.array(recorder.losses), last))
                return run

            with patch.object(training, "fit", recorded):
                model = {"name": name, "options": {"dtype": "float64"}}
                results.append(training.train(**{**job.arguments, "model": model}))
        return results

    with patch.dict(tables._SIZES, quick=SIZES), patch.dict(tables.PROTOCOLS, {"printed": False}, clear=True):
        tables.table(number, "quick", go=go)
    return cells
