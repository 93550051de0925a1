"""Kinks, steps and plates: zero subgradients, laws that make them unimodal, the staircase's parameter."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import landscapes as ls
from family_battery import check_exact, mp, mpf
from formulas import CASES, staircase
from landscapes.kinks import sign
from landscapes.steps import angle


def points(name: str, n: int) -> st.SearchStrategy[list[float]]:
    low, high = ls.get(name, n).bounds.T
    return st.tuples(*(st.floats(a, b, allow_subnormal=False) for a, b in zip(low, high, strict=True))).map(list)


@pytest.mark.parametrize("name", ["plateaus", "schwefel_1_2", "schwefel_2_22", "sphere"])
@pytest.mark.parametrize("n", [1, 2, 5])
@given(data=st.data())
def test_it_falls_towards_the_origin(name: str, n: int, data: st.DataObject) -> None:
    """So there is no other minimum. Not for points so near that their squares underflow."""
    x = np.array(data.draw(points(name, n).filter(lambda x: np.abs(x).max() > 1e-3)))
    surface = ls.get(name, n)
    assert surface(0.999 * x) < surface(x)
    if name == "schwefel_1_2":  # x . g = 2 f of a quadratic
        assert surface.grad(x) @ x == pytest.approx(2 * surface(x), rel=1e-12, abs=1e-10)
    elif name == "schwefel_2_22":
        assert surface.grad(x) @ x >= surface(x) * (1 - 1e-12)


@given(st.floats(-15.0, -5.0), st.floats(-3.0, 3.0))
def test_bukin_has_no_other_minimum(a: float, b: float) -> None:
    """Off the ravine f falls towards it, in x_2; along it, towards x_1 = -10."""
    surface = ls.bukin_6()
    bottom = a * a / 100
    if abs(b - bottom) > 1e-6:
        assert surface([a, b + 0.01 * (bottom - b)]) < surface([a, b])
    if abs(a + 10) > 1e-3:
        exact = CASES["bukin_6"].formula
        here, there = mpf(a), mpf(a) + (-10 - mpf(a)) / 100
        assert exact([there, there**2 / 100]) < exact([here, here**2 / 100])


def test_zero_subgradients() -> None:
    assert ls.bukin_6().grad([-10.0, 1.0]).tolist() == [0.0, 0.0]
    assert ls.bukin_6().grad([-10.0, 2.0]).tolist() == pytest.approx([10.0, 50.0])
    assert ls.schwefel_2_22(3).grad([0.0, 2.0, -3.0]).tolist() == [0.0, 1.0, -1.0]
    assert ls.schwefel_2_22(2).grad([0.0, 0.0]).tolist() == [0.0, 0.0]
    assert ls.salomon(3).grad([0.0] * 3).tolist() == [0.0] * 3
    assert ls.alpine_1(2).grad([0.0, 0.0]).tolist() == [0.0, 0.0]
    for surface in (ls.cross_in_tray(), ls.holder_table()):
        assert surface.grad([0.0, 0.0]).tolist() == [0.0, 0.0]
        assert surface.grad([0.0, 1.0])[0] == 0.0
    egg = ls.eggholder()
    for x in ([47.0, 0.0], [0.0, -47.0]):  # an argument of a square root is 0
        assert np.isfinite(egg.grad(x)).all()
    assert [sign(t) for t in (2.0, 0.0, -3.0)] == [1.0, 0.0, -1.0]
    assert math.isnan(sign(math.nan))


@pytest.mark.parametrize("distance", [1e-1, 1e-4, 1e-8, 1e-12])
def test_relative_accuracy_near_the_minimum(distance: float) -> None:
    rng = np.random.default_rng(1)
    for name in ("plateaus", "salomon", "schaffer_2", "schwefel_1_2", "schwefel_2_22"):
        for n in (2,) if name == "schaffer_2" else (1, 2, 5):
            for x in distance * rng.uniform(0.5, 1, (10, n)):
                true = CASES[name].formula([mpf(float(v)) for v in x])
                assert abs(ls.get(name, n)(x) - true) <= 64 * np.finfo(float).eps * true


@pytest.mark.parametrize("n", [1, 300])
def test_schwefel_2_22_does_not_overflow(n: int) -> None:
    f, g = ls.schwefel_2_22(n).value_and_grad(np.full(n, 10.0))
    assert f == pytest.approx(10.0 * n + 10.0**n)
    assert np.isfinite(g).all()


@example(1.5, 1e6)
@given(st.floats(-5.12, 5.12, allow_subnormal=False), st.sampled_from([1.0, 2.0, 30.0, 1000.0, 1e6]))
def test_staircase(x: float, steepness: float) -> None:
    surface = ls.plateaus(1, steepness=steepness)
    # in the middle of a jump, where it is 0, the second derivative does not show that it grows as steepness^2 beside it
    check_exact(surface, lambda v: staircase(v, int(steepness)), [x], blur=1e-24 + 1e-15 * steepness**2)
    if steepness == 1.0:
        f, g = surface.value_and_grad([x])
        assert f == pytest.approx(x * x, rel=1e-14)
        assert g[0] == pytest.approx(2 * x, rel=1e-14, abs=1e-300)


def test_plateaus_and_steps() -> None:
    for steepness in (2.0, 30.0, 1e6):
        surface = ls.plateaus(1, steepness=steepness)
        k = np.arange(6.0)[:, None]
        assert surface(k).tolist() == pytest.approx((k[:, 0] ** 2).tolist(), rel=1e-14)
        assert surface.grad(k)[:, 0] == pytest.approx(2 * k[:, 0] / steepness, rel=1e-12)
        assert surface(k[:5] + 0.5) == pytest.approx((k[:5, 0] + 0.5) ** 2, rel=1e-9)
        assert surface.grad(k[:5] + 0.5)[:, 0] == pytest.approx(2 * (k[:5, 0] + 0.5) * steepness, rel=1e-9)
        assert surface.hessian(np.zeros(1))[0, 0] == pytest.approx(2 / steepness**2, rel=1e-3, abs=1e-12)
    x = np.random.default_rng(0).uniform(-5, 5, (1000, 2))
    x = x[(np.abs(x - np.floor(x) - 0.5) > 0.01).all(axis=1)]
    assert ls.plateaus(2, steepness=1e6)(x) == pytest.approx((np.floor(x + 0.5) ** 2).sum(axis=1), abs=1e-3)
    for bad in (0.5, -1.0, np.inf, 2e6):
        with pytest.raises(ValueError, match="steepness must be a finite number at least 1 and at most 1e\\+06"):
            ls.plateaus(2, steepness=bad)


@given(st.floats(-1e3, 1e3), st.floats(0.0, 1e3))
def test_angle(s: float, c: float) -> None:
    if s != 0.0 or c != 0.0:
        assert angle(s, c) == pytest.approx(math.atan2(s, c), rel=4e-16, abs=1e-300)


def test_easom_ripples() -> None:
    """What its docstring says of the ripples: cos(u)^2 exp(-2 u^2) with tan u = -2 u."""
    u = mp.findroot(lambda t: mp.tan(t) + 2 * t, 1.8366)
    lowest = -((mp.cos(u) * mp.exp(-u * u)) ** 2)
    assert float(u) == pytest.approx(1.8366, abs=5e-5)
    assert float(lowest) == pytest.approx(-8.1e-5, abs=5e-7)
    assert ls.easom()([np.pi + float(u)] * 2) == pytest.approx(float(lowest), rel=1e-12)
    far = np.pi + 6 * np.array([[1.0, 0.0], [0.6, 0.8], [-1.0, 0.0]])
    assert np.abs(ls.easom()(far)).max() < 3e-16
    assert not ls.easom().grad([np.pi + 28, np.pi]).any()


def test_mccormick_second_minimum() -> None:
    surface = ls.mccormick()
    second = surface.minima[0] + np.pi
    assert np.abs(surface.grad(second)).max() < 1e-14
    assert surface(second) == pytest.approx(surface.f_min + np.pi, rel=1e-14)
    assert abs(surface.f_min - (-mp.sqrt(3) / 2 - mp.pi / 3)) < 2e-16
