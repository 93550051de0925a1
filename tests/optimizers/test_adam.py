"""Algorithm 2 against its plain reference and PyTorch."""

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


def quadratic(x):
    return np.array([1.0, 4.0, 9.0]) * x


@pytest.mark.parametrize("gradient", [quadratic, rosen_der])
@pytest.mark.parametrize(
    ("lr", "betas", "eps", "lam"),
    # rates at which the path is still on its way after 200 steps: around the minimum it soon becomes chaotic
    [
        (1e-3, (0.9, 0.999), 1e-8, 0.0),
        (2e-3, (0.8, 0.95), 1e-3, 0.1),
        (1e-3, (0.0, 0.9), 1e-8, 0.0),
        (3e-4, (0.9, 0.0), 0.5, 0.0),
    ],
)
def test_algorithm_2(gradient, lr, betas, eps, lam):
    reference = naive.path(naive.algorithm2(START, lr, *betas, eps, lam), gradient, 200)
    assert naive.gap(naive.stepped(lab.Adam(lr, betas, eps, lam), START, gradient, 200), reference) < SAME


@given(
    arrays(np.float64, array_shapes(min_dims=2, max_dims=2, max_side=30), elements=st.floats(-100.0, 100.0)),
    st.floats(0.0, 1.0),
    # nearer to 1 the corrections 1 - beta^t, formed by subtraction in the algorithm itself, lose digits
    st.floats(0.0, 0.999),
    st.floats(0.0, 0.999),
    st.floats(1e-12, 1.0),
)
def test_any_gradients_and_any_hyperparameters(gradients, lr, beta1, beta2, eps):
    # without weight decay, which would feed x back into steps of fixed size: a chaotic map
    x, steps = np.linspace(-1.0, 2.0, gradients.shape[1]), len(gradients)
    reference = naive.path(naive.algorithm2(x, lr, beta1, beta2, eps), naive.replay(gradients), steps)
    ours = naive.stepped(lab.Adam(lr, (beta1, beta2), eps), x, naive.replay(gradients), steps)
    assert naive.gap(ours, reference) < SAME


@pytest.mark.parametrize("case", [name for name, case in PATHS["cases"].items() if case["lab"] == "Adam"])
def test_the_committed_paths_of_pytorch(case):
    case = PATHS["cases"][case]
    ours = naive.stepped(lab.Adam(**case["options"]), PATHS["start"], rosen_der, 200)
    for t, point in case["points"].items():
        assert naive.gap(ours[int(t)], np.array(point)) < SAME


@pytest.mark.parametrize("options", [{}, {"lr": 2e-3, "betas": (0.8, 0.95), "eps": 1e-4, "weight_decay": 0.3}])
def test_pytorch(options):
    reference = naive.torch_path("Adam", options, START, rosen_der, 200)
    assert naive.gap(naive.stepped(lab.Adam(**options), START, rosen_der, 200), reference) < SAME


def test_epsilon_stands_outside_the_root():
    # with g = eps the first step is lr g / (|g| + eps) = lr / 2; inside the root it would be lr / sqrt(2)
    points = naive.stepped(lab.Adam(lr=1.0, eps=0.25), [0.0], lambda x: np.array([0.25]), 1)
    assert points[1, 0] == pytest.approx(-0.5, rel=1e-15)


def test_the_first_step_is_the_rate_whatever_the_size_of_the_gradient():
    for g in (1e-3, 1.0, 1e6):
        assert naive.stepped(lab.Adam(lr=0.5), [2.0], lambda x, g=g: np.array([g]), 1)[1, 0] == pytest.approx(
            1.5, abs=1e-5
        )


@pytest.mark.parametrize("size", [1e153, 1e160, 1e200, 1e305])
def test_where_the_square_of_a_gradient_overflows_a_coordinate_rests(size):
    """As in PyTorch; the other coordinates go on."""
    gradients = [[size, 1.0]] * 3 + [[1.0, 1.0]] * 3
    ours = naive.stepped(lab.Adam(lr=0.1), [1.0, 1.0], naive.replay(np.array(gradients)), 6)
    assert np.isfinite(ours).all()
    np.testing.assert_allclose(ours[:, 1], 1 - 0.1 * np.arange(7), atol=1e-7)
    if size > 1e155:
        np.testing.assert_array_equal(ours[:, 0], 1.0)
    else:
        np.testing.assert_allclose(ours[:4, 0], 1 - 0.1 * np.arange(4), rtol=1e-12)
    theirs = naive.torch_path("Adam", {"lr": 0.1}, [1.0, 1.0], naive.replay(np.array(gradients)), 6)
    np.testing.assert_allclose(ours, theirs, rtol=1e-9)


def test_betas_may_be_a_list():
    assert lab.Adam(betas=[0.8, 0.9]) == lab.Adam(betas=(0.8, 0.9))
    assert hash(lab.Adam(betas=[0.8, 0.9])) == hash(lab.Adam(betas=(0.8, 0.9)))


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"lr": -1e-3}, ValueError, "lr must be a finite number at least 0, got -0.001"),
        ({"lr": True}, TypeError, "lr must be a number, got True"),
        ({"betas": 0.9}, ValueError, r"betas must be a pair of numbers in \[0, 1\), got 0.9"),
        ({"betas": (0.9,)}, ValueError, r"betas must be a pair of numbers in \[0, 1\), got \(0.9,\)"),
        ({"betas": (1.0, 0.9)}, ValueError, r"betas\[0\] must be a finite number at least 0 and less than 1, got 1.0"),
        ({"betas": (0.9, -0.1)}, ValueError, r"betas\[1\] must be .* got -0.1"),
        ({"betas": "ab"}, TypeError, r"betas\[0\] must be a number, got 'a'"),
        ({"eps": -1e-8}, ValueError, "eps must be a finite number at least 0, got -1e-08"),
        ({"weight_decay": float("inf")}, ValueError, "weight_decay must be a finite number at least 0, got inf"),
    ],
)
def test_errors_name_the_argument_and_its_value(options, error, message):
    with pytest.raises(error, match=message):
        lab.Adam(**options)
