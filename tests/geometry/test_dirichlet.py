"""Eqs. 5, 8 and 9 and errata E1, E2, E12: Dirichlet against mpmath, its own laws and geomstats."""

import importlib.util
import json
from pathlib import Path

import mpmath
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ngdm_lab.geometry import Dirichlet, ramp, trigamma

DATA = Path(__file__).resolve().parent.parent / "data"
_spec = importlib.util.spec_from_file_location("make_geomstats_metric", DATA / "make_geomstats_metric.py")
geomstats = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(geomstats)
EPS = np.finfo(float).eps


def power(lowest, highest):
    return st.floats(lowest, highest).map(lambda e: min(max(10.0**e, 1e-150), 1e150))


def alphas(lowest=-150, highest=150, most=4):
    """Mixed sizes anywhere between 10^lowest and 10^highest, or all near one size, or near 1."""
    size = st.integers(2, most)
    near = st.tuples(power(lowest + 1, highest - 1), st.lists(st.floats(0.1, 10), min_size=2, max_size=most))
    return st.one_of(
        size.flatmap(lambda k: st.lists(power(lowest, highest), min_size=k, max_size=k)),
        near.map(lambda t: [t[0] * x for x in t[1]]),
        st.lists(power(-2, 2), min_size=2, max_size=most),
    ).map(np.array)


def with_vector(alpha):
    component = st.one_of(st.just(0.0), st.floats(1e-3, 1e3), st.floats(-1e3, -1e-3))
    n = len(alpha)
    return st.tuples(st.just(alpha), st.lists(component, min_size=n, max_size=n).map(np.array))


def mp_fisher(alpha):
    """Eq. 5 as printed; call it with 60 digits more than its cancellation, see ``digits``."""
    alpha = [mpmath.mpf(float(a)) for a in alpha]
    shared = mpmath.psi(1, mpmath.fsum(alpha))
    matrix = mpmath.diag([mpmath.psi(1, a) for a in alpha])
    return matrix - shared * mpmath.ones(len(alpha))


def digits(alpha):
    return 60 + int(2 * (np.log10(max(1.0, *alpha)) - np.log10(min(1.0, *alpha))))


def relative_error(got, expected):
    return float(abs(mpmath.mpf(float(got)) / expected - 1))


# -- F, Eq. 5 --------------------------------------------------------------------------------------


@given(alphas(most=3))
@example(np.array([1.0, 1e-9]))
@example(np.array([1e150, 1e150]))
@example(np.array([1e-150, 1e-150, 1e-150]))
def test_eq5_entries(alpha):
    fisher = Dirichlet(alpha).fisher()
    with mpmath.workdps(digits(alpha)):
        expected = mp_fisher(alpha)
        for i in range(len(alpha)):
            for j in range(len(alpha)):
                if abs(expected[i, j]) > 1e-290:
                    assert relative_error(fisher[i, j], expected[i, j]) < 1.2e-15
                else:
                    assert abs(fisher[i, j] - float(expected[i, j])) <= 1e-304


@pytest.mark.parametrize("alpha", [(1.4, 1.405, 1.41), (0.3, 12.0)])
def test_eq5_is_the_hessian_of_the_log_normaliser(alpha):
    """The definition: F = -E[Hessian of log p], and only log B(alpha) of Eq. 4 is curved in alpha."""

    def log_beta(*a):
        return mpmath.fsum(mpmath.loggamma(x) for x in a) - mpmath.loggamma(mpmath.fsum(a))

    fisher = Dirichlet(alpha).fisher()
    with mpmath.workdps(30):
        for i in range(len(alpha)):
            for j in range(len(alpha)):
                order = [0] * len(alpha)
                order[i] += 1
                order[j] += 1
                assert relative_error(fisher[i, j], mpmath.diff(log_beta, alpha, tuple(order))) < 1e-12


@given(alphas(-3, 3, most=8))
def test_fisher_is_symmetric_and_positive_definite(alpha):
    fisher = Dirichlet(alpha).fisher()
    np.testing.assert_array_equal(fisher, fisher.T)
    np.linalg.cholesky(fisher)  # raises unless positive definite
    assert (fisher[~np.eye(len(alpha), dtype=bool)] < 0).all()


@given(alphas(-100, 100).flatmap(with_vector))
def test_fisher_mul_is_the_dense_product(pair):
    alpha, v = pair
    d = Dirichlet(alpha)
    dense = d.fisher()
    assert (np.abs(d.fisher_mul(v) - dense @ v) <= 8 * EPS * (np.abs(dense) @ np.abs(v)) + 1e-300).all()


@given(alphas(-50, 50))
def test_fisher_times_alpha_is_positive(alpha):
    """F is an M-matrix with F alpha > 0, from which the inverse takes its accuracy."""
    total = alpha.sum()
    product = Dirichlet(alpha).fisher_mul(alpha)
    scale = alpha * trigamma(alpha) + total * trigamma(total)
    assert (product > -8 * EPS * scale).all()


def geomstats_rows():
    rows = json.loads((DATA / "geomstats_metric.json").read_text())["rows"]
    return [(np.array(row["alpha"]), np.array(row["metric"])) for row in rows]


def test_eq5_geomstats_agrees():
    for alpha, metric in geomstats_rows():
        np.testing.assert_allclose(Dirichlet(alpha).fisher(), metric, rtol=1e-12)
        v = np.linspace(-1, 2, len(alpha))
        np.testing.assert_allclose(Dirichlet(alpha).fisher_solve(v), np.linalg.solve(metric, v), rtol=1e-10)


def test_the_committed_metrics_are_those_of_geomstats():
    if importlib.util.find_spec("geomstats") is None:  # it cannot be imported before `metrics` has seen to NumPy
        pytest.skip("geomstats, of the extra oracles, is not installed")
    for alpha, metric in geomstats_rows():
        np.testing.assert_allclose(geomstats.metrics(len(alpha)).metric_matrix(alpha), metric, rtol=1e-13)


# -- F^-1 ------------------------------------------------------------------------------------------


@given(alphas(most=3).flatmap(with_vector))
@example((np.array([1.0, 1e-9]), np.array([1.0, -1.0])))
@example((np.array([1e12, 1e12, 1e12]), np.array([1.0, 1.0, -2.0])))
@example((np.array([1e-150, 2.5e10, 2.6]), np.array([-0.5, 0.3, -0.6])))
def test_eq5_inverse(pair):
    """Against an LU solution with 60 digits to spare; the error is measured against F^-1 |v| (F^-1 > 0)."""
    alpha, v = pair
    x = Dirichlet(alpha).fisher_solve(v)
    with mpmath.workdps(digits(alpha) + 300):  # pivots cancel again
        inverse = mpmath.inverse(mp_fisher(alpha))
        expected = inverse * mpmath.matrix(v.tolist())
        scale = inverse * mpmath.matrix(np.abs(v).tolist())
        for i in range(len(alpha)):
            if scale[i] < 1e305:  # beyond it see the test on overflow
                error = abs(mpmath.mpf(float(x[i])) - expected[i])
                assert error <= 2e-15 * scale[i] + 2e-323  # the smallest doubles are 5e-324 apart


@given(alphas(-60, 60).flatmap(with_vector))
def test_fisher_times_its_inverse_both_ways(pair):
    """The residuals are bounded by |F| F^-1 |v| and F^-1 |F| |v|: their size is the conditioning of F."""
    alpha, v = pair
    d = Dirichlet(alpha)
    size = np.abs(d.fisher())
    there = d.fisher_mul(d.fisher_solve(v)) - v
    assert (np.abs(there) <= 16 * EPS * (size @ d.fisher_solve(np.abs(v)))).all()
    back = d.fisher_solve(d.fisher_mul(v)) - v
    assert (np.abs(back) <= 16 * EPS * d.fisher_solve(size @ np.abs(v))).all()


@given(alphas(-2, 2, most=6).flatmap(with_vector))
def test_the_inverse_is_tight_where_the_matrix_is_tame(pair):
    alpha, v = pair
    d = Dirichlet(alpha)
    np.testing.assert_allclose(d.fisher() @ d.fisher_solve(np.eye(d.n)), np.eye(d.n), atol=1e-10)
    np.testing.assert_allclose(d.fisher_solve(v), np.linalg.solve(d.fisher(), v), rtol=1e-7, atol=1e-7)


@given(alphas(-150, 150, most=4).flatmap(with_vector))
def test_the_diagonal_form_divides_by_trigamma(pair):
    alpha, v = pair
    expected = v / trigamma(alpha)
    np.testing.assert_allclose(Dirichlet(alpha).fisher_solve(v, form="diagonal"), expected, rtol=4 * EPS)


@given(alphas(-20, 20, most=6).flatmap(with_vector), st.randoms(use_true_random=False))
def test_permuting_the_coordinates_permutes_everything(pair, random):
    alpha, v = pair
    order = list(range(len(alpha)))
    random.shuffle(order)
    d, moved = Dirichlet(alpha), Dirichlet(alpha[order])
    scale = d.fisher_solve(np.abs(v))[order]
    assert (np.abs(moved.fisher_solve(v[order]) - d.fisher_solve(v)[order]) <= 16 * EPS * scale).all()
    np.testing.assert_allclose(moved.fisher(), d.fisher()[np.ix_(order, order)], rtol=8 * EPS)


@given(alphas(-40, 40))
def test_e2_the_exact_inverse_exceeds_the_diagonal_form(alpha):
    """E2: the dropped term is positive in every entry, so the paper's step is always the shorter one."""
    d, rows = Dirichlet(alpha), np.eye(len(alpha))
    exact, diagonal = d.fisher_solve(rows), d.fisher_solve(rows, form="diagonal")
    assert (exact > 0).all()
    assert (np.diag(exact) >= np.diag(diagonal)).all()
    np.testing.assert_allclose(exact, exact.T, rtol=8 * EPS)


def test_what_exceeds_a_double_is_infinite_and_the_rest_stays_right():
    # for a >> 1 >> b: F^-1 = [[a^2/b, a b], [a b, b^2]] up to relative terms of the size of 1/a and b
    d = Dirichlet([1e150, 1e-150])
    np.testing.assert_allclose(d.fisher_solve([0.0, 1.0]), [1.0, 1e-300], rtol=1e-14)
    np.testing.assert_allclose(d.fisher_solve([1.0, 0.0]), [np.inf, 1.0], rtol=1e-14)
    np.testing.assert_allclose(d.fisher_solve([-1e-200, 0.0]), [-1e250, -1e-200], rtol=1e-14)


# -- limits and the paper's numbers ----------------------------------------------------------------


def test_eq8_e1_is_misprinted():
    """E1: 1/psi'(12) is 11.5072, not 1.428, and 1.428 belongs to alpha = 1.8736."""
    e = np.eye(10)[0]
    d = Dirichlet(12).on(10)
    assert d.fisher_solve(e, form="diagonal")[0] == pytest.approx(11.5072, abs=5e-5)
    assert d.fisher_solve(e)[0] == pytest.approx(41.4, abs=0.05)
    assert 1 / trigamma(1.8736) == pytest.approx(1.428, abs=5e-5)


def test_eq9_holds_for_the_diagonal():
    assert Dirichlet(0.5).on(1).fisher_solve([1.0], form="diagonal")[0] == pytest.approx(0.20264, abs=5e-6)


@pytest.mark.parametrize(("alpha", "factor"), [(1.4, 3.3), (4, 8.4), (8, 16.4), (12, 24.4)])
def test_eq8_e2_the_dropped_term_is_no_small_one(alpha, factor):
    """E2: along ones the exact inverse is larger by this factor, and orthogonally to it they agree."""
    d = Dirichlet(alpha).on(1000)
    ones = np.ones(1000)
    exact, diagonal = d.fisher_solve(ones), d.fisher_solve(ones, form="diagonal")
    np.testing.assert_allclose(exact / diagonal, factor, atol=0.05)
    v = np.arange(1000.0) - 499.5
    np.testing.assert_allclose(d.fisher_solve(v), v / trigamma(alpha), rtol=1e-10)


@pytest.mark.parametrize("alpha", [0.5, 1.4, 12.0])
def test_e2_the_factor_along_ones_stays_as_n_grows(alpha):
    """It tends to a psi'(a) / (a psi'(a) - 1), since n psi'(n a) tends to 1/a."""
    limit = alpha * trigamma(alpha) / (alpha * trigamma(alpha) - 1)
    n = 200_000  # the dense matrix would take 320 GB
    d = Dirichlet(alpha).on(n)
    v = np.ones(n)
    assert d.fisher_solve(v)[0] * trigamma(alpha) == pytest.approx(limit, rel=1e-3)
    np.testing.assert_allclose(d.fisher_mul(d.fisher_solve(v)), v, rtol=1e-8)


def test_the_diagonal_of_the_exact_inverse_tends_to_the_diagonal_form():
    first = [Dirichlet(12).on(n).fisher_solve(np.eye(1, n)[0])[0] for n in (2, 10, 100, 1000, 100_000)]
    assert first == sorted(first, reverse=True)
    assert first[1] == pytest.approx(41.409, abs=1e-3)
    assert first[-1] == pytest.approx(1 / trigamma(12), rel=1e-3)
    assert first[-1] > 1 / trigamma(12)


def test_c3_c4_small_and_large_alpha():
    """1/psi'(a) tends to a^2 for a -> 0 (steps vanish) and to a - 1/2 for a -> infinity (steps explode)."""
    for a in (1e-8, 1e-100, 1e-150):
        np.testing.assert_allclose(Dirichlet(a).on(2).fisher_solve([1.0, 2.0], "diagonal"), [a**2, 2 * a**2])
    for a in (1e3, 1e6, 1e9):
        assert Dirichlet(a).on(1).fisher_solve([1.0], "diagonal")[0] - a == pytest.approx(-0.5, abs=2e-4)
    # two equal alphas, exact: the factor along ones is a psi'(a) / (a psi'(a) - 2 a psi'(2 a)) -> 4 a
    assert Dirichlet(1e9).on(2).fisher_solve([1.0, 1.0])[0] == pytest.approx(4e18, rel=1e-8)


def test_e12_one_coordinate_has_no_metric():
    """E12."""
    d = Dirichlet(2.5).on(1)
    assert d.fisher().tolist() == [[0.0]]
    assert d.fisher_mul([3.0]).tolist() == [0.0]
    assert d.fisher_solve([3.0], form="diagonal")[0] == pytest.approx(3 / trigamma(2.5), rel=1e-15, abs=0)
    for call in (lambda: d.fisher_solve([3.0]), lambda: d.solver("exact")):
        with pytest.raises(ValueError, match=r'one coordinate has .* F = 0.*form="diagonal"'):
            call()


def test_e10_a_bad_ramp_names_the_first_coordinate():
    """E10."""
    with pytest.raises(ValueError, match=r"at i = 370 from ramp\(7.4, -0.02\); it can serve up to 369 coord"):
        Dirichlet(ramp(7.4, -0.02)).on(576)
    with pytest.raises(ValueError, match="alpha must have 4 values for 4 coordinates, got 3"):
        Dirichlet([1.0, 2.0, 3.0]).on(4)
