"""Each family against its textbook formula in mpmath, published values and searches for something lower.

The formulas here are written anew, in their textbook form, with 50 digits: they share nothing with the
package's own functions, which are arranged for accuracy.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise, product
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize, rosen, rosen_der, rosen_hess

import landscapes as ls

mp = mpmath.mp.clone()
mp.dps = 50
mpf = mp.mpf
EPS = np.finfo(float).eps


def dims(name: str) -> list[int]:
    least, most = ls.families()[name].dims
    return [n for n in (1, 2, 3, 7) if n >= least and (most is None or n <= most)]


def beale(x: list[Any]) -> Any:
    return sum((c - x[0] + x[0] * x[1] ** k) ** 2 for k, c in ((1, mpf("1.5")), (2, mpf("2.25")), (3, mpf("2.625"))))


def levy(x: list[Any]) -> Any:
    w = [1 + (v - 1) / 4 for v in x]
    inner = sum((v - 1) ** 2 * (1 + 10 * mp.sin(mp.pi * v + 1) ** 2) for v in w[:-1])
    return mp.sin(mp.pi * w[0]) ** 2 + inner + (w[-1] - 1) ** 2 * (1 + mp.sin(2 * mp.pi * w[-1]) ** 2)


def ackley(x: list[Any]) -> Any:
    n = len(x)
    cone = mp.exp(-mp.sqrt(sum(v * v for v in x) / n) / 5)
    return 20 + mp.e - 20 * cone - mp.exp(sum(mp.cos(2 * mp.pi * v) for v in x) / n)


FORMULAS: dict[str, Callable[[list[Any]], Any]] = {
    "ackley": ackley,
    "beale": beale,
    "booth": lambda x: (x[0] + 2 * x[1] - 7) ** 2 + (2 * x[0] + x[1] - 5) ** 2,
    "ellipsoid": lambda x: sum(mpf(10) ** (mpf(6) * i / max(len(x) - 1, 1)) * v * v for i, v in enumerate(x)),
    "griewank": lambda x: (
        1 + sum(v * v for v in x) / 4000 - mp.fprod(mp.cos(v / mp.sqrt(i)) for i, v in enumerate(x, 1))
    ),
    "himmelblau": lambda x: (x[0] ** 2 + x[1] - 11) ** 2 + (x[0] + x[1] ** 2 - 7) ** 2,
    "levy": levy,
    "monkey_saddle": lambda x: mp.re((x[0] + mp.j * x[1]) ** 3),
    "rastrigin": lambda x: 10 * len(x) + sum(v * v - 10 * mp.cos(2 * mp.pi * v) for v in x),
    "rosenbrock": lambda x: sum(100 * (b - a * a) ** 2 + (1 - a) ** 2 for a, b in pairwise(x)),
    "sphere": lambda x: sum(v * v for v in x),
    "styblinski_tang": lambda x: sum(v**4 - 16 * v**2 + 5 * v for v in x) / 2,
}  # fmt: skip
NAMES = sorted(FORMULAS)  # later families have test files of their own
CASES = [(name, n) for name in NAMES for n in dims(name)]


def slope_of(name: str, x: Any) -> list[Any]:
    """The gradient with 50 digits, by differences so small that their error does not count."""
    f, h = FORMULAS[name], mpf(10) ** -22
    return [(f([*x[:i], v + h, *x[i + 1 :]]) - f([*x[:i], v - h, *x[i + 1 :]])) / (2 * h) for i, v in enumerate(x)]


def exact(name: str, x: Any) -> tuple[Any, list[Any]]:
    at = [mpf(float(v)) for v in x]
    return FORMULAS[name](at), slope_of(name, at)


def assert_exact(surface: ls.Surface, x: Any) -> None:
    """As accurate as a sum of rounded terms can be: the exact result at a point a few units in the last place away."""
    x = np.asarray(x, dtype=float)
    f, g = surface.value_and_grad(x)
    true_f, true_g = exact(surface.family.name, x)
    slope = np.array([float(v) for v in true_g])
    n = surface.dim
    f_room = 16 * n * EPS * (abs(float(true_f)) + np.abs(slope * x).sum()) + 1e-24
    assert abs(f - true_f) <= f_room
    bend = np.abs(surface.hessian(x)).sum(axis=1).max() if np.abs(x).max() > 1e-3 else 1e3
    g_room = 16 * n * EPS * (np.abs(slope).max() + bend * max(np.abs(x).max(), 1.0))
    assert max(abs(a - b) for a, b in zip(g, true_g, strict=True)) <= g_room


@pytest.mark.parametrize(("name", "n"), CASES)
@given(data=st.data())
def test_value_and_gradient(name: str, n: int, data: st.DataObject) -> None:
    surface = ls.get(name, n)
    low, high = surface.bounds[0]
    x = data.draw(st.lists(st.floats(low, high, allow_subnormal=False), min_size=n, max_size=n))
    if name == "ackley" and 0 < np.abs(x).max() < 1e-10:
        return  # 50 digits do not reach into the cone's tip; see below
    if name == "ackley" and not np.any(x):
        assert surface.grad(x).tolist() == [0.0] * n  # the kink
        return
    assert_exact(surface, x)


@pytest.mark.parametrize("name", ["ackley", "griewank", "levy", "rastrigin", "sphere", "ellipsoid"])
@pytest.mark.parametrize("distance", [1e-1, 1e-4, 1e-8, 1e-12])
def test_relative_accuracy_near_the_minimum(name: str, distance: float) -> None:
    rng = np.random.default_rng(1)
    for n in dims(name):
        surface = ls.get(name, n)
        for x in surface.minima[0] + distance * rng.uniform(0.5, 1, (10, n)):
            f, g = surface.value_and_grad(x)
            true_f, true_g = exact(name, x)
            assert abs(f - true_f) <= 32 * EPS * true_f
            assert max(abs(a - b) for a, b in zip(g, true_g, strict=True)) <= 64 * EPS * max(map(abs, true_g))


@pytest.mark.parametrize(("name", "n"), CASES)
def test_minima(name: str, n: int) -> None:
    surface = ls.get(name, n)
    low, high = surface.bounds.T
    assert (surface.minima > low).all()
    assert (surface.minima < high).all()
    for x in surface.minima:
        value, slope = surface.value_and_grad(x)
        assert abs(value - surface.f_min) <= max(n * np.spacing(abs(surface.f_min)), 1e-28)
        if name == "ackley":
            continue
        bend = surface.hessian(x)
        assert np.linalg.eigvalsh(bend)[0] > 0.0
        assert np.abs(slope).max() <= 2 * EPS * np.abs(bend).sum(axis=1).max() * np.abs(x).max()
        if n <= 2:  # right to the last place
            root = mp.findroot(lambda *p: slope_of(name, p), [mpf(v) for v in x])
            np.testing.assert_allclose([float(v) for v in root], x, rtol=0, atol=1e-30)
    exact_zero = {"ackley", "beale", "booth", "ellipsoid", "griewank", "levy", "rastrigin", "rosenbrock", "sphere"}
    if name in exact_zero:
        assert surface(surface.minima[0]) == surface.f_min == 0.0


@pytest.mark.parametrize(("name", "n"), [(name, n) for name, n in CASES if n <= 3])
def test_nothing_lower_and_tags(name: str, n: int) -> None:
    """Random points, the corners and local searches find nothing below f_min, and what the tags say."""
    surface = ls.get(name, n)
    low, high = surface.bounds.T
    rng = np.random.default_rng(2)
    slack = 8 * n * EPS * max(1.0, abs(surface.f_min))
    corners = surface.value(np.array(list(product(*surface.bounds))))
    assert min(surface.value(rng.uniform(low, high, (20_000, n))).min(), corners.min()) >= surface.f_min - slack
    ends = [
        minimize(surface.value_and_grad, x, jac=True, method="L-BFGS-B", bounds=surface.bounds, tol=1e-14)
        for x in rng.uniform(low, high, (40, n))
    ]
    assert min(end.fun for end in ends) >= surface.f_min - slack
    inside = [e for e in ends if (e.x > low).all() and (e.x < high).all() and np.abs(surface.grad(e.x)).max() < 1e-2]
    apart = np.array([np.abs(surface.minima - e.x).max(axis=1).min(initial=np.inf) for e in inside])
    low_ones = np.array([e.fun - surface.f_min < 1e-9 for e in inside], dtype=bool)
    assert (apart[low_ones] < 1e-3).all(), "a global minimum is missing from minima"
    if "unimodal" in surface.tags:
        assert len(inside)
        assert (apart < 1e-2).all()
    if "multimodal" in surface.tags and len(surface.minima) == 1:
        assert (apart > 0.1).any()
    if "saddle" in surface.tags:
        assert not inside
        assert surface.minima.shape == (0, n)
    if "edge-minimum" in surface.tags:
        assert corners.min() == surface.f_min
    wide = surface.value(rng.uniform(2 * low, 2 * high, (20_000, n))).min()
    assert ("lower-outside" in surface.tags) == (wide < surface.f_min - slack)
    if n > 1:
        points = rng.uniform(low, high, (5, n))
        mixed = max(np.abs(np.triu(h, 1)).max() / np.abs(h).max() for h in map(surface.hessian, points))
        assert ("separable" in surface.tags) == (mixed < 1e-7)


def test_published_values() -> None:
    for name, x, value in [
        ("sphere", [1, 2, 3], 14.0),
        ("ellipsoid", [1, 1, 1], 1.0 + 1e3 + 1e6),
        ("booth", [0, 0], 74.0),
        ("rosenbrock", [-1.2, 1], 24.2),  # the classic start
        ("beale", [0, 0], 14.203125),
        ("beale", [1, 1], 14.203125),
        ("himmelblau", [0, 0], 170.0),
        ("himmelblau", [-0.270844590667, -0.923038522100], 181.616521656),  # its only maximum
        ("rastrigin", [1, 1], 2.0),
        ("rastrigin", [0.5, 0.5], 40.5),
        ("rastrigin", [4.5229936, 4.5229936], 80.7065804),  # largest on the box
        ("ackley", [1, 1], 3.6253849384403627),
        ("griewank", [np.pi, 0], 2.0 + np.pi**2 / 4000),
        ("styblinski_tang", [0, 0], 0.0),
        ("styblinski_tang", [2.746802776, -2.903534028], -64.195612),
        ("levy", [1, 5], 1.0),
        ("monkey_saddle", [2, 2], -16.0),
        ("monkey_saddle", [1, 0], 1.0),
    ]:
        assert ls.get(name, len(x))(x) == pytest.approx(value, rel=1e-8), (name, x)


@given(st.integers(2, 12), st.integers(0, 2**32 - 1))
def test_rosenbrock_against_scipy(n: int, seed: int) -> None:
    surface = ls.rosenbrock(n)
    x = np.random.default_rng(seed).uniform(-5, 10, n)
    assert surface(x) == pytest.approx(rosen(x), rel=1e-12)
    np.testing.assert_allclose(surface.grad(x), rosen_der(x), rtol=1e-10, atol=1e-8)
    np.testing.assert_allclose(surface.hessian(x), rosen_hess(x), rtol=1e-7, atol=1e-4)


def test_rosenbrock_second_minimum() -> None:
    for n, value in ((4, 3.7014), (5, 3.9308), (7, 3.9836)):
        start = np.r_[-1.0, np.ones(n - 1)]
        end = minimize(ls.rosenbrock(n).value_and_grad, start, jac=True, method="BFGS", options={"gtol": 1e-8})
        assert end.fun == pytest.approx(value, abs=1e-4)


@pytest.mark.parametrize("x", [[np.pi / 2, 3, 1], [np.pi / 2, np.pi / np.sqrt(2), 1], [np.pi / 2, 0, 0]])
def test_griewank_where_cosines_vanish(x: list[float]) -> None:
    assert_exact(ls.griewank(3), x)


def test_ackley_at_the_tip() -> None:
    for n in (1, 2, 10):
        surface = ls.ackley(n)
        assert surface(np.zeros(n)) == 0.0
        assert surface.grad(np.zeros(n)).tolist() == [0.0] * n
        for tiny in (1e-12, 1e-100, 1e-150):  # a cone of slope 4 / sqrt(n) in every direction
            x = np.full(n, tiny)
            assert surface(x) == pytest.approx(4.0 * tiny, rel=1e-10)
            assert surface.grad(x) == pytest.approx(4.0 / n, rel=1e-10)
        assert surface(np.full(n, 1e-170)) == 0.0
        assert surface(np.full(n, 1e200)) == pytest.approx(20.0, rel=1e-12)  # whole numbers, all of them


def test_styblinski_tang_constant() -> None:
    """The published -39.16599 (Surjanovic and Bingham) is right to five digits only."""
    root = mp.findroot(lambda t: 2 * t**3 - 16 * t + mpf("2.5"), -2.9)
    value = (root**4 - 16 * root**2 + 5 * root) / 2
    assert ls.styblinski_tang(1).minima.tolist() == [[float(root)]]
    for n in (1, 2, 10, 100):
        surface = ls.styblinski_tang(n)
        assert abs(surface.f_min - n * value) <= np.spacing(abs(surface.f_min))
        assert abs(surface(surface.minima[0]) - surface.f_min) <= max(1, n / 2) * np.spacing(abs(surface.f_min))


def test_ellipsoid_condition() -> None:
    for condition in (1.0, 1e6, 0.01):
        for n in (2, 5):
            surface = ls.ellipsoid(n, condition=condition)
            curvatures = np.diag(surface.hessian(np.zeros(n)))
            assert curvatures == pytest.approx(2 * condition ** (np.arange(n) / (n - 1)), rel=1e-8)
    assert ls.ellipsoid(1, condition=1e6)([3.0]) == 9.0
    for bad in (0.0, -1.0, np.inf, np.nan):
        with pytest.raises(ValueError, match="condition must be a finite number greater than 0"):
            ls.ellipsoid(2, condition=bad)


@pytest.mark.parametrize("name", ls.names())
def test_dimensions_it_lacks(name: str) -> None:
    family = ls.families()[name]
    least, most = family.dims
    for n in {0, least - 1, *([most + 1] if most else [])}:
        with pytest.raises(ValueError, match=f"dim of {name} must be"):
            family(n)
    with pytest.raises(TypeError, match=f"dim of {name} must be a whole number, got 2.0"):
        family(2.0)
    assert family().dim == family.default_dim == max(2, least)
    if most is None:
        surface = family(500)
        assert np.isfinite(surface.grad(surface.bounds.mean(axis=1) + 0.1)).all()


def test_monkey_saddle() -> None:
    surface = ls.monkey_saddle()
    assert surface.f_min == -16.0
    assert surface([[2.0, 2.0], [2.0, -2.0]]).tolist() == [-16.0, -16.0]
    assert surface([2.1, 2.1]) < surface.f_min
    assert surface.grad([0.0, 0.0]).tolist() == [0.0, 0.0]
    assert not surface.hessian([0.0, 0.0]).any()
