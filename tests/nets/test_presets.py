"""The paper's constants, as its table of experiments has them, and the index that each needs."""

from __future__ import annotations

import numpy as np
import pytest

import ngdm_lab as lab
from ngdm_lab.nets import Impossible, Update, data, presets, registry

# PAPER's table: start and slope of alpha; of GenDir's alpha and beta; learning rate
TABLE = {
    "mlp": ((1.4, 0.005), (3.5, 0.005), (3.9, 0.005), 0.1),
    "lenet5": ((8.8, -0.005), (6.8, 0.005), (5.5, 0.005), 0.001),
    "cifar_cnn": ((7.4, -0.02), (7.4, -0.05), (7.6, -0.01), 0.004),
    "lstm_forecaster": ((4.4, -0.005), (4.4, -0.005), (5.4, -0.005), 0.007),
    "gru_forecaster": ((4.4, -0.005), (4.4, -0.005), (5.4, -0.005), 0.007),
}


@pytest.mark.parametrize("name", TABLE)
def test_constants_are_the_papers(name):
    alpha, a, b, lr = TABLE[name]
    preset = presets.get(name)
    assert preset.dirichlet == lab.Dirichlet(lab.ramp(*alpha))
    assert preset.gendir == lab.GeneralizedDirichlet(lab.ramp(*a), lab.ramp(*b))
    assert preset.optimizer().lr == lr
    assert preset.optimizer("gendir", "exact", lr=0.5).form == "exact"
    assert preset.optimizer("gendir", lr=0.5).lr == 0.5
    assert preset.table.startswith("Table")


@pytest.mark.parametrize("kind", ["dirichlet", "gendir"])
@pytest.mark.parametrize("name", TABLE)
def test_each_preset_serves_its_model_under_its_index(name, kind):
    model = getattr(lab.nets, name)()
    Update(presets.get(name).optimizer(kind), model, presets.get(name).index)


def test_cifar_is_impossible_under_fan_in_and_says_why():
    preset = presets.get("cifar_cnn")
    assert preset.index == "fan_out"
    assert "E10" in preset.why
    with pytest.raises(Impossible, match="i = 370"):
        Update(preset.optimizer(), lab.nets.cifar_cnn(), "fan_in")


def test_names_and_bad_ones():
    assert presets.names() == list(TABLE) == registry.names()[: len(TABLE)]
    with pytest.raises(ValueError, match="unknown experiment 'mpl': did you mean mlp"):
        presets.get("mpl")
    with pytest.raises(ValueError, match="distribution must be one of 'dirichlet', 'gendir', got 'beta'"):
        presets.get("mlp").optimizer("beta")


def some(shape, classes=None, outputs=2):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(8, *shape))
    y = np.arange(8) % classes if classes else rng.normal(size=(8, outputs))
    return data.Data(x, y, x, y)


@pytest.mark.parametrize(
    ("name", "given", "output"),
    [
        ("mlp", some((5, 3, 2), 4), 4),
        ("lenet", some((16, 16, 1), 4), 4),
        ("cifar-cnn", some((8, 8, 3), 3), 3),
        ("lstm", some((6, 2)), 2),
        ("GRU", some((6, 2)), 2),
    ],
)
def test_models_are_built_to_fit_their_data(name, given, output):
    model = registry.build(name, given, seed=1)
    assert model.output_shape == (output,)
    assert np.isfinite(model.evaluate(given.x_test, given.y_test)[0])


def test_what_does_not_fit_is_reported():
    with pytest.raises(ValueError, match="lenet5 takes square images"):
        registry.build("lenet5", some((6, 2), 2))
    with pytest.raises(ValueError, match="learns classes"):
        registry.build("mlp", some((6, 2)))
    with pytest.raises(ValueError, match="forecasts windows"):
        registry.build("gru", some((6, 2), 2))
    with pytest.raises(TypeError, match="lenet5 has no option 'batch_norm'; it has side"):
        registry.build("lenet5", some((16, 16, 1), 4), batch_norm=False)
    with pytest.raises(ValueError, match="unknown model 'lenet6': did you mean lenet"):
        registry.build("lenet6", some((16, 16, 1), 4))
