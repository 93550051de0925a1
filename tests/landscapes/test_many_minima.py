"""Many minima: those per coordinate, those on the edge, published values and what is off with them."""

from __future__ import annotations

import numpy as np
import pytest

import landscapes as ls
from family_battery import EPS, mp, mpf
from formulas import CASES, HARTMANN_3, HARTMANN_6, SHEKEL, eggholder, hartmann, michalewicz, shekel


def lowest(formula, start) -> tuple[list[float], float]:
    """A minimum with 50 digits from a start with five, by Newton's method on differences."""
    h = mpf(10) ** -16

    def slope(*x):
        x = list(x)
        return [
            (formula([*x[:i], v + h, *x[i + 1 :]]) - formula([*x[:i], v - h, *x[i + 1 :]])) / (2 * h)
            for i, v in enumerate(x)
        ]

    root = mp.findroot(slope, [mpf(v) for v in start], tol=1e-24)
    return [float(v) for v in root], float(formula(list(root)))


# -- minima per coordinate --------------------------------------------------------------------------------


@pytest.mark.parametrize("m", [1, 2, 10, 100])
def test_michalewicz_minima(m: int) -> None:
    """Against a fine grid, coordinate by coordinate, and the roots of the slope."""
    n = 50
    best = ls.michalewicz(n, m=m).minima[0]
    grid = np.linspace(0, np.pi, 200_001)
    for i, x in enumerate(best, 1):
        depth = np.sin(grid) * np.sin(i * grid**2 / np.pi) ** (2 * m)
        here = np.sin(x) * np.sin(i * x**2 / np.pi) ** (2 * m)
        assert depth.max() <= here + 4 * EPS
        assert depth.max() >= here - 1e-4 * m * i * i / 100
        exact = mp.findroot(lambda t, i=i: mp.cot(t) + 4 * m * i * t / mp.pi * mp.cot(i * t * t / mp.pi), mpf(float(x)))
        assert abs(exact - mpf(float(x))) <= 2 * np.spacing(x)


def test_michalewicz_published() -> None:
    """1.8013, 4.687658 and 9.66015 (Surjanovic and Bingham) are cut off or rounded; these are not."""
    for n, value in ((2, -1.8013034100985528), (5, -4.687658179088148), (10, -9.660151715641349)):
        surface = ls.michalewicz(n)
        assert surface.f_min == pytest.approx(value, rel=2e-15)
        assert float(michalewicz([mpf(v) for v in surface.minima[0]])) == pytest.approx(value, rel=2e-15)
    assert ls.michalewicz(2).minima[0, 1] == pytest.approx(np.pi / 2, rel=1e-15)
    with pytest.raises(ValueError, match=r"m of michalewicz must be a whole number, got 2\.5"):
        ls.michalewicz(2, m=2.5)
    for bad in (0, -1, np.inf, 1001):
        with pytest.raises(ValueError, match="m must be a finite number at least 1 and at most 1000"):
            ls.michalewicz(2, m=bad)
    assert ls.michalewicz(2, m=1).grad([0.0, 0.0]).tolist() == [0.0, 0.0]


@pytest.mark.parametrize(("n", "count"), [(1, 8), (2, 64), (3, 512), (4, 4096), (5, 1), (20, 1)])
def test_alpine_1_minima(n: int, count: int) -> None:
    surface = ls.alpine_1(n)
    assert surface.minima.shape == (count, n)
    assert len(np.unique(surface.minima, axis=0)) == count
    assert surface(surface.minima).max() <= 1e-14 * n
    for x in np.unique(surface.minima):
        if x != 0.0:
            root = mp.findroot(lambda t: mp.sin(t) + mpf(1) / 10, mpf(float(x)))
            assert abs(root - mpf(float(x))) <= np.spacing(abs(x))


def test_alpine_2_many_dimensions() -> None:
    root = mp.findroot(lambda t: mp.tan(t) + 2 * t, 7.917)
    factor = mp.sqrt(root) * mp.sin(root)
    for n in (1, 7, 500):
        surface = ls.alpine_2(n)
        assert abs(mpf(surface.f_min) / -(factor**n) - 1) < (n + 1) * EPS
        assert abs(surface(surface.minima[0]) / surface.f_min - 1) < 2 * (n + 1) * EPS
    f, g = ls.alpine_2(3).value_and_grad([0.0, 5.0, -5.0])
    assert f == 0.0
    assert np.isfinite(g).all()


def test_schwefel_outside() -> None:
    assert ls.schwefel(1)([5000.0]) == pytest.approx(-4579, abs=1)
    assert ls.schwefel(2)([420.9687, 420.9687]) == pytest.approx(0.0, abs=1e-8)
    constant = mp.findroot(lambda t: mp.sin(mp.sqrt(t)) + mp.sqrt(t) / 2 * mp.cos(mp.sqrt(t)), 421)
    assert float(constant * mp.sin(mp.sqrt(constant))) == 418.9828872724337
    second = ls.schwefel(1).value([-302.52])  # the next best minimum of a coordinate
    assert second == pytest.approx(118.4, abs=0.05)


# -- on the edge ------------------------------------------------------------------------------------------


def test_eggholder_edge() -> None:
    surface = ls.eggholder()
    (a, b), edge = surface.minima[0], mpf(512)
    root = mp.findroot(lambda t: mp.diff(lambda u: eggholder([edge, u]), t), mpf(float(b)))
    assert a == 512.0
    assert float(root) == b
    assert float(eggholder([edge, root])) == surface.f_min
    assert surface(surface.minima[0]) == pytest.approx(surface.f_min, rel=2 * EPS)
    out, along = surface.grad(surface.minima[0])
    assert out == pytest.approx(-3.3856, abs=1e-4)
    assert abs(along) < 1e-12
    assert ls.names("edge-minimum") == sorted({"eggholder", *ls.names("edge-minimum")})


def test_cross_in_tray_far_outside() -> None:
    surface = ls.cross_in_tray()
    assert surface([np.pi / 2 + 100 * np.pi] * 2) > surface.f_min  # r = 446
    assert surface([np.pi / 2 + 150 * np.pi] * 2) < surface.f_min  # r = 669


# -- published tables and values --------------------------------------------------------------------------


def test_other_tables_in_use() -> None:
    """What the docstrings say of numbers that differ between publications."""
    other = [list(row) for row in HARTMANN_3]
    other[3][3] = mpf("0.0381")
    x, f = lowest(hartmann(other), [0.1146, 0.5556, 0.8525])
    assert f == pytest.approx(-3.8627797873326624, rel=1e-15)
    assert x == pytest.approx([0.114589, 0.555649, 0.852547], abs=5e-7)

    other = [list(row) for row in HARTMANN_6]
    other[2][7] = mpf("0.1415")
    x, f = lowest(hartmann(other), [0.2017, 0.1468, 0.4767, 0.2753, 0.3117, 0.6573])
    assert f == pytest.approx(-3.321995171584242, rel=1e-15)

    old = SHEKEL[6]
    SHEKEL[6] = [mpf(v) for v in (5, 3, 5, 3)] + [old[4]]
    try:
        assert lowest(shekel(7), [4.0006, 3.9996, 4.0006, 3.9996])[1] == pytest.approx(-10.402915, abs=5e-7)
        assert lowest(shekel(10), [4.0007, 3.9995, 4.0007, 3.9995])[1] == pytest.approx(-10.536443, abs=5e-7)
    finally:
        SHEKEL[6] = old

    x, f = lowest(lambda x: -CASES["langermann"].formula(x), [2.7934, 1.5972])
    assert f == pytest.approx(-4.155809291847785, rel=1e-15)


@pytest.mark.parametrize("m", [5, 7, 10])
def test_shekel(m: int) -> None:
    surface = ls.shekel(m=m)
    x, f = lowest(shekel(m), surface.minima[0])
    assert x == surface.minima[0].tolist()
    assert f == surface.f_min
    assert surface(x) == pytest.approx(f, rel=4 * EPS)
    for x in np.random.default_rng(m).uniform(0, 10, (20, 4)):
        assert surface(x) == pytest.approx(float(shekel(m)([mpf(v) for v in x])), rel=1e-14)
    for bad in (6, 0, 11, 5.5):
        with pytest.raises(ValueError, match="m of shekel must be 5, 7 or 10, got"):
            ls.shekel(m=bad)


def test_goldstein_price_minima() -> None:
    surface = ls.goldstein_price()
    for x, value in (([0, -1], 3), ([-0.6, -0.4], 30), ([1.8, 0.2], 84), ([1.2, 0.8], 840)):
        assert surface(x) == pytest.approx(value, rel=1e-14)
        assert np.abs(surface.grad(x)).max() < 1e-10
        assert np.linalg.eigvalsh(surface.hessian(x))[0] > 0


def test_published_values() -> None:
    for name, x, value in [
        ("alpine_2", [7.917, 7.917], -7.8856),
        ("branin", [-3.14159265, 12.275], 0.397887),
        ("bukin_6", [-5, 0.25], 0.05),
        ("cross_in_tray", [1.3491, -1.3491], -2.06261),
        ("drop_wave", [0, 0], -1.0),
        ("easom", [np.pi, np.pi], -1.0),
        ("eggholder", [512, 404.2319], -959.6407),
        ("goldstein_price", [0, 0], 600.0),
        ("hartmann_3", [0.114614, 0.555649, 0.852547], -3.86278),
        ("hartmann_6", [0.20169, 0.150011, 0.476874, 0.275332, 0.311652, 0.6573], -3.32237),
        ("holder_table", [8.05502, 9.66459], -19.2085),
        ("langermann", [2.00299219, 1.006096], -5.1621259),
        ("mccormick", [-0.54719, -1.54719], -1.91322),
        ("michalewicz", [2.20, 1.57], -1.80114),
        ("schaffer_2", [0, 0], 0.0),
        ("schaffer_4", [0, 1.25313], 0.292579),
        ("schwefel_1_2", [1, 1, 1], 14.0),
        ("schwefel_2_22", [1, -2, 3], 12.0),
    ]:  # fmt: skip
        assert ls.get(name, len(x))(x) == pytest.approx(value, rel=5e-6, abs=1e-12), (name, x)
