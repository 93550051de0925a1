"""Laws of information geometry: F from scores and Hessians, merging, permuting, limits, inequalities of psi'."""

import mpmath
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numba import njit

import ngdm_lab as lab
from ngdm_lab.compiler.flags import FLAGS
from ngdm_lab.geometry import Dirichlet, GeneralizedDirichlet, inverse_trigamma, ramp, trigamma, trigamma_drop
from ngdm_lab.geometry.inverse_trigamma import inverse_trigamma_source

EPS = np.finfo(float).eps
sizes = st.floats(-2, 2.5).map(lambda e: 10.0**e)
anywhere = st.floats(-150, 150).map(lambda e: min(max(10.0**e, 1e-150), 1e150))
LAWS = [
    Dirichlet([0.7, 1.4, 6.0]),
    Dirichlet(ramp(1.4, 0.005)).on(4),
    GeneralizedDirichlet([0.7, 3.5], [1.4, 3.9]),
    GeneralizedDirichlet(ramp(3.5, 0.005), ramp(3.9, 0.005)).on(6),
]
laws = pytest.mark.parametrize("d", LAWS, ids=["dirichlet", "mlp", "gendir", "mlp-gendir"])


# -- F is the covariance of the score and minus the mean Hessian --------------------------------------


@laws
def test_eq5_eq7_are_the_mean_of_score_times_score(d):
    """Monte Carlo at a fixed seed, each entry within five of its standard errors."""
    score = d.score(d.rvs(50_000, random_state=11))
    products = score[:, :, None] * score[:, None, :]
    error = products.std(axis=0) / np.sqrt(len(score))
    assert (np.abs(products.mean(axis=0) - d.fisher()) < 5 * error).all()
    assert (np.abs(score.mean(axis=0)) < 5 * score.std(axis=0) / np.sqrt(len(score))).all()


@laws
def test_eq5_eq7_are_minus_the_hessian_at_every_point(d):
    """log p is linear in theta but for the log-normaliser: its Hessian is -F at any x, not only in the mean."""
    theta = np.ravel(d._blocks.alpha).tolist()
    fisher, k = d.fisher(), d._blocks.alpha.shape[-1]
    for seed in (0, 1):
        x = [mpmath.mpf(v) for v in np.random.default_rng(seed).dirichlet(np.ones(d.components)).tolist()]
        if isinstance(d, GeneralizedDirichlet):
            rest = [mpmath.fsum(x[i:]) for i in range(d.components)]
            logs = [mpmath.log(v / rest[i]) for i in range(d.components - 1) for v in (x[i], rest[i + 1])]
        else:
            logs = [mpmath.log(v) for v in x]

        def log_density(*t, logs=logs):
            value = mpmath.fsum(a * b for a, b in zip(t, logs, strict=True))  # up to terms without theta
            for i in range(0, len(t), k):
                value += mpmath.loggamma(mpmath.fsum(t[i : i + k])) - mpmath.fsum(map(mpmath.loggamma, t[i : i + k]))
            return value

        with mpmath.workdps(40):
            for i in range(d.n):
                for j in range(i + 1):
                    order = [0] * d.n
                    order[i] += 1
                    order[j] += 1
                    hessian = mpmath.diff(log_density, tuple(theta), tuple(order))
                    assert float(fisher[i, j] + hessian) == pytest.approx(0, abs=1e-14 * max(1, fisher[i, i]))


# -- permuting and merging ---------------------------------------------------------------------------


@given(st.lists(sizes, min_size=2, max_size=5).map(np.array), st.randoms(use_true_random=False))
def test_permuting_the_components_permutes_the_law(alpha, random):
    order = list(range(len(alpha)))
    random.shuffle(order)
    d, moved = Dirichlet(alpha), Dirichlet(alpha[order])
    x = d.rvs(5, random_state=0) + 1e-9
    x /= x.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(moved.logpdf(x[:, order]), d.logpdf(x), rtol=1e-12, atol=1e-11 * (1 + alpha.sum()))
    np.testing.assert_allclose(moved.mean(), d.mean()[order], rtol=1e-14)
    np.testing.assert_allclose(moved.fisher_logdet(), d.fisher_logdet(), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(moved.fisher_eigenvalue_range(), d.fisher_eigenvalue_range(), rtol=1e-12)
    np.testing.assert_allclose(moved.entropy(), d.entropy(), rtol=1e-12, atol=1e-12 * len(alpha) / alpha.min())


def test_merging_two_components_of_a_dirichlet_gives_a_dirichlet():
    """Aggregation: (x_1 + x_2, x_3, x_4) is Dirichlet with the alphas added; by moments and by a fit."""
    d, merged = Dirichlet([0.6, 1.1, 2.0, 4.0]), Dirichlet([1.7, 2.0, 4.0])
    x = d.rvs(40_000, random_state=0)
    y = np.column_stack((x[:, 0] + x[:, 1], x[:, 2:]))
    fitted = Dirichlet.fit(y)
    error = fitted.alpha - merged.alpha
    assert error @ merged.fisher_mul(error) * len(y) < 16  # chi squared with 3 degrees of freedom
    add = np.array([[1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1.0]])
    np.testing.assert_allclose(add @ d.mean(), merged.mean(), rtol=1e-15)
    np.testing.assert_allclose(add @ d.cov() @ add.T, merged.cov(), atol=1e-17)


@given(st.lists(sizes, min_size=2, max_size=6).map(np.array), st.integers(0, 2**32))
def test_merging_loses_information(alpha, seed):
    """The data-processing inequality F_merged <= F: F - A^T F_merged A has no negative eigenvalue."""
    n = len(alpha)
    groups = np.random.default_rng(seed).integers(0, max(2, n - 1), n)
    add = (groups == np.unique(groups)[:, None]).astype(float)
    fisher = Dirichlet(alpha).fisher()
    merged = add.T @ Dirichlet(add @ alpha).fisher() @ add
    scale = np.sqrt(np.diag(fisher))
    lost = (fisher - merged) / np.outer(scale, scale)
    assert np.linalg.eigvalsh(lost)[0] > -1e-13
    # what is lost is what the shares inside each group tell: a Dirichlet of its own for each
    inside = np.zeros((n, n))
    for row in add.astype(bool):
        inside[np.ix_(row, row)] = Dirichlet(alpha[row]).fisher()
    np.testing.assert_allclose(fisher - merged, inside, rtol=0, atol=1e-13 * np.abs(fisher).max())


# -- limits and the paper's claims -------------------------------------------------------------------


def test_c3_large_alpha_explodes_and_c4_small_alpha_vanishes():
    """The step's gain 1/psi'(alpha) is alpha - 1/2 + O(1/alpha), and alpha^2 for alpha to 0; it never turns."""
    a = 10.0 ** np.arange(-150, 151)
    gain = 1 / trigamma(a)
    assert (np.diff(gain) > 0).all()
    np.testing.assert_allclose(gain[a < 1e-9], a[a < 1e-9] ** 2, rtol=1e-15)
    np.testing.assert_allclose(gain[a > 1e16], a[a > 1e16], rtol=1e-15)
    large = a[(a >= 1e2) & (a < 1e8)]
    np.testing.assert_allclose(1 / trigamma(large) - large, -0.5, atol=0.2 / large.min())
    # the exact form along (1, ..., 1) explodes with the square of alpha, and vanishes alike
    for n in (2, 10, 1000):
        ones = np.ones(n)
        exact = [Dirichlet(x).on(n).fisher_solve(ones)[0] for x in (1e-8, 1e8)]
        assert exact[0] == pytest.approx(1e-16 / (1 - 1 / n), rel=1e-6)
        assert exact[1] == pytest.approx(2e16 / (1 - 1 / n), rel=1e-6)


def test_e7_a_constant_diagonal_is_one_number():
    """With slope 0 the diagonal F^-1 is 1/psi'(alpha) times the identity, so NGDM is SGD at another rate."""
    rng = np.random.default_rng(0)
    x, g = rng.normal(size=(2, 6))
    for alpha in (0.5, 1.4, 12.0):
        for d in (Dirichlet(alpha), GeneralizedDirichlet(alpha, alpha)):
            np.testing.assert_allclose(d.on(6).fisher_solve(g, "diagonal"), g / trigamma(alpha), rtol=4 * EPS)
            ours, sgd = lab.NGDM(lr=0.01, distribution=d), lab.SGD(lr=0.01 / trigamma(alpha))
            a, b = x.copy(), x.copy()
            states = ours.init(a), sgd.init(b)
            for _ in range(20):
                ours.step(a, a**3 - g, states[0])
                sgd.step(b, b**3 - g, states[1])
            np.testing.assert_allclose(a, b, rtol=1e-13)
    # a ramp has a rate for each coordinate, and the exact form couples them
    gains = Dirichlet(ramp(1.4, 0.5)).on(6).fisher_solve(np.ones(6), "diagonal")
    assert (np.diff(gains) > 0).all()
    assert (Dirichlet(1.4).on(6).fisher_solve(np.eye(6)) > 0).all()


def test_e10_table_3_cannot_count_a_neurons_weights():
    with pytest.raises(ValueError, match=r"alpha must .* got 0.0 at i = 370"):
        Dirichlet(ramp(7.4, -0.02)).on(576)
    with pytest.raises(ValueError, match=r"alpha must .* got 0.0 at i = 148 .* up to 147 pairs"):
        GeneralizedDirichlet(ramp(7.4, -0.05), ramp(7.6, -0.01)).on(576)
    assert Dirichlet(ramp(7.4, -0.02)).on(128).alpha.min() > 4.8  # counted over the neurons of a layer it can


def test_e12_one_component_tells_nothing_of_alpha():
    d = Dirichlet([2.5])
    assert d.rvs(3, 0).tolist() == [[1.0]] * 3
    assert d.score([1.0]).tolist() == [0.0]
    assert d.logpdf([1.0]) == 0
    assert d.fisher().tolist() == [[0.0]]
    assert d.kl(Dirichlet([7.0])) == 0


# -- psi' --------------------------------------------------------------------------------------------


@given(anywhere, anywhere)
def test_trigamma_is_logarithmically_convex(x, y):
    """Cauchy's inequality for the integral of t exp(-x t)/(1 - exp(-t)): psi'((x + y)/2)^2 <= psi'(x) psi'(y)."""
    assert 2 * np.log(trigamma(0.5 * x + 0.5 * y)) <= np.log(trigamma(x)) + np.log(trigamma(y)) + 1e-12


@given(anywhere)
def test_trigamma_between_its_elementary_bounds(x):
    """1/x + 1/(2 x^2) < psi'(x) < 1/x + 1/x^2."""
    assert 1 / x + 0.5 / x / x <= trigamma(x) * (1 + 4 * EPS)
    assert trigamma(x) <= (1 / x + 1 / x / x) * (1 + 4 * EPS)


@given(st.floats(-70, 70).map(lambda e: 10.0**e), st.integers(1, 30))
def test_trigamma_obeys_the_recurrence_and_its_sums(x, count):
    """Abramowitz and Stegun 6.4.6: a drop over `count` whole steps is a sum of inverse squares."""
    total = np.sum(1 / (x + np.arange(count - 1, -1, -1.0)) ** 2)
    assert trigamma_drop(x, float(count)) == pytest.approx(total, rel=1e-14, abs=0)


@given(st.lists(anywhere, min_size=2, max_size=5))
def test_the_gain_is_superadditive(alpha):
    """1/psi'(S) > sum of 1/psi'(alpha_i): what makes F positive definite."""
    assert 1 / trigamma(sum(alpha)) >= sum(1 / trigamma(a) for a in alpha) * (1 - 8 * EPS)


@given(anywhere)
@example(1e-150)
@example(1e150)
@example(1.0)
@example(12.0)
def test_the_inverse_of_trigamma_and_back(x):
    y = float(trigamma(x))
    assert inverse_trigamma(y) == pytest.approx(x, rel=1e-15, abs=0)
    assert inverse_trigamma_source(y) == pytest.approx(x, rel=1e-15, abs=0)


def test_the_inverse_of_trigamma_in_compiled_code():
    @njit(**FLAGS)
    def total(gains):
        s = 0.0
        for gain in gains:
            s += inverse_trigamma(1.0 / gain)
        return s

    alpha = np.array([0.5, 1.4, 12.0])
    assert total(1 / trigamma(alpha)) == pytest.approx(alpha.sum(), rel=1e-15)


def test_the_inverse_of_trigamma_at_the_ends():
    assert inverse_trigamma(1 / 1.428) == pytest.approx(1.8736, abs=5e-5)  # E1: the alpha of Eq. 8's number
    assert np.isnan(inverse_trigamma([0.0, -1.0, np.nan])).all()
    assert inverse_trigamma(np.inf) == 0
    assert inverse_trigamma([1e-300, 1e300]) == pytest.approx([1e300, 1e-150], rel=1e-15)
    around = np.concatenate([np.linspace(1.6, 1.7, 101), [1e-20, np.nextafter(1e-20, 1), 1e305, 1e306]])
    np.testing.assert_allclose(trigamma(inverse_trigamma(around)), around, rtol=1e-15)
