"""The scheme of Algorithm 5 is drawn from the model."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.patches import Circle

import ngdm_lab as lab
from ngdm_lab.plots.nets.backpropagation import CHOSEN, backpropagation

Dense, Model = lab.nets.Dense, lab.nets.Model


def made(*sizes):
    inputs, *units = sizes
    return Model([Dense(n, "tanh") for n in units], (inputs,), loss="mse", seed=2)


def test_neurons_weights_and_the_chosen_vector():
    model = made(3, 5, 2)
    ax = backpropagation(model, 0, 2).axes[0]
    assert sum(isinstance(p, Circle) for p in ax.patches) == 3 + 5 + 2
    edges = [line for line in ax.get_lines() if len(line.get_xdata()) == 2 and line.get_linewidth() != 0.5]
    assert len(edges) == 3 * 5 + 5 * 2
    chosen = [line.get_linewidth() for line in edges if line.get_color() == CHOSEN]
    w = np.abs(model.parameters["dense1.weight"])
    assert chosen == pytest.approx(list(1.0 + 0.9 * w[:, 2] / w.max()))
    text = " ".join(t.get_text() for t in ax.texts)
    assert r"ℝ^{3}$, $F$ of 3×3" in text
    assert text.count("E13") == 3
    assert text.count("E14") == 3


def test_deeper_models_list_their_layers():
    text = " ".join(t.get_text() for t in backpropagation(made(2, 3, 3, 1), 1, 0).axes[0].texts)
    assert "$l = 0, 1, 2$" in text
    assert "$l = 2, 1$" in text
    assert r"\delta^{(2)}_k\, y^{(1)}" in text


def test_bad_arguments():
    with pytest.raises(TypeError, match="model must be"):
        backpropagation("mlp")
    with pytest.raises(ValueError, match="all Dense"):
        backpropagation(lab.nets.mlp())
    with pytest.raises(ValueError, match="at most 6 neurons in a layer to be drawn, got 7"):
        backpropagation(made(3, 7, 2))
    for layer, neuron in ((1, 0), (0, 4), (-1, 0)):
        with pytest.raises(ValueError, match="those of a hidden neuron"):
            backpropagation(made(3, 4, 2), layer, neuron)
