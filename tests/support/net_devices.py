"""How nets on CUDA are held against the CPU: small nets of every layer, and whole training steps on both."""

from __future__ import annotations

import copy

import numpy as np

import ngdm_lab as lab
from ngdm_lab import nets as layers
from ngdm_lab.compiler.cuda.load import simulated
from ngdm_lab.nets import Update
from ngdm_lab.nets.device import get, on_device
from ngdm_lab.nets.model import Model

F64, F32 = np.float64, np.float32
# Relative to max(1, |number|). A GPU fuses products and sums, and its BLAS adds in another order: changes in the last
# place, which a few steps multiply by less than a thousand. On the simulator float64 has the CPU's bits, but for sums
# over coordinates, which the CPU adds in vector registers; in float32 the CPU's own product (`gemm`) is not BLAS's.
DEVICE = {F64: 1e-10, F32: 2e-4}
SUMS = {F64: 1e-13, F32: 1e-5}
# Under batch normalisation the gradient of a bias is 0 but for rounding, which Adam with a small eps makes whole steps.
ADAM = lab.Adam(1e-2, eps=1e-3)


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
    "rnn_forecaster": (lambda **o: lab.nets.rnn_forecaster(units=3, **o), batch((5, 1), classes=0)),
    "rnn_printed": (lambda **o: lab.nets.rnn_forecaster(units=3, reading="printed", **o), batch((5, 1), classes=0)),
    "wide_convolution": (lambda **o: two_d(layers.Conv2D(3, 3, stride=2, padding=1, activation="relu"),
                                           layers.Conv2D(2, (2, 3), padding="same"), channels=8, **o),
                         batch((7, 7, 8))),
    "overlapping_pool": (lambda **o: two_d(layers.Conv2D(2, 2, activation="tanh"), layers.MaxPool2D(3, 2), **o),
                         batch((7, 7, 2))),
    "lstm_sequences": (lambda **o: sequences(layers.LSTM, **o), batch((5, 2), classes=0)),
    "gru_sequences": (lambda **o: sequences(layers.GRU, **o), batch((5, 2), classes=0)),
    "rnn_sequences": (lambda **o: sequence(layers.SimpleRNN(3, "relu", sequences=True),
                                           layers.SimpleRNN(2, reading="printed", sequences=True),
                                           layers.SimpleRNN(2, "sigmoid", truncate=2), **o), batch((5, 2), classes=0)),
}  # fmt: skip
