"""The operators made of F: log-determinant, square root, ends of the spectrum, the diagonal form's error, batches."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ngdm_lab.geometry import Dirichlet, GeneralizedDirichlet, ramp, trigamma

EPS = np.finfo(float).eps


def alphas(lowest, highest, least=2, most=6):
    one = st.floats(lowest, highest).map(lambda e: 10.0**e)
    mixed = st.lists(one, min_size=least, max_size=most)
    equal = st.tuples(one, st.integers(least, most)).map(lambda t: [t[0]] * t[1])
    return st.one_of(mixed, equal).map(np.array)


def laws(lowest, highest):
    """Distributions of both kinds."""
    even = alphas(lowest, highest).filter(lambda a: len(a) % 2 == 0)
    return st.one_of(alphas(lowest, highest).map(Dirichlet), even.map(lambda a: GeneralizedDirichlet(a[::2], a[1::2])))


BOTH = [Dirichlet(ramp(1.4, 0.005)).on(6), GeneralizedDirichlet(ramp(3.5, 0.005), ramp(3.9, 0.005)).on(6)]
each = pytest.mark.parametrize("d", BOTH, ids=["dirichlet", "gendir"])

# -- values where the dense matrix is tame (elsewhere: test_fisher_errors) ----------------------------


@given(laws(-2, 2))
def test_logdet_and_eigenvalues_are_those_of_the_dense_matrix(d):
    fisher = d.fisher()
    sign, logdet = np.linalg.slogdet(fisher)
    assert sign == 1
    assert d.fisher_logdet() == pytest.approx(logdet, abs=1e-8)
    values = np.linalg.eigvalsh(fisher)
    low, high = d.fisher_eigenvalue_range()
    assert low == pytest.approx(values[0], rel=1e-13, abs=8 * EPS * high)
    assert high == pytest.approx(values[-1], rel=1e-13)


@given(laws(-2, 2))
def test_the_square_root_is_choleskys(d):
    rows, factor = np.eye(d.n), np.linalg.cholesky(d.fisher())
    size = np.abs(factor)
    assert (np.abs(d.fisher_sqrt_mul(rows).T - factor) <= 1e-8 * size).all()
    np.testing.assert_array_equal(d.fisher_sqrt_mul(rows, transpose=True), d.fisher_sqrt_mul(rows).T)


@given(laws(-60, 60))
def test_positive_definite_everywhere(d):
    """Cholesky's factor is real with a positive diagonal, and multiplied out it is F: nothing is assumed."""
    rows = np.eye(d.n)
    factor = d.fisher_sqrt_mul(rows).T
    assert (np.diag(factor) > 0).all()
    assert (np.triu(factor, 1) == 0).all()
    assert (np.tril(factor, -1) <= 0).all()
    size = np.abs(factor) @ np.abs(factor).T
    assert (np.abs(factor @ factor.T - d.fisher()) <= 16 * EPS * size).all()
    low, high = d.fisher_eigenvalue_range()
    assert 0 < low <= np.diag(d.fisher()).min() * (1 + 4 * EPS)
    assert np.diag(d.fisher()).max() * (1 - 4 * EPS) <= high <= trigamma(min(np.ravel(d._blocks.alpha))) * (1 + 4 * EPS)


@given(laws(-40, 40), st.integers(0, 2**32))
def test_the_square_root_and_its_inverse(d, seed):
    v = np.random.default_rng(seed).normal(size=(3, d.n))
    rows = np.eye(d.n)
    factor = d.fisher_sqrt_mul(rows).T
    inverse = d.fisher_sqrt_solve(rows).T
    assert (np.tril(inverse, -1) >= 0).all()
    for transpose in (False, True):
        there = d.fisher_sqrt_mul(d.fisher_sqrt_solve(v, transpose), transpose)
        outer, inner = (np.abs(x.T if transpose else x) for x in (factor, inverse))
        assert (np.abs(there - v) <= 32 * EPS * (np.abs(v) @ inner.T @ outer.T)).all()
    twice = d.fisher_sqrt_solve(d.fisher_sqrt_solve(v), transpose=True)
    scale = np.abs(v) @ inverse.T @ inverse
    assert (np.abs(twice - d.fisher_solve(v)) <= 32 * EPS * scale).all()


@each
def test_whitening_and_sampling(d):
    x = d.rvs(40_000, random_state=3)
    white = d.fisher_sqrt_solve(d.score(x))
    np.testing.assert_allclose(white.T @ white / len(x), np.eye(6), atol=0.04)
    z = np.random.default_rng(4).normal(size=(40_000, 6))
    drawn = d.fisher_sqrt_solve(z, transpose=True)
    exact = d.fisher_solve(np.eye(6))
    scale = np.sqrt(np.outer(np.diag(exact), np.diag(exact)))
    assert (np.abs(drawn.T @ drawn / len(z) - exact) < 0.03 * scale).all()


@given(laws(-3, 3))
def test_logdet_of_merged_laws_and_the_diagonal_form(d):
    rows = np.eye(d.n)
    diagonal = d.fisher("diagonal")
    np.testing.assert_array_equal(diagonal, np.diag(np.diag(diagonal)))
    np.testing.assert_array_equal(d.fisher_mul(rows, "diagonal"), diagonal)
    np.testing.assert_allclose(d.fisher_solve(rows, "diagonal") @ diagonal, rows, atol=4 * EPS)
    assert d.fisher_logdet("diagonal") == pytest.approx(np.log(np.diag(diagonal)).sum(), abs=1e-12)
    low, high = d.fisher_eigenvalue_range("diagonal")
    assert (low, high) == (np.diag(diagonal).min(), np.diag(diagonal).max())
    assert d.fisher_logdet() <= d.fisher_logdet("diagonal") + 1e-12  # F is less than its diagonal form
    # log det F is the sum over Cholesky's diagonal
    roots = np.diag(d.fisher_sqrt_mul(rows))
    assert d.fisher_logdet() == pytest.approx(
        2 * np.log(roots).sum(), abs=1e-12 * d.n + 1e-13 * abs(np.log(roots)).sum()
    )


def test_the_determinant_itself_would_not_do():
    d = Dirichlet(50.0).on(400)
    assert np.linalg.det(d.fisher()) == 0
    assert d.fisher_logdet() == pytest.approx(np.linalg.slogdet(d.fisher())[1], rel=1e-9)


def test_the_spectrum_of_equal_alphas_is_known():
    """psi'(a) n - 1 times, and psi'(a) - n psi'(n a) along the ones."""
    for a, n in ((0.3, 5), (12.0, 5), (2.0, 1000)):
        low, high = Dirichlet(a).on(n).fisher_eigenvalue_range()
        assert high == trigamma(a)
        assert low == pytest.approx(trigamma(a) - n * trigamma(n * a), rel=1e-10)


def test_the_ends_of_the_spectrum_take_few_steps(monkeypatch):
    """Eight at most, seven in 40,000 trials."""
    rng = np.random.default_rng(0)
    laws = [Dirichlet(10 ** rng.uniform(-size, size, 5)) for size in (3, 30, 140) for _ in range(40)]
    laws += [Dirichlet(3.0 * (1 + 1e-8 * rng.normal(size=5))) for _ in range(40)]
    settled = [d.fisher_eigenvalue_range() for d in laws]
    monkeypatch.setattr("ngdm_lab.geometry.spectrum.STEPS", 8)
    np.testing.assert_array_equal([d.fisher_eigenvalue_range() for d in laws], settled)


def test_the_spectrum_takes_no_dense_matrix():
    n = 300_000  # the dense matrix would take 720 GB
    d = Dirichlet(ramp(1.4, 1e-5)).on(n)
    low, high = d.fisher_eigenvalue_range()
    v = np.ones(n)
    for _ in range(20):  # inverse iteration
        v = d.fisher_solve(v / np.linalg.norm(v))
    assert low == pytest.approx(1 / np.linalg.norm(v), rel=1e-12)
    assert trigamma(1.4 + 2e-5) <= high <= trigamma(1.4 + 1e-5)
    g = GeneralizedDirichlet(ramp(3.5, 1e-5), 3.9).on(n)
    low, high = g.fisher_eigenvalue_range()
    worst = np.linalg.eigvalsh(GeneralizedDirichlet([3.5 + 1e-5 * (n // 2)], [3.9]).fisher())[0]
    assert low == pytest.approx(worst, rel=1e-10)
    assert high < trigamma(3.5)


# -- the diagonal form's error -----------------------------------------------------------------------


@given(laws(-2, 3), st.integers(0, 2**32))
def test_the_error_of_the_diagonal_form(d, seed):
    v = np.random.default_rng(seed).normal(size=(3, d.n))
    exact, diagonal = d.fisher_solve(v), d.fisher_solve(v, "diagonal")
    expected = np.linalg.norm(exact - diagonal, axis=-1) / np.linalg.norm(exact, axis=-1)
    np.testing.assert_allclose(d.diagonal_error(v), expected, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(d.diagonal_error(1e200 * v), d.diagonal_error(v), rtol=1e-13, atol=1e-13)


def test_e2_the_error_of_the_diagonal_form_along_ones_stays_as_n_grows():
    for alpha, factor in ((1.4, 3.3), (4.0, 8.4), (8.0, 16.4), (12.0, 24.4)):
        errors = [Dirichlet(alpha).on(n).diagonal_error(np.ones(n)) for n in (10, 1000, 100_000)]
        assert errors[1] == pytest.approx(1 - 1 / factor, abs=1e-3)
        assert errors[2] == pytest.approx(errors[1], abs=1e-3)
        assert Dirichlet(alpha).on(4).diagonal_error([1.0, -1.0, 2.0, -2.0]) < 1e-14


def test_e3_the_error_of_the_diagonal_form_of_a_pair():
    for size, error in ((3.5, 1 - 3.03 / (23.00 + 19.98)), (9.0, 1 - 8.51 / (157.8 + 149.2))):
        d = GeneralizedDirichlet(size, size).on(2)
        assert d.diagonal_error([1.0, 1.0]) == pytest.approx(error, abs=1e-3)
        assert d.diagonal_error([1.0, -1.0]) == 0
    assert np.isnan(d.diagonal_error([0.0, 0.0]))


# -- batches and refusals ----------------------------------------------------------------------------

BATCHES = [
    Dirichlet(np.random.default_rng(0).uniform(0.2, 9, (2, 3, 6))),
    GeneralizedDirichlet(*np.random.default_rng(1).uniform(0.2, 9, (2, 2, 3, 3))),
]
CALLS = {
    "fisher": lambda d, v: d.fisher(),
    "diagonal fisher": lambda d, v: d.fisher("diagonal"),
    "mul": lambda d, v: d.fisher_mul(v),
    "diagonal mul": lambda d, v: d.fisher_mul(v, "diagonal"),
    "solve": lambda d, v: d.fisher_solve(v),
    "diagonal solve": lambda d, v: d.fisher_solve(v, "diagonal"),
    "logdet": lambda d, v: d.fisher_logdet(),
    "sqrt": lambda d, v: d.fisher_sqrt_mul(v),
    "sqrt transposed": lambda d, v: d.fisher_sqrt_mul(v, transpose=True),
    "inverse sqrt": lambda d, v: d.fisher_sqrt_solve(v),
    "inverse sqrt transposed": lambda d, v: d.fisher_sqrt_solve(v, transpose=True),
    "eigenvalues": lambda d, v: np.stack(d.fisher_eigenvalue_range(), axis=-1),
    "diagonal eigenvalues": lambda d, v: np.stack(d.fisher_eigenvalue_range("diagonal"), axis=-1),
    "error": lambda d, v: d.diagonal_error(v),
}


def single(d, i, j):
    arrays = [d.alpha[i, j], *([d.beta[i, j]] if isinstance(d, GeneralizedDirichlet) else [])]
    return type(d)(*arrays)


@pytest.mark.parametrize("d", BATCHES, ids=["dirichlet", "gendir"])
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_batch_of_laws_is_its_members(d, call):
    v = np.random.default_rng(2).normal(size=(3, 6))
    result = call(d, v)
    for i in range(2):
        for j in range(3):
            np.testing.assert_allclose(result[i, j], call(single(d, i, j), v[j]), rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("d", BATCHES, ids=["dirichlet", "gendir"])
def test_a_batch_of_vectors_meets_a_batch_of_laws(d):
    v = np.random.default_rng(3).normal(size=(4, 1, 1, 6))
    assert d.fisher_solve(v).shape == d.fisher_mul(v).shape == (4, 2, 3, 6)
    np.testing.assert_allclose(d.fisher_mul(d.fisher_solve(v)), np.broadcast_to(v, (4, 2, 3, 6)), atol=1e-12)
    with pytest.raises(ValueError, match=r"v must have a shape that broadcasts with \(2, 3, 6\), got \(4, 6\)"):
        d.fisher_mul(np.ones((4, 6)))
    with pytest.raises(ValueError, match=r"a solver is for one distribution, got a batch of shape \(2, 3\)"):
        d.solver()
    assert d.on(6) == d


def test_bad_parameters_in_a_batch_are_named():
    with pytest.raises(ValueError, match=r"alpha must be .*, got -1.0 at i = 2 of row 1$"):
        Dirichlet([[1.0, 2.0], [3.0, -1.0]])
    with pytest.raises(ValueError, match=r"beta must be .*, got nan at i = 1 of row \(0, 1\)$"):
        GeneralizedDirichlet(1.0, [[[1.0], [np.nan]]])


@pytest.mark.parametrize("call", [lambda d, v: d.fisher_sqrt_mul(v), lambda d, v: d.fisher_sqrt_solve(v)])
def test_e12_one_coordinate_has_no_square_root(call):
    d = Dirichlet([2.5])
    with pytest.raises(ValueError, match=r'one coordinate has the Fisher matrix F = 0.*use form="diagonal"'):
        call(d, [1.0])
    assert d.fisher_logdet() == -np.inf
    assert d.fisher_eigenvalue_range() == (0, 0)
    assert d.fisher_logdet("diagonal") == pytest.approx(np.log(trigamma(2.5)))


@each
def test_another_form_is_refused_everywhere(d):
    for call in (d.fisher, d.fisher_logdet, d.fisher_eigenvalue_range, lambda f: d.fisher_mul(np.ones(6), f)):
        with pytest.raises(ValueError, match="form must be one of 'diagonal', 'exact', got 'dense'"):
            call("dense")


@given(laws(-100, 100).filter(lambda d: d.n > 1), st.integers(0, 2**32))
@example(Dirichlet([1e150, 1e150]), 0)
def test_the_squared_length_is_positive(d, seed):
    v = np.random.default_rng(seed).normal(size=d.n) * np.ravel(d._blocks.alpha)
    blocks = d._blocks
    length = blocks.quadratic(v.reshape(blocks.alpha.shape))
    assert length > 0
    size = np.abs(v) @ np.abs(d.fisher()) @ np.abs(v)
    assert length == pytest.approx(v @ d.fisher_mul(v), rel=1e-12, abs=1e-14 * size)


def test_a_long_row_is_solved_as_exactly_as_a_short_one():
    """A plain loop over a million equal terms is off by 1e-11."""
    n = 1_000_000
    d = Dirichlet(12.0).on(n)
    ones = np.ones(n)
    exact = 1 / (trigamma(12.0) * (1 - n * trigamma(12.0 * n) / trigamma(12.0)))
    np.testing.assert_allclose(d.fisher_solve(ones)[[0, n // 2, -1]], exact, rtol=2e-14)
