"""Eq. 3 and E6: the divergence, its second-order expansion by F and the rest of third order."""

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import polygamma

from ngdm_lab.geometry import Dirichlet, GeneralizedDirichlet

sizes = st.floats(-2, 3).map(lambda e: 10.0**e)
two_laws = st.integers(2, 4).flatmap(lambda n: st.tuples(*[st.lists(sizes, min_size=n, max_size=n).map(np.array)] * 2))
FAMILIES = [
    (Dirichlet([0.7, 1.4, 6.0]), lambda theta: Dirichlet(theta)),
    (GeneralizedDirichlet([0.7, 3.5], [1.4, 3.9]), lambda theta: GeneralizedDirichlet(theta[0::2], theta[1::2])),
]
families = pytest.mark.parametrize(("d", "make"), FAMILIES, ids=["dirichlet", "gendir"])


def theta_of(d):
    return np.ravel(d._blocks.alpha)


def mp_kl(a, b):
    """KL of two Dirichlet laws from the log-normaliser; needs many digits for close ones."""
    a, b = ([mpmath.mpf(v) for v in u.tolist()] for u in (a, b))

    def log_beta(v):
        return mpmath.fsum(map(mpmath.loggamma, v)) - mpmath.loggamma(mpmath.fsum(v))

    at = mpmath.psi(0, mpmath.fsum(a))
    slope = mpmath.fsum((y - x) * (mpmath.psi(0, x) - at) for x, y in zip(a, b, strict=True))
    return log_beta(b) - log_beta(a) - slope


def error(a, b, digits):
    with mpmath.workdps(digits):
        return float(abs(mpmath.mpf(float(Dirichlet(a).kl(Dirichlet(b)))) / mp_kl(a, b) - 1))


@given(two_laws)
def test_eq3_divergence_of_unlike_laws(two):
    a, b = two
    if not (a == b).all():
        assert error(a, b, 60) < 5e-14
    assert Dirichlet(a).kl(Dirichlet(a)) == 0


@given(two_laws, st.floats(-12, -0.5))
def test_eq3_divergence_of_close_laws(two, exponent):
    a, b = two
    near = a * (1 + 10.0**exponent * np.sin(b))
    assert error(a, near, 90) < 5e-14


def test_eq3_divergence_over_three_hundred_orders_of_magnitude():
    rng = np.random.default_rng(1)
    for _ in range(30):
        a, b = 10 ** rng.uniform(-100, 100, (2, 3))
        assert error(a, b, 500) < 1e-13
        assert error(a, a * (1 + 1e-9 * rng.normal(size=3)), 500) < 1e-13


def test_plain_formulas_would_not_do():
    a, b = np.array([1e6, 2e6, 3e6]), np.array([1e6, 2e6, 3e6]) * (1 + 1e-6 * np.array([1, -1, 1]))
    with mpmath.workdps(15):
        assert abs(mp_kl(a, b) / Dirichlet(a).kl(Dirichlet(b)) - 1) > 1e-3
    assert error(a, b, 60) < 1e-14


@families
def test_eq3_divergence_is_the_mean_of_the_log_ratio(d, make):
    """The definition, by Monte Carlo at a fixed seed."""
    other = make(theta_of(d) * np.array([1.3, 0.8, 1.1, 0.9])[: d.n])
    x = d.rvs(40_000, random_state=0)
    ratio = d.logpdf(x) - other.logpdf(x)
    assert abs(ratio.mean() - d.kl(other)) < 4 * ratio.std() / np.sqrt(len(x))


@families
def test_eq3_expansion_holds_with_a_rest_of_third_order(d, make):
    """KL(xi || xi + delta) = delta^T F delta / 2 + T(delta) / 6 + O(delta^4), T of the third derivatives."""
    theta = theta_of(d)
    direction = np.array([0.3, -0.2, 0.7, 0.4])[: d.n]
    half = 0.5 * direction @ d.fisher_mul(direction)
    blocks, split = d._blocks, direction.reshape(d._blocks.alpha.shape)
    third = np.sum(polygamma(2, blocks.alpha) * split**3)
    third -= np.sum(polygamma(2, blocks.total[..., 0]) * split.sum(axis=-1) ** 3)
    steps = 2.0 ** -np.arange(4, 12)
    rest = np.array([d.kl(make(theta + s * direction)) - s**2 * half for s in steps])
    np.testing.assert_allclose(rest[-3:] / steps[-3:] ** 3, third / 6, rtol=0.01)
    # after the third order is taken off the rest is of the fourth: each halving divides it by 16
    fourth = rest - steps**3 * third / 6
    np.testing.assert_allclose(fourth[:-1] / fourth[1:], 16, rtol=0.15)
    # the first order of the symmetrised divergence's rest cancels: KL(p || q) + KL(q || p) is even
    both = np.array([d.kl(make(theta + s * direction)) + make(theta + s * direction).kl(d) for s in steps])
    assert both[-1] == pytest.approx(2 * steps[-1] ** 2 * half, rel=2e-3)


@families
def test_e6_the_sign_of_f(d, make):
    """F = +E[score score^T]: with the printed minus sign the divergence of Eq. 3 would be negative."""
    theta, direction = theta_of(d), np.ones(d.n)
    kl = d.kl(make(theta + 1e-4 * direction))
    score = d.score(d.rvs(20_000, random_state=2))
    mean = np.mean((score @ direction) ** 2)
    assert kl > 0
    assert kl == pytest.approx(0.5e-8 * direction @ d.fisher() @ direction, rel=1e-3)
    assert kl == pytest.approx(+0.5e-8 * mean, rel=0.05)


def test_gendir_divergence_adds_up_over_pairs_and_contains_dirichlets():
    a, b = Dirichlet([0.7, 1.4, 6.0, 2.0]), Dirichlet([1.7, 0.4, 3.0, 2.5])
    assert a.to_generalized().kl(b.to_generalized()) == pytest.approx(a.kl(b), rel=1e-13)
    c, d = GeneralizedDirichlet([1, 2], [3, 4]), GeneralizedDirichlet([2, 2], [3, 5])
    parts = [Dirichlet([1, 3]).kl(Dirichlet([2, 3])), Dirichlet([2, 4]).kl(Dirichlet([2, 5]))]
    assert c.kl(d) == pytest.approx(sum(parts), rel=1e-14)


def test_merging_components_loses_divergence():
    """The data-processing inequality: merged components tell two laws apart no better."""
    rng = np.random.default_rng(0)
    for _ in range(50):
        a, b = 10 ** rng.uniform(-2, 3, (2, 4))
        merged = [np.array([x[0] + x[1], x[2], x[3]]) for x in (a, b)]
        assert Dirichlet(merged[0]).kl(Dirichlet(merged[1])) <= Dirichlet(a).kl(Dirichlet(b)) * (1 + 1e-13)


def test_batches_broadcast_and_other_families_are_refused():
    rng = np.random.default_rng(0)
    a, b = rng.uniform(0.3, 5, (4, 1, 3)), rng.uniform(0.3, 5, (2, 3))
    expected = [[Dirichlet(x[0]).kl(Dirichlet(y)) for y in b] for x in a]
    np.testing.assert_allclose(Dirichlet(a).kl(Dirichlet(b)), expected, rtol=1e-13)
    with pytest.raises(TypeError, match="other must be a Dirichlet, got GeneralizedDirichlet"):
        Dirichlet([1, 2]).kl(GeneralizedDirichlet([1], [2]))
    with pytest.raises(ValueError, match="other must have 2 coordinates, got 3"):
        Dirichlet([1, 2]).kl(Dirichlet([1, 2, 3]))
    with pytest.raises(ValueError, match=r"other must have a batch that broadcasts with \(4, 1\), got \(3, 2\)"):
        Dirichlet(a).kl(Dirichlet(np.ones((3, 2, 3))))
    with pytest.raises(ValueError, match="must have its values written out"):
        Dirichlet([1, 2]).kl(Dirichlet(1))
