"""Intervals and tests against scipy, and their laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ngdm_lab.experiments.statistics.compare import (
    chance,
    holm,
    mcnemar,
    paired_difference,
    rank_sum,
    sign_test,
    signed_rank,
    wilson,
)

# whole numbers, so that ties and zeros are frequent
values = st.lists(st.integers(-6, 6), min_size=12, max_size=60).map(lambda v: np.array(v, dtype=float))
pairs = st.lists(st.tuples(st.integers(-6, 6), st.integers(-6, 6)), min_size=12, max_size=60).map(
    lambda v: np.array(v, dtype=float).T
)
chances = st.lists(st.floats(0, 1), min_size=1, max_size=20).map(np.array)


@given(st.integers(1, 5000).flatmap(lambda m: st.tuples(st.integers(0, m), st.just(m))))
def test_wilson_is_scipys(pair):
    k, m = pair
    theirs = stats.binomtest(k, m).proportion_ci(method="wilson")
    low, high = wilson(k, m)
    assert low == pytest.approx(theirs.low, abs=1e-12)
    assert high == pytest.approx(theirs.high, abs=1e-12)
    assert 0 <= low <= k / m <= high <= 1


def test_wilson_of_no_trials_says_nothing():
    assert wilson(0, 0) == (0.0, 1.0)


def test_paired_difference_by_hand():
    a = np.array([True, True, False, True])
    b = np.array([True, False, False, False])
    mean, half = paired_difference(a, b)
    d = np.array([0, 1, 0, 1])
    assert mean == 0.5
    assert half == pytest.approx(stats.norm.ppf(0.975) * d.std(ddof=1) / 2)
    assert paired_difference(b, a)[0] == -0.5
    assert paired_difference(a, a) == (0.0, 0.0)


@given(st.integers(0, 400), st.integers(0, 400))
def test_sign_test_is_scipys_binomial_test(wins, losses):
    expected = stats.binomtest(wins, wins + losses).pvalue if wins + losses else 1.0
    assert sign_test(wins, losses) == pytest.approx(expected, rel=1e-9)


def test_mcnemar_counts_the_pairs_that_differ():
    a = np.array([True] * 9 + [False] * 1 + [True] * 50)
    b = np.array([False] * 9 + [True] * 1 + [True] * 50)
    assert mcnemar(a, b) == pytest.approx(2 * (1 + 10) / 2**10)
    assert mcnemar(b, a) == mcnemar(a, b)
    assert mcnemar(a, a) == 1.0


@given(pairs)
def test_signed_rank_is_scipys(pair):
    a, b = pair
    effect, p = signed_rank(a, b)
    d = b - a
    if not (d != 0).any():
        assert (effect, p) == (0.0, 1.0)
        return
    theirs = stats.wilcoxon(d, correction=False, method="approx")
    assert p == pytest.approx(theirs.pvalue, rel=1e-9)
    ranks = stats.rankdata(np.abs(d))  # Pratt's: pairs without a difference take the lowest
    assert effect == pytest.approx((ranks * np.sign(d)).sum() / ranks.sum())


def test_few_pairs_that_differ_are_a_small_effect():
    a, b = np.zeros(300), np.zeros(300)
    b[7] = 1.0
    assert 0.0 < signed_rank(a, b)[0] < 0.01
    assert signed_rank(a, a + 1.0)[0] == 1.0


@given(pairs)
def test_signed_rank_turns_with_its_arguments(pair):
    a, b = pair
    assert signed_rank(b, a) == pytest.approx((-signed_rank(a, b)[0], signed_rank(a, b)[1]))
    assert -1 <= signed_rank(a, b)[0] <= 1


def test_a_diverged_run_is_worse_than_any_other_and_two_are_a_tie():
    a = np.array([1.0, np.inf, np.inf, 2.0])
    b = np.array([1.0, np.inf, 1e300, np.inf])
    effect, p = signed_rank(a, b)
    assert effect == 0.0  # the two pairs that differ do so infinitely, one each way
    assert p == 1.0
    assert signed_rank(np.zeros(20), np.full(20, np.inf)) == (1.0, pytest.approx(stats.norm.sf(20**0.5) * 2, rel=0.5))
    assert signed_rank(np.full(20, np.inf), np.full(20, np.inf)) == (0.0, 1.0)


def test_differences_below_the_resolution_are_ties():
    a = np.arange(30.0)
    assert signed_rank(a, a + 1e-4, resolution=1e-3) == (0.0, 1.0)
    assert signed_rank(a, a + 1e-2, resolution=1e-3)[0] == 1.0


@given(values, values)
def test_rank_sum_is_scipys(a, b):
    effect, p = rank_sum(a, b)
    if len(set(a) | set(b)) == 1:
        assert p == 1.0
        return
    theirs = stats.mannwhitneyu(a, b, method="asymptotic", use_continuity=False)
    assert p == pytest.approx(theirs.pvalue, rel=1e-9)
    assert effect == pytest.approx(np.sign(a[:, None] - b).mean(), abs=1e-12)


def test_holm_by_hand_and_as_published():
    # the example of the encyclopaedias: of p = 0.01, 0.04, 0.03, 0.005 the fourth and the first are rejected at 5 %;
    # by hand 4 * 0.005, 3 * 0.01, 2 * 0.03, and 1 * 0.04 held up to the one before
    corrected = holm(np.array([0.01, 0.04, 0.03, 0.005]))
    assert corrected == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert (corrected <= 0.05).tolist() == [True, False, False, True]
    # as R's p.adjust(c(0.01, 0.02, 0.03, 0.04, 0.05), "holm") defines it
    assert holm(np.array([0.01, 0.02, 0.03, 0.04, 0.05])) == pytest.approx([0.05, 0.08, 0.09, 0.09, 0.09])
    assert holm(np.array([0.9, 0.8])) == pytest.approx([1.0, 1.0])
    assert len(holm(np.array([]))) == 0


@given(chances)
def test_holm_keeps_the_order_and_lies_between_p_and_bonferroni(p):
    corrected = holm(p)
    assert (corrected >= p).all()
    assert (corrected <= np.minimum(1, len(p) * p) + 1e-15).all()
    assert (np.diff(corrected[np.argsort(p, kind="stable")]) >= 0).all()


def test_chance_in_words():
    assert chance(1e-9) == "p < 0.0001"
    assert chance(0.0234) == "p = 0.023"
