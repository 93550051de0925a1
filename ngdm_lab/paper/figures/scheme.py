"""Figure 1: the scheme of back-propagation with NGDM (Algorithm 5), and how far its two signs get."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ngdm_lab.geometry import Dirichlet, ramp
from ngdm_lab.nets.layers.dense import Dense
from ngdm_lab.nets.model import Model
from ngdm_lab.nets.training.update import Update
from ngdm_lab.optimizers import NGDM
from ngdm_lab.plots.nets.backpropagation import backpropagation

__all__ = ["errors", "figure1", "small"]

STEPS = 8
LAYER, NEURON = 0, 1
RULE = NGDM(0.02, Dirichlet(ramp(1.4, 0.005)))


def small() -> Model:
    """The model that is drawn: 3 inputs, 4 tanh neurons, 2 linear ones, float64, seed 1."""
    return Model([Dense(4, "tanh"), Dense(2)], (3,), loss="mse", seed=1, dtype=np.float64, name="small")


def errors(sign: int) -> NDArray[np.float64]:
    """The error before each of 8 steps of Algorithm 5 on one sample and after them: (9,) float64.

    sign 1 is the corrected one, -1 the printed one (erratum E13), under which the steps climb.
    """
    model, x, d = small(), np.array([[0.5, -1.0, 0.8]]), np.array([[1.0, -1.5]])
    update, met = Update(RULE, model), []
    for _ in range(STEPS):
        met.append(model.loss_and_gradient(x, d))
        model.gradient *= sign
        update.step()
    return np.array([*met, model.evaluate(x, d)[0]])


def figure1() -> tuple[Figure, str]:
    """The figure and its caption."""
    model = small()
    right, printed = errors(1), errors(-1)
    shapes = ", ".join(f"{g.layer}: {g.count} vectors w_k of {g.length} numbers, F of {g.length} x {g.length}"
                     for g in model.groups("fan_in") if g.kind == "weight")  # fmt: skip
    caption = (
        f"Figure 1. Back-propagation with NGDM (Algorithm 5), drawn from a model of {model.size} parameters with "
        f"{model.input_shape[0]} inputs, 4 tanh neurons and {model.output_shape[0]} linear ones (seed {model.seed}; "
        f"lines are thicker where a weight is larger). F acts on the weight vector w_k of each neuron: {shapes}; F is "
        "the same for all neurons of a layer and constant. The scheme is corrected; frames mark what the paper prints "
        "otherwise. "
        "E13: with e = d - y and delta = e phi'(v), the printed step w - eta F^-1 g climbs. E14: the loop for l from 0 "
        "to L cannot run backwards, since delta(l) needs delta(l+1), and lines 3 and 14 count layers differently. "
        f"On one sample with {RULE!r}, {STEPS} steps take the error from {right[0]:.3g} to {right[-1]:.3g} with the "
        f"corrected sign, and from {printed[0]:.3g} to {printed[-1]:.3g} with the printed one."
    )
    return backpropagation(model, LAYER, NEURON), caption
