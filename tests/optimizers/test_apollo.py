"""Algorithm 3 as printed and as its author's code has it, and the law of its scales."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy.optimize import rosen_der

import landscapes as ls
import naive
import ngdm_lab as lab
from optimizer_battery import check_scope

START = np.array([-1.2, 1.0, 0.5])
SAME = 1e-12  # rounding over some hundred steps; see test_sgd.py


def quadratic(x):
    return np.array([1.0, 4.0, 9.0]) * x


@pytest.mark.parametrize(
    ("gradient", "lr"), [(quadratic, 1e-4), (quadratic, 1e-3), (rosen_der, 1e-5), (rosen_der, 1e-4)]
)
@pytest.mark.parametrize(("beta", "eps", "sigma"), [(0.9, 1e-4, 0.01), (0.5, 0.1, 0.05)])
def test_algorithm_3_as_printed(gradient, lr, beta, eps, sigma):
    reference = naive.path(naive.algorithm3(START, lr, beta, eps, sigma), gradient, 300)
    assert naive.gap(naive.stepped(lab.Apollo(lr, beta, eps, sigma), START, gradient, 300), reference) < SAME


@pytest.mark.parametrize(("gradient", "lr"), [(quadratic, 1e-3), (rosen_der, 1e-5), (rosen_der, 1e-4)])
@pytest.mark.parametrize("warmup", [0, 1, 100, 500])
def test_the_official_form(gradient, lr, warmup):
    # the same algebra in other letters; its eps is divided by sigma
    reference = naive.path(naive.apollo_official(START, lr, 0.9, 1e-4, 0.01, warmup), gradient, 300)
    ours = naive.stepped(lab.Apollo(lr, eps=1e-4 / 0.01, warmup=warmup), START, gradient, 300)
    assert naive.gap(ours, reference) < SAME


def test_the_official_constants():
    opt = lab.Apollo.official(0.02)
    assert opt == lab.Apollo(lr=0.02, beta=0.9, eps=0.01, sigma=0.01, warmup=500, scope="tensor")
    reference = naive.path(naive.apollo_official(START, 0.02), quadratic, 120)
    assert naive.gap(naive.stepped(opt, START, quadratic, 120), reference) < SAME


def test_the_warm_up_ends():
    g, opt = np.array([1.0]), lab.Apollo(1.0, beta=0.0, sigma=1e6, warmup=4)  # so large a sigma leaves lr g / sigma
    lengths = -np.diff(naive.stepped(opt, [0.0], lambda x: g, 6).ravel()) * 1e6
    np.testing.assert_allclose(lengths, [0.001, 0.25075, 0.5005, 0.75025, 1.0, 1.0], rtol=1e-9)


# powers of two shift exponents, as long as nothing (such as a fourth power) falls below the normal numbers
hundredths = st.integers(-400, 400).map(lambda k: k / 100)


@given(
    arrays(np.float64, array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=12), elements=hundredths),
    st.floats(1e-6, 0.1),
    st.floats(0.0, 0.99),
    st.floats(1e-2, 1.0),
    st.floats(0.1, 1.0),
    st.integers(-8, 8),
)
def test_any_gradients_and_the_law_of_scales(gradients, lr, beta, eps, sigma, k):
    x, steps = np.linspace(-1.0, 2.0, gradients.shape[1]), len(gradients)
    ours = naive.stepped(lab.Apollo(lr, beta, eps, sigma), x, naive.replay(gradients), steps)
    reference = naive.path(naive.algorithm3(x, lr, beta, eps, sigma), naive.replay(gradients), steps)
    # B is a sum of terms that may cancel down to sigma, and errors in B are divided by it
    assert naive.gap(ours, reference) < 1e-9
    # (sigma, eps, lr) -> (c sigma, eps / c, c lr) scales B by c and d by 1/c: the same bits for powers of two
    c = 2.0**k
    assert np.array_equal(
        ours, naive.stepped(lab.Apollo(c * lr, beta, eps / c, c * sigma), x, naive.replay(gradients), steps)
    )


def test_the_law_of_scales_on_rosenbrock():
    def path(c):
        return naive.stepped(lab.Apollo(1e-4 * c, eps=1e-4 / c, sigma=0.01 * c), START, rosen_der, 500)

    for c in (2.0, 0.125, 1024.0):
        assert np.array_equal(path(c), path(1.0))
    assert naive.gap(path(3.0), path(1.0)) < SAME  # no power of two: rounding only
    assert not np.array_equal(path(3.0), path(1.0))


def test_the_loop_starts_at_zero():
    """Erratum E11: printed "for i from 1", which is another method."""
    start = START[:2]
    ours = naive.stepped(lab.Apollo(1e-5), start, rosen_der, 30)
    assert naive.gap(ours, naive.path(naive.algorithm3(start, 1e-5), rosen_der, 30)) < SAME
    misprint = naive.path(naive.algorithm3(start, 1e-5, first=1), rosen_der, 30)
    assert np.abs(ours - misprint).max() == pytest.approx(0.102, abs=0.001)
    assert np.abs(ours - misprint)[30].max() == pytest.approx(0.047, abs=0.001)


def test_the_first_step_is_a_hundred_gradients():
    g = np.array([3.0, -0.5])
    points = naive.stepped(lab.Apollo(1e-3), [0.0, 0.0], lambda x: g, 1)
    np.testing.assert_allclose(points[1], -100 * 1e-3 * g, rtol=1e-14)


@pytest.mark.parametrize(
    ("lr", "status"), [(1e-2, "diverged"), (1e-3, "diverged"), (1e-4, "diverged"), (1e-5, "budget")]
)
def test_it_needs_small_rates_on_rosenbrock_without_warm_up(lr, status):
    path = lab.trace(lab.Apollo(lr), ls.rosenbrock(2), START[:2], 2000)
    assert path.status == status
    assert status == "diverged" or path.f[-1] < path.f[0] / 5


def test_coordinates_are_coupled_through_the_norm_and_a_landscape_is_one_tensor():
    gradients = np.array([[2.0, 1.0], [30.0, 1.0], [50.0, 1.0], [-1.0, 1.0]])
    other = gradients * np.array([1.0, 1.5])

    def path(opt, rows):
        return naive.stepped(opt, [0.0, 0.0], naive.replay(rows), 4)

    alone = path(lab.Apollo(1e-3), gradients)
    assert not np.array_equal(alone[:, 0], path(lab.Apollo(1e-3), other)[:, 0])
    assert np.array_equal(alone, path(lab.Apollo(1e-3, scope="tensor"), gradients))


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"lr": -1.0}, ValueError, "lr must be a finite number at least 0, got -1.0"),
        ({"beta": 1}, ValueError, "beta must be a finite number at least 0 and less than 1, got 1"),
        ({"eps": 0.0}, ValueError, "eps must be a finite number greater than 0, got 0.0"),
        ({"sigma": -0.01}, ValueError, "sigma must be a finite number greater than 0, got -0.01"),
        ({"warmup": -5}, ValueError, "warmup must be at least 0, got -5"),
        ({"warmup": 2.5}, TypeError, "warmup must be a whole number, got 2.5"),
        ({"scope": "layer"}, ValueError, "scope must be one of 'all', 'tensor', got 'layer'"),
    ],
)
def test_errors_name_the_argument_and_its_value(options, error, message):
    with pytest.raises(error, match=message):
        lab.Apollo(**options)


def test_the_scope_that_is_declared():
    claims = lab.Apollo(1e-3)
    object.__setattr__(claims, "scope", "coordinate")
    with pytest.raises(AssertionError, match="depend on another"):
        check_scope(claims)
    check_scope(lab.Apollo(1e-3))
    tensor = lab.Apollo(1e-3, scope="tensor")
    assert lab.preconditioned(tensor, lab.Dirichlet(1.4)).scope == "tensor"
    assert lab.NGDM(0.1, lab.Dirichlet(1.4)).scope == lab.Adam().scope == "coordinate"
