"""Expected running times: by hand, against resampling, and that their intervals cover."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngdm_lab.experiments.statistics.running_time import expected_time, influence, log_ratio, time_interval

RUNS = st.lists(st.tuples(st.integers(1, 100), st.booleans()), min_size=2, max_size=30)


def split(rows):
    return np.array([r[0] for r in rows], dtype=float), np.array([r[1] for r in rows])


def test_by_hand():
    times, seen = [10.0, 50.0, 50.0, 30.0], [True, False, False, True]
    assert expected_time(times, seen) == 70
    assert influence(times, seen) == pytest.approx([10 / 35 - 2, 50 / 35, 50 / 35, 30 / 35 - 2])
    value, low, high = time_interval(times, seen)
    assert (value, low * high) == pytest.approx((70, 70**2))


@given(RUNS)
def test_influences_are_what_single_runs_do(rows):
    """Their mean is 0, and a run that weighs a little more moves the logarithm by its influence."""
    times, seen = split(rows)
    if not seen.any():
        assert expected_time(times, seen) == np.inf
        assert np.isnan(influence(times, seen)).all()
        return
    u, m = influence(times, seen), len(times)
    assert u.mean() == pytest.approx(0, abs=1e-9)
    more = np.ones(m)
    more[0] += 1e-6
    moved = np.log((more * times).sum() / (more * seen).sum()) - np.log(expected_time(times, seen))
    assert moved == pytest.approx(1e-6 * u[0] / m, rel=1e-3, abs=1e-12)


@given(RUNS, st.floats(0.1, 10))
def test_laws_of_the_ratio(rows, unit):
    times, seen = split(rows)
    other, told = times[::-1].copy(), seen[::-1].copy()
    if not seen.any():
        assert np.isnan(log_ratio(times, seen, other, told)[0])
        return
    ratio, error = log_ratio(times, seen, other, told)
    assert ratio == pytest.approx(0, abs=1e-9)  # the same runs in another order
    assert log_ratio(other, told, times, seen)[1] == pytest.approx(error)
    assert log_ratio(times, seen, times, seen) == (0.0, 0.0)
    assert log_ratio(unit * times, seen, other, told) == pytest.approx((np.log(unit), error), abs=1e-9)
    none = np.zeros(len(seen), dtype=bool)
    assert log_ratio(times, none, other, told) == (np.inf, np.inf)
    assert log_ratio(times, seen, other, none) == (-np.inf, np.inf)


@pytest.mark.parametrize("share", [0.1, 0.5, 1.0])
def test_intervals_cover_at_their_rate(share):
    """Geometric times cut off at 100, half of the noise shared between the two; a ratio of 1."""
    rng, covered, ratios = np.random.default_rng(5), 0, 0
    mean = -100 / np.log(1 - share) if share < 1 else 8.0
    chance = 1 - np.exp(-100 / mean)
    truth = mean * (1 - np.exp(-100 / mean)) / chance
    for _ in range(400):
        common = rng.random(200)
        drawn = [-mean * np.log(np.where(rng.random(200) < 0.5, common, rng.random(200))) for _ in range(2)]
        runs = [(np.minimum(t, 100.0), t < 100) for t in drawn]
        _, low, high = time_interval(*runs[0])
        covered += low < truth < high
        ratio, error = log_ratio(*runs[0], *runs[1])
        ratios += abs(ratio) < 1.96 * error
    assert 0.92 * 400 < covered < 0.98 * 400
    assert 0.92 * 400 < ratios < 0.98 * 400


@pytest.mark.parametrize(
    ("times", "seen", "message"),
    [([], [], "times must be finite times, at least one"), ([1.0, np.inf], [True, True], "times must be finite"),
     ([1.0], [True, False], "seen must be True or False for each of 1 times")],
)  # fmt: skip
def test_bad_input(times, seen, message):
    with pytest.raises(ValueError, match=message):
        expected_time(times, seen)


def test_pairs_must_match():
    with pytest.raises(ValueError, match="a and b must be as many runs, got 1 and 2"):
        log_ratio([1.0], [True], [1.0, 2.0], [True, True])
