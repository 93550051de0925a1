"""The losses against SciPy and central differences, for outputs of any size."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import log_softmax

from net_checks import numeric, worst
from ngdm_lab.nets import losses

seeds, sizes = st.integers(0, 2**32 - 1), st.integers(1, 6)


@given(sizes, sizes, st.sampled_from([0.1, 1.0, 30.0, 1e4]), seeds)
def test_cross_entropy(samples, classes, scale, seed):
    rng = np.random.default_rng(seed)
    z, y = scale * rng.normal(size=(samples, classes)), rng.integers(0, classes, samples)
    loss = losses.make("cross_entropy", classes, np.float64)
    value, dz = loss(z, loss.prepare(y, samples))
    logs = log_softmax(z, axis=1)
    assert value == pytest.approx(-logs[np.arange(samples), y].mean(), rel=1e-13, abs=1e-13)
    np.testing.assert_allclose(dz, (np.exp(logs) - np.eye(classes)[y]) / samples, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(losses.softmax(z), np.exp(logs), rtol=1e-12, atol=1e-300)


@given(sizes, sizes, st.sampled_from(["cross_entropy", "mse"]), seeds)
def test_derivatives(samples, units, name, seed):
    rng = np.random.default_rng(seed)
    z, loss = rng.normal(size=(samples, units)), losses.make(name, units, np.float64)
    y = rng.integers(0, units, samples) if name == "cross_entropy" else rng.normal(size=(samples, units))
    y = loss.prepare(y, samples)
    found = loss(z, y)[1].copy()
    assert worst(found, numeric(lambda: loss(z, y)[0], z)) < 1e-7


@given(sizes, sizes, seeds)
def test_squared_error(samples, units, seed):
    rng = np.random.default_rng(seed)
    z, y = rng.normal(size=(2, samples, units))
    loss = losses.make("mse", units, np.float64)
    assert loss(z, loss.prepare(y, samples))[0] == pytest.approx(((z - y) ** 2).mean(), rel=1e-13)


@pytest.mark.parametrize("name", ["cross_entropy", "mse"])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_finite_is_never_a_number(name, bad):
    loss = losses.make(name, 3, np.float32)
    z = np.array([[0.0, bad, 1.0]], np.float32)
    y = np.array([0]) if name == "cross_entropy" else np.zeros((1, 3))
    assert not np.isfinite(loss(z, loss.prepare(y, 1))[0])
