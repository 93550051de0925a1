"""The library's steps on a net against Algorithm 5, corrected and to the letter (E13), and erratum E7."""

from __future__ import annotations

import numpy as np
import pytest

import ngdm_lab as lab
from naive_nets import CorrectedAlgorithm5, PrintedNeuron, fisher
from ngdm_lab.nets import Dense, Model, Update

SIZES, ACTIVATIONS = (5, 4, 3), ("tanh", "sigmoid", None)
DISTRIBUTIONS = {
    "dirichlet": lab.Dirichlet(lab.ramp(1.4, 0.005)),
    "falling": lab.Dirichlet(lab.ramp(4.4, -0.4)),
    "gendir": lab.GeneralizedDirichlet(lab.ramp(3.5, 0.25), lab.ramp(3.9, -0.5)),
}


def perceptron(dtype=np.float64):
    """Seven inputs, so that pairs need a partner in the first layer (7 weights) and the second (5), not the third."""
    layers = [Dense(n, a) if a else Dense(n) for n, a in zip(SIZES, ACTIVATIONS, strict=True)]
    return Model(layers, (7,), loss="mse", seed=3, dtype=dtype)


def batches(count, samples=6):
    rng = np.random.default_rng(5)
    return [(rng.normal(size=(samples, 7)), rng.normal(size=(samples, 3))) for _ in range(count)]


def weights(model):
    names = list(model.parameters)
    return [(model.parameters[w], model.parameters[b]) for w, b in zip(names[::2], names[1::2], strict=True)]


@pytest.mark.parametrize("form", ["diagonal", "exact"])
@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_equals_algorithm_5_with_its_errata_corrected(name, form):
    opt = lab.NGDM(0.02, DISTRIBUTIONS[name], form=form, dampening=0.1, weight_decay=0.03)
    model = perceptron()
    corrected = CorrectedAlgorithm5([(W, c, a) for (W, c), a in zip(weights(model), ACTIVATIONS, strict=True)], opt)
    update = Update(opt, model)
    start = model.vector.copy()
    for x, d in batches(8):
        model.loss_and_gradient(x, d)
        update.step()
        corrected.step(x, d)
        for (W, c), (V, e) in zip(weights(model), corrected.parameters(), strict=True):
            np.testing.assert_allclose(W, V, rtol=0, atol=1e-11)
            np.testing.assert_allclose(c, e, rtol=0, atol=1e-11)
    assert np.abs(model.vector - start).min() > 0


@pytest.mark.parametrize("line18", ["current", "accumulated"])
@pytest.mark.parametrize("form", ["diagonal", "exact"])
@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_e13_algorithm_5_to_the_letter_ascends(name, form, line18):
    """Every step climbs, from a start at which the lab's own descend."""
    x, d, w = np.array([1.0, 2.0]), 3.0, np.array([0.5, -0.25])
    F, eta = fisher(DISTRIBUTIONS[name], 2, form), 1e-4
    printed = PrintedNeuron(w, F, eta, 0.5, phi=None, line18=line18)
    model = Model([Dense(1)], (2,), loss="mse", dtype=np.float64)
    (W, c), *_ = weights(model)
    W[:, 0], c[:] = w, 0.0
    update = Update(lab.NGDM(eta, DISTRIBUTIONS[name], 0.5, form=form), model)
    climbing, falling = [printed.error(x, d)], []
    for _ in range(8):
        printed.step(x, d)
        climbing.append(printed.error(x, d))
        falling.append(model.loss_and_gradient(x[None], np.array([[d]])))
        update.step()
    assert (np.diff(climbing) > 0).all()
    assert (np.diff(falling) < 0).all()


@pytest.mark.parametrize("index", ["fan_in", "fan_out", "layer", "flat"])
@pytest.mark.parametrize("alpha", [0.5, 1.4, 12.0])
def test_e7_constant_diagonal_is_sgd_at_another_rate(alpha, index):
    one, other = perceptron(), perceptron()
    ngdm = Update(lab.NGDM(0.1, lab.Dirichlet(alpha), weight_decay=0.01), one, index)
    sgd = Update(lab.SGD(0.1 * float(lab.Dirichlet(alpha).on(1).fisher_solve([1.0], form="diagonal")[0]),
                         weight_decay=0.01), other)  # fmt: skip
    for x, d in batches(20):
        for model, update in ((one, ngdm), (other, sgd)):
            model.loss_and_gradient(x, d)
            update.step()
    np.testing.assert_allclose(one.vector, other.vector, rtol=1e-12, atol=1e-13)


def test_e7_does_not_hold_for_the_exact_form():
    one, other = perceptron(), perceptron()
    diagonal = Update(lab.NGDM(0.01, lab.Dirichlet(4.0)), one)
    exact = Update(lab.NGDM(0.01, lab.Dirichlet(4.0), form="exact"), other)
    for x, d in batches(3):
        for model, update in ((one, diagonal), (other, exact)):
            model.loss_and_gradient(x, d)
            update.step()
    assert np.abs(one.vector - other.vector).max() > 1e-3
