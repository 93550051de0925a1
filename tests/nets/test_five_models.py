"""The paper's five architectures, small, learn with every optimizer of the registry at sane rates."""

from __future__ import annotations

import numpy as np
import pytest

import ngdm_lab as lab
from ngdm_lab.nets import fit, presets
from ngdm_lab.nets.data import Data, load
from ngdm_lab.optimizers import get, names
from ngdm_lab.optimizers.registry import row


def bars(side, channels, samples=24):
    """Noisy images with a bright row or a bright column."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2 * samples, side, side, channels)) * 0.3
    y = np.arange(2 * samples) % 2
    for k, label in enumerate(y):
        at = rng.integers(2, side - 2)
        x[k, at, :] += 1.0 - label
        x[k, :, at] += label
    return Data(x[:samples], y[:samples], x[samples:], y[samples:])


SERIES = load("sinusoid", length=200, window=12, period=20, sigma=0.1)
CASES = {
    "mlp": (lambda: lab.nets.mlp(sizes=(16, 8), inputs=144, classes=2), bars(12, 1)),
    "lenet5": (lambda: lab.nets.lenet5(side=12, filters=(4, 6), sizes=(16, 8), classes=2), bars(12, 1)),
    "cifar_cnn": (lambda: lab.nets.cifar_cnn(side=8, filters=(4, 6), units=8, classes=2), bars(8, 3)),
    "lstm_forecaster": (lambda: lab.nets.lstm_forecaster(units=8), SERIES),
    "gru_forecaster": (lambda: lab.nets.gru_forecaster(units=8), SERIES),
}
RATES = {"sgd": 0.02, "adam": 0.01, "apollo": 0.003, "adagrad": 0.03, "adadelta": 3.0, "rmsprop": 0.003,
         "adamw": 0.01, "amsgrad": 0.01, "nadam": 0.01, "radam": 0.03, "adan": 0.01, "lion": 0.003}  # fmt: skip
NATURAL = {"ngdm-dirichlet": 0.01, "ngdm-dirichlet-exact": 0.006, "ngdm-gendir": 0.005, "ngdm-gendir-exact": 0.001}


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("model", CASES)
def test_learns(model, name):
    made, data = CASES[model]
    opt = get(name, lr={**RATES, **NATURAL}.get(name, row(name).net_lr))
    run = fit(made(), data, opt, epochs=20, batch_size=8, progress=False)
    assert run.status == "done"
    assert run.history["train_loss"][-1] < 0.25 * run.history["train_loss"][0]
    if run.measure == "mse":
        assert run.score < 0.1 * np.var(data.y_test)
    elif model != "mlp":  # which cannot know a bar in a place that it has not seen
        assert run.score >= 0.75


@pytest.mark.parametrize("kind", ["dirichlet", "gendir"])
@pytest.mark.parametrize("model", CASES)
def test_the_papers_constants_are_finite_steps(model, kind):
    """Some steps at the paper's rate, under the index of the preset: no NaN where each constant is positive."""
    made, data = CASES[model]
    preset = presets.get(model)
    net = made()
    run = fit(net, data, preset.optimizer(kind), epochs=1, batch_size=8, index=preset.index, progress=False)
    assert run.status == "done"
    assert np.isfinite(net.vector).all()
