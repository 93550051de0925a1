"""Eq. 4 and what follows from it: Dirichlet's density, samples and moments against mpmath and scipy.stats."""

import mpmath
import numpy as np
import pytest
import scipy.stats
from hypothesis import example, given
from hypothesis import strategies as st

from ngdm_lab.geometry import Dirichlet, GeneralizedDirichlet, StickBreaking

sizes = st.floats(-1.5, 3).map(lambda e: 10.0**e)
alphas = st.lists(sizes, min_size=2, max_size=5).map(np.array)
seeds = st.integers(0, 2**32)


def mp_logpdf(alpha, x):
    """Eq. 4 as printed, at x over its sum."""
    alpha, x = ([mpmath.mpf(float(v) if isinstance(v, np.floating) else v) for v in u] for u in (alpha, x))
    x = [v / mpmath.fsum(x) for v in x]
    log_beta = mpmath.fsum(map(mpmath.loggamma, alpha)) - mpmath.loggamma(mpmath.fsum(alpha))
    return mpmath.fsum((a - 1) * mpmath.log(v) for a, v in zip(alpha, x, strict=True)) - log_beta


def inside(alpha, seed):
    """A point of the open simplex, likely under alpha."""
    x = np.random.default_rng(seed).dirichlet(np.maximum(alpha, 0.5)) + 1e-12
    return x / x.sum()


@given(alphas, seeds)
@example(np.array([1.0, 11.983114716177562]), 0)
def test_eq4_density(alpha, seed):
    x = inside(alpha, seed)
    with mpmath.workdps(40):
        expected = mp_logpdf(alpha, x)
        size = float(
            mpmath.fsum(abs(a - 1) * abs(mpmath.log(v)) for a, v in zip(alpha.tolist(), x.tolist(), strict=True))
        )
    d = Dirichlet(alpha)
    assert abs(float(d.logpdf(x) - expected)) < 4e-15 * (1 + size)
    assert d.pdf(x) == pytest.approx(np.exp(d.logpdf(x)), rel=1e-15)


@pytest.mark.parametrize("scale", [1e-100, 1e-10, 1e6, 1e12, 1e100])
def test_eq4_normaliser_of_tiny_and_huge_parameters(scale):
    alpha = np.array([1.5, 0.25, 4.0]) * scale
    x = np.array([0.3, 0.05, 0.65])
    with mpmath.workdps(150):
        expected = mp_logpdf(alpha, x)
        assert abs(float(Dirichlet(alpha).logpdf(x) - expected)) <= 1e-14 * float(abs(expected)) + 4e-15 * scale


@given(alphas, seeds)
def test_scipy_agrees(alpha, seed):
    x = inside(alpha, seed)
    d, oracle = Dirichlet(alpha), scipy.stats.dirichlet(alpha)
    np.testing.assert_allclose(d.mean(), oracle.mean(), rtol=1e-14)
    np.testing.assert_allclose(d.var(), oracle.var(), rtol=1e-12)
    expected = oracle.cov()
    np.fill_diagonal(expected, oracle.var())  # where the law is nearly one component, its own diagonal cancels
    np.testing.assert_allclose(d.cov(), expected, rtol=1e-12)
    size = abs(oracle.logpdf(x)) + alpha.sum() * 10
    assert d.logpdf(x) == pytest.approx(oracle.logpdf(x), abs=1e-12 * size)
    assert d.entropy() == pytest.approx(oracle.entropy(), abs=1e-12 * size * np.log(size + 10))


@given(alphas)
def test_covariances_are_symmetric_and_sum_to_zero(alpha):
    cov = Dirichlet(alpha).cov()
    np.testing.assert_array_equal(cov, cov.T)
    np.testing.assert_allclose(cov.sum(axis=0), 0, atol=1e-15)


@pytest.mark.parametrize("scale", [1e-6, 1e8, 1e30])
def test_entropy_keeps_its_digits(scale):
    alpha = np.array([1.5, 0.25, 4.0]) * scale
    with mpmath.workdps(120):
        a = [mpmath.mpf(float(v)) for v in alpha]
        total = mpmath.fsum(a)
        log_beta = mpmath.fsum(map(mpmath.loggamma, a)) - mpmath.loggamma(total)
        expected = log_beta + (total - 3) * mpmath.psi(0, total) - mpmath.fsum((v - 1) * mpmath.psi(0, v) for v in a)
        assert abs(float(Dirichlet(alpha).entropy() / expected - 1)) < 1e-14


@pytest.mark.parametrize("alpha", [[1.4, 1.405, 1.41], [0.3, 12.0, 0.1], [0.7, 0.2]])
def test_samples_have_the_law(alpha):
    """Each component is Beta(alpha_i, S - alpha_i): Kolmogorov and Smirnov's test at a fixed seed."""
    d = Dirichlet(alpha)
    x = d.rvs(20_000, random_state=5)
    np.testing.assert_allclose(x.sum(axis=1), 1, rtol=1e-15)
    error = np.sqrt(d.var() / len(x))
    assert (np.abs(x.mean(axis=0) - d.mean()) < 4 * error).all()
    for i, a in enumerate(alpha):
        assert scipy.stats.kstest(x[:, i], scipy.stats.beta(a, sum(alpha) - a).cdf).pvalue > 1e-3
    logs = d.logpdf(x)  # the mean of -log p is the entropy
    assert abs(-logs.mean() - d.entropy()) < 5 * logs.std() / np.sqrt(len(x))


def test_c4_samples_for_alpha_to_zero_lie_in_a_corner_and_for_infinity_at_the_mean():
    """C3 and C4: the limits of the law."""
    corners = Dirichlet([2e-150, 1e-150, 1e-150]).rvs(4000, random_state=0)
    assert set(np.unique(corners)) == {0.0, 1.0}
    np.testing.assert_allclose(corners.mean(axis=0), [0.5, 0.25, 0.25], atol=0.03)
    np.testing.assert_allclose(Dirichlet([1e150, 5e149, 5e149]).rvs(5, 0), [[0.5, 0.25, 0.25]] * 5, rtol=1e-15)


def test_c3_limits_of_entropy():
    """Uniform at alpha = 1: log of the simplex' volume 1/2; spread falls on both sides of it."""
    entropy = [float(Dirichlet(a).on(3).entropy()) for a in (1e-3, 0.1, 1.0, 10.0, 1e3, 1e100)]
    assert entropy[2] == pytest.approx(np.log(0.5), abs=1e-15)
    assert max(entropy) == entropy[2]
    # for large alpha it is that of the normal law with the covariance mean/(S + 1): falls by log alpha
    assert entropy[5] - entropy[4] == pytest.approx(-97 * np.log(10), rel=1e-4)


@given(alphas, seeds)
def test_score_is_the_gradient_of_the_log_density(alpha, seed):
    x = inside(alpha, seed)
    score = Dirichlet(alpha).score(x)
    with mpmath.workdps(40):
        for i in range(len(alpha)):
            order = tuple(int(k == i) for k in range(len(alpha)))
            true = mpmath.diff(lambda *a: mp_logpdf([*a], x), tuple(map(mpmath.mpf, alpha.tolist())), order)
            assert abs(float(score[i] - true)) < 1e-12 * (1 + 1 / alpha[i])


def test_the_last_component_may_be_left_out():
    d = Dirichlet([1.5, 2.0, 0.5])
    x = d.rvs(7, random_state=1)
    np.testing.assert_allclose(d.logpdf(x[:, :2]), d.logpdf(x), rtol=1e-8)
    np.testing.assert_allclose(d.score(x[:, :2]), d.score(x), rtol=1e-8)
    assert d.components == d.n == 3


def test_on_the_boundary_the_density_is_its_limit():
    d = Dirichlet([0.5, 1.0, 2.0])
    assert d.pdf([0.0, 0.5, 0.5]) == np.inf
    assert d.pdf([0.5, 0.5, 0.0]) == 0
    assert d.pdf([0.5, 0.0, 0.5]) == pytest.approx(d.pdf([0.5, 1e-300, 0.5]), rel=1e-14)
    assert np.isnan(d.pdf([0.0, 1.0, 0.0]))


def test_batches_of_parameters_and_points_broadcast():
    rng = np.random.default_rng(0)
    alpha = rng.uniform(0.3, 5, (4, 1, 3))
    d, x = Dirichlet(alpha), rng.dirichlet([1, 1, 1], 5)
    assert d.batch == (4, 1)
    assert d.n == 3
    singles = [Dirichlet(row[0]) for row in alpha]
    np.testing.assert_allclose(d.logpdf(x), [s.logpdf(x) for s in singles], rtol=1e-14)
    np.testing.assert_allclose(d.score(x), [s.score(x) for s in singles], rtol=1e-13)
    for name in ("mean", "var", "cov", "entropy"):
        expected = np.array([getattr(s, name)() for s in singles])[:, None]
        np.testing.assert_allclose(getattr(d, name)(), expected, rtol=1e-14)
    assert d.rvs((2, 7), 1).shape == (2, 7, 4, 1, 3)
    assert d.rvs(random_state=1).shape == (4, 1, 3)
    assert Dirichlet(alpha[:, 0]) != Dirichlet(alpha)
    for call in (Dirichlet(alpha[:, 0]).logpdf, Dirichlet(alpha[:, 0]).score):
        with pytest.raises(ValueError, match=r"x must have a shape that broadcasts with \(4, 3\), got \(5, 3\)"):
            call(x)
    assert eval(repr(Dirichlet([[1, 2], [3, 4]]))) == Dirichlet([[1, 2], [3, 4]])
    assert repr(d) == "Dirichlet(alpha=<array of shape (4, 1, 3)>)"


def test_a_seed_repeats_itself():
    d = Dirichlet([0.5, 2.0])
    for make in (lambda: 3, lambda: np.random.default_rng(3), lambda: np.random.RandomState(3)):
        np.testing.assert_array_equal(d.rvs(5, random_state=make()), d.rvs(5, random_state=make()))
    assert (d.rvs(5) != d.rvs(5)).any()
    assert d.rvs(0).shape == (0, 2)


def test_bad_points_are_named():
    d = Dirichlet([1.0, 2.0, 3.0])
    for call in (d.pdf, d.logpdf, d.score):
        with pytest.raises(ValueError, match=r"x must have the shape \(\.\.\., 3\), or \(\.\.\., 2\) .* got \(4,\)"):
            call(np.ones(4) / 4)
        with pytest.raises(ValueError, match=r"x must lie on the simplex: .* not negative, got -0.5 at component 1$"):
            call([0.5, -0.5, 1.0])
        with pytest.raises(ValueError, match=r"x must lie on the simplex: .* finite .*, got nan at component 1$"):
            call([0.5, np.nan, 1.0])
        with pytest.raises(ValueError, match=r"x must lie on the simplex: components have the sum 1, got 1.5$"):
            call([0.5, 0.5, 0.5])
        with pytest.raises(ValueError, match=r"x must .* without the last component the sum is at most 1, got 1.5"):
            call([0.75, 0.75])
        with pytest.raises(ValueError, match=r"have the sum 1, got 0.5 in row \(1, 0\)"):
            call([[[0.2, 0.3, 0.5]], [[0.2, 0.3, 0.0]]])
        with pytest.raises(ValueError, match=r"got -0.1 at component 2 of row \(1, 0\)"):
            call([[[0.2, 0.3, 0.5]], [[0.2, 0.9, -0.1]]])
        with pytest.raises(TypeError, match=r"x must be an array of real numbers, got \['a', 'b', 'c'\]$"):
            call(["a", "b", "c"])
        with pytest.raises(TypeError, match=r"x must be an array of real numbers, got dtype <U1$"):
            call(np.array(["a", "b", "c"]))


def test_bad_sizes_and_seeds_are_named():
    d = Dirichlet([1.0, 2.0])
    with pytest.raises(ValueError, match=r"size must be at least 0, got -1"):
        d.rvs(-1)
    for bad in (1.5, "3", (2, 1.0), True):
        with pytest.raises(TypeError, match=r"size must be None, a whole number or a tuple of them, got"):
            d.rvs(bad)
    for bad in ("seed", -1, 1.5):
        with pytest.raises(TypeError, match=r"random_state must be None, a whole number at least 0 or"):
            d.rvs(1, random_state=bad)
    for name in ("mean", "var", "cov", "entropy", "rvs"):
        with pytest.raises(ValueError, match=r"is not resolved: .*call \.on\(n\)"):
            getattr(Dirichlet(2.0), name)()


@pytest.mark.parametrize("kind", [np.float32, np.float16])
def test_points_of_a_coarser_type_may_be_off_by_its_roundings(kind):
    rng = np.random.default_rng(0)
    for law in (Dirichlet([1.5, 2.0, 0.5, 4.0]), GeneralizedDirichlet([1.5, 2.0, 0.5], [3.0, 1.0, 2.0])):
        x = np.maximum(rng.dirichlet([3.0, 3.0, 3.0, 3.0], 50), 0.01)
        rounded = (x / x.sum(axis=1, keepdims=True)).astype(kind)
        assert (np.abs(rounded.astype(float).sum(axis=1) - 1) > 1e-9).any()
        exact = rounded.astype(float) / rounded.astype(float).sum(axis=1, keepdims=True)
        np.testing.assert_allclose(law.logpdf(rounded), law.logpdf(exact), rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(law.score(rounded), law.score(exact), rtol=1e-12, atol=1e-12)
        assert type(law).fit(rounded).components == 4
        with pytest.raises(ValueError, match=r"components have the sum 1, got \d\.\d+ in row"):
            law.logpdf(rounded.astype(float))


def test_what_is_off_by_more_names_the_type():
    law = Dirichlet([1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match=r"have the sum 1 \(to 2e-06, for float32\), got 1.00001"):
        law.logpdf(np.array([0.5, 0.25, 0.25001], dtype=np.float32))
    with pytest.raises(ValueError, match=r"the sum is at most 1 \(to 0.02, for float16\), got 1.5"):
        law.pdf(np.array([0.75, 0.75], dtype=np.float16))
    assert StickBreaking(2).inverse(np.array([0.1, 0.2, 0.7], dtype=np.float32)).shape == (2,)
