"""Bowls, valleys, humps, troughs and perm: each against its textbook formula, its minima, its tags."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise, permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

import landscapes as ls
from family_battery import (
    check_basins,
    check_convex,
    check_exact,
    check_minima,
    check_nothing_lower,
    check_outside,
    check_separable,
    ends,
    mp,
    mpf,
)
from landscapes import blocks


def zakharov(x: list[Any]) -> Any:
    s = sum(i * v / 2 for i, v in enumerate(x, 1))
    return sum(v**2 for v in x) + s**2 + s**4


def powell(x: list[Any]) -> Any:
    groups = [x[k : k + 4] for k in range(0, len(x), 4)]
    return sum(
        (a + 10 * b) ** 2 + 5 * (c - d) ** 2 + (b - 2 * c) ** 4 + 10 * (a - d) ** 4 for a, b, c, d in groups
    )  # fmt: skip


def banana(x: list[Any]) -> Any:
    y = [x[0], *(b - a**2 for a, b in pairwise(x))]
    return sum(mpf(100) ** (mpf(i) / (len(x) - 1)) * v**2 for i, v in enumerate(y))


def colville(x: list[Any]) -> Any:
    a, b, c, d = x
    rest = mpf("10.1") * ((b - 1) ** 2 + (d - 1) ** 2) + mpf("19.8") * (b - 1) * (d - 1)
    return 100 * (a**2 - b) ** 2 + (a - 1) ** 2 + (c - 1) ** 2 + 90 * (c**2 - d) ** 2 + rest


def perm(x: list[Any]) -> Any:
    n = len(x)
    return sum(sum((j + 10) * (x[j - 1] ** i - 1 / mpf(j) ** i) for j in range(1, n + 1)) ** 2 for i in range(1, n + 1))


def bohachevsky(x: list[Any]) -> Any:
    return sum(
        a**2 + 2 * b**2 - mpf(3) / 10 * mp.cos(3 * mp.pi * a) - mpf(4) / 10 * mp.cos(4 * mp.pi * b) + mpf(7) / 10
        for a, b in pairwise(x)
    )


def trough(x: list[Any]) -> Any:
    m = sum(x) / len(x)
    return len(x) * (m - 1) ** 2 + 10**4 * sum((v - m) ** 2 for v in x)


FORMULAS: dict[str, Callable[[list[Any]], Any]] = {
    "banana": banana,
    "bohachevsky": bohachevsky,
    "colville": colville,
    "cube": lambda x: 100 * (x[1] - x[0] ** 3) ** 2 + (1 - x[0]) ** 2,
    "diagonal_trough": trough,
    "dixon_price": lambda x: (x[0] - 1) ** 2 + sum(i * (2 * b**2 - a) ** 2 for i, (a, b) in enumerate(pairwise(x), 2)),
    "extended_rosenbrock": lambda x: sum(
        100 * (b - a * a) ** 2 + (1 - a) ** 2 for a, b in zip(x[::2], x[1::2], strict=True)
    ),
    "freudenstein_roth": lambda x: (
        (-13 + x[0] + ((5 - x[1]) * x[1] - 2) * x[1]) ** 2 + (-29 + x[0] + ((x[1] + 1) * x[1] - 14) * x[1]) ** 2
    ),
    "matyas": lambda x: mpf("0.26") * (x[0] ** 2 + x[1] ** 2) - mpf("0.48") * x[0] * x[1],
    "perm": perm,
    "powell": powell,
    "quartic": lambda x: sum(i * v**4 for i, v in enumerate(x, 1)),
    "six_hump_camel": lambda x: (
        (4 - mpf("2.1") * x[0] ** 2 + x[0] ** 4 / 3) * x[0] ** 2 + x[0] * x[1] + (-4 + 4 * x[1] ** 2) * x[1] ** 2
    ),
    "sum_of_different_powers": lambda x: sum(abs(v) ** (i + 1) for i, v in enumerate(x, 1)),
    "three_hump_camel": lambda x: 2 * x[0] ** 2 - mpf("1.05") * x[0] ** 4 + x[0] ** 6 / 6 + x[0] * x[1] + x[1] ** 2,
    "trid": lambda x: sum((v - 1) ** 2 for v in x) - sum(a * b for a, b in pairwise(x)),
    "zakharov": zakharov,
}
SINGULAR = {"powell", "quartic", "sum_of_different_powers"}  # the Hessian at the minimum is


def dims(name: str) -> list[int]:
    family = ls.families()[name]
    least, most = family.dims
    wanted = {family.default_dim, 1, 3, 4, 7, 8}
    return sorted(n for n in wanted if least <= n <= (most or n) and n % family.multiple == 0)


CASES = [(name, n) for name in FORMULAS for n in dims(name)]
SMALL = [(name, n) for name, n in CASES if n <= 4]


@pytest.mark.parametrize(("name", "n"), CASES)
@given(data=st.data())
def test_value_and_gradient(name: str, n: int, data: st.DataObject) -> None:
    surface = ls.get(name, n)
    x = [data.draw(st.floats(low, high, allow_subnormal=False)) for low, high in surface.bounds]
    check_exact(surface, FORMULAS[name], x)


@pytest.mark.parametrize(("name", "n"), SMALL)
def test_minima(name: str, n: int) -> None:
    check_minima(ls.get(name, n), FORMULAS[name], regular=name not in SINGULAR)


@pytest.mark.parametrize(("name", "n"), SMALL)
def test_nothing_lower_and_tags(name: str, n: int) -> None:
    surface = ls.get(name, n)
    flat = name in SINGULAR or name == "perm"
    check_nothing_lower(surface, near=0.1 if flat else 1e-3)
    check_basins(surface, near=0.1 if flat else 1e-2)
    check_outside(surface)
    check_separable(surface)
    check_convex(surface)


@pytest.mark.parametrize("name", [*FORMULAS, "logistic_challenger", "logistic_iris"])
def test_vector_code(name: str) -> None:
    assert blocks.landscape(ls.get(name)).slow == ""


@pytest.mark.parametrize("name", FORMULAS)
def test_dimensions(name: str) -> None:
    family = ls.families()[name]
    least, most = family.dims
    for n in {0, least - 1, *([most + 1] if most else [])}:
        with pytest.raises(ValueError, match=f"dim of {name} must be"):
            family(n)
    if family.multiple > 1:
        with pytest.raises(ValueError, match=f"dim of {name} must be a multiple of {family.multiple}, got 9"):
            family(9)
        assert f"a multiple of {family.multiple}" in repr(family)
    with pytest.raises(ValueError, match="multiple must be at least 1, got 0"):
        ls.landscape(bounds=(0, 1), multiple=0)
    if most is None:
        surface = family(500)
        assert np.isfinite(surface.grad(surface.bounds.mean(axis=1) + 0.1)).all()
        assert surface(surface.minima[0]) == pytest.approx(surface.f_min, rel=1e-9, abs=1e-24)


def test_published_values() -> None:
    for name, x, value in [
        ("powell", [3, -1, 0, 1], 215.0),  # More, Garbow and Hillstrom's start
        ("colville", [-3, -1, -3, -1], 19192.0),
        ("freudenstein_roth", [0.5, -2], 400.5),
        ("extended_rosenbrock", [-1.2, 1, -1.2, 1], 48.4),
        ("trid", [6, 10, 12, 12, 10, 6], -50.0),
        ("six_hump_camel", [0.08984201, -0.71265640], -1.0316284535),
        ("matyas", [1, 1], 0.04),
        ("matyas", [1, -1], 1.0),
        ("bohachevsky", [1, 1], 3.6),
        ("zakharov", [1, 1], 2 + 1.5**2 + 1.5**4),
    ]:
        assert ls.get(name, len(x))(x) == pytest.approx(value, rel=1e-8), (name, x)


# -- minima that published lists lack, and what the docstrings say of the others --------------------------


def test_dixon_price_has_two_minima_and_a_trap() -> None:
    for n in (2, 3, 5):
        surface = ls.dixon_price(n)
        published = [2 ** (-(2**i - 2) / 2**i) for i in range(1, n + 1)]
        assert surface.minima[0] == pytest.approx(published, rel=1e-15)
        assert surface.minima[1].tolist() == [*surface.minima[0][:-1], -surface.minima[0][-1]]
    surface = ls.dixon_price(4)
    trap = np.array([1 / 3, 0, 0, 0])
    assert surface(trap) == pytest.approx(2 / 3)
    assert np.abs(surface.grad(trap)).max() < 1e-15
    assert np.linalg.eigvalsh(surface.hessian(trap))[0] > -1e-6
    # yet no minimum: along this curve all terms but two stay 0, and those fall
    a = 0.3
    x2 = 2 * (2 * a**2) ** 2
    assert surface([(1 + 4 * x2**2) / 3, x2, 2 * a**2, a]) < 2 / 3 - 1e-4
    found = ends(surface, 100)
    stuck = np.abs(found[:, 0] - 1 / 3) < 1e-3
    assert stuck.any()
    assert np.abs(np.abs(found[~stuck]) - surface.minima[0]).max() < 1e-3


def test_perm_has_more_minima_than_the_published_one() -> None:
    for n, count in ((2, 2), (3, 4), (4, 6), (5, 14)):
        surface = ls.perm(n)
        assert len(surface.minima) == count
        assert surface.minima[0].tolist() == [1 / j for j in range(1, n + 1)]
    assert ls.perm(2).minima[1] == pytest.approx([11 / 23, 1 / 2 + 11 / 23], rel=1e-15)
    for n in (2, 3, 4):  # equal weights: every permutation
        surface = ls.perm(n, beta=1e6)
        wanted = np.array(sorted(permutations(1 / np.arange(1.0, n + 1))))
        apart = np.abs(surface.minima[:, None] - wanted).max(axis=2)
        assert sorted(apart.argmin(axis=1)) == list(range(len(wanted)))
        assert apart.min(axis=1).max() < 1e-4
    # no real root is missing: a search from many points finds the listed ones only
    surface = ls.perm(3, beta=0.5)
    assert len(surface.minima) == 2
    found = np.array([minimize(surface.value_and_grad, x, jac=True, method="BFGS", options={"gtol": 1e-12}).x
                      for x in np.random.default_rng(1).uniform(-1, 2, (200, 3))])  # fmt: skip
    roots = found[surface(found) < 1e-18]
    apart = np.abs(roots[:, None] - surface.minima).max(axis=2)
    assert (apart.min(axis=1) < 1e-5).all()
    assert set(apart.argmin(axis=1)) == {0, 1}
    for bad in (-0.5, np.inf, 1e7):
        with pytest.raises(ValueError, match="beta must be a finite number at least 0 and at most 1e"):
            ls.perm(3, beta=bad)


@pytest.mark.parametrize(
    ("name", "others"),
    [
        ("three_hump_camel", [(1.7475523, -0.8737762, 0.2986384), (-1.7475523, 0.8737762, 0.2986384)]),
        ("six_hump_camel", [(-1.7036067, 0.7960836, -0.2154638), (1.7036067, -0.7960836, -0.2154638),
                            (-1.6071048, -0.5686515, 2.1042504), (1.6071048, 0.5686515, 2.1042504)]),
        ("freudenstein_roth", [(11.4127790, -0.8968053, 48.9842537)]),
    ],
)  # fmt: skip
def test_the_other_minima(name: str, others: list[tuple[float, float, float]]) -> None:
    surface = ls.get(name)
    found = ends(surface, 300)
    known = np.array([*surface.minima, *(point[:2] for point in others)])
    apart = np.abs(found[:, None] - known).max(axis=2)
    assert (apart.min(axis=1) < 1e-4).all()
    assert set(apart.argmin(axis=1)) == set(range(len(known)))
    for *x, value in others:
        assert surface(x) == pytest.approx(value, abs=1e-6)


def test_colville_has_one_saddle_and_no_second_minimum() -> None:
    surface = ls.colville()
    saddle = [-0.9679740, 0.9471392, -0.9695163, 0.9512477]
    assert surface(saddle) == pytest.approx(7.876967, abs=1e-5)
    assert np.abs(surface.grad(saddle)).max() < 1e-2
    assert np.linalg.eigvalsh(surface.hessian(saddle))[0] < -0.1


def test_bohachevsky_ripples_end_near_the_origin() -> None:
    assert np.abs(ends(ls.bohachevsky(3), 100)).max() < 1.6


# -- parameters --------------------------------------------------------------------------------------------


def test_extended_rosenbrock_and_rosenbrock() -> None:
    x = np.random.default_rng(1).uniform(-2, 2, (50, 2))
    pair, chain = ls.extended_rosenbrock(2), ls.rosenbrock(2)
    assert pair(x) == pytest.approx(chain(x), rel=1e-14)
    assert pair.grad(x) == pytest.approx(chain.grad(x), rel=1e-12)
    for n in (2, 6):
        e = np.linalg.eigvalsh(ls.extended_rosenbrock(n).hessian(np.ones(n)))
        assert e[-1] / e[0] == pytest.approx(2508, rel=1e-3)
    assert ls.extended_rosenbrock(2, weight=1.0)([-1.0, 2.0]) == 5.0
    with pytest.raises(ValueError, match="weight must be a finite number greater than 0"):
        ls.extended_rosenbrock(2, weight=0.0)


def test_banana_condition_and_bend() -> None:
    for n in (2, 5):
        for condition in (1.0, 1e4):
            for bend in (0.0, 3.0):
                surface = ls.banana(n, condition=condition, bend=bend)
                e = np.diag(surface.hessian(np.zeros(n)))
                assert e == pytest.approx(2 * condition ** (np.arange(n) / (n - 1)), rel=1e-4)
    straight, bowl = ls.banana(4, condition=50.0, bend=0.0), ls.ellipsoid(4, condition=50.0)
    x = np.random.default_rng(1).uniform(-2, 2, (50, 4))
    assert straight(x) == pytest.approx(bowl(x), rel=1e-14)


def test_curvatures_that_the_docstrings_state() -> None:
    e = np.linalg.eigvalsh(ls.trid(30).hessian(np.zeros(30)))
    assert e[-1] / e[0] == pytest.approx(0.41 * 31**2, rel=0.02)
    for n in (2, 6):
        e = np.linalg.eigvalsh(ls.zakharov(n).hessian(np.zeros(n)))
        assert e[-1] / e[0] == pytest.approx(1 + n * (n + 1) * (2 * n + 1) / 24, rel=1e-6)
    assert np.linalg.eigvalsh(ls.powell().hessian(np.zeros(4))) == pytest.approx([0, 0, 20, 202], abs=1e-3)
    assert np.linalg.eigvalsh(ls.matyas().hessian([0, 0])) == pytest.approx([0.04, 1.0], rel=1e-8)
    assert np.abs(ls.quartic(3).hessian(np.zeros(3))).max() < 1e-8
