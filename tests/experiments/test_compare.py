"""Intervals against scipy, and their laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ngdm_lab.experiments.compare import paired_difference, wilson


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
