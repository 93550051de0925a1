"""A model as a point: one vector, named views, derivatives, seeds, shapes; and that it learns."""

from __future__ import annotations

import copy
import pickle
import tracemalloc

import numpy as np
import pytest

import ngdm_lab as lab
from net_checks import numeric, worst
from ngdm_lab import nets

SMALL = {
    "mlp": lambda **k: nets.mlp(sizes=(7, 5), inputs=6, classes=3, activation="tanh", **k),
    "lenet5": lambda **k: nets.lenet5(side=12, filters=(2, 3), sizes=(5, 4), classes=3, activation="tanh", **k),
    "cifar_cnn": lambda **k: nets.cifar_cnn(side=8, filters=(2, 3), units=5, classes=3, activation="tanh", **k),
    "lstm_forecaster": lambda **k: nets.lstm_forecaster(units=5, features=2, **k),
    "gru_forecaster": lambda **k: nets.gru_forecaster(units=5, features=2, **k),
    "rnn_forecaster": lambda **k: nets.rnn_forecaster(units=5, features=2, **k),
}
FULL = {
    "mlp": 537_354,
    "lenet5": 61_706,
    "cifar_cnn": 550_570 + 896,
    "lstm_forecaster": 4 * 128 * (1 + 128 + 1) + 129,
    "gru_forecaster": 3 * 128 * (1 + 128 + 2) + 129,
    "rnn_forecaster": 128 * (1 + 128 + 1) + 129,
}


def batch(model, m, seed=0):
    rng = np.random.default_rng(seed)
    shape = [4 if n is None else n for n in model.input_shape]
    x = rng.normal(size=(m, *shape))
    y = rng.normal(size=m) if model.loss.name == "mse" else rng.integers(0, model.output_shape[0], m)
    return x, y


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("training", [True, False])
def test_gradient(name, training):
    model = SMALL[name](dtype=np.float64)
    x, y = batch(model, 5)
    model.loss_and_gradient(x, y, training, rng=3)
    found = model.gradient.copy()
    # a small h: a larger one would move a pool's maximum to another place
    wanted = numeric(lambda: model.loss_and_gradient(x, y, training, rng=3), model.vector, h=1e-5)
    assert worst(found, wanted) < 1e-7
    if not training:
        assert model.loss_and_gradient(x, y, False) == pytest.approx(model.evaluate(x, y)[0], rel=1e-14)


@pytest.mark.parametrize("name", SMALL)
def test_single_precision_is_the_same_function(name):
    double, single = SMALL[name](dtype=np.float64), SMALL[name]()
    np.testing.assert_array_equal(double.vector.astype(np.float32), single.vector)
    x, y = batch(double, 5)
    x = x.astype(np.float32)
    a, b = double.loss_and_gradient(x, y, rng=1), single.loss_and_gradient(x, y, rng=1)
    assert a == pytest.approx(b, rel=1e-5)
    assert single.gradient.dtype == np.float32
    assert worst(single.gradient, double.gradient) < 2e-5


@pytest.mark.parametrize("name", FULL)
def test_parameters_are_views_of_one_vector(name):
    model = getattr(nets, name)()
    assert model.vector.shape == (FULL[name],)
    assert list(model.parameters) == list(model.gradients) == list(model.kinds)
    assert set(model.kinds.values()) <= {"weight", "bias", "norm"}
    at = 0
    for part, view in model.parameters.items():
        assert np.shares_memory(view, model.vector)
        assert view.ctypes.data == model.vector.ctypes.data + at * model.vector.itemsize
        assert np.shares_memory(model.gradients[part], model.gradient)
        at += view.size
    assert at == model.size
    model.vector[...] = 7.0
    assert all((view == 7.0).all() for view in model.parameters.values())


def test_names_and_kinds():
    model = nets.mlp(sizes=(4,), inputs=3, classes=2)
    kinds = {"dense1.weight": "weight", "dense1.bias": "bias", "bn1.gamma": "norm", "bn1.beta": "norm"}
    assert model.kinds == {**kinds, "dense2.weight": "weight", "dense2.bias": "bias"}
    assert list(model.buffers) == ["bn1.mean", "bn1.variance"]
    assert not any("bn" in part for part in nets.mlp(batch_norm=False).parameters)
    assert len(nets.mlp(dropout=0.0).layers) == len(nets.mlp().layers) - 2


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("copied", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_a_copy_stands_on_its_own(name, copied):
    model = SMALL[name](seed=5)
    x, y = batch(model, 4)
    model.loss_and_gradient(x, y)  # moves running statistics
    other = copied(model)
    for part, view in other.parameters.items():
        assert np.shares_memory(view, other.vector)
        assert not np.shares_memory(view, model.parameters[part])
    assert other.evaluate(x, y) == model.evaluate(x, y)
    assert other.loss_and_gradient(x, y, rng=3) == model.loss_and_gradient(x, y, rng=3)
    np.testing.assert_array_equal(other.gradient, model.gradient)
    other.vector += 1.0
    assert model.evaluate(x, y) != other.evaluate(x, y)


def test_first_values():
    model = nets.mlp(seed=3)
    weight = model.parameters["dense1.weight"]
    limit = np.sqrt(6 / (784 + 512))
    assert np.abs(weight).max() <= limit
    assert weight.std() == pytest.approx(limit / np.sqrt(3), rel=0.01)
    assert not model.parameters["dense1.bias"].any()
    forecaster = nets.lstm_forecaster(units=6)
    recurrent = forecaster.parameters["lstm1.recurrent"].astype(float)
    np.testing.assert_allclose(recurrent @ recurrent.T, np.eye(6), atol=1e-6)
    assert forecaster.parameters["lstm1.bias"].tolist() == [0.0] * 6 + [1.0] * 6 + [0.0] * 12
    again = nets.mlp(seed=4)
    assert not np.array_equal(again.vector, model.vector)
    again.initialise(3)
    np.testing.assert_array_equal(again.vector, model.vector)


def test_dropout_repeats_by_seed_and_step():
    runs = []
    for _ in range(2):
        model = SMALL["mlp"](dropout=0.5, seed=1)
        x, y = batch(model, 8)
        runs.append([model.loss_and_gradient(x, y, rng=step) for step in (0, 1, 2)])
    assert runs[0] == runs[1]
    model = SMALL["mlp"](dropout=0.5, seed=1, batch_norm=False)
    assert model.loss_and_gradient(x, y, rng=2) != model.loss_and_gradient(x, y, rng=3)
    assert model.loss_and_gradient(x, y, rng=2) == model.loss_and_gradient(x, y, rng=2)


@pytest.mark.parametrize("name", SMALL)
def test_a_smaller_batch_leaves_no_trace(name):
    model = SMALL[name](dtype=np.float64)
    (x, y), (few, labels) = batch(model, 6), batch(model, 3, seed=1)
    first = model.loss_and_gradient(x, y), model.gradient.copy()
    model.loss_and_gradient(few, labels)
    model.evaluate(*batch(model, 11))
    assert model.loss_and_gradient(x, y) == first[0]
    np.testing.assert_array_equal(model.gradient, first[1])


@pytest.mark.parametrize("name", SMALL)
def test_predict_and_evaluate_do_not_depend_on_the_batch(name):
    model = SMALL[name](dtype=np.float64)
    x, y = batch(model, 9)
    whole = model.predict(x)
    np.testing.assert_allclose(model.predict(x, batch_size=2), whole, rtol=1e-12)
    loss, score = model.evaluate(x, y)
    assert model.evaluate(x, y, batch_size=4) == pytest.approx((loss, score), rel=1e-12)
    if model.loss.name == "mse":
        assert loss == score == pytest.approx(float(((whole[:, 0] - y) ** 2).mean()))
    else:
        np.testing.assert_allclose(whole.sum(axis=1), 1.0)
        assert score == (whole.argmax(axis=1) == y).mean()
        assert loss == pytest.approx(-np.log(whole[np.arange(9), y]).mean())


@pytest.mark.parametrize("name", FULL)
def test_steps_allocate_nothing_that_grows_with_the_batch(name):
    model = getattr(nets, name)()
    x, y = batch(model, 64)
    x = x.astype(np.float32)
    for step in range(2):
        model.loss_and_gradient(x, y, rng=step)
    tracemalloc.start()
    try:
        for step in range(3):
            model.loss_and_gradient(x, y, rng=step)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 32_768  # views and vectors of a layer's width; the smallest activation matrix is larger


@pytest.mark.parametrize("name", SMALL)
def test_overfits_ten_samples(name):
    options = {"dropout": 0.0} if name == "mlp" else {}
    model = SMALL[name](dtype=np.float64, **options)
    x, y = batch(model, 10)
    opt = lab.Adam(lr=0.02)
    state = opt.init(model.vector)
    for _ in range(400):
        loss = model.loss_and_gradient(x, y)
        opt.step(model.vector, model.gradient, state)
    assert loss < 0.01


def test_samples_that_cannot_be_written_or_lie_askew():
    model = nets.lenet5()
    x, y = batch(model, 3)
    x = x.astype(np.float32)
    wanted = model.loss_and_gradient(x, y)
    x.flags.writeable = False
    assert model.loss_and_gradient(x, y) == wanted
    askew = np.frombuffer(b"." + x.tobytes(), np.float32, x.size, offset=1).reshape(x.shape)
    assert model.loss_and_gradient(askew, y) == wanted
    assert model.loss_and_gradient(x.astype(">f4"), y) == wanted
    assert model.loss_and_gradient(np.repeat(x, 2, axis=0)[::2], y) == wanted


def test_shapes_that_mean_the_same():
    model = nets.lenet5(dtype=np.float64)
    x, y = batch(model, 2)
    wanted = model.loss_and_gradient(x, y)
    assert model.loss_and_gradient(x[..., 0], y) == model.loss_and_gradient(x.reshape(2, -1), y) == wanted
    assert model.loss_and_gradient(np.asfortranarray(x), y.tolist()) == wanted
    net = nets.mlp(sizes=(3,))
    assert net.predict(np.zeros((2, 28, 28), np.uint8)).shape == (2, 10)


@pytest.mark.parametrize(
    ("x", "y", "words"),
    [
        (np.zeros((0, 6)), [], "x must hold at least one sample, shape (B, 6), got shape (0, 6)"),
        (np.zeros((2, 5)), [0, 1], "x must have shape (B, 6), got (2, 5)"),
        (np.zeros((2, 6)), [0, 3], "y must hold labels from 0 to 2, got 3"),
        (np.zeros((2, 6)), [-1, 0], "y must hold labels from 0 to 2, got -1"),
        (np.zeros((2, 6)), [0], "y must be one label for each of the 2 samples, shape (2,), got (1,)"),
        (np.zeros((2, 6)), [[1, 0], [0, 1]], "shape (2,), got (2, 2)"),
        (np.zeros((2, 6)), [0.0, 1.0], "y must hold labels, whole numbers from 0 to 2, got dtype float64"),
        (np.array([["a"] * 6]), [0], "x must be an array of real numbers"),
    ],
)
def test_bad_data(x, y, words):
    model = SMALL["mlp"]()
    with pytest.raises((ValueError, TypeError)) as caught:
        model.loss_and_gradient(x, y)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_more_bad_data():
    model = SMALL["gru_forecaster"]()
    with pytest.raises(ValueError, match=r"x must have shape \(B, T, 2\), got \(3, 4\)"):
        model.predict(np.zeros((3, 4)))
    with pytest.raises(ValueError, match=r"y must have shape \(3, 1\) for 3 samples, got \(3, 2\)"):
        model.loss_and_gradient(np.zeros((3, 4, 2)), np.zeros((3, 2)))
    with pytest.raises(ValueError, match="y must have one row for each of the 3 samples, got shape"):
        model.evaluate(np.zeros((3, 4, 2)), np.zeros(2))
    with pytest.raises(ValueError, match="rng must be at least 0"):
        model.loss_and_gradient(np.zeros((3, 4, 2)), np.zeros(3), rng=-1)
    with pytest.raises(ValueError, match=r"x must have shape \(B, 8, 8, 3\), got \(2, 192\)"):
        SMALL["cifar_cnn"]().predict(np.zeros((2, 192)))  # channels first or last?


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: nets.Model([], (3,)), "layers must hold at least one"),
        (lambda: nets.Model([nets.Flatten()], (3,), loss="hinge"), "unknown loss 'hinge'"),
        (lambda: nets.Model([nets.Flatten()], (3,), dtype=np.float16), "dtype must be float32 or float64"),
        (lambda: nets.Model([nets.ReLU()], (3, 2)), "the last layer must give vectors"),
        (lambda: nets.Model([nets.Dense(2)] * 2, (2,)), "one layer stands there twice"),
        (lambda: nets.mlp(seed=-1), "seed must be at least 0"),
        (lambda: nets.mlp(dropout=1.5), "dropout must be a finite number at least 0 and less than 1, got 1.5"),
        (lambda: nets.cifar_cnn(dropout=-0.1), "dropout must be"),
        (lambda: nets.lenet5(filters=(1, 2, 3)), "filters must be two numbers"),
        (lambda: nets.lenet5(side=11), "height and width of at least 2, got (1, 1, 16)"),
        (lambda: nets.mlp(sizes=(64, 0)), "sizes must be at least 1, got 0"),
    ],
)
def test_bad_models(make, words):
    with pytest.raises(ValueError) as caught:
        make()
    assert words in str(caught.value)


@pytest.mark.parametrize("wrong", [64, "64", None])
def test_sizes_are_named(wrong):
    for make in (lambda: nets.mlp(sizes=wrong), lambda: nets.lenet5(sizes=wrong)):
        with pytest.raises(TypeError, match="sizes must be a list of whole numbers"):
            make()
    with pytest.raises(TypeError, match="filters must be a list of whole numbers"):
        nets.cifar_cnn(filters=wrong)


def test_divergence_is_a_number():
    model = SMALL["mlp"]()
    x, y = batch(model, 4)
    model.vector[...] = np.nan
    assert np.isnan(model.loss_and_gradient(x, y))
    assert np.isnan(model.gradient).any()
    assert np.isnan(model.evaluate(x, y)[0])
