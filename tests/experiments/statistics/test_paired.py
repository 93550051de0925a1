"""Paired differences: intervals, the sign-flip test, equivalence, and what an interval decides."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from ngdm_lab.experiments.statistics.paired import decide, equivalence, paired_interval, sign_flip

NUMBERS = st.floats(-100, 100).map(lambda x: round(x, 3))


def pairs(least, most):
    return st.lists(st.tuples(NUMBERS, NUMBERS), min_size=least, max_size=most).map(
        lambda rows: (np.array([r[0] for r in rows]), np.array([r[1] for r in rows]))
    )


@given(pairs(2, 9))
def test_the_sign_flip_test_is_scipys(values):
    a, b = values
    difference, p = sign_flip(a, b)
    scipys = stats.permutation_test(
        (a, b), lambda x, y, axis: (x - y).mean(axis=axis), permutation_type="samples", vectorized=True,
        n_resamples=np.inf, alternative="two-sided",
    )  # fmt: skip
    assert difference == pytest.approx(scipys.statistic, abs=1e-12)
    # SciPy doubles the smaller tail; for signs both tails are alike, up to what is 0
    assert p == pytest.approx(min(1.0, scipys.pvalue), abs=1e-9) or np.abs(a - b).sum() == 0


def test_a_published_example():
    """Darwin's maize (Fisher 1935, The Design of Experiments, section 21): 863 of 32768 for one side."""
    darwin = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]
    difference, p = sign_flip(darwin, np.zeros(15))
    assert difference == pytest.approx(314 / 15)
    assert p == 2 * 863 / 32768


def test_many_pairs_are_drawn_and_agree_with_all():
    rng = np.random.default_rng(3)
    d = rng.normal(0.4, 1, 17)
    signs = 1 - 2.0 * (np.arange(2**16)[:, None] >> np.arange(17) & 1)
    exact = (np.abs(signs @ d) >= abs(d.sum()) - 1e-9).mean()
    assert sign_flip(d, 0 * d)[1] == pytest.approx(exact, abs=4 * np.sqrt(exact / 1e5))
    assert sign_flip(d, 0 * d) == sign_flip(d, 0 * d)
    assert sign_flip(d, 0 * d, seed=1) != sign_flip(d, 0 * d)
    assert sign_flip(np.full(40, 1.0), np.zeros(40), resamples=999)[1] == 1 / 1000


@given(pairs(1, 16))
def test_laws_of_the_sign_flip_test(values):
    a, b = values
    difference, p = sign_flip(a, b)
    assert 2.0 ** (1 - len(a)) <= p <= 1
    assert sign_flip(b, a) == (-difference, p)
    assert sign_flip(a, a) == (0.0, 1.0)
    assert sign_flip(a[::-1], b[::-1])[1] == pytest.approx(p, abs=1e-12)


@given(pairs(2, 5))
def test_few_pairs_get_students_interval(values):
    a, b = values
    assume((a - b).std() > 1e-9)
    interval = stats.ttest_rel(a, b).confidence_interval(0.95)
    mean, low, high = paired_interval(a, b)
    assert mean == pytest.approx((a - b).mean(), abs=1e-12)
    assert (low, high) == pytest.approx(tuple(interval), abs=1e-9)


@given(pairs(6, 20), st.integers(0, 3))
def test_laws_of_the_interval(values, seed):
    a, b = values
    mean, low, high = paired_interval(a, b, seed=seed, resamples=500)
    student = stats.ttest_rel(a, b).confidence_interval(0.95) if (a - b).std() > 1e-9 else (mean, mean)
    assert low - 1e-9 <= student[0] <= mean <= student[1] <= high + 1e-9
    assert min(student[0], (a - b).min()) - 1e-9 <= low  # no mean of resampled values is below the least
    assert high <= max(student[1], (a - b).max()) + 1e-9
    assert paired_interval(a, b, seed=seed, resamples=500) == (mean, low, high)
    turned = paired_interval(b, a, seed=seed, resamples=500)
    assert turned == pytest.approx((-mean, -high, -low), abs=1e-9)
    shifted = paired_interval(a + 3, b, seed=seed, resamples=500)
    assert shifted == pytest.approx((mean + 3, low + 3, high + 3), abs=1e-9)
    narrow = paired_interval(a, b, seed=seed, resamples=500, level=0.5)
    assert low <= narrow[1] + 1e-12
    assert narrow[2] <= high + 1e-12
    assert paired_interval(a, a) == (0.0, 0.0, 0.0)


def test_many_seeds_give_scipys_bootstrap_interval():
    d = np.random.default_rng(1).exponential(size=400)
    interval = stats.bootstrap((d,), np.mean, method="percentile", n_resamples=20_000, rng=2).confidence_interval
    _, low, high = paired_interval(d, 0 * d, resamples=20_000)
    assert (low, high) == pytest.approx(tuple(interval), abs=0.01)


@pytest.mark.parametrize(("seeds", "least", "most"), [(3, 0.93, 0.97), (6, 0.93, 0.98), (10, 0.93, 0.98)])
def test_the_interval_covers_as_often_as_it_says(seeds, least, most):
    rng = np.random.default_rng(seeds)
    covered = 0
    for _ in range(1000):
        d = rng.normal(size=seeds)
        _, low, high = paired_interval(d, 0 * d, resamples=1000)
        covered += low <= 0 <= high
    assert least <= covered / 1000 <= most


def test_skewed_differences_widen_the_interval_on_their_side():
    d = np.random.default_rng(1).exponential(size=12)
    student = stats.ttest_1samp(d, 0).confidence_interval(0.95)
    _, low, high = paired_interval(d, 0 * d)
    assert low == pytest.approx(student.low)
    assert high > student.high + 0.05


def test_one_pair_says_nothing():
    assert paired_interval([3.0], [1.0]) == (2.0, -np.inf, np.inf)
    assert sign_flip([3.0], [1.0]) == (2.0, 1.0)


@given(pairs(2, 20), st.floats(0.1, 50))
def test_equivalence_is_two_one_sided_t_tests(values, floor):
    a, b = values
    assume((a - b).std() > 1e-9)
    below = stats.ttest_1samp(a - b, floor, alternative="less").pvalue
    above = stats.ttest_1samp(a - b, -floor, alternative="greater").pvalue
    assert equivalence(a, b, floor) == pytest.approx(max(below, above), abs=1e-12)


def test_equivalence_without_spread():
    assert equivalence([1.0, 2.0], [1.0, 2.0], 0.1) == 0.0
    assert equivalence([1.5, 2.5], [1.0, 2.0], 0.5) == 1.0


@pytest.mark.parametrize(
    ("low", "high", "floor", "decision"),
    [(0.1, 0.2, 0.0, "in favour"), (0.1, 0.2, 0.1, "undecided"), (0.11, 0.2, 0.1, "in favour"),
     (-0.2, -0.11, 0.1, "against"), (-0.2, -0.1, 0.1, "undecided"), (-0.1, 0.1, 0.1, "equal"),
     (0.0, 0.0, 0.0, "equal"), (-0.1, 0.1, 0.0, "undecided"), (0.0, 0.1, 0.0, "undecided"),
     (-np.inf, np.inf, 1.0, "undecided"), (0.01, 0.05, 0.1, "equal")],
)  # fmt: skip
def test_what_an_interval_decides(low, high, floor, decision):
    assert decide(low, high, floor) == decision


@given(st.floats(-5, 5), st.floats(0, 5), st.floats(0, 5))
def test_a_turned_interval_decides_the_opposite(low, width, floor):
    opposite = {"in favour": "against", "against": "in favour"}
    decision = decide(low, low + width, floor)
    assert decide(-(low + width), -low, floor) == opposite.get(decision, decision)
    if decision in opposite:  # what a floor decides, a lower floor decides
        assert decide(low, low + width, floor / 2) == decision


@pytest.mark.parametrize(
    ("call", "message"),
    [(lambda: sign_flip([], []), "at least one"), (lambda: sign_flip([1, 2], [1]), "as many values"),
     (lambda: paired_interval([1, np.nan], [1, 2]), "a must be finite, got nan"),
     (lambda: paired_interval([1, 2], [1, np.inf]), "b must be finite, got inf"),
     (lambda: paired_interval([1, 2], [1, 2], level=1), "level"), (lambda: equivalence([1], [2], 1), "at least 2"),
     (lambda: equivalence([1, 2], [2, 3], 0), "floor"), (lambda: decide(0, 1, -1), "floor"),
     (lambda: decide(1, 0), "low must be at most high"), (lambda: decide(float("nan"), 0), "low must be at most high")],
)  # fmt: skip
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
