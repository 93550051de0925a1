"""Eq. 6 and what follows from it, and that a Dirichlet is a case of it."""

import mpmath
import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from ngdm_lab.geometry import Dirichlet, GeneralizedDirichlet

EPS = np.finfo(float).eps
sizes = st.floats(-1.5, 3).map(lambda e: 10.0**e)
pairs = st.lists(st.tuples(sizes, sizes), min_size=1, max_size=4).map(lambda rows: np.array(rows).T)
alphas = st.lists(sizes, min_size=2, max_size=5).map(np.array)
seeds = st.integers(0, 2**32)


def mp_logpdf(a, b, x):
    """Eq. 6 as printed, x without its last component."""
    a, b, x = ([mpmath.mpf(float(v) if isinstance(v, np.floating) else v) for v in u] for u in (a, b, x))
    last, total = len(a) - 1, mpmath.mpf(0)
    for i in range(len(a)):
        gamma = b[i] - 1 if i == last else b[i] - a[i + 1] - b[i + 1]
        rest = 1 - mpmath.fsum(x[: i + 1])
        log_beta = mpmath.loggamma(a[i]) + mpmath.loggamma(b[i]) - mpmath.loggamma(a[i] + b[i])
        total += (a[i] - 1) * mpmath.log(x[i]) + gamma * mpmath.log(rest) - log_beta
    return total


def inside(k, seed):
    """A point of the open simplex with k + 1 components."""
    x = np.random.default_rng(seed).dirichlet(np.ones(k + 1)) + 1e-6
    return x / x.sum()


@given(pairs, seeds)
def test_eq6_density(two, seed):
    a, b = two
    x = inside(len(a), seed)
    with mpmath.workdps(40):
        expected = mp_logpdf(a, b, x[:-1])
    d = GeneralizedDirichlet(a, b)
    size = 16 * (a + b).sum()
    assert abs(float(d.logpdf(x) - expected)) < 1e-14 * (1 + size)
    # without the last component 1 - x_1 - ... - x_K is left to subtraction
    loss = (a + b).sum() / x[-1]
    assert abs(float(d.logpdf(x[:-1]) - expected)) < 1e-14 * (1 + size + loss)
    assert d.pdf(x) == pytest.approx(np.exp(d.logpdf(x)), rel=1e-15)


def test_eq6_integrates_to_one():
    d = GeneralizedDirichlet([1.5, 2.0], [3.0, 2.5])
    nodes, weights = np.polynomial.legendre.leggauss(300)
    x, w = 0.5 * (1 + nodes), 0.5 * weights
    first, second = np.meshgrid(x, x, indexing="ij")  # x_2 = (1 - x_1) second
    values = d.pdf(np.stack((first, (1 - first) * second), axis=-1)) * (1 - first)
    assert w @ values @ w == pytest.approx(1, abs=1e-6)


@given(sizes, sizes, st.floats(1e-6, 1 - 1e-6))
def test_eq6_of_one_pair_is_the_beta_density(a, b, x):
    d = GeneralizedDirichlet([a], [b])
    assert d.logpdf([x]) == pytest.approx(scipy.stats.beta(a, b).logpdf(x), rel=1e-9, abs=1e-12 * (a + b) * 20)
    assert d.entropy() == pytest.approx(scipy.stats.beta(a, b).entropy(), rel=1e-9, abs=1e-9)


# -- Dirichlet is a case of it -----------------------------------------------------------------------


@given(alphas, seeds)
def test_eq6_of_a_dirichlet_is_eq4(alpha, seed):
    d = Dirichlet(alpha)
    g = d.to_generalized()
    x = inside(len(alpha) - 1, seed)
    assert g.components == d.components
    assert g.logpdf(x) == pytest.approx(d.logpdf(x), abs=1e-13 * (1 + 16 * alpha.sum()))
    np.testing.assert_allclose(g.mean(), d.mean(), rtol=1e-13)
    np.testing.assert_allclose(g.var(), d.var(), rtol=1e-12)
    np.testing.assert_allclose(g.cov(), d.cov(), rtol=1e-10)
    assert g.entropy() == pytest.approx(d.entropy(), abs=1e-12 * (1 + len(alpha) / alpha.min()))


@given(alphas)
def test_eq7_of_a_dirichlet_pulled_back_is_eq5(alpha):
    d = Dirichlet(alpha)
    k = len(alpha) - 1
    by_alpha = np.zeros((2 * k, k + 1))  # derivative of (alpha_1, beta_1, ...) by alpha
    for i in range(k):
        by_alpha[2 * i, i] = 1
        by_alpha[2 * i + 1, i + 1 :] = 1
    general = d.to_generalized().fisher()
    pulled, size = by_alpha.T @ general @ by_alpha, by_alpha.T @ np.abs(general) @ by_alpha
    assert (np.abs(pulled - d.fisher()) <= 64 * EPS * size).all()


def test_samples_of_a_dirichlet_and_of_its_general_form_agree():
    d = Dirichlet([0.6, 2.0, 1.1, 4.0])
    x, y = d.rvs(20_000, random_state=1), d.to_generalized().rvs(20_000, random_state=2)
    for i in range(4):
        assert scipy.stats.ks_2samp(x[:, i], y[:, i]).pvalue > 1e-3
    np.testing.assert_allclose(np.cov(x.T), np.cov(y.T), atol=6e-4)


def test_what_has_no_pairs_is_refused():
    with pytest.raises(ValueError, match="one coordinate has no pairs"):
        Dirichlet([2.0]).to_generalized()
    assert Dirichlet(np.ones((3, 4))).to_generalized().batch == (3,)


# -- samples and moments -----------------------------------------------------------------------------


def test_samples_have_the_law():
    """The shares Y_i are independent Beta(alpha_i, beta_i): Kolmogorov and Smirnov's test at a fixed seed."""
    d = GeneralizedDirichlet([0.5, 2.0, 3.0], [4.0, 0.8, 1.1])
    x = d.rvs(40_000, random_state=1)
    np.testing.assert_allclose(x.sum(axis=1), 1, rtol=1e-14)
    left = 1.0
    for i, (a, b) in enumerate(zip(d.alpha, d.beta, strict=True)):
        assert scipy.stats.kstest(x[:, i] / left, scipy.stats.beta(a, b).cdf).pvalue > 1e-3
        left = left - x[:, i]
    assert (np.abs(x.mean(axis=0) - d.mean()) < 4 * np.sqrt(d.var() / len(x))).all()
    centred = x - d.mean()
    products = centred[:, :, None] * centred[:, None, :]
    error = products.std(axis=0) / np.sqrt(len(x))
    assert (np.abs(products.mean(axis=0) - d.cov()) < 4.5 * error).all()
    logs = d.logpdf(x)
    assert abs(-logs.mean() - d.entropy()) < 4 * logs.std() / np.sqrt(len(x))


@given(pairs)
def test_moments_are_those_of_products_of_betas(two):
    a, b = two
    d = GeneralizedDirichlet(a, b)
    with mpmath.workdps(40):
        one, means, squares, left, left2 = mpmath.mpf(1), [], [], mpmath.mpf(1), mpmath.mpf(1)
        for u, v in zip(map(mpmath.mpf, a.tolist()), map(mpmath.mpf, b.tolist()), strict=True):
            s = u + v
            means.append(left * u / s)
            squares.append(left2 * u * (u + one) / (s * (s + one)))
            left, left2 = left * v / s, left2 * v * (v + one) / (s * (s + one))
        means, squares = [*means, left], [*squares, left2]
        for k, (m, q) in enumerate(zip(means, squares, strict=True)):
            assert abs(float(d.mean()[k] / m - 1)) < 1e-14
            assert abs(float(d.var()[k] / (q - m * m) - 1)) < 1e-13
    assert (np.abs(d.cov().sum(axis=0)) <= 1e-14 * np.abs(d.cov()).sum(axis=0)).all()
    np.testing.assert_array_equal(d.cov(), d.cov().T)


@given(pairs, seeds)
def test_score_is_the_gradient_of_the_log_density(two, seed):
    a, b = two
    x = inside(len(a), seed)
    score = GeneralizedDirichlet(a, b).score(x)
    parameters = tuple(np.ravel(two, order="F").tolist())
    with mpmath.workdps(40):
        given_x = [mpmath.mpf(v) for v in x[:-1].tolist()]
        for i in range(len(parameters)):
            order = tuple(int(k == i) for k in range(len(parameters)))
            true = mpmath.diff(lambda *p: mp_logpdf(p[0::2], p[1::2], given_x), parameters, order)
            assert abs(float(score[i] - true)) < 1e-9 * (1 + 1 / parameters[i])


def test_batches_broadcast():
    rng = np.random.default_rng(0)
    a, b = rng.uniform(0.3, 5, (4, 1, 2)), rng.uniform(0.3, 5, (1, 3, 2))
    d, x = GeneralizedDirichlet(a, b), rng.dirichlet([1, 1, 1])
    assert d.batch == (4, 3)
    assert d.n == 4
    assert d.components == 3
    for name, call in {
        "logpdf": lambda d: d.logpdf(x),
        "score": lambda d: d.score(x),
        "mean": lambda d: d.mean(),
        "var": lambda d: d.var(),
        "cov": lambda d: d.cov(),
        "entropy": lambda d: d.entropy(),
    }.items():
        singles = [[call(GeneralizedDirichlet(a[i, 0], b[0, j])) for j in range(3)] for i in range(4)]
        np.testing.assert_allclose(call(d), singles, rtol=1e-13, err_msg=name)
    assert d.rvs(5, 1).shape == (5, 4, 3, 3)
    with pytest.raises(ValueError, match=r"alpha and beta must have shapes that broadcast, got \(4, 2\) and \(3, 2\)"):
        GeneralizedDirichlet(np.ones((4, 2)), np.ones((3, 2)))


def test_on_the_boundary_the_density_is_that_of_equation_6():
    d = GeneralizedDirichlet([1.0, 0.5], [3.5, 2.0])
    assert d.pdf([0.0, 0.5, 0.5]) == pytest.approx(d.pdf([1e-300, 0.5, 0.5]), rel=1e-14)
    assert d.pdf([0.5, 0.0, 0.5]) == np.inf
    assert d.pdf([0.5, 0.5, 0.0]) == 0
