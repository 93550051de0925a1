"""Eq. 7 and errata E3, R7: GeneralizedDirichlet against mpmath, its own laws and Dirichlet."""

import mpmath
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ngdm_lab.geometry import Dirichlet, GeneralizedDirichlet, ramp, trigamma

EPS = np.finfo(float).eps


def power(lowest, highest):
    return st.floats(lowest, highest).map(lambda e: min(max(10.0**e, 1e-150), 1e150))


def pairs(lowest=-150, highest=150):
    """One (alpha, beta): of unrelated sizes, of one size, or moderate."""
    return st.one_of(
        st.tuples(power(lowest, highest), power(lowest, highest)),
        st.tuples(power(lowest + 1, highest - 1), st.floats(0.1, 10)).map(lambda t: (t[0], t[0] * t[1])),
        st.tuples(power(-2, 2), power(-2, 2)),
    )


def parameters(lowest=-150, highest=150):
    """Two arrays of 1 to 4 values."""
    several = st.lists(pairs(lowest, highest), min_size=1, max_size=4)
    return several.map(lambda rows: tuple(np.array(column) for column in zip(*rows, strict=True)))


component = st.one_of(st.just(0.0), st.floats(1e-3, 1e3), st.floats(-1e3, -1e-3))


def with_vector(two):
    n = 2 * len(two[0])
    return st.tuples(st.just(two), st.lists(component, min_size=n, max_size=n).map(np.array))


def digits(a, b):
    return 60 + int(2 * (np.log10(max(1.0, a, b)) - np.log10(min(1.0, a, b))))


def mp_block(a, b):
    """One block of Eq. 7 as printed."""
    a, b = mpmath.mpf(float(a)), mpmath.mpf(float(b))
    shared = mpmath.psi(1, a + b)
    return mpmath.matrix([[mpmath.psi(1, a) - shared, -shared], [-shared, mpmath.psi(1, b) - shared]])


def relative_error(got, expected):
    return float(abs(mpmath.mpf(float(got)) / expected - 1))


# -- F, Eq. 7 --------------------------------------------------------------------------------------


@given(pairs())
@example((1.0, 1e-9))
@example((1e150, 1e150))
@example((1e-150, 1e-150))
def test_eq7_entries(pair):
    fisher = GeneralizedDirichlet([pair[0]], [pair[1]]).fisher()
    with mpmath.workdps(digits(*pair)):
        expected = mp_block(*pair)
        for i in range(2):
            for j in range(2):
                if abs(expected[i, j]) > 1e-290:
                    assert relative_error(fisher[i, j], expected[i, j]) < 1.2e-15
                else:
                    assert abs(fisher[i, j] - float(expected[i, j])) <= 1e-304


@given(parameters(-3, 3))
def test_fisher_is_symmetric_block_diagonal_and_positive_definite(two):
    fisher = GeneralizedDirichlet(*two).fisher()
    np.testing.assert_array_equal(fisher, fisher.T)
    pair_of = np.arange(len(fisher)) // 2
    np.testing.assert_array_equal(fisher != 0, pair_of[:, None] == pair_of)
    np.linalg.cholesky(fisher)  # raises unless positive definite


@given(parameters())
def test_each_block_is_the_fisher_matrix_of_a_beta_distribution(two):
    """Beta(a, b) is the Dirichlet distribution of two components."""
    fisher = GeneralizedDirichlet(*two).fisher()
    for k, (a, b) in enumerate(zip(*two, strict=True)):
        block = fisher[2 * k : 2 * k + 2, 2 * k : 2 * k + 2]
        np.testing.assert_allclose(block, Dirichlet([a, b]).fisher(), rtol=4 * EPS, atol=1e-305)


def test_eq7_is_the_hessian_of_the_log_beta_function():
    fisher = GeneralizedDirichlet([3.5, 0.5], [3.9, 7.0]).fisher()

    def log_beta(a, b):
        return mpmath.loggamma(a) + mpmath.loggamma(b) - mpmath.loggamma(a + b)

    with mpmath.workdps(30):
        for k, pair in enumerate([(3.5, 3.9), (0.5, 7.0)]):
            assert relative_error(fisher[2 * k, 2 * k], mpmath.diff(log_beta, pair, (2, 0))) < 1e-12
            assert relative_error(fisher[2 * k, 2 * k + 1], mpmath.diff(log_beta, pair, (1, 1))) < 1e-12
            assert relative_error(fisher[2 * k + 1, 2 * k + 1], mpmath.diff(log_beta, pair, (0, 2))) < 1e-12


@given(parameters(-100, 100).flatmap(with_vector))
def test_fisher_mul_is_the_dense_product(pair):
    two, v = pair
    d = GeneralizedDirichlet(*two)
    dense = d.fisher()
    assert (np.abs(d.fisher_mul(v) - dense @ v) <= 8 * EPS * (np.abs(dense) @ np.abs(v)) + 1e-300).all()


@given(parameters(-20, 20).flatmap(with_vector), st.randoms(use_true_random=False))
def test_permuting_the_pairs_permutes_everything(pair, random):
    (a, b), v = pair
    order = list(range(len(a)))
    random.shuffle(order)
    places = np.array([(2 * k, 2 * k + 1) for k in order]).ravel()
    d, moved = GeneralizedDirichlet(a, b), GeneralizedDirichlet(a[order], b[order])
    np.testing.assert_array_equal(moved.fisher(), d.fisher()[np.ix_(places, places)])
    for form in ("exact", "diagonal"):
        np.testing.assert_array_equal(moved.fisher_solve(v[places], form), d.fisher_solve(v, form)[places])


@given(parameters(-20, 20).flatmap(with_vector))
def test_exchanging_alpha_and_beta_exchanges_the_two_of_a_pair(pair):
    (a, b), v = pair
    swap = np.arange(len(v)) ^ 1
    d, mirrored = GeneralizedDirichlet(a, b), GeneralizedDirichlet(b, a)
    np.testing.assert_allclose(mirrored.fisher(), d.fisher()[np.ix_(swap, swap)], rtol=4 * EPS)
    error = mirrored.fisher_solve(v[swap]) - d.fisher_solve(v)[swap]
    assert (np.abs(error) <= 16 * EPS * d.fisher_solve(np.abs(v))[swap]).all()


# -- F^-1 ------------------------------------------------------------------------------------------


@given(pairs())
@example((1.0, 1e-9))
@example((1e12, 1e12))
@example((1e150, 1e150))
@example((1e-150, 1e-150))
@example((1e150, 1e-4))
@example((0.0165, 2298229.3))
def test_eq7_inverse_blocks(pair):
    """Each entry of the inverse to fourteen digits, where textbook determinants keep none."""
    d = GeneralizedDirichlet([pair[0]], [pair[1]])
    with mpmath.workdps(digits(*pair) + 300):
        block = mp_block(*pair)
        determinant = block[0, 0] * block[1, 1] - block[0, 1] ** 2
        expected = (block[1, 1] / determinant, -block[0, 1] / determinant, block[0, 0] / determinant)
        if max(expected) > 1e307:
            if max(expected) > 2e308:
                with pytest.raises(ValueError, match=r"exact inverse of pair i = 1, .* exceeds the range"):
                    d.solver("exact")
            return
        for got, entry in zip(d.solver("exact").arrays, expected, strict=True):
            assert entry > 0
            assert relative_error(got[0], entry) < 2e-15


@given(parameters(-60, 60).flatmap(with_vector))
def test_fisher_times_its_inverse_both_ways(pair):
    """The residuals are bounded by |F| F^-1 |v| and F^-1 |F| |v|: their size is the conditioning of F."""
    two, v = pair
    d = GeneralizedDirichlet(*two)
    size = np.abs(d.fisher())
    there = d.fisher_mul(d.fisher_solve(v)) - v
    assert (np.abs(there) <= 16 * EPS * (size @ d.fisher_solve(np.abs(v)))).all()
    back = d.fisher_solve(d.fisher_mul(v)) - v
    assert (np.abs(back) <= 16 * EPS * d.fisher_solve(size @ np.abs(v))).all()


@given(parameters(-60, 60).flatmap(with_vector))
def test_the_exact_solve_is_that_of_one_dirichlet_a_pair(pair):
    (a, b), v = pair
    x, scale = (GeneralizedDirichlet(a, b).fisher_solve(w) for w in (v, np.abs(v)))
    for k in range(len(a)):
        one = slice(2 * k, 2 * k + 2)
        assert (np.abs(x[one] - Dirichlet([a[k], b[k]]).fisher_solve(v[one])) <= 16 * EPS * scale[one]).all()


@given(parameters(-2, 2).flatmap(with_vector))
def test_the_inverse_is_tight_where_the_matrix_is_tame(pair):
    two, v = pair
    d = GeneralizedDirichlet(*two)
    np.testing.assert_allclose(d.fisher() @ d.fisher_solve(np.eye(d.n)), np.eye(d.n), atol=1e-10)
    np.testing.assert_allclose(d.fisher_solve(v), np.linalg.solve(d.fisher(), v), rtol=1e-7, atol=1e-7)


@given(parameters().flatmap(with_vector))
def test_the_diagonal_form_divides_by_trigamma(pair):
    (a, b), v = pair
    result = GeneralizedDirichlet(a, b).fisher_solve(v, form="diagonal")
    np.testing.assert_allclose(result[0::2], v[0::2] / trigamma(a), rtol=4 * EPS)
    np.testing.assert_allclose(result[1::2], v[1::2] / trigamma(b), rtol=4 * EPS)


def test_an_inverse_beyond_the_range_of_a_double_is_refused():
    d = GeneralizedDirichlet([1.0, 1e150, 1.0], [1.0, 1e-150, 1.0])
    message = r'pair i = 2, alpha = 1e\+150 and beta = 1e-150, exceeds the range of a double; use form="diagonal"'
    with pytest.raises(ValueError, match=message):
        d.fisher_solve(np.ones(6))
    assert np.isfinite(d.fisher_solve(np.ones(6), form="diagonal")).all()


# -- the paper's numbers ---------------------------------------------------------------------------


@pytest.mark.parametrize(("size", "own", "cross", "diagonal"), [(3.5, 23.00, 19.98, 3.03), (9.0, 157.8, 149.2, 8.51)])
def test_e3_the_premise_of_the_diagonal_form_is_wrong(size, own, cross, diagonal):
    """E3: psi'(a + b) is nearly half of psi'(a), not about 0; the exact block is far from diagonal."""
    d = GeneralizedDirichlet(size, size).on(2)
    digits_after = 2 if size < 5 else 1
    expected = [[own, cross], [cross, own]]
    np.testing.assert_array_equal(d.fisher_solve(np.eye(2)).round(digits_after), expected)
    np.testing.assert_array_equal(d.fisher_solve(np.eye(2), "diagonal").round(2), np.diag([diagonal] * 2))
    assert 0.46 < trigamma(2 * size) / trigamma(size) < 0.49


@pytest.mark.parametrize("size", [1e3, 1e6, 1e12])
def test_a_large_symmetric_block_tends_to_two_alpha_squared(size):
    # psi'(a) - 2 psi'(2a) -> 1/(4 a^2): the factor along (1, 1) is 4 a^2, and along (1, -1) it is a
    d = GeneralizedDirichlet(size, size).on(2)
    np.testing.assert_allclose(d.fisher_solve([1.0, 1.0]), 4 * size**2, rtol=3 / size)
    assert d.solver("exact").arrays[0][0] == pytest.approx(2 * size**2, rel=3 / size, abs=0)


def test_a_long_vector_never_meets_a_matrix():
    n = 200_000  # the dense matrix would take 320 GB
    d = GeneralizedDirichlet(ramp(3.5, 1e-5), 4.0).on(n)
    v = np.linspace(-1, 1, n)
    np.testing.assert_allclose(d.fisher_mul(d.fisher_solve(v)), v, atol=1e-12)


# -- pairs and parameters --------------------------------------------------------------------------


def test_on_resolves_for_n_coordinates_and_counts_pairs():
    d = GeneralizedDirichlet(ramp(1.5, 0.25), 4).on(6)
    assert d == GeneralizedDirichlet([1.75, 2.0, 2.25], [4, 4, 4])
    assert d.n == 6
    assert d.on(6) == d
    assert GeneralizedDirichlet(ramp(1.5, 0.25), [4, 4]).n == 4  # one array resolves the other parameter


@pytest.mark.parametrize("n", [1, 5, 577])
def test_an_odd_number_of_coordinates_is_refused(n):
    """R7."""
    message = rf"^GeneralizedDirichlet needs an even number of coordinates.*, got n = {n}$"
    with pytest.raises(ValueError, match=message):
        GeneralizedDirichlet(3.5, 3.9).on(n)


def test_bad_parameters_are_named():
    with pytest.raises(ValueError, match=r"beta must be finite, positive and .* got inf"):
        GeneralizedDirichlet(3, np.inf)
    with pytest.raises(ValueError, match=r"beta must be finite, positive and .* got 0.0 at i = 3"):
        GeneralizedDirichlet(3, [1.0, 2.0, 0.0])
    with pytest.raises(ValueError, match=r"alpha must .* got 0.0 at i = 148 from .* up to 147 pairs"):
        GeneralizedDirichlet(ramp(7.4, -0.05), ramp(7.6, -0.01)).on(576)  # E10
    with pytest.raises(ValueError, match=r"alpha must .* at i = 2 from ramp\(2.0, -1.0\)"):
        GeneralizedDirichlet(ramp(2, -1), [1.0, 2.0])
    with pytest.raises(TypeError, match=r"beta must be a number, an array of real numbers or a ramp"):
        GeneralizedDirichlet(3, None)
    with pytest.raises(ValueError, match=r"alpha and beta must have the same length, .* got 2 and 3"):
        GeneralizedDirichlet([1, 2], [1, 2, 3])
    with pytest.raises(ValueError, match=r"alpha must have 3 values for 3 pairs, got 2"):
        GeneralizedDirichlet([1, 2], [1, 2]).on(6)
