"""C12: the energy and triangle tests against SciPy's distances, their level and their laws."""

from itertools import combinations

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.spatial.distance import cdist

from ngdm_lab.geometry import (
    Dirichlet,
    GeneralizedDirichlet,
    energy_statistic,
    energy_test,
    triangle_sides,
    triangle_test,
)
from ngdm_lab.geometry.bootstrap import fit_each
from ngdm_lab.geometry.interpoint import PARALLEL, count_sides, mean_distance

LAWS = [Dirichlet([2.0, 0.7, 5.0]), GeneralizedDirichlet([2.0, 3.0], [1.5, 4.0])]
TESTS = [energy_test, triangle_test]


def points(m, k, seed=0):
    return np.random.default_rng(seed).dirichlet(np.ones(k), m)


# -- the statistics ----------------------------------------------------------------------------------------


@given(st.integers(1, 40), st.integers(1, 40), st.integers(2, 6), st.integers(0, 2**32 - 1))
def test_energy_is_that_of_the_distance_matrices(m, many, k, seed):
    x, y = points(m, k, seed), points(many, k, seed + 1)
    dense = m * (2 * cdist(x, y).mean() - cdist(x, x).mean() - cdist(y, y).mean())
    assert energy_statistic(x, y) == pytest.approx(dense, rel=1e-12, abs=1e-13 * m)
    assert energy_statistic(x, y) >= -1e-13 * m
    assert energy_statistic(x, x) == pytest.approx(0, abs=1e-13 * m)
    shuffled = energy_statistic(x[::-1], np.random.default_rng(seed).permutation(y))
    assert energy_statistic(x, y) == pytest.approx(shuffled, rel=1e-12, abs=1e-13 * m)


@pytest.mark.parametrize(("m", "many"), [(300, 1_000), (255, 513), (257, 256)])
def test_blocks_of_the_kernel_meet(m, many):
    x, y = points(m, 4), points(many, 4, 1)
    assert mean_distance(x[None], y[None])[0] == pytest.approx(cdist(x, y).mean(), rel=1e-13)
    assert mean_distance(x[None])[0] == pytest.approx(cdist(x, x).mean(), rel=1e-13)


@given(st.integers(1, 30), st.integers(1, 30), st.integers(0, 2**32 - 1))
def test_with_two_components_it_is_the_energy_distance_on_the_line(m, many, seed):
    x, y = points(m, 2, seed), points(many, 2, seed + 1)
    distance = stats.energy_distance(x[:, 0], y[:, 0])  # its square is half of ours, without m; the line is longer
    assert energy_statistic(x, y) == pytest.approx(m * np.sqrt(2) * distance**2, rel=1e-9, abs=1e-12 * m)


def naive_sides(x, y, corners):
    counts = np.zeros(3)
    for i, j in combinations(range(len(x)), 2):
        for k in corners(i, j):
            side = np.linalg.norm(x[i] - x[j])
            others = np.linalg.norm(x[i] - y[k]), np.linalg.norm(x[j] - y[k])
            counts[0 if side < min(others) else 2 if side > max(others) else 1] += 1
    return counts / counts.sum()


@given(st.integers(2, 12), st.integers(1, 4), st.integers(2, 5), st.integers(0, 2**32 - 1))
def test_sides_are_counted_over_the_design(m, layers, k, seed):
    x, y = points(m, k, seed), points(layers * m, k, seed + 1)
    naive = naive_sides(x, y, lambda i, j: [s * m + (i + j) % m for s in range(layers)])
    np.testing.assert_allclose(triangle_sides(x, y), naive, atol=1e-15)


def test_with_every_corner_in_every_layer_it_is_the_complete_statistic():
    """Bartoszynski, Pearl and Lawrence's: all pairs with all y."""
    m = 9
    x, y = points(m, 3), points(m, 3, 1)
    every = np.concatenate([np.roll(y, s, axis=0) for s in range(m)])
    np.testing.assert_allclose(triangle_sides(x, every), naive_sides(x, y, lambda i, j: range(m)), atol=1e-15)


def test_sides_beyond_one_block_of_the_kernel():
    m = 300
    x, y = points(m, 3), points(2 * m, 3, 1)
    own, other = cdist(x, x), cdist(x, y)
    i, j = np.triu_indices(m, 1)
    corners = np.stack([(i + j) % m, m + (i + j) % m])
    smallest = (own[i, j] < np.minimum(other[i, corners], other[j, corners])).mean()
    largest = (own[i, j] > np.maximum(other[i, corners], other[j, corners])).mean()
    np.testing.assert_allclose(triangle_sides(x, y), [smallest, 1 - smallest - largest, largest], atol=1e-15)


@pytest.mark.parametrize("law", LAWS, ids=["dirichlet", "gendir"])
def test_under_the_law_itself_every_side_is_as_likely(law):
    samples = np.swapaxes(law.rvs(size=(60, 200), random_state=1), 0, 1)
    references = np.swapaxes(law.rvs(size=(240, 200), random_state=2), 0, 1)
    shares = count_sides(samples, references)
    error = shares.std(axis=0) / np.sqrt(200)
    assert (np.abs(shares.mean(axis=0) - 1 / 3) < 4 * error).all()
    assert (error < 0.003).all()


def test_any_number_of_threads_gives_the_same_bits():
    x, y = points(400, 3)[None], points(2_000, 3, 1)[None]
    assert x.size * 2_000 < PARALLEL < np.concatenate([x] * 50).size * 2_000
    many_x, many_y = np.concatenate([x] * 50), np.concatenate([y] * 50)
    before = numba.get_num_threads()
    try:
        made = []
        for threads in {1, before}:
            numba.set_num_threads(threads)
            made.append((mean_distance(many_x, many_y).tobytes(), count_sides(many_x, many_y).tobytes()))
    finally:
        numba.set_num_threads(before)
    assert len(set(made)) == 1
    assert made[0][0] == np.repeat(mean_distance(x, y), 50).tobytes()


# -- fits of many samples ------------------------------------------------------------------------------------


@pytest.mark.parametrize("law", LAWS, ids=["dirichlet", "gendir"])
def test_each_sample_is_fitted_as_it_would_be_alone(law):
    samples = np.swapaxes(law.rvs(size=(50, 7), random_state=3), 0, 1)
    together = fit_each(type(law), samples)
    for i, sample in enumerate(samples):
        alone = type(law).fit(sample)
        np.testing.assert_allclose(together.alpha[i], alone.alpha, rtol=1e-8)
        if isinstance(law, GeneralizedDirichlet):
            np.testing.assert_allclose(together.beta[i], alone.beta, rtol=1e-8)


# -- the tests' level ----------------------------------------------------------------------------------------


def pvalues(test, law, trials, size, replicates, fitted=True, **options):
    sample = np.random.default_rng(7)
    model = type(law) if fitted else law
    results = (
        test(law.rvs(size=size, random_state=sample), model, replicates=replicates, seed=1_000 + i, **options)
        for i in range(trials)
    )
    return np.array([result.pvalue for result in results])


def assert_uniform(p, replicates):
    """p lies on 1/(B + 1), 2/(B + 1), ..., 1; spread over the cell below it, it is uniform on (0, 1)."""
    spread = p - np.random.default_rng(0).random(len(p)) / (replicates + 1)
    assert stats.kstest(spread, "uniform").pvalue > 0.01


@pytest.mark.parametrize("fitted", [False, True], ids=["given", "fitted"])
@pytest.mark.parametrize("law", LAWS, ids=["dirichlet", "gendir"])
@pytest.mark.parametrize("test", TESTS)
def test_pvalues_are_uniform_under_the_null(test, law, fitted):
    assert_uniform(pvalues(test, law, 300, 50, 39, fitted, references=2), 39)


@pytest.mark.slow
@pytest.mark.parametrize("size", [20, 100])
@pytest.mark.parametrize("law", [*LAWS, Dirichlet([0.3, 0.4, 0.2, 0.6]), Dirichlet([30.0, 2.0])], ids=str)
@pytest.mark.parametrize("test", TESTS)
def test_pvalues_are_uniform_under_the_null_in_more_trials(test, law, size):
    p = pvalues(test, law, 1_000, size, 99, references=2)
    if size == 100:  # with 20 points the middle of the distribution is off by up to 0.06, as the docstrings say
        assert_uniform(p, 99)
    for level in (0.01, 0.05, 0.1):
        assert stats.binomtest(int((p <= level).sum()), len(p), level).pvalue > 0.001


def test_without_fitting_again_they_are_not():
    """What the bootstrap is for: with fitted parameters taken as given, nothing is ever rejected."""
    law = LAWS[0]
    sample = np.random.default_rng(8)
    drawn = [law.rvs(size=50, random_state=sample) for _ in range(60)]
    p = [energy_test(x, Dirichlet.fit(x), replicates=39, seed=i).pvalue for i, x in enumerate(drawn)]
    assert min(p) > 0.1
    assert np.mean(p) > 0.7


# -- results -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("test", TESTS)
def test_a_result_says_what_was_done(test):
    x = LAWS[0].rvs(size=80, random_state=1)
    result = test(x, Dirichlet, replicates=49, seed=3)
    again = test(x, Dirichlet, replicates=49, seed=3)
    assert result.pvalue == again.pvalue
    np.testing.assert_array_equal(result.null_distribution, again.null_distribution)
    assert len(result.null_distribution) == 49
    assert result.pvalue == (1 + (result.null_distribution >= result.statistic).sum()) / 50
    assert result.fitted
    assert (result.size, result.points) == (80, 80)
    np.testing.assert_allclose(result.distribution.alpha, Dirichlet.fit(x).alpha, rtol=1e-12)
    assert "80 points: p = " in repr(result)
    assert "fitted Dirichlet" in repr(result)
    assert not test(x, Dirichlet(2.0), replicates=19).fitted
    if test is triangle_test:
        assert sum(result.sides) == pytest.approx(1)
    else:
        assert result.sides is None


@pytest.mark.parametrize("test", TESTS)
def test_many_points_are_subsampled(test):
    x = np.concatenate([LAWS[0].rvs(size=2_000, random_state=1), LAWS[0].rvs(size=2_000, random_state=2)])
    result = test(x, Dirichlet, max_points=100, replicates=39)
    assert (result.size, result.points) == (4_000, 100)
    assert "4000 points (100 of them drawn)" in repr(result)
    np.testing.assert_allclose(result.distribution.alpha, Dirichlet.fit(x).alpha, rtol=1e-12)
    assert result.pvalue > 0.05


def test_a_wrong_distribution_is_found():
    x = np.random.default_rng(0).dirichlet([8.0, 4.0, 4.0], 100)
    x[::2] = x[::2, [1, 2, 0]]  # a mixture
    for test in TESTS:
        assert test(x, Dirichlet, replicates=99).pvalue == 0.01
        assert test(LAWS[1].rvs(size=100, random_state=1), Dirichlet(1.0), replicates=99).pvalue == 0.01


# -- bad input -------------------------------------------------------------------------------------------------

GOOD = points(20, 3)


def good_but(row, point):
    changed = GOOD.copy()
    changed[row] = point
    return changed


@pytest.mark.parametrize("test", TESTS)
@pytest.mark.parametrize(
    ("x", "model", "kind", "words"),
    [
        (GOOD[:9], Dirichlet, ValueError, "at least 10 points of 3 components, got 9"),
        (points(11, 7), GeneralizedDirichlet, ValueError, "at least 13 points of 7 components, got 11"),
        (GOOD[0], Dirichlet, ValueError, "points of the simplex as rows"),
        (good_but(10, [0.2, np.nan, 0.3]), Dirichlet, ValueError, "nan at component 1 of row 10"),
        (2 * GOOD, Dirichlet, ValueError, r"components have the sum 1, got .* in row 0"),
        (GOOD - [0, 0, 2], Dirichlet, ValueError, "not negative"),
        (np.tile(GOOD[:1], (20, 1)), Dirichlet, ValueError, "all points are the same"),
        (good_but(3, [0.5, 0.0, 0.5]), Dirichlet, ValueError, "every component must be positive"),
        (GOOD, Dirichlet([1.0, 2.0]), ValueError, "alpha must have 3 values"),
        (GOOD, Dirichlet(np.ones((5, 3))), ValueError, r"single one, got a batch of shape \(5,\)"),
        (GOOD, GeneralizedDirichlet(1.0, [1.0] * 3), ValueError, "must have 2 values for 2 pairs"),
        (GOOD, "dirichlet", TypeError, "distribution must be Dirichlet or"),
        (GOOD, int, TypeError, "distribution must be Dirichlet or"),
        ([["a", "b"]], Dirichlet, TypeError, "array of real numbers"),
    ],
)  # fmt: skip
def test_bad_points_and_distributions_are_reported(test, x, model, kind, words):
    with pytest.raises(kind, match=words) as caught:
        test(x, model)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"replicates": 5}, "replicates must be at least 19, got 5"),
        ({"references": 0}, "references must be at least 1"),
        ({"max_points": 3}, "max_points must be at least 10"),
        ({"seed": -1}, "seed must be at least 0"),
    ],
)
def test_bad_options_are_reported(options, words):
    with pytest.raises(ValueError, match=words):
        energy_test(GOOD, Dirichlet, **options)


def test_bad_references_are_reported():
    with pytest.raises(ValueError, match="a multiple of their number, got 20 and 30"):
        triangle_sides(GOOD, points(30, 3))
    with pytest.raises(ValueError, match="y must have a last axis of length 3"):
        energy_statistic(GOOD, points(30, 4))


def test_a_replicate_that_cannot_be_fitted_is_reported():
    """Components of a small alpha can be 0: x may have none of them, and its replicates have."""
    x = Dirichlet([0.01, 1.0, 1.0]).rvs(size=2_000, random_state=0)
    x = x[(x > 0).all(axis=1)][:500]
    with pytest.raises(ValueError, match=r"component 0.*no fit"):
        energy_test(x, Dirichlet, replicates=99)
