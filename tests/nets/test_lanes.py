"""Images side by side: the same net, whichever way its images lie."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngdm_lab import nets
from ngdm_lab.nets import BatchNorm, Conv2D, Dense, Dropout, Flatten, MaxPool2D, Model, ReLU
from ngdm_lab.nets.layers import lanes
from ngdm_lab.nets.layers.lanes import Apart, SideBySide

LAYERS = {
    "relu": lambda: [Conv2D(3, 3, padding="same", activation="relu"), MaxPool2D(2), Flatten()],
    "tanh": lambda: [Conv2D(6, (2, 3), activation="tanh"), Conv2D(2, 2, padding=3, activation="sigmoid"), Flatten()],
    "even": lambda: [Conv2D(3, 4, padding="same"), MaxPool2D(3, 2), ReLU(), Flatten()],
    "winograd": lambda: [Conv2D(16, 1), Conv2D(16, 3, activation="relu"), Conv2D(24, 3, padding="same"), Flatten()],
    "norm": lambda: [BatchNorm(), Conv2D(3, 3), BatchNorm(), nets.Tanh(), MaxPool2D(2, 1), Flatten()],
    "dropout": lambda: [Conv2D(2, 2), Dropout(0.4), Conv2D(3, 2), nets.Sigmoid(), Flatten()],
    "stride": lambda: [Conv2D(3, 3), Conv2D(2, 2, stride=2), BatchNorm(), Conv2D(3, 1), Flatten()],
}


@pytest.fixture
def side_by_side(monkeypatch):
    """Long vectors, whatever the processor has."""
    monkeypatch.setattr(lanes, "wide", lambda: True)
    monkeypatch.setattr(lanes, "IDLE", 100.0)


def made(name, dtype=np.float64):
    return Model([*LAYERS[name](), Dense(4)], (7, 6, 2), seed=3, dtype=dtype)


def data(batch, dtype=np.float64):
    rng = np.random.default_rng(batch)
    return rng.normal(size=(batch, 7, 6, 2)).astype(dtype), rng.integers(0, 4, batch)


def both(name, batch, monkeypatch, training=True, dtype=np.float64):
    """(loss, gradient, buffers, output) with images side by side, and without."""
    found = []
    for beside in (True, False):
        model, (x, y) = made(name, dtype), data(batch, dtype)
        if not beside:
            monkeypatch.setattr(lanes, "wide", lambda: False)
        loss = model.loss_and_gradient(x, y, training=training, rng=5)
        kinds = [type(layer) for layer in model._path]
        assert (SideBySide in kinds) == (Apart in kinds) == beside
        state = [b.copy() for b in model.buffers.values()]
        found.append([np.array(loss), model.gradient, *state, model.forward(x).copy()])
    return found


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("batch", [2, 8, 13, 17])
@pytest.mark.parametrize("name", LAYERS)
def test_one_net_either_way(name, batch, training, side_by_side, monkeypatch):
    for beside, apart in zip(*both(name, batch, monkeypatch, training), strict=True):
        np.testing.assert_allclose(beside, apart, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("name", LAYERS)
def test_in_single_precision(name, side_by_side, monkeypatch):
    for beside, apart in zip(*both(name, 21, monkeypatch, dtype=np.float32), strict=True):
        np.testing.assert_allclose(beside, apart, rtol=1e-4, atol=1e-5 * np.abs(apart).max())


def test_nothing_of_an_earlier_larger_batch_is_left(side_by_side):
    model = made("norm")
    fresh, (x, y) = copy.deepcopy(model), data(13)
    model.loss_and_gradient(*data(24))
    for name, buffer in fresh.buffers.items():
        model.buffers[name][...] = buffer
    assert model.loss_and_gradient(x, y) == fresh.loss_and_gradient(x, y)
    np.testing.assert_array_equal(model.gradient, fresh.gradient)


def test_the_same_bits_on_any_number_of_threads(monkeypatch, side_by_side):
    for place in ("nets.direct", "nets.kernel", "nets.matmul"):
        monkeypatch.setattr(f"ngdm_lab.{place}.WORTH", 1.0)
    results = set()
    for threads in (1, 2, 3, 5):
        monkeypatch.setattr("ngdm_lab.compiler.threads.thread_count", lambda threads=threads: threads)
        model = made("norm", np.float32)
        loss = model.loss_and_gradient(*data(37, np.float32))
        results.add((loss, model.gradient.tobytes(), *(b.tobytes() for b in model.buffers.values())))
    assert len(results) == 1


@given(st.integers(1, 40), st.sampled_from([np.float32, np.float64]))
def test_there_and_back(batch, dtype):
    beside, apart = SideBySide(), Apart()
    for layer in (beside, apart):
        layer.bind({}, {}, dtype, 0)
    x, width = np.random.default_rng(batch).normal(size=(batch, 2, 3, 2)).astype(dtype), lanes.lanes(dtype)
    beside.batch = apart.batch = batch
    y = beside.forward(x, True)
    assert y.shape == (-(-batch // width), 2, 3, 2, width)
    np.testing.assert_array_equal(apart.forward(y, True), x)
    np.testing.assert_array_equal(y[-1, ..., (batch - 1) % width + 1 :], 0.0)
    np.testing.assert_array_equal(apart.backward(2 * x), 2 * y)
    np.testing.assert_array_equal(beside.backward(y), x)


@pytest.mark.parametrize(
    ("batch", "dtype", "there"),
    [(1, "float32", False), (10, "float32", False), (11, "float32", True), (17, "float32", False),
     (128, "float32", True), (5, "float64", False), (6, "float64", True)],
)  # fmt: skip
def test_few_images_do_not_fill_vectors(batch, dtype, there, monkeypatch):
    monkeypatch.setattr(lanes, "wide", lambda: True)
    assert lanes.suits(batch, dtype) == there
    monkeypatch.setattr(lanes, "wide", lambda: False)
    assert not lanes.suits(batch, dtype)


def test_where_images_are_put_side_by_side():
    kinds = [type(layer) for layer in lanes.path(made("stride").layers, np.float64)]
    assert kinds == [SideBySide, Conv2D, Apart, Conv2D, SideBySide, BatchNorm, Conv2D, Apart, Flatten, Dense]
    assert lanes.path(mlp := nets.mlp().layers, np.float32) == mlp


def test_a_layer_with_a_forward_of_its_own_is_left_alone():
    class Mine(MaxPool2D):
        def forward(self, x, training, key=(0, 0)):
            return super().forward(x, training, key)

    kinds = [type(layer) for layer in lanes.path([Conv2D(2), Mine(2)], np.float64)]
    assert kinds == [SideBySide, Conv2D, Apart, Mine]
