"""Forward, backward and ten training steps of the five architectures and Eq. 14 against PyTorch's values, in float64.

The values in tests/data/torch_nets.npz are PyTorch's own (tests/data/make_torch_nets.py writes them); where PyTorch is
installed, they are computed again.
"""

from __future__ import annotations

import subprocess
import sys
from functools import cache, partial
from pathlib import Path

import numpy as np
import pytest

import ngdm_lab as lab
from ngdm_lab import nets

PATH = Path(__file__).resolve().parents[1] / "data" / "torch_nets.npz"
CLASSIFIERS = {
    "mlp": lambda **k: nets.mlp(sizes=(7, 5), inputs=6, classes=3, dropout=0.0, dtype=np.float64, **k),
    "lenet5": lambda **k: nets.lenet5(side=12, filters=(2, 3), sizes=(5, 4), classes=3, dtype=np.float64, **k),
    "cifar_cnn": lambda **k: nets.cifar_cnn(side=8, filters=(2, 3), units=5, classes=3, dtype=np.float64, **k),
}
MODELS = {
    **{name: partial(make, activation="tanh") for name, make in CLASSIFIERS.items()},
    **{f"{name}-relu": make for name, make in CLASSIFIERS.items()},  # their default
    "lstm_forecaster": lambda: nets.lstm_forecaster(units=5, features=2, dtype=np.float64),
    "gru_forecaster": lambda: nets.gru_forecaster(units=5, features=2, dtype=np.float64),
    "rnn_forecaster": lambda: nets.rnn_forecaster(units=5, features=2, dtype=np.float64),
    "rnn_printed_forecaster": lambda: nets.rnn_forecaster(units=5, features=2, reading="printed", dtype=np.float64),
}
OPTIMIZERS = {
    "sgd": lab.SGD(lr=0.05),
    "adam": lab.Adam(lr=0.01, eps=1e-5),
    "rmsprop": lab.RMSProp(lr=0.002, eps=1e-5),
}
CLOSE = {"rtol": 1e-9, "atol": 1e-11}


@cache
def torch_values():
    with np.load(PATH) as file:
        return dict(file)


def begun(name):
    model = MODELS[name]()
    model.vector[...] = torch_values()[f"{name}/start"]
    return model


@pytest.mark.parametrize("name", MODELS)
def test_forward_and_backward(name):
    model, x, y = begun(name), torch_values()[f"{name}/x"][0], torch_values()[f"{name}/y"][0]
    np.testing.assert_allclose(model.forward(x, training=True), torch_values()[f"{name}/out"], **CLOSE)
    model = begun(name)
    loss = model.loss_and_gradient(x, y)
    assert loss == pytest.approx(torch_values()[f"{name}/sgd/losses"][0], rel=1e-12)
    np.testing.assert_allclose(model.gradient, torch_values()[f"{name}/gradient"], rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize("opt", OPTIMIZERS)
@pytest.mark.parametrize("name", MODELS)
def test_ten_steps(name, opt):
    model, path = begun(name), f"{name}/{opt}"
    update, losses = nets.Update(OPTIMIZERS[opt], model), []
    for step, (x, y) in enumerate(zip(torch_values()[f"{name}/x"], torch_values()[f"{name}/y"], strict=True)):
        losses.append(model.loss_and_gradient(x, y, rng=step))
        update.step()
        if step == 0:
            np.testing.assert_allclose(model.vector, torch_values()[f"{path}/first"], **CLOSE)
    np.testing.assert_allclose(losses, torch_values()[f"{path}/losses"], rtol=1e-9)
    np.testing.assert_allclose(model.vector, torch_values()[f"{path}/last"], **CLOSE)
    if model.buffers:
        found = np.concatenate(list(model.buffers.values()))
        np.testing.assert_allclose(found, torch_values()[f"{path}/statistics"], **CLOSE)


def test_the_committed_values_are_those_of_pytorch(tmp_path):
    pytest.importorskip("torch", reason="PyTorch, of the extra oracles, is not installed")
    script = PATH.with_name("make_torch_nets.py")
    code = f"import runpy; runpy.run_path({str(script)!r})['main']({str(tmp_path / 'again.npz')!r})"
    subprocess.run([sys.executable, "-c", code], check=True)  # it changes PyTorch's settings
    with np.load(tmp_path / "again.npz") as file:
        again = dict(file)
    assert set(again) == set(torch_values())
    for key in set(again) - {"torch"}:
        np.testing.assert_allclose(again[key], torch_values()[key], rtol=1e-9, atol=1e-11, err_msg=key)


def test_the_steps_moved_the_models():
    for name in MODELS:
        for opt in OPTIMIZERS:
            assert np.abs(torch_values()[f"{name}/{opt}/last"] - torch_values()[f"{name}/start"]).max() > 1e-3
