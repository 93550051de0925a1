"""Shares of basins against closed cases: products of shares of one coordinate, known by root finding."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize
from scipy.integrate import solve_ivp

import landscapes as ls
import ngdm_lab as lab


def slice_of_one(family, at):
    """Share of one coordinate's interval that lies between the two summits around the minimum of a 1-D copy."""
    s = family(1)
    low, high = s.bounds[0]
    x = np.linspace(low, high, 20001)
    slope = s.grad(x[:, None])[:, 0]
    summits = np.flatnonzero((slope[:-1] > 0) & (slope[1:] < 0))
    turns = [optimize.brentq(lambda t: s.grad([t])[0], x[k], x[k + 1]) for k in summits]
    left = max([low, *(t for t in turns if t < at)])
    right = min([high, *(t for t in turns if t > at)])
    return (right - left) / (high - low)


@pytest.mark.parametrize("family", [ls.styblinski_tang, ls.rastrigin, ls.schwefel])
def test_separable_shares_are_products(family):
    """26.6 % of Styblinski-Tang-2D, 0.97 % of Rastrigin-2D: the flow of each coordinate is its own."""
    expected = slice_of_one(family, family(1).minima[0, 0]) ** 2
    found = lab.basin_share(family(2), 20_000, seed=1)
    low, high = found.interval
    assert low - 0.001 <= expected <= high + 0.001
    assert found.undecided == 0


def test_shares_in_other_frames():
    expected = slice_of_one(ls.styblinski_tang, -2.903534) ** 4
    s = ls.styblinski_tang(4)
    for copy in (s, s.flipped(1), s.shifted(0.3)):
        low, high = lab.basin_share(copy, 8000, seed=2).interval
        assert low <= expected <= high


def test_each_start_ends_where_scipys_integrator_ends():
    s = ls.three_hump_camel()
    found = lab.basin_share(s, 60, seed=3)
    for start, reached in zip(found.x0, found.reached, strict=True):
        path = solve_ivp(lambda _, x: -s.grad(x), (0, 60), start, method="LSODA", rtol=1e-8, atol=1e-10)
        assert (s.value(path.y[:, -1]) <= s.f_min + 1e-3) == reached


def test_stiff_valleys_are_followed_to_their_end():
    for s in (ls.rosenbrock(2), ls.banana(2), ls.powell(4), ls.ellipsoid(6, condition=1e6)):
        found = lab.basin_share(s, 200)
        assert found.share == 1.0, s.name
        assert (found.f <= s.f_min + 1e-3).all()


def test_the_tolerance_does_not_matter():
    for s in (ls.rastrigin(2), ls.hartmann_6(), ls.rosenbrock(4), ls.shekel()):
        rough, fine = (lab.basin_share(s, 400, rtol=rtol, steps=20_000) for rtol in (0.1, 0.003))
        assert (rough.reached != fine.reached).sum() <= 4, s.name


def test_several_global_minima_count_together():
    assert lab.basin_share(ls.himmelblau(), 500).share == 1.0


def test_what_is_not_reached_is_counted():
    found = lab.basin_share(ls.beale(), 1000)
    assert (found.code == 3).any()  # from part of the box the flow runs out of it for ever
    assert ((found.code == 1) == found.reached).all()
    level = lab.basin_share(ls.easom(), 300)
    assert (level.code == 2).mean() > 0.9
    kinks = lab.basin_share(ls.bukin_6(), 100)
    assert kinks.undecided > 90
    assert "undecided" in str(kinks)


@settings(max_examples=15)
@given(seed=st.integers(0, 2**32), m=st.integers(1, 40))
def test_starts_are_those_of_an_ensemble_and_the_flow_falls(seed, m):
    s = ls.six_hump_camel()
    found = lab.basin_share(s, m, seed)
    runs = lab.ensemble(lab.SGD(1e-3), s, m, 0, seed)
    assert np.array_equal(found.x0, runs.x0)
    assert (found.f <= s.value(found.x0)).all()
    assert np.array_equal(found.f, s.value(found.x))
    low, high = found.interval
    assert 0 <= low <= found.share <= high <= 1


def test_noise_is_left_out_and_scale_does_not_matter():
    s = ls.six_hump_camel()
    one, noisy = lab.basin_share(s, 200), lab.basin_share(s.noisy(3.0), 200)
    assert np.array_equal(one.x, noisy.x)
    scaled = lab.basin_share(s.scaled(1e6), 200, target=1e3)
    assert np.array_equal(one.reached, scaled.reached)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"surface": ls.rastrigin}, TypeError, "surface must be a Surface"),
        ({"surface": ls.schwefel(2).rotated(1)}, ValueError, "must have a known smallest value"),
        ({"starts": 0}, ValueError, "starts must be at least 1, got 0"),
        ({"seed": -1}, ValueError, "seed must be at least 0"),
        ({"target": -1.0}, ValueError, "target must be"),
        ({"rtol": 0.0}, ValueError, "rtol must be"),
        ({"steps": 1.5}, TypeError, "steps must be a whole number"),
    ],
)
def test_bad_input(change, error, message):
    with pytest.raises(error, match=message):
        lab.basin_share(**{"surface": ls.rastrigin(2), "starts": 10, **change})
