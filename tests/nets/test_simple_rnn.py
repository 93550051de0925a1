"""The plain recurrent layer in both readings of Eq. 14, and its forecaster."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ngdm_lab as lab
from net_checks import bound, layer_error
from ngdm_lab.nets import SimpleRNN, data, presets, registry

PHI = {
    None: lambda v: v,
    "tanh": np.tanh,
    "relu": lambda v: np.maximum(v, 0),
    "sigmoid": lambda v: 1 / (1 + np.exp(-v)),
}
SERIES = data.load("sinusoid", length=200, window=12, period=20, sigma=0.1)
readings = pytest.mark.parametrize("reading", ["state", "printed"])


def normal(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape)


def reference(layer, x):
    """The formula, a step at a time: all h (B, T, H)."""
    p, h, before, out = layer.p, np.zeros((len(x), layer.units)), np.zeros_like(x[:, 0]), []
    for n in range(x.shape[1]):
        carried = before if layer.reading == "printed" else h
        h = PHI[None if layer.phi == "linear" else layer.phi](
            x[:, n] @ p["weight"] + carried @ p["recurrent"] + p["bias"]
        )
        before = x[:, n]
        out.append(h)
    return np.stack(out, axis=1)


@readings
@pytest.mark.parametrize("phi", PHI)
@pytest.mark.parametrize("sequences", [False, True])
def test_it_is_the_formula(reading, phi, sequences):
    layer = bound(SimpleRNN(4, phi, reading=reading, sequences=sequences), (5, 3))
    x = normal(0, 2, 5, 3)
    wanted = reference(layer, x)
    np.testing.assert_allclose(layer.forward(x, True), wanted if sequences else wanted[:, -1], rtol=1e-13, atol=1e-14)


@given(
    reading=st.sampled_from(["state", "printed"]),
    phi=st.sampled_from([None, "tanh", "sigmoid"]),
    batch=st.integers(1, 3),
    steps=st.integers(1, 5),
    features=st.integers(1, 3),
    units=st.integers(1, 4),
    sequences=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
)
def test_derivatives(reading, phi, batch, steps, features, units, sequences, seed):
    layer = bound(SimpleRNN(units, phi, reading=reading, sequences=sequences), (steps, features), seed)
    assert layer_error(layer, normal(seed, batch, steps, features)) < 1e-7


@pytest.mark.parametrize("truncate", [1, 2, 3, 6, 9])
def test_truncation_of_the_last_state_is_a_run_from_a_constant_one(truncate):
    layer, x = bound(SimpleRNN(4, truncate=truncate), (6, 2)), normal(0, 3, 6, 2)
    whole, weights = bound(SimpleRNN(4), (6, 2)), normal(1, 3, 4)
    y = layer.forward(x, True).copy()
    dx = layer.backward(weights.copy()).copy()
    start = max(0, 6 - truncate)
    states = reference(layer, x)
    first = states[:, start - 1] if start else np.zeros((3, 4))
    again = bound(SimpleRNN(4), (6, 2))
    again.prepare = lambda steps, batch: (SimpleRNN.prepare(again, steps, batch), again.h.__setitem__(0, first))
    np.testing.assert_allclose(again.forward(x[:, start:], True), y, rtol=1e-13)
    np.testing.assert_allclose(dx[:, start:], again.backward(weights.copy()), atol=1e-14)
    assert not dx[:, :start].any()
    for name in layer.g:
        np.testing.assert_allclose(layer.g[name], again.g[name], atol=1e-13)
    whole.forward(x, True)
    whole.backward(weights.copy())
    assert (truncate >= 6) == np.allclose(whole.g["recurrent"], layer.g["recurrent"], rtol=1e-12)


def test_only_the_usual_reading_remembers():
    """Erratum E15: as printed, an input is forgotten after one step more."""
    x = normal(0, 1, 6, 1)
    for reading, reach in (("state", 6), ("printed", 2)):
        layer = bound(SimpleRNN(3, reading=reading), (6, 1))
        layer.forward(x, True)
        seen = np.abs(layer.backward(np.ones((1, 3)))[0, :, 0]) > 0
        assert seen.tolist() == [False] * (6 - reach) + [True] * reach


def test_shapes_and_first_values():
    for reading, rows in (("state", 4), ("printed", 2)):
        layer = bound(SimpleRNN(4, reading=reading), (None, 2))
        assert {k: v.shape for k, v in layer.p.items()} == {"weight": (2, 4), "recurrent": (rows, 4), "bias": (4,)}
        layer.initialise(np.random.default_rng(0))
        assert not layer.p["bias"].any()
        square = layer.p["recurrent"] @ layer.p["recurrent"].T
        assert np.allclose(square, np.eye(rows)) == (reading == "state")
        assert np.abs(layer.p["weight"]).max() <= 1.0  # sqrt(6 / (2 + 4))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: SimpleRNN(0), "units must be at least 1"),
        (lambda: SimpleRNN(3, "swish"), "unknown activation 'swish'"),
        (lambda: SimpleRNN(3, reading="usual"), "reading must be one of 'state', 'printed', got 'usual'"),
        (lambda: SimpleRNN(3, truncate=0), "truncate must be at least 1"),
        (lambda: SimpleRNN(3, reading="printed", truncate=2), "truncate must be None with reading='printed'"),
        (lambda: SimpleRNN(3).build((5,)), "SimpleRNN takes samples of shape (steps, features)"),
        (lambda: lab.nets.rnn_forecaster(reading="literal"), "reading must be"),
    ],
)
def test_bad_arguments(make, words):
    with pytest.raises(ValueError) as caught:
        make()
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@readings
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_forecaster_learns(reading, dtype):
    model = lab.nets.rnn_forecaster(units=8, reading=reading, dtype=dtype)
    run = lab.nets.fit(model, SERIES, lab.Adam(0.01), epochs=20, batch_size=8, progress=False)
    assert run.status == "done"
    assert run.history["train_loss"][-1] < 0.25 * run.history["train_loss"][0]
    assert run.score < 0.15 * np.var(SERIES.y_test)  # two values of a wave tell the next one, but for the noise


@readings
@pytest.mark.parametrize("kind", ["dirichlet", "gendir"])
def test_the_constants_of_table_4_serve_it(reading, kind):
    assert registry.experiment("rnn") == "lstm_forecaster"
    assert registry.experiment("gru") == "gru_forecaster"
    preset = presets.get(registry.experiment("rnn_forecaster"))
    model = registry.build("rnn", SERIES, reading=reading)
    assert model.name == "rnn_forecaster"
    opt = preset.optimizer(kind)
    run = lab.nets.fit(model, SERIES, opt, epochs=1, batch_size=32, index=preset.index, progress=False)
    assert run.status == "done"
    assert np.isfinite(model.vector).all()
