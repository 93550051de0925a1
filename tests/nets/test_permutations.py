"""Hidden units have no order, and neither has training them, unless a ramp or pairs give them one."""

from __future__ import annotations

import numpy as np
import pytest

import ngdm_lab as lab
from ngdm_lab import nets

ORDER = np.array([3, 0, 5, 1, 4, 2])


def batch(seed):
    """Eight samples of five numbers, and their classes."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(8, 5)), rng.integers(0, 3, 8)


def permuted_training(opt, order):
    """Twenty steps from the same point, its first hidden layer's units in another order."""
    model = nets.mlp(sizes=(6, 4), inputs=5, classes=3, dropout=0.0, activation="tanh", seed=2, dtype=np.float64)
    p = model.parameters
    for part in ("dense1.weight", "dense1.bias", "bn1.gamma", "bn1.beta"):
        p[part][...] = p[part][..., order]
    p["dense2.weight"][...] = p["dense2.weight"][order]
    update = nets.Update(opt, model)
    for step in range(20):
        model.loss_and_gradient(*batch(step))
        update.step()
    return model


# a constant alpha knows no order
CONSTANT = [lab.NGDM(0.05, lab.Dirichlet(1.4)), lab.NGDM(0.01, lab.Dirichlet(1.4), form="exact")]


@pytest.mark.parametrize("opt", [lab.SGD(0.05), lab.Adam(0.01, eps=1e-5), *CONSTANT], ids=lambda opt: opt.name)
def test_permuting_hidden_units_permutes_training(opt):
    plain, permuted = permuted_training(opt, np.arange(6)), permuted_training(opt, ORDER)
    close = {"rtol": 1e-9, "atol": 1e-11}
    for part in ("dense1.weight", "bn1.gamma"):
        np.testing.assert_allclose(permuted.parameters[part], plain.parameters[part][..., ORDER], **close)
    np.testing.assert_allclose(permuted.parameters["dense2.weight"], plain.parameters["dense2.weight"][ORDER], **close)
    np.testing.assert_allclose(permuted.buffers["bn1.mean"], plain.buffers["bn1.mean"][ORDER], **close)


@pytest.mark.parametrize("distribution", [lab.Dirichlet(lab.ramp(1.4, 0.5)), lab.GeneralizedDirichlet(1.4, 6.0)])
def test_a_ramp_and_pairs_know_the_order_of_hidden_units(distribution):
    opt = lab.NGDM(0.05, distribution)
    plain, permuted = permuted_training(opt, np.arange(6)), permuted_training(opt, ORDER)
    moved = permuted.parameters["dense2.weight"] - plain.parameters["dense2.weight"][ORDER]
    assert np.abs(moved).max() > 1e-3
