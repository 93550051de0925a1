"""AdaGrad, ADADELTA and RMSProp against plain references and PyTorch."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy.optimize import rosen_der

import naive
import ngdm_lab as lab

PATHS = json.loads((Path(__file__).parents[1] / "data" / "torch_paths.json").read_text())
START = np.array([-1.2, 1.0, 0.5])
SAME = 1e-12  # rounding over some hundred steps; see test_sgd.py
RULES = {lab.AdaGrad: naive.adagrad, lab.Adadelta: naive.adadelta, lab.RMSProp: naive.rmsprop}
THEIRS = {lab.AdaGrad: "Adagrad", lab.Adadelta: "Adadelta", lab.RMSProp: "RMSprop"}

# positional, in the order of the fields: lr first
SETTINGS = [
    (lab.AdaGrad, (0.1, 0.0, 0.0, 0.0, 1e-10)),
    (lab.AdaGrad, (0.1, 0.05, 0.2, 0.5, 1e-3)),
    (lab.Adadelta, (1.0, 0.9, 1e-6, 0.0)),
    (lab.Adadelta, (0.5, 0.99, 1e-3, 0.2)),
    (lab.RMSProp, (1e-3, 0.99, 1e-8, 0.0, 0.0, False)),
    # slow enough not to become chaotic around the minimum
    (lab.RMSProp, (1e-4, 0.9, 1e-3, 0.2, 0.8, False)),
    (lab.RMSProp, (1e-4, 0.9, 1e-3, 0.2, 0.8, True)),
    (lab.RMSProp, (3e-4, 0.95, 1e-6, 0.0, 0.0, True)),
]


def quadratic(x):
    return np.array([1.0, 4.0, 9.0]) * x


@pytest.mark.parametrize("gradient", [quadratic, rosen_der])
@pytest.mark.parametrize(("kind", "values"), SETTINGS)
def test_the_plain_reference(kind, values, gradient):
    reference = naive.path(RULES[kind](START, *values), gradient, 200)
    assert naive.gap(naive.stepped(kind(*values), START, gradient, 200), reference) < SAME


@pytest.mark.parametrize(("kind", "values"), SETTINGS)
def test_pytorch(kind, values):
    opt = kind(*values)
    options = {name: getattr(opt, name) for name in opt.__dataclass_fields__}
    reference = naive.torch_path(THEIRS[kind], options, START, rosen_der, 200)
    assert naive.gap(naive.stepped(opt, START, rosen_der, 200), reference) < SAME


@pytest.mark.parametrize("kind", list(RULES))
def test_the_defaults_are_those_of_pytorch(kind):
    torch = pytest.importorskip("torch", reason="PyTorch, of the extra oracles, is not installed")
    theirs = getattr(torch.optim, THEIRS[kind])([torch.zeros(1)]).defaults
    ours = kind()
    assert {name: theirs[name] for name in ours.__dataclass_fields__} == vars(ours)


@pytest.mark.parametrize(
    "case", [name for name in PATHS["cases"] if name.startswith(("ada", "rms")) and "adam" not in name]
)
def test_the_committed_paths_of_pytorch(case):
    case = PATHS["cases"][case]
    ours = naive.stepped(getattr(lab, case["lab"])(**case["options"]), PATHS["start"], rosen_der, 200)
    for t, point in case["points"].items():
        assert naive.gap(ours[int(t)], np.array(point)) < SAME


fraction = st.floats(0.0, 0.999)
small = st.floats(0.0, 0.5)
no_decay = st.just(0.0)  # see test_adam.py


@given(
    arrays(np.float64, array_shapes(min_dims=2, max_dims=2, max_side=30), elements=st.floats(-100.0, 100.0)),
    st.one_of(
        st.tuples(
            st.just(lab.AdaGrad), st.tuples(st.floats(0.0, 1.0), fraction, no_decay, small, st.floats(1e-9, 1.0))
        ),
        st.tuples(st.just(lab.Adadelta), st.tuples(st.floats(0.0, 2.0), fraction, st.floats(1e-9, 1.0), no_decay)),
        # a variance is a difference: its relative error grows as alpha^-t
        st.tuples(
            st.just(lab.RMSProp),
            st.tuples(
                st.floats(0.0, 1.0), st.floats(0.9, 0.999), st.floats(1e-4, 1.0), no_decay, fraction, st.booleans()
            ),
        ),
    ),
)
def test_any_gradients_and_any_hyperparameters(gradients, case):
    kind, values = case
    x, steps = np.linspace(-1.0, 2.0, gradients.shape[1]), len(gradients)
    reference = naive.path(RULES[kind](x, *values), naive.replay(gradients), steps)
    assert naive.gap(naive.stepped(kind(*values), x, naive.replay(gradients), steps), reference) < SAME


def test_a_centered_variance_that_rounds_below_zero_is_zero():
    # equal gradients with alpha = 0: the variance is 0 up to rounding, of either sign
    opt = lab.RMSProp(lr=1e-9, alpha=0.0, centered=True)
    points = naive.stepped(opt, np.zeros(5), naive.replay([np.array([0.1, 0.3, 1 / 3, 1e5 / 7, 0.7])] * 20), 20)
    assert np.isfinite(points).all()


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        (lab.AdaGrad, {"lr": -1}, "lr must be a finite number at least 0, got -1"),
        (lab.AdaGrad, {"lr_decay": -0.5}, "lr_decay must be a finite number at least 0, got -0.5"),
        (lab.AdaGrad, {"initial_accumulator_value": -2.0}, "initial_accumulator_value must be .* got -2.0"),
        (lab.AdaGrad, {"eps": float("nan")}, "eps must be a finite number at least 0, got nan"),
        (lab.Adadelta, {"lr": float("inf")}, "lr must be a finite number at least 0, got inf"),
        (lab.Adadelta, {"rho": 1.0}, "rho must be a finite number at least 0 and less than 1, got 1.0"),
        (lab.Adadelta, {"eps": 0}, "eps must be a finite number greater than 0, got 0"),
        (lab.RMSProp, {"alpha": 1.5}, "alpha must be a finite number at least 0 and less than 1, got 1.5"),
        (lab.RMSProp, {"momentum": -0.1}, "momentum must be .* got -0.1"),
        (lab.RMSProp, {"weight_decay": -0.1}, "weight_decay must be a finite number at least 0, got -0.1"),
        (lab.RMSProp, {"centered": 0.5}, "centered must be True or False, got 0.5"),
    ],
)
def test_errors_name_the_argument_and_its_value(kind, options, message):
    with pytest.raises((ValueError, TypeError), match=message):
        kind(**options)
