"""What both distributions share: batches, the solver, identity, and every refusal of a call."""

import copy
import doctest
import math
import pickle
from dataclasses import FrozenInstanceError, replace
from importlib import import_module

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp, mpf, psi

from naive import fisher_dirichlet
from ngdm_lab.geometry import Dirichlet, GeneralizedDirichlet, ramp
from ngdm_lab.geometry.solver import Solver, solve_blocks, solve_diagonal, solve_dirichlet

RESOLVED = [Dirichlet(ramp(1.4, 0.005)).on(6), GeneralizedDirichlet(ramp(3.5, 0.005), ramp(3.9, 0.005)).on(6)]
OPEN = [
    Dirichlet(3.0),
    Dirichlet(ramp(3.0, 0.1)),
    GeneralizedDirichlet(3.0, 4.0),
    GeneralizedDirichlet(3.0, ramp(4, 0.1)),
]
OPERATIONS = {
    "fisher_mul": lambda d, v: d.fisher_mul(v),
    "exact": lambda d, v: d.fisher_solve(v),
    "diagonal": lambda d, v: d.fisher_solve(v, form="diagonal"),
}
each = pytest.mark.parametrize("d", RESOLVED, ids=["dirichlet", "gendir"])
operations = pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)


# -- vectors and batches -----------------------------------------------------------------------------


@each
@operations
def test_a_batch_equals_its_rows(d, operation):
    v = np.random.default_rng(0).normal(size=(3, 4, 6))
    v.flags.writeable = False
    kept = v.copy()
    result = operation(d, v)
    assert result.shape == v.shape
    assert result.flags.writeable
    for i in range(3):
        for j in range(4):
            np.testing.assert_array_equal(result[i, j], operation(d, v[i, j]))
    np.testing.assert_array_equal(v, kept)


@each
@operations
def test_layout_dtype_and_lists_make_no_difference(d, operation):
    v = np.random.default_rng(1).integers(-9, 9, size=(5, 6)).astype(float)
    expected = operation(d, v)
    np.testing.assert_array_equal(operation(d, np.asfortranarray(v)), expected)
    np.testing.assert_array_equal(operation(d, v[::2]), expected[::2])
    np.testing.assert_array_equal(operation(d, v[:, ::-1])[0], operation(d, v[0, ::-1].copy()))
    np.testing.assert_array_equal(operation(d, v.tolist()), expected)
    for dtype in (int, np.int8, np.float32):
        result = operation(d, v.astype(dtype))
        assert result.dtype == np.float64
        np.testing.assert_array_equal(result, expected)
    assert operation(d, v[:0]).shape == (0, 6)


@each
@operations
def test_nan_and_infinity_pass_through(d, operation):
    v = np.ones(6)
    v[3] = np.nan
    assert np.isnan(operation(d, v)[3])
    v[3] = np.inf
    assert operation(d, v)[3] == np.inf


# -- the solver --------------------------------------------------------------------------------------

sizes = st.lists(st.floats(-20, 20).map(lambda e: 10.0**e), min_size=2, max_size=2)


@given(st.lists(sizes, min_size=1, max_size=3), st.randoms(use_true_random=False))
def test_the_plain_function_is_what_fisher_solve_computes(rows, random):
    a, b = np.array(rows).T
    for d, exact in (
        (Dirichlet(np.ravel(rows)), ("dirichlet", solve_dirichlet)),
        (GeneralizedDirichlet(a, b), ("gendir", solve_blocks)),
    ):
        v = np.array([random.uniform(-1, 1) for _ in range(d.n)])
        for form, declared in (("exact", exact), ("diagonal", ("diagonal", solve_diagonal))):
            solver = d.solver(form)
            assert (solver.kind, solver.function) == declared
            assert all(x.dtype == np.float64 and x.flags.c_contiguous and x.ndim == 1 for x in solver.arrays)
            u = v.tolist()
            solver.function(u, d.n, *solver.arrays)  # plain Python, on a plain list
            scale = d.fisher_solve(np.abs(v), form)
            assert (np.abs(np.array(u) - d.fisher_solve(v, form)) <= 2e-15 * scale).all()


@pytest.mark.parametrize("n", [129, 131, 135, 1024, 1025, 1031, 2051])
def test_long_vectors_against_a_dense_solve(n):
    """Above 128 coordinates the sum goes by eights and by chunks of 1024; what is left over counts too."""
    alpha = 1.4 + 0.005 * np.arange(1, n + 1)
    d, F = Dirichlet(alpha), fisher_dirichlet(alpha)
    v = np.random.default_rng(n).normal(size=(3, n))
    v[1] = np.arange(n) >= n - n % 8 - 1  # the part left over and one before it
    v[2] = np.eye(1, n, n - 1)[0]
    for vector, solved in zip(v, d.fisher_solve(v), strict=True):
        dense = np.linalg.solve(F, vector)
        np.testing.assert_allclose(solved, dense, rtol=0, atol=1e-11 * np.abs(dense).max())
        assert np.array_equal(solved, d.fisher_solve(vector))


def test_chunks_are_summed_with_compensation():
    """Every chunk but the first adds less than half a unit in the last place of the sum: plain addition loses all.

    Reference: F^-1 v = v / p + P / (1 - n P / p) sum(v) / p^2 with p = psi'(2), P = psi'(2 n), in 40 digits.
    """
    chunks = 1000
    n = 1024 * chunks + 5
    v = np.full(n, 2.0**-53 * 0.9 / 1024)
    v[:1024] = 0.0
    v[0] = 1.0
    with mp.workdps(40):
        p, P = psi(1, mpf(2)), psi(1, mpf(2 * n))
        wanted = P / (1 - n * P / p) * mpf(math.fsum(v)) / p**2
        error = float(abs(mpf(Dirichlet(2.0).on(n).fisher_solve(v)[1]) / wanted - 1))  # v[1] = 0
    assert math.fsum(v) - 1.0 > 400 * np.finfo(float).eps
    assert error < 64 * np.finfo(float).eps


@each
def test_a_solver_is_frozen_picklable_and_its_arrays_its_own(d):
    solver = d.solver("exact")
    again = pickle.loads(pickle.dumps(solver))
    assert isinstance(again, Solver)
    assert (again.kind, again.function) == (solver.kind, solver.function)
    assert all((x == y).all() for x, y in zip(again.arrays, solver.arrays, strict=True))
    solver.arrays[0][:] = 0.0
    assert (d.solver("exact").arrays[0] > 0).all()
    with pytest.raises(FrozenInstanceError):
        solver.arrays = ()


# -- identity ----------------------------------------------------------------------------------------

SAME_AND_OTHER = [
    (Dirichlet(2), Dirichlet(2.0), Dirichlet(3)),
    (Dirichlet(ramp(1.4, 0.005)), Dirichlet(ramp(1.4, 0.005)), Dirichlet(ramp(1.4, 0.004))),
    (Dirichlet([1, 2]), Dirichlet(np.array([1.0, 2.0])), Dirichlet([2, 1])),
    (Dirichlet([1, 2]), Dirichlet((1, 2)), Dirichlet([1, 2, 3])),
    (GeneralizedDirichlet(2, 3), GeneralizedDirichlet(2.0, 3.0), GeneralizedDirichlet(3, 2)),
    (GeneralizedDirichlet([1, 2], 3), GeneralizedDirichlet([1, 2], [3, 3]), GeneralizedDirichlet([1, 2], 4)),
    (Dirichlet([1, 1]), Dirichlet([1, 1]), GeneralizedDirichlet([1], [1])),
]


@pytest.mark.parametrize(("a", "b", "other"), SAME_AND_OTHER)
def test_a_distribution_is_a_frozen_value(a, b, other):
    assert a == b != other
    assert hash(a) == hash(b)
    assert len({a, b, other}) == 2
    assert pickle.loads(pickle.dumps(a)) == a == copy.deepcopy(a) == replace(a)
    assert a != 2
    with pytest.raises(FrozenInstanceError):
        a.alpha = 1.0


def test_a_distribution_keeps_no_hold_on_the_callers_array():
    alpha = np.array([1.0, 2.0])
    d = Dirichlet(alpha)
    alpha[:] = 5.0
    assert d.alpha.tolist() == [1.0, 2.0]
    for x in (d, pickle.loads(pickle.dumps(d)), Dirichlet(1).on(2)):
        with pytest.raises(ValueError, match="read-only"):
            x.alpha[0] = 3.0


def test_reprs_can_be_read_back():
    for d in (*OPEN, Dirichlet([1, 2]), GeneralizedDirichlet([1, 2], 3)):
        assert eval(repr(d)) == d
    assert repr(Dirichlet(ramp(1.4, 0.005))) == "Dirichlet(alpha=ramp(1.4, 0.005))"
    assert repr(GeneralizedDirichlet([1], 3)) == "GeneralizedDirichlet(alpha=[1.0], beta=[3.0])"
    assert repr(Dirichlet(2).on(9)) == "Dirichlet(alpha=<9 values: 2.0, 2.0, 2.0, ..., 2.0>)"


@pytest.mark.parametrize("name", ["ramp", "dirichlet", "generalized_dirichlet"])
def test_the_examples_in_the_docstrings(name):
    result = doctest.testmod(import_module(f"ngdm_lab.geometry.{name}"))
    assert result.attempted > 0
    assert result.failed == 0


# -- refusals ----------------------------------------------------------------------------------------


def test_on_resolves_for_n_coordinates():
    assert Dirichlet(3).on(4) == Dirichlet([3, 3, 3, 3])
    assert Dirichlet(ramp(1.5, 0.25)).on(np.int64(3)) == Dirichlet([1.75, 2.0, 2.25])
    assert Dirichlet([1, 2]).on(2) == Dirichlet([1, 2])
    assert Dirichlet([1, 2, 3]).n == Dirichlet(1).on(3).n == 3


@pytest.mark.parametrize("d", OPEN, ids=repr)
@pytest.mark.parametrize(
    "call",
    [
        lambda d: d.n,
        lambda d: d.fisher(),
        lambda d: d.solver(),
        *(lambda d, f=f: f(d, [1.0, 2.0]) for f in OPERATIONS.values()),
    ],
)
def test_an_unresolved_distribution_says_what_to_do(d, call):
    with pytest.raises(ValueError, match=r"Dirichlet\(.* is not resolved: .*call \.on\(n\)"):
        call(d)


@each
def test_another_form_is_refused(d):
    for form in ("dense", None, 1):
        for call in (lambda form=form: d.solver(form), lambda form=form: d.fisher_solve(np.ones(6), form)):
            with pytest.raises(ValueError, match=f"form must be one of 'diagonal', 'exact', got {form!r}"):
                call()


@each
@operations
def test_another_shape_or_kind_of_vector_is_refused(d, operation):
    for v in (np.ones(2), np.ones((6, 2)), 1.0, []):
        with pytest.raises(ValueError, match=r"v must have the shape \(\.\.\., 6\), got \("):
            operation(d, v)
    for v in (["a"] * 6, [1j] * 6, [None] * 6, [True] * 6):
        with pytest.raises(TypeError, match=r"v must be an array of real numbers, got"):
            operation(d, v)


@pytest.mark.parametrize("d", OPEN, ids=repr)
def test_on_needs_a_positive_whole_number(d):
    for n in (0, -2):
        with pytest.raises(ValueError, match=f"n must be at least 1, got {n}"):
            d.on(n)
    for n in (2.0, "2", None, True):
        with pytest.raises(TypeError, match=r"n must be a whole number, got"):
            d.on(n)


@pytest.mark.parametrize("make", [Dirichlet, lambda alpha: GeneralizedDirichlet(alpha, 1.0)])
def test_bad_parameters_fail_when_they_are_given(make):
    with pytest.raises(ValueError, match=r"alpha must be finite, positive and .* got -1"):
        make(-1)
    with pytest.raises(ValueError, match=r"alpha must be finite, positive and .* got nan at i = 2"):
        make([1.0, np.nan])
    with pytest.raises(ValueError, match=r"alpha must be finite, positive and .* got 0.0 at i = 1"):
        make(ramp(1, -1))
    with pytest.raises(TypeError, match=r"alpha must be a"):
        make("1.4")
