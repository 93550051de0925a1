"""Nets on a GPU against the CPU: `pytest -m gpu` on a machine with one.

Where there is none, `test_nets_on_simulator.py` runs this very file on Numba's simulator, at sizes it can do.
"""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import ngdm_lab as lab
from net_runs import STILL, points, same, small
from ngdm_lab import optimizers
from ngdm_lab.engine.cuda_load import simulated
from ngdm_lab.nets import Update, cuda_kernels, fit, layers
from ngdm_lab.nets.device import get, on_device
from ngdm_lab.nets.layers.activations import flat_tanh
from ngdm_lab.nets.layers.dropout import drop
from ngdm_lab.nets.model import Model

pytestmark = pytest.mark.gpu

F64, F32 = np.float64, np.float32
# Relative to max(1, |number|). A GPU fuses products and sums, and its BLAS adds in another order: changes in the last
# place, which a few steps multiply by less than a thousand. On the simulator float64 has the CPU's bits, but for sums
# over coordinates, which the CPU adds in vector registers; in float32 the CPU's own product (`gemm`) is not BLAS's.
DEVICE = {F64: 1e-10, F32: 2e-4}
SUMS = {F64: 1e-13, F32: 1e-5}
# Under batch normalisation the gradient of a bias is 0 but for rounding, which Adam with a small eps makes whole steps.
ADAM = lab.Adam(1e-2, eps=1e-3)


@pytest.fixture(autouse=True)
def gpu():
    """Without one these tests fail: they were asked for."""
    return get("cuda")


def close(mine, wanted, dtype, *, sums=False):
    """An array of the device, or a number, against the CPU's."""
    found = np.array(mine) if isinstance(mine, float) or not on_device(mine) else get("cuda").host(mine)
    wanted = np.asarray(wanted)
    assert found.shape == wanted.shape
    assert found.dtype == wanted.dtype
    if simulated() and dtype == F64 and not sums:
        assert np.array_equal(found, wanted, equal_nan=True)
        return
    bound = (SUMS if simulated() else DEVICE)[dtype]
    assert (np.abs(found - wanted) <= bound * np.maximum(1, np.abs(wanted))).all(), np.abs(found - wanted).max()


def steps(model, x, y, opt, count=3, sums=False, **options):
    """Whole training steps on both sides, compared after each."""
    dtype = model.dtype.type
    x, y = x.astype(dtype), y if y.dtype.kind == "i" else y.astype(dtype)
    there = copy.deepcopy(model).to("cuda")
    updates = [Update(opt, m, **options) for m in (model, there)]
    for t in range(count):
        losses = [m.loss_and_gradient(x, y, rng=t) for m in (model, there)]
        # in float32 the CPU's log is a float64 at its end, and so is the loss; the simulator's numbers stay float32
        close(losses[1], losses[0], dtype, sums=sums or dtype == F32)
        close(there.gradient, model.gradient, dtype, sums=sums)
        for update in updates:
            update.step(None if t < 2 else 0.5 * opt.lr)
        close(there.vector, model.vector, dtype, sums=sums)
        for name, buffer in model.buffers.items():
            close(there.buffers[name], buffer, dtype, sums=sums)
    close(updates[1].states, updates[0].states, dtype, sums=sums)
    close(there.evaluate(x, y)[0], model.evaluate(x, y)[0], dtype, sums=True)
    close(there.predict(x), model.predict(x), dtype, sums=True)
    assert isinstance(there.predict(x), np.ndarray)


def batch(shape, classes=3, m=3, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(m, *shape)), rng.integers(0, classes, m) if classes else rng.normal(size=(m, 1))


def two_d(*first, side=7, channels=2, **options):
    return Model([*first, layers.Flatten(), layers.Dense(3)], (side, side, channels), **options)


def sequence(*first, **options):
    return Model([*first, layers.Dense(1)], (None, 2), loss="mse", **options)


def sequences(kind, **options):
    """A result for every step, summed up by a second layer."""
    return sequence(kind(3, sequences=True), kind(2, truncate=2), **options)


# one of each layer in each of its ways, and the paper's architectures, small
TINY = {
    "mlp": (lambda **o: lab.nets.mlp(inputs=6, sizes=(5, 4), classes=3, **o), batch((6,), m=5)),
    "mlp_tanh": (lambda **o: lab.nets.mlp(inputs=6, sizes=(5,), classes=3, batch_norm=False, activation="tanh", **o),
                 batch((6,))),
    "mlp_sigmoid": (lambda **o: lab.nets.mlp(inputs=6, sizes=(5,), classes=3, activation="sigmoid", **o), batch((6,))),
    "mlp_layers": (lambda **o: Model([layers.Dense(5, "sigmoid"), layers.Dense(4), layers.Tanh(), layers.Dense(3)],
                                     (6,), **o), batch((6,))),
    "lenet5": (lambda **o: lab.nets.lenet5(side=12, filters=(2, 3), sizes=(5, 4), classes=3, **o), batch((12, 12, 1))),
    "cifar_cnn": (lambda **o: lab.nets.cifar_cnn(side=8, filters=(2, 4), units=4, classes=3, dropout=0.1, **o),
                  batch((8, 8, 3), m=2)),
    "lstm_forecaster": (lambda **o: lab.nets.lstm_forecaster(units=3, **o), batch((5, 1), classes=0)),
    "gru_forecaster": (lambda **o: lab.nets.gru_forecaster(units=3, **o), batch((5, 1), classes=0)),
    "wide_convolution": (lambda **o: two_d(layers.Conv2D(3, 3, stride=2, padding=1, activation="relu"),
                                           layers.Conv2D(2, (2, 3), padding="same"), channels=8, **o),
                         batch((7, 7, 8))),
    "overlapping_pool": (lambda **o: two_d(layers.Conv2D(2, 2, activation="tanh"), layers.MaxPool2D(3, 2), **o),
                         batch((7, 7, 2))),
    "lstm_sequences": (lambda **o: sequences(layers.LSTM, **o), batch((5, 2), classes=0)),
    "gru_sequences": (lambda **o: sequences(layers.GRU, **o), batch((5, 2), classes=0)),
}  # fmt: skip


@pytest.mark.parametrize("dtype", [F64, F32])
@pytest.mark.parametrize("name", TINY)
def test_training_steps(name, dtype):
    make, (x, y) = TINY[name]
    for opt in (lab.SGD(0.05), ADAM):
        steps(make(dtype=dtype), x, y, opt)


def test_every_kernel_is_in_these_nets(gpu, monkeypatch):
    monkeypatch.setattr(gpu, "patches", 64)  # so that a batch of images is more than one part
    for make, (x, y) in TINY.values():
        make().to("cuda").loss_and_gradient(x, y, rng=0)
    unused = [name for name, kernel in cuda_kernels.elementwise().items() if not kernel.sources]
    assert not unused


@pytest.mark.slow
@pytest.mark.parametrize("dtype", [F64, F32])
@pytest.mark.parametrize(
    ("make", "data"),
    [
        (lab.nets.mlp, batch((784,), 10, 8)),
        (lab.nets.lenet5, batch((28, 28, 1), 10, 2)),
        (lab.nets.cifar_cnn, batch((32, 32, 3), 10, 2)),
        (lab.nets.lstm_forecaster, batch((20, 1), 0, 2)),
        (lab.nets.gru_forecaster, batch((20, 1), 0, 2)),
    ],
)
def test_the_five_models(make, data, dtype):
    """At full size; more samples for the MLP, where batch normalisation divides by their spread."""
    steps(make(dtype=dtype), *data, lab.SGD(1e-3), count=2 if simulated() else 3)


GENDIR = lab.GeneralizedDirichlet(lab.ramp(1.5, 0.1), 2.0)
RULES = {
    **{name: optimizers.get(name, lr=1e-3) for name in optimizers.names()},
    "adam": lab.Adam(1e-2, eps=1e-3, weight_decay=0.1),
    "adadelta": lab.Adadelta(0.1, eps=1e-3),
    "adagrad": lab.AdaGrad(1e-2, lr_decay=0.1, initial_accumulator_value=0.1),
    "rmsprop": lab.RMSProp(1e-3, eps=1e-3, momentum=0.5, centered=True),
    "sgd-previous": lab.SGD(1e-2, line8="previous", weight_decay=0.01, dampening=0.1),
    "sgd-accumulated": lab.SGD(1e-3, line8="accumulated"),
    "sgd-momentum": lab.SGD(1e-2, nesterov=False),
    "apollo-tensor": lab.Apollo(1e-3, warmup=3, scope="tensor"),
    "adam-exact": lab.preconditioned(ADAM.replace(lr=1e-3), lab.Dirichlet(lab.ramp(2.0, 0.3)), form="exact"),
    "apollo-exact": lab.preconditioned(lab.Apollo(1e-5), GENDIR, form="exact"),
}


@pytest.mark.parametrize("dtype", [F64, F32])
@pytest.mark.parametrize("name", RULES)
def test_optimizers(name, dtype):
    make, (x, y) = TINY["mlp_tanh"]
    sums = "apollo" in name or "exact" in name
    for index in ("fan_in", "fan_out", "layer", "flat") if "dir" in name else ("fan_in",):
        steps(make(dtype=dtype), x, y, RULES[name], sums=sums, index=index)
    if "dir" in name:
        steps(make(dtype=dtype), x, y, RULES[name], sums=sums, biases="plain")


@lab.update_rule(direction=True)
def smoothed(x, g, n, t):
    """A direction in which neighbours meet."""
    before = 0.0
    for i in range(n):
        now = g[i]
        g[i] = 0.5 * (now + before)
        before = now


@lab.update_rule(direction=True)
def scaled(x, g, n, t):
    """Sums that begin at a number."""
    a = 1.0
    b = 2.0
    for i in range(n):
        a += g[i] * g[i]
        b -= x[i]
    for i in range(n):
        g[i] = g[i] / a + b


@lab.update_rule(state=("s",))
def moving(x, g, s, n, t, lr):
    """A rule that takes its own step."""
    for i in range(n):
        s[i] += abs(g[i])
        x[i] -= lr * g[i] / (1.0 + s[i])


@pytest.mark.parametrize("rule", [smoothed, scaled, moving])
def test_a_rule_of_your_own(rule):
    make, (x, y) = TINY["mlp_tanh"]
    steps(make(dtype=F64), x, y, rule(lr=0.1), sums=rule is scaled)


def test_a_rule_that_is_no_plain_text_is_refused_by_name():
    table = np.ones(3)

    @lab.update_rule()
    def closed(x, g, n, t, lr):
        for i in range(n):
            x[i] -= lr * g[i] * table[0]

    with pytest.raises(TypeError, match=r"^closed cannot be compiled for CUDA: .*table is a ndarray.*device='cpu'"):
        Update(closed(lr=0.1), small().to("cuda"))


@pytest.mark.parametrize("items", [0, 1, 2, 3, 4, 5, 9, 300])
def test_items_are_shared_out_whole(items, gpu):
    x = np.linspace(-2, 2, items + 3)
    y, there = np.full_like(x, 7.0), gpu.array(np.full_like(x, 7.0))
    flat_tanh(items, x, y)
    flat_tanh(items, gpu.array(x), there)
    close(there, y, F64)
    assert (gpu.host(there)[items:] == 7.0).all()


@pytest.mark.parametrize("seed", [0, 2**63 - 1])
def test_dropout_draws_the_same_masks(seed, gpu):
    x = np.ones(500)
    masks = []
    for array in (np.asarray, gpu.array):
        mask, y = array(np.zeros(500)), array(np.zeros(500))
        drop(500, array(x), mask, y, seed, 3, 2, 2**62 + 5, int(0.8 * 2**63), 1 / 0.8)
        masks.append(gpu.host(mask) if on_device(mask) else mask)
    assert np.array_equal(*masks)
    assert 300 < np.count_nonzero(masks[0]) < 480


def test_a_whole_fit():
    runs = [
        fit(
            small(dtype=F64, dropout=0.2),
            points(),
            ADAM,
            epochs=2,
            batch_size=16,
            validation=0.2,
            patience=2,
            norms_every=3,
            schedule=lab.nets.Cosine(),
            device=device,
            **STILL,
        )
        for device in ("cpu", "cuda")
    ]
    if simulated():
        same(*runs)
    for name in ("vector", "gradient_norm", "update_norm", "parameter_norm"):
        close(getattr(runs[1], name), getattr(runs[0], name), F64)
    assert [run.described["device"] for run in runs] == ["cpu", "cuda"]
    assert type(runs[1].vector) is np.ndarray
    assert {type(b) for b in runs[1].buffers.values()} == {np.ndarray}


def test_resume_goes_on_to_the_same_bits(tmp_path):
    settings = {"batch_size": 16, "device": "cuda", **STILL}
    make = lambda: small(dropout=0.2)  # noqa: E731
    whole = fit(make(), points(), ADAM, epochs=3, checkpoint=tmp_path / "a.npz", **settings)
    fit(make(), points(), ADAM, epochs=1, checkpoint=tmp_path / "b.npz", **settings)
    same(whole, fit(make(), points(), ADAM, epochs=3, checkpoint=tmp_path / "b.npz", resume=True, **settings))


def test_a_run_goes_on_elsewhere(tmp_path):
    """A checkpoint holds arrays of the host: begun on either side, it goes on on the other."""
    runs = []
    for first, then in (("cuda", "cpu"), ("cpu", "cuda"), ("cpu", "cpu")):
        path = tmp_path / f"{first}-{then}.npz"
        for epochs, device in ((1, first), (2, then)):
            run = fit(small(dtype=F64), points(), ADAM, epochs=epochs, batch_size=16, checkpoint=path, resume=True,
                      device=device, **STILL)  # fmt: skip
        runs.append(run)
    for run in runs[:2]:
        close(run.vector, runs[2].vector, F64)
        assert run.steps == runs[2].steps


def test_divergence_is_a_result():
    for dtype in (F64, F32):
        run = fit(small(dtype=dtype, batch_norm=False), points(), lab.SGD(1e30), epochs=2, device="cuda", **STILL)
        assert run.status == "diverged"


def test_copies_moves_and_first_parameters(gpu):
    model = small(dtype=F64)
    there = copy.deepcopy(model).to("cuda")
    assert there.device is gpu
    assert on_device(there.parameters["dense1.weight"])
    for copied in (copy.deepcopy(there), pickle.loads(pickle.dumps(there))):
        assert copied.device is gpu
        assert on_device(copied.vector)
        assert np.array_equal(gpu.host(copied.vector), model.vector)
        copied.vector[...] = 0.0
        assert not gpu.host(copied.parameters["dense1.weight"]).any()
    there.initialise(5)
    model.initialise(5)
    assert there.device is gpu
    back = there.to("cuda").to("cpu")
    assert back is there
    assert np.array_equal(back.vector, model.vector)
    assert type(back.vector) is np.ndarray


def test_an_update_stays_where_it_was_made():
    model = small()
    for there, update in (("cuda", Update(ADAM, model)), ("cpu", Update(ADAM, small().to("cuda")))):
        update.model.to(there)
        with pytest.raises(ValueError, match="moved to another device"):
            update.step()


def test_a_slice_of_the_loss(gpu):
    model, data = small(dtype=F64), points()
    slices = [lab.loss_slice(m, data=(data.x_test, data.y_test), pixels=3)
              for m in (model, copy.deepcopy(model).to("cuda"))]  # fmt: skip
    close(slices[1].values, slices[0].values, F64)


def test_arrays_of_the_host_are_refused(gpu):
    x, y = np.zeros(4), gpu.array(np.zeros(4))
    with pytest.raises(TypeError, match="an array of the host's"):
        flat_tanh(4, y, x)
    for wrong in (gpu.array(np.zeros(8))[::2], gpu.array(np.zeros((4, 1))), gpu.array(np.zeros(4, np.float32))):
        with pytest.raises(TypeError, match=r"takes float64\[::1\], got"):
            flat_tanh(4, y, wrong)
    if simulated():  # what CuPy does there, this does too
        for wrong in (lambda: y + x, lambda: y.__setitem__(slice(None), x), lambda: np.copyto(y, y)):
            with pytest.raises(TypeError):
                wrong()
