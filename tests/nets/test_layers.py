"""Every layer's derivatives against central differences in float64, over shapes, strides and paddings."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from net_checks import bound, layer_error, spread
from ngdm_lab.nets import (
    GRU,
    LSTM,
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    MaxPool2D,
    ReLU,
    Sigmoid,
    Tanh,
)

ENOUGH = 1e-7
batches, seeds, small = st.integers(1, 4), st.integers(0, 2**32 - 1), st.integers(1, 5)
smooth = st.sampled_from([None, "tanh", "sigmoid"])


def normal(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape)


@given(batches, small, small, smooth, seeds)
def test_dense(batch, inputs, units, activation, seed):
    layer = bound(Dense(units, activation), (inputs,), seed)
    assert layer_error(layer, normal(seed, batch, inputs)) < ENOUGH


@given(
    batch=st.integers(1, 3),
    height=st.integers(1, 7),
    width=st.integers(1, 7),
    channels=st.integers(1, 3),
    filters=st.integers(1, 3),
    size=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    stride=st.integers(1, 3),
    padding=st.one_of(st.sampled_from(["valid", "same"]), st.integers(0, 3)),
    activation=smooth,
    seed=seeds,
)
def test_conv2d(batch, height, width, channels, filters, size, stride, padding, activation, seed):
    layer = Conv2D(filters, size, stride=stride, padding=padding, activation=activation)
    try:
        layer = bound(layer, (height, width, channels), seed)
    except ValueError as error:
        assert "does not fit" in str(error)
        return
    assert layer_error(layer, normal(seed, batch, height, width, channels)) < ENOUGH


def test_conv2d_in_several_parts():
    layer = bound(Conv2D(2, 3, padding="same"), (4, 5, 2))
    x = normal(3, 7, 4, 5, 2)
    whole = layer.forward(x, True).copy()
    layer.images = 3  # three parts, the last one smaller
    np.testing.assert_allclose(layer.forward(x, True), whole, rtol=1e-13)
    assert layer_error(layer, x) < ENOUGH


@given(batches, st.integers(2, 7), st.integers(2, 7), st.sampled_from([1, 2, 5, 16, 19]), st.integers(1, 3),
       st.integers(1, 3), seeds)  # fmt: skip
def test_max_pool_is_the_maximum_of_windows(batch, height, width, channels, size, stride, seed):
    size = min(size, height, width)
    layer = bound(MaxPool2D(size, stride), (height, width, channels), seed)
    x = normal(seed, batch, height, width, channels)
    windows = np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(1, 2))[:, ::stride, ::stride]
    np.testing.assert_array_equal(layer.forward(x, True), windows.max(axis=(-2, -1)))


@given(batches, st.integers(2, 7), st.integers(2, 7), small, st.integers(1, 3), st.integers(1, 3), seeds)
def test_max_pool(batch, height, width, channels, size, stride, seed):
    layer = MaxPool2D(min(size, height, width), stride)
    layer = bound(layer, (height, width, channels), seed)
    x = spread((batch, height, width, channels), np.random.default_rng(seed))
    assert layer_error(layer, x) < ENOUGH


@pytest.mark.parametrize("channels", [1, 16])
def test_max_pool_gives_the_derivative_to_the_first_of_equals_and_keeps_nan(channels):
    layer = bound(MaxPool2D(2), (2, 2, channels))
    y = layer.forward(np.full((1, 2, 2, channels), 3.0), True)
    dx = layer.backward(np.full((1, 1, 1, channels), 5.0))
    assert (y == 3.0).all()
    assert (dx.reshape(4, channels).T == [5.0, 0.0, 0.0, 0.0]).all()
    for values in ([1.0, np.nan, 2.0, 0.0], [np.nan, 1.0, 2.0, 0.0]):
        x = np.repeat(np.array(values), channels).reshape(1, 2, 2, channels)
        assert np.isnan(layer.forward(x, True)).all()


def test_max_pool_of_many_channels():
    layer = bound(MaxPool2D(2, 1), (3, 4, 17))
    assert layer_error(layer, spread((2, 3, 4, 17), np.random.default_rng(1))) < ENOUGH


@given(st.integers(2, 5), st.integers(1, 3), small, st.booleans(), seeds)
def test_batch_norm(batch, places, channels, training, seed):
    layer = bound(BatchNorm(), (places, channels), seed)
    layer.running["variance"][...] = 0.5
    assert layer_error(layer, normal(seed, batch, places, channels), training=training) < ENOUGH


def test_batch_norm_of_one_sample_is_beta():
    layer = bound(BatchNorm(), (3,))
    y = layer.forward(normal(0, 1, 3), True)
    np.testing.assert_array_equal(y[0], layer.p["beta"])
    assert not layer.backward(np.ones((1, 3))).any()
    assert np.isfinite(layer.running["variance"]).all()


def test_batch_norm_is_steady_far_from_zero():
    layer = bound(BatchNorm(eps=1e-12), (2,))
    x = normal(0, 50, 2)
    near = layer.forward(x, True).copy()
    np.testing.assert_allclose(layer.forward(x + 1e6, True), near, atol=1e-8)


def test_running_statistics():
    layer = bound(BatchNorm(momentum=0.75), (2,))
    x = normal(0, 9, 2)
    layer.forward(x, True)
    np.testing.assert_allclose(layer.running["mean"], 0.25 * x.mean(0), rtol=1e-14)
    np.testing.assert_allclose(layer.running["variance"], 0.75 + 0.25 * x.var(0, ddof=1), rtol=1e-14)
    kept = layer.running["mean"].copy()
    y = layer.forward(x, False)
    z = (x - kept) / np.sqrt(layer.running["variance"] + 1e-3)
    np.testing.assert_allclose(y, z * layer.p["gamma"] + layer.p["beta"], rtol=1e-13)
    np.testing.assert_array_equal(layer.running["mean"], kept)


@pytest.mark.parametrize("make", [ReLU, Tanh, Sigmoid, Flatten])
def test_layers_without_parameters(make):
    layer = bound(make(), (3, 2, 2))
    assert layer_error(layer, spread((4, 3, 2, 2), np.random.default_rng(1))) < ENOUGH


def test_relu_fused_behind_a_bias():
    layer = bound(Dense(3, "relu"), (3,))
    layer.p["weight"][...] = np.eye(3)
    layer.p["bias"][...] = 1e-3
    assert layer_error(layer, spread((5, 3), np.random.default_rng(1), gap=0.01)) < ENOUGH


def test_relu_keeps_nan_and_has_slope_0_at_0():
    layer = bound(ReLU(), (3,))
    y = layer.forward(np.array([[np.nan, 0.0, -1.0]]), True)
    assert np.isnan(y[0, 0])
    assert layer.backward(np.ones((1, 3)))[0, 1:].tolist() == [0.0, 0.0]


@given(batches, st.integers(1, 6), seeds, st.floats(0.0, 0.9))
def test_dropout(batch, units, seed, rate):
    layer = bound(Dropout(rate), (units,))
    assert layer_error(layer, normal(seed, batch, units), key=(seed, 7)) < ENOUGH


def test_dropout_depends_on_its_counters_alone():
    layer = bound(Dropout(0.3), (1000,))
    ones = np.ones((100, 1000))
    first = layer.forward(ones, True, (4, 9)).copy()
    assert set(np.unique(first)) == {0.0, 1 / 0.7}
    assert abs((first == 0.0).mean() - 0.3) < 5 * np.sqrt(0.3 * 0.7 / first.size)
    np.testing.assert_array_equal(layer.forward(ones[:10], True, (4, 9)), first[:10])
    layer.number += 1
    others = [layer.forward(ones, True, (4, 9)).copy()]
    layer.number -= 1
    others += [layer.forward(ones, True, key).copy() for key in ((4, 10), (5, 9))]
    for other in others:  # independent: both kept as often as chance has it
        both = ((first > 0) & (other > 0)).mean()
        assert abs(both - 0.49) < 5 * np.sqrt(0.49 * 0.51 / first.size)
    assert layer.forward(ones, False, (4, 9)) is ones


@given(
    st.sampled_from([LSTM, GRU]),
    st.integers(1, 3),
    st.integers(1, 5),
    st.integers(1, 3),
    st.integers(1, 4),
    st.booleans(),
    seeds,
)
def test_recurrent(make, batch, steps, features, units, sequences, seed):
    layer = bound(make(units, sequences=sequences), (steps, features), seed)
    assert layer_error(layer, normal(seed, batch, steps, features)) < ENOUGH


@pytest.mark.parametrize("make", [LSTM, GRU])
@pytest.mark.parametrize("sequences", [False, True])
@pytest.mark.parametrize("truncate", [1, 2, 3, 6, 9])
def test_truncation_is_a_run_from_a_constant_state(make, sequences, truncate):
    """The derivatives of a piece are those of full back-propagation from the state before it, held constant."""
    steps, shape = 6, (6, 2)
    x = normal(0, 3, *shape)
    layer = bound(make(4, sequences=sequences, truncate=truncate), shape)
    y = layer.forward(x, True)
    weights = normal(1, *y.shape)
    dx = layer.backward(weights.copy()).copy()
    found = {name: g.copy() for name, g in layer.g.items()}
    whole = bound(make(4, sequences=sequences), shape)
    total = {name: np.zeros_like(g) for name, g in found.items()}
    ends = range(steps, 0, -truncate) if sequences else [steps]
    for end in ends:
        # full derivatives of this piece's result by the piece's inputs: those by earlier inputs are dropped
        start = max(0, end - truncate)
        whole.forward(x[:, :end], True)
        states = [whole.h[start].copy(), whole.c[start].copy() if make is LSTM else None]
        piece = run_piece(make, layer, x[:, start:end], states, weights[:, start:end] if sequences else weights)
        np.testing.assert_allclose(dx[:, start:end], piece.pop("x"), atol=1e-13)
        for name, g in piece.items():
            total[name] += g
    for name in found:
        np.testing.assert_allclose(found[name], total[name], atol=1e-12)
    if not sequences:
        assert not dx[:, : max(0, steps - truncate)].any()


def run_piece(make, layer, x, states, weights):
    """Derivatives over a piece of a sequence from given first states."""
    again = make(4, sequences=layer.sequences)
    again.build(x.shape[1:])
    again.bind(layer.p, {name: np.zeros_like(g) for name, g in layer.g.items()}, np.float64, 0)
    prepare = again.prepare

    def with_states(steps, batch):
        prepare(steps, batch)
        again.h[0] = states[0]
        if states[1] is not None:
            again.c[0] = states[1]

    again.prepare = with_states
    again.forward(x, True)
    dx = again.backward(weights.copy()).copy()
    return {"x": dx, **{name: g.copy() for name, g in again.g.items()}}


@pytest.mark.parametrize(
    ("make", "shape", "words"),
    [
        (lambda: Dense(0), None, "units must be at least 1, got 0"),
        (lambda: Dense(3, "swish"), None, "unknown activation 'swish'"),
        (lambda: Dense(3), (4, 4), "put Flatten before it"),
        (lambda: Conv2D(2, (3, 3, 3)), None, "size must be a number or a pair"),
        (lambda: Conv2D(2, padding="full"), None, 'padding must be "valid", "same" or a whole number'),
        (lambda: Conv2D(2), (5,), "Conv2D takes samples of shape (height, width, channels), got (5,)"),
        (lambda: Conv2D(2, 5), (4, 4, 1), "does not fit into images of (4, 4)"),
        (lambda: MaxPool2D(0), None, "size must be at least 1"),
        (lambda: MaxPool2D(3), (2, 4, 1), "height and width of at least 3, got (2, 4, 1)"),
        (lambda: BatchNorm(momentum=1.0), None, "momentum"),
        (lambda: BatchNorm(eps=0), None, "eps"),
        (lambda: Dropout(1.0), None, "rate"),
        (lambda: LSTM(0), None, "units must be at least 1"),
        (lambda: GRU(3, truncate=0), None, "truncate must be at least 1"),
        (lambda: GRU(3), (5,), "GRU takes samples of shape (steps, features)"),
    ],
)
def test_bad_arguments(make, shape, words):
    with pytest.raises(ValueError) as caught:
        make().build(shape)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
