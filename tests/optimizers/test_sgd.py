"""Algorithm 1 against its plain reference and PyTorch, and the three readings of its line 8."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy.optimize import rosen_der

import landscapes as ls
import naive
import ngdm_lab as lab

PATHS = json.loads((Path(__file__).parents[1] / "data" / "torch_paths.json").read_text())
SCALES = np.array([1.0, 4.0, 9.0])
START = np.array([-1.2, 1.0, 0.5])

# some hundred additions and multiplications, each right to 1.1e-16: 1e-12 leaves room for the growth of errors
# on surfaces that are not chaotic, and no formula that differs comes near it
SAME = 1e-12


def quadratic(x):
    return SCALES * x


def drawn_gradients(least=1, most=30):
    numbers = st.floats(-100.0, 100.0, allow_subnormal=False)
    return arrays(np.float64, array_shapes(min_dims=2, max_dims=2, min_side=least, max_side=most), elements=numbers)


@pytest.mark.parametrize("line8", ["current", "previous", "accumulated"])
@pytest.mark.parametrize(
    ("momentum", "tau", "lam"), [(0.9, 0.0, 0.0), (0.9, 0.3, 0.1), (0.5, 1.0, 0.0), (0.0, 0.2, 0.5)]
)
@pytest.mark.parametrize(("gradient", "lr"), [(quadratic, 0.01), (rosen_der, 1e-4)])
def test_algorithm_1(line8, momentum, tau, lam, gradient, lr):
    opt = lab.SGD(lr, momentum, tau, lam, line8=line8)
    steps = 30 if line8 == "accumulated" else 300  # it diverges, see below
    reference = naive.path(naive.algorithm1(START, lr, momentum, tau, lam, line8), gradient, steps)
    assert naive.gap(naive.stepped(opt, START, gradient, steps), reference) < SAME


@pytest.mark.parametrize(("tau", "lam"), [(0.0, 0.0), (0.4, 0.1)])
@pytest.mark.parametrize(("gradient", "lr"), [(quadratic, 0.02), (rosen_der, 2e-4)])
def test_heavy_ball(tau, lam, gradient, lr):
    opt = lab.SGD(lr, 0.9, tau, lam, nesterov=False)
    reference = naive.path(naive.heavy_ball(START, lr, 0.9, tau, lam), gradient, 300)
    assert naive.gap(naive.stepped(opt, START, gradient, 300), reference) < SAME


@given(
    drawn_gradients(),
    st.floats(0.0, 2.0),
    st.floats(0.0, 1.0, exclude_max=True),
    st.floats(0.0, 1.0),
    st.floats(0.0, 0.5),
    st.sampled_from(["current", "previous", "accumulated", "heavy ball"]),
)
def test_any_gradients_and_any_hyperparameters(gradients, lr, momentum, tau, lam, reading):
    x = np.linspace(-1.0, 2.0, gradients.shape[1])
    if reading == "heavy ball":
        opt, rule = lab.SGD(lr, momentum, tau, lam, nesterov=False), naive.heavy_ball(x, lr, momentum, tau, lam)
    else:
        opt = lab.SGD(lr, momentum, tau, lam, line8=reading)
        rule = naive.algorithm1(x, lr, momentum, tau, lam, reading)
    steps = len(gradients)
    reference = naive.path(rule, naive.replay(gradients), steps)
    assert naive.gap(naive.stepped(opt, x, naive.replay(gradients), steps), reference) < SAME


@pytest.mark.parametrize("case", [name for name in PATHS["cases"] if name.startswith("sgd")])
def test_the_committed_paths_of_pytorch(case):
    case = PATHS["cases"][case]
    ours = naive.stepped(lab.SGD(**case["options"]), PATHS["start"], rosen_der, 200)
    for t, point in case["points"].items():
        assert naive.gap(ours[int(t)], np.array(point)) < SAME


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ({}, {"nesterov": True}),
        ({"momentum": 0.5, "weight_decay": 0.2}, {"momentum": 0.5, "weight_decay": 0.2, "nesterov": True}),
        ({"nesterov": False, "dampening": 0.7}, {"dampening": 0.7}),
        ({"momentum": 0.0}, {"momentum": 0.0}),
    ],
)
def test_pytorch(ours, theirs):
    reference = naive.torch_path("SGD", {"lr": 1e-4, "momentum": 0.9, **theirs}, START, rosen_der, 300)
    assert naive.gap(naive.stepped(lab.SGD(1e-4, **ours), START, rosen_der, 300), reference) < SAME


# -- line 8 as it is printed (E4) -------------------------------------------------------------------------


def test_accumulated_never_moves_without_momentum():
    points = naive.stepped(lab.SGD(0.1, momentum=0.0, line8="accumulated"), START, quadratic, 50)
    assert (points == START).all()
    assert not (naive.stepped(lab.SGD(0.1, momentum=0.0), START, quadratic, 50)[1] == START).any()


@pytest.mark.parametrize("lr", [1e-3, 1e-2, 0.1])
def test_accumulated_diverges_where_current_arrives(lr):
    surface = ls.sphere(2)
    assert lab.trace(lab.SGD(lr), surface, [1.0, -2.0], 8000).status == "done"
    assert lab.trace(lab.SGD(lr, line8="accumulated"), surface, [1.0, -2.0], 8000).status == "diverged"


def test_previous_uses_the_gradient_of_the_step_before():
    gradients = np.array([[3.0], [-5.0], [7.0]])
    points = naive.stepped(lab.SGD(1.0, momentum=0.0, line8="previous"), [0.0], naive.replay(gradients), 3)
    assert points.ravel().tolist() == [0.0, 0.0, -3.0, 2.0]  # moved by -g_0 = 0, -g_1, -g_2


def test_the_first_step():
    g = np.array([2.0, -4.0])
    for opt, factor in [
        (lab.SGD(0.25, momentum=0.5, dampening=0.75), 1.5),  # g + mu b with b = g, undampened
        (lab.SGD(0.25, momentum=0.5, dampening=0.75, nesterov=False), 1.0),
        (lab.SGD(0.25, momentum=0.5, line8="previous"), 0.5),
        (lab.SGD(0.25, momentum=0.5, line8="accumulated"), 0.5),
    ]:
        assert np.array_equal(naive.stepped(opt, [0.0, 0.0], lambda x: g, 1)[1], -0.25 * factor * g)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"lr": -0.5}, ValueError, "lr must be a finite number at least 0, got -0.5"),
        ({"lr": float("nan")}, ValueError, "lr must be a finite number at least 0, got nan"),
        ({"lr": "fast"}, TypeError, "lr must be a number, got 'fast'"),
        (
            {"lr": 1.0, "momentum": 1.0},
            ValueError,
            "momentum must be a finite number at least 0 and less than 1, got 1.0",
        ),
        ({"lr": 1.0, "momentum": -0.1}, ValueError, "momentum must be .* got -0.1"),
        (
            {"lr": 1.0, "dampening": 1.5},
            ValueError,
            "dampening must be a finite number at least 0 and at most 1, got 1.5",
        ),
        ({"lr": 1.0, "weight_decay": -1}, ValueError, "weight_decay must be a finite number at least 0, got -1"),
        (
            {"lr": 1.0, "line8": "next"},
            ValueError,
            "line8 must be one of 'current', 'previous', 'accumulated', got 'next'",
        ),
        ({"lr": 1.0, "nesterov": "no"}, TypeError, "nesterov must be True or False, got 'no'"),
        ({"lr": 1.0, "nesterov": False, "line8": "previous"}, ValueError, "line8='previous' .* needs nesterov=True"),
    ],
)
def test_errors_name_the_argument_and_its_value(options, error, message):
    with pytest.raises(error, match=message):
        lab.SGD(**options)


def test_names_and_labels():
    assert lab.SGD(1.0).name == "sgd"
    assert (lab.SGD(1.0).label, lab.SGD(1.0, nesterov=False).label) == ("SGD-Nesterov", "SGD-momentum")
    assert lab.SGD(1.0).replace(nesterov=False).rule is not lab.SGD(1.0).rule
