"""The log-rank test: SciPy's, and a published trial."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from ngdm_lab.experiments.statistics.survival import gehan_pairs, log_rank

# weeks of remission of leukaemia under 6-mercaptopurine and placebo: Freireich et al. 1963, Blood 21, 699-716
DRUG = [6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
SEEN = [True] * 9 + [False] * 12
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]

GROUP = st.lists(st.tuples(st.integers(1, 8), st.booleans()), min_size=1, max_size=15)


def split(rows):
    return np.array([float(r[0]) for r in rows]), np.array([r[1] for r in rows])


def test_a_published_trial():
    """Chi-squared 16.79, 9 and 21 relapses where 19.25 and 10.75 were expected, as R's survdiff prints."""
    result = log_rank(PLACEBO, DRUG, [True] * 21, SEEN)
    assert result.z**2 == pytest.approx(16.793, abs=5e-4)
    assert result.p == pytest.approx(4.17e-5, abs=5e-8)
    assert result.observed == (21, 9)
    assert result.expected == pytest.approx((10.75, 19.25), abs=5e-3)
    assert result.ratio == pytest.approx((21 / 10.75) / (9 / 19.25), rel=1e-3)
    assert result.z > 0  # the placebo's relapses are earlier


@given(GROUP, GROUP)
def test_scipys_log_rank(rows_a, rows_b):
    (a, seen_a), (b, seen_b) = split(rows_a), split(rows_b)
    result = log_rank(a, b, seen_a, seen_b)
    turned = log_rank(b, a, seen_b, seen_a)
    assert turned.p == pytest.approx(result.p, abs=1e-12)
    assert turned.observed == result.observed[::-1]
    assert sum(result.expected) == pytest.approx(sum(result.observed))
    assume(result.z != 0 and seen_a.any() and seen_b.any())
    first, second = (stats.CensoredData(uncensored=t[s], right=t[~s]) for t, s in ((a, seen_a), (b, seen_b)))
    scipys = stats.logrank(first, second)
    assert result.z == pytest.approx(scipys.statistic, abs=1e-9)
    assert result.p == pytest.approx(scipys.pvalue, abs=1e-9)


def test_groups_without_events_and_equal_groups():
    none = log_rank([5.0, 5.0], [5.0, 6.0], [False, False], [False, False])
    assert (none.z, none.p, none.observed) == (0.0, 1.0, (0, 0))
    assert np.isnan(none.ratio)
    same = log_rank(PLACEBO, PLACEBO, [True] * 21, [True] * 21)
    assert same.z == pytest.approx(0, abs=1e-12)
    assert same.ratio == pytest.approx(1)
    assert log_rank([1.0, 2.0], [3.0, 3.0], [True, True], [False, False]).ratio == np.inf
    assert log_rank([3.0, 3.0], [1.0, 2.0], [False, False], [True, True]).ratio == 0
    assert np.isnan(log_rank([1.0], [2.0], [False], [True]).ratio)  # none of a was left to compare with


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(([], [1.0], [], [True]), "a must be finite times, at least one"),
     (([1.0], [np.nan], [True], [True]), "b must be finite times"),
     (([1.0], [1.0], [1], [True]), "seen_a must be True or False"),
     (([1.0], [1.0, 2.0], [True], [True]), "seen_b must be True or False for each of 2 times")],
)  # fmt: skip
def test_bad_input(arguments, message):
    with pytest.raises(ValueError, match=message):
        log_rank(*arguments)


PAIRS = st.lists(st.tuples(st.integers(1, 6), st.booleans(), st.integers(1, 6), st.booleans()), min_size=1, max_size=9)


def earlier(t, seen, u, other):
    """Whether an event at t is known to be before what happens at u."""
    return seen and (t < u or (t == u and not other))


@given(PAIRS)
def test_gehans_pairs_against_all_exchanges(rows):
    """Scores by Gehan's definition, one comparison at a time; the variance by all 2^m exchanges within pairs."""
    a, seen_a, b, seen_b = (np.array(column) for column in zip(*rows, strict=True))
    z, p = gehan_pairs(a, b, seen_a, seen_b)
    every = [(float(t), bool(s)) for t, s in zip([*a, *b], [*seen_a, *seen_b], strict=True)]
    score = [sum(earlier(t, s, *o) for o in every) - sum(earlier(*o, t, s) for o in every) for t, s in every]
    d = np.array(score[: len(a)]) - np.array(score[len(a) :])
    signs = 1 - 2 * (np.arange(2 ** len(d))[:, None] >> np.arange(len(d)) & 1)
    sums = signs @ d
    assert sums.mean() == 0
    if sums.std() == 0:
        assert (z, p) == (0.0, 1.0)
        return
    assert z == pytest.approx(d.sum() / sums.std())
    assert p == pytest.approx(2 * stats.norm.sf(abs(z)))
    assert gehan_pairs(b, a, seen_b, seen_a) == pytest.approx((-z, p))


def test_gehans_pairs_are_near_the_exact_test_and_are_ranks_without_censoring():
    rng = np.random.default_rng(2)
    a, b = rng.permutation(28).astype(float).reshape(2, 14)
    yes = np.ones(14, dtype=bool)
    z, p = gehan_pairs(a, b, yes, yes)
    ranks = stats.rankdata(np.concatenate([a, b]))
    d = 2 * (ranks[14:] - ranks[:14])  # the earlier of 28 times scores the more
    assert z == pytest.approx(d.sum() / np.sqrt((d**2).sum()))
    exact = stats.permutation_test((d,), np.sum, permutation_type="samples", n_resamples=np.inf).pvalue
    assert p == pytest.approx(exact, abs=0.02)


def test_pairs_of_other_lengths():
    with pytest.raises(ValueError, match="a and b must be as many times, got 1 and 2"):
        gehan_pairs([1.0], [1.0, 2.0], [True], [True, True])
