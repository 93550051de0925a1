"""Maximum likelihood: the gradient vanishes, nobody does better, and what has no maximum is reported."""

import numpy as np
import pytest
import scipy.optimize
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from ngdm_lab.geometry import Dirichlet, GeneralizedDirichlet
from ngdm_lab.geometry.fit import maximum_likelihood

sizes = st.floats(-1, 4).map(lambda e: 10.0**e)
seeds = st.integers(0, 2**32)


@given(st.lists(sizes, min_size=2, max_size=6), st.sampled_from([2, 3, 10, 300]), seeds)
def test_the_score_vanishes_at_the_fit(alpha, count, seed):
    x = Dirichlet(alpha).rvs(count, random_state=seed)
    x = np.maximum(x, 1e-12)
    x /= x.sum(axis=1, keepdims=True)
    weights = np.random.default_rng(seed).uniform(0.1, 2, count)
    d = Dirichlet.fit(x, weights)
    newton = d.fisher_solve(weights @ d.score(x) / weights.sum())  # how far the maximum still is
    assert (np.abs(newton) <= (1e-9 + 1e-14 * d.alpha.sum()) * d.alpha).all()


@given(st.lists(st.tuples(sizes, sizes), min_size=1, max_size=4), st.sampled_from([3, 10, 300]), seeds)
def test_the_score_vanishes_at_the_fit_of_pairs(pairs, count, seed):
    d = GeneralizedDirichlet(*np.array(pairs).T)
    x = np.maximum(d.rvs(count, random_state=seed), 1e-12)
    x /= x.sum(axis=1, keepdims=True)
    fitted = GeneralizedDirichlet.fit(x)
    newton = fitted.fisher_solve(fitted.score(x).mean(axis=0)).reshape(-1, 2)
    both = np.stack((fitted.alpha, fitted.beta), axis=-1)
    assert (np.abs(newton) <= (1e-9 + 1e-13 * both.sum(axis=-1, keepdims=True)) * both).all()


def test_scipy_finds_no_better():
    x = Dirichlet([0.4, 2.0, 7.0]).rvs(50, random_state=0)

    def loss(log_alpha):
        return -scipy.stats.dirichlet(np.exp(log_alpha)).logpdf(x.T).sum()

    found = scipy.optimize.minimize(loss, np.zeros(3), method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12})
    d = Dirichlet.fit(x)
    assert -d.logpdf(x).sum() <= found.fun + 1e-9
    np.testing.assert_allclose(d.alpha, np.exp(found.x), rtol=1e-5)


def test_scipy_agrees_on_one_pair():
    x = scipy.stats.beta(0.7, 3.0).rvs(400, random_state=1)
    a, b, _, _ = scipy.stats.beta.fit(x, floc=0, fscale=1)
    d = GeneralizedDirichlet.fit(np.column_stack((x, 1 - x)))
    np.testing.assert_allclose([d.alpha[0], d.beta[0]], [a, b], rtol=1e-5)


def test_a_dirichlet_and_its_general_form_are_recovered():
    """The errors of the estimate have the covariance F^-1 / m: within four standard errors."""
    m = 20_000
    for d in (Dirichlet([0.3, 1.5, 4.2]), GeneralizedDirichlet([0.5, 2.0], [4.0, 0.8])):
        fitted = type(d).fit(d.rvs(m, random_state=7))
        theta, found = ([x._values("alpha"), *([x.beta] if hasattr(x, "beta") else [])] for x in (d, fitted))
        error = np.ravel(np.array(found) - np.array(theta), order="F")
        assert error @ d.fisher_mul(error) * m < 4**2 + d.n
    m = 400
    z = [Dirichlet([0.3, 1.5, 4.2]).rvs(m, random_state=k) for k in range(300)]
    d = Dirichlet([0.3, 1.5, 4.2])
    errors = np.array([Dirichlet.fit(x).alpha - d.alpha for x in z])
    lengths = np.einsum("ki,ki->k", errors, d.fisher_mul(errors)) * m  # chi squared with 3 degrees of freedom
    assert lengths.mean() == pytest.approx(3, abs=0.5)


def test_a_weight_is_a_repetition():
    x = Dirichlet([0.5, 2.0, 3.0]).rvs(6, random_state=0)
    weights = [1, 2, 0, 3, 1, 1]
    for kind in (Dirichlet, GeneralizedDirichlet):
        once, often = kind.fit(x, weights), kind.fit(np.repeat(x, weights, axis=0))
        np.testing.assert_allclose(once.alpha, often.alpha, rtol=1e-10)
        np.testing.assert_allclose(kind.fit(x, np.full(6, 1e-200)).alpha, kind.fit(x).alpha, rtol=1e-10)


def test_close_points_give_large_parameters():
    for total in (1e4, 1e6, 1e8):
        alpha = total * np.array([0.5, 0.2, 0.3])
        d = Dirichlet.fit(Dirichlet(alpha).rvs(4000, random_state=0))
        np.testing.assert_allclose(d.alpha, alpha, rtol=0.1)


def test_it_takes_few_steps(monkeypatch):
    monkeypatch.setattr("ngdm_lab.geometry.fit.STEPS", 12)
    rng = np.random.default_rng(0)
    for _ in range(200):
        alpha = 10 ** rng.uniform(-0.7, 3, rng.integers(2, 6))
        x = Dirichlet(alpha).rvs(20, rng)
        if (x > 1e-12).all():
            Dirichlet.fit(x)


@pytest.mark.parametrize("kind", [Dirichlet, GeneralizedDirichlet])
def test_where_there_is_no_maximum_it_is_reported(kind):
    good = np.array([[0.2, 0.3, 0.5], [0.4, 0.4, 0.2], [0.1, 0.2, 0.7]])
    with pytest.raises(ValueError, match=r"x must have at least two points \(of positive weight\), got 1"):
        kind.fit(good[:1])
    with pytest.raises(ValueError, match=r"x must have at least two points \(of positive weight\), got 1"):
        kind.fit(good, [0, 1, 0])
    with pytest.raises(ValueError, match=r"no maximum that the digits of x determine: all points are the same"):
        kind.fit(good[[1, 1, 1]])
    with pytest.raises(ValueError, match=r"no maximum: x\[2, 0\] is 0, and every component must be positive"):
        kind.fit([*good[:2], [0.0, 0.3, 0.7]])
    assert kind.fit([*good, [0.0, 0.3, 0.7]], [1, 1, 1, 0]) == kind.fit(good)
    with pytest.raises(ValueError, match=r"no maximum .* all points are the same, or nearly so"):
        kind.fit(good[[0, 0, 0]] + 1e-13 * np.array([[1, -1, 0], [0, 0, 0], [0, 1, -1.0]]))


def test_pairs_without_spread_have_no_maximum():
    x = np.array([[0.2, 0.4, 0.4], [0.4, 0.3, 0.3], [0.1, 0.45, 0.45]])  # the second share is always 1/2
    with pytest.raises(ValueError, match="no maximum that the digits of x determine"):
        GeneralizedDirichlet.fit(x)
    assert Dirichlet.fit(x).n == 3


@pytest.mark.parametrize("kind", [Dirichlet, GeneralizedDirichlet])
def test_bad_samples_are_named(kind):
    good = [[0.2, 0.8], [0.3, 0.7]]
    with pytest.raises(ValueError, match=r"x must have the shape \(m, K\), one point a row, K at least 2, got \(2,\)"):
        kind.fit([0.5, 0.5])
    with pytest.raises(ValueError, match=r"K at least 2, got \(3, 1\)"):
        kind.fit(np.ones((3, 1)))
    with pytest.raises(ValueError, match=r"x must .* have the sum 1, got 0.5 in row 0"):
        kind.fit([[0.2, 0.3], [0.3, 0.7]])
    with pytest.raises(TypeError, match="x must be an array of real numbers"):
        kind.fit([["a", "b"]])
    with pytest.raises(ValueError, match=r"weights must have the shape \(2,\), one for each point, got \(3,\)"):
        kind.fit(good, [1, 2, 3])
    for bad in (-1.0, np.nan, np.inf):
        with pytest.raises(ValueError, match=f"weights must be finite and at least 0, got {bad}"):
            kind.fit(good, [1.0, bad])
    with pytest.raises(TypeError, match="weights must be an array of real numbers, got"):
        kind.fit(good, ["1", "2"])


def test_a_search_that_does_not_settle_says_so(monkeypatch):
    monkeypatch.setattr("ngdm_lab.geometry.fit.STEPS", 2)
    with pytest.raises(ValueError, match="does not settle within 2 steps"):
        maximum_likelihood(np.array([0.5, 0.5]), np.array([3.0, 0.5]))


@pytest.mark.parametrize("size", [1e-8, 1e-16, 1e-32, 1e-33, 1e-60, 1e-140])
@pytest.mark.parametrize("width", [2, 3, 4])
def test_a_column_of_any_size_has_its_maximum(size, width):
    """The score vanishes, by the digits of x over its sum; x_1 = size y is then as good as a gamma variate."""
    rng = np.random.default_rng(width)
    x = rng.dirichlet(np.full(width, 1.5), 60)
    x[:, 0] *= size
    x[:, 1:] *= ((1 - x[:, 0]) / x[:, 1:].sum(axis=1))[:, None]
    for kind in (Dirichlet, GeneralizedDirichlet):
        d = kind.fit(x)
        newton = d.fisher_solve(d.score(x).mean(axis=0))
        theta = np.ravel(d._blocks.alpha)
        assert (np.abs(newton) <= 1e-7 * theta).all()
        if width == 2 and size < 1e-10:
            y = x[:, 0] / x[:, 0].mean()
            shape, _, scale = scipy.stats.gamma.fit(y, floc=0)
            np.testing.assert_allclose(theta, [shape, 1 / (scale * x[:, 0].mean())], rtol=1e-6)


def test_a_maximum_beyond_the_range_of_parameters_is_told():
    x = np.array([[1e-290, 1.0], [3e-290, 1.0], [2e-290, 1.0]])
    with pytest.raises(ValueError, match=r"the likelihood is largest at a parameter of \S+e\+290, which must"):
        Dirichlet.fit(x)
