"""Surface: names, copies, Hessians, noise arguments, and independence from what the caller does later."""

from __future__ import annotations

import copy
import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import landscapes as ls
from surface_battery import check_surface


@ls.landscape(bounds=(-2, 3), minima=lambda n, at: np.reshape(at, (1, n)), dims=(1, None), f_min=0.0)
def tilted(x, g, n, at=(1.0, 0.5), power=2.0):
    """f(x) = sum_i (x_i - at_i)^2 times power; minimum at `at`."""
    f = 0.0
    for i in range(n):
        d = x[i] - at[i]
        f += power * d * d
        g[i] = 2.0 * power * d
    return f


@ls.landscape(bounds=[(-1, 2), (-3, 1)], minima=[[0.25, -1.0]])
def only_value(x):
    """No gradient: it is derived."""
    return (x[0] - 0.25) ** 2 + 2.0 * (x[1] + 1.0) ** 2 + 1.5


@ls.landscape(bounds=[(-1, 2), (-3, 1)], minima=[[0.25, -1.0]])
def by_differences(x):
    """No gradient, and none can be derived: it is formed by differences."""
    f = 1.5
    while f == 1.5:
        f = (x[0] - 0.25) ** 2 + 2.0 * (x[1] + 1.0) ** 2 + 1.75
    return f - 0.25


def test_battery_over_definitions() -> None:
    check_surface(tilted())
    check_surface(tilted(3, at=[0.1, 0.2, 0.3], power=5.0).rotated(2).noisy(0.3))
    for surface in (only_value, by_differences):
        check_surface(surface)
        check_surface(surface.shifted([0.5, 0.25]).rotated(7))


def test_names_are_unique() -> None:
    base = ls.ellipsoid(3)
    surfaces = [
        base,
        ls.ellipsoid(4),
        ls.ellipsoid(3, condition=1000001.0),
        base.shifted(0.5),
        base.shifted([0.5, 0.5, 0.25]),
        base.shifted([0.5, 0.5, 0.75]),
        base.shifted(0.1).shifted(0.2),
        base.shifted(0.2).shifted(0.1),
        base.flipped(0),
        base.flipped(1),
        base.rotated(0),
        base.rotated(12345678),
        base.rotated(12345679),
        base.scaled(2.0),
        base.noisy(0.1),
        base.noisy(0.1000000001),
        tilted(2),
        tilted(2, at=[1.0, 0.25]),
        tilted(2, at=[1.0, 0.75]),
    ]
    names = [s.name for s in surfaces]
    assert len(set(names)) == len(names)
    assert base.name == "ellipsoid-3d"
    assert base.flipped().shifted(0.5).name == "ellipsoid-3d-flipped-shifted=0.5"
    assert ls.sphere(1).shifted([0.5]).name == ls.sphere(1).shifted([0.5]).name
    assert repr(ls.booth()) == "<Surface booth-2d: f_min = 0, tags convex, smooth, unimodal>"
    assert ls.booth().formula.startswith("f(x) = (x_1 + 2 x_2 - 7)^2")
    assert "Surjanovic" in ls.booth().source


def test_later_changes_of_the_callers_arrays_do_not_reach_it() -> None:
    at, v = np.array([0.5, 0.25]), np.array([0.125, 0.5])
    surface = tilted(2, at=at).shifted(v)
    before = surface([0.0, 0.0])
    at[:], v[:] = 9.0, 9.0
    assert surface([0.0, 0.0]) == before
    assert copy.deepcopy(surface).compiled is surface.compiled


def test_rows_do_not_touch_each_other() -> None:
    surface = ls.rosenbrock(4).rotated(1)
    x = np.random.default_rng(0).uniform(-5, 10, (2000, 4))
    f, g = surface.value_and_grad(x)
    spoiled = x.copy()
    spoiled[::3] = np.nan
    f2, g2 = surface.value_and_grad(spoiled)
    keep = np.arange(2000) % 3 != 0
    assert np.isnan(f2[~keep]).all()
    assert f2[keep].tobytes() == f[keep].tobytes()
    assert g2[keep].tobytes() == g[keep].tobytes()
    with ThreadPoolExecutor(4) as pool:
        parts = list(pool.map(surface.value, np.split(x, 20)))
    assert np.concatenate(parts).tobytes() == f.tobytes()


def test_hessians_in_closed_form() -> None:
    rng = np.random.default_rng(3)
    for x in rng.uniform(-4, 4, (10, 2)):
        a, b = x
        h = ls.himmelblau().hessian(x)
        want = [[12 * a * a + 4 * b - 42, 4 * (a + b)], [4 * (a + b), 4 * a + 12 * b * b - 26]]
        assert np.abs(h - want).max() <= 1e-8 * np.abs(want).max()
        assert np.abs(ls.monkey_saddle().hessian(x) - [[6 * a, -6 * b], [-6 * b, -6 * a]]).max() <= 1e-8
        assert np.abs(ls.booth().hessian(x) - [[10, 8], [8, 10]]).max() <= 1e-8
        rotated = ls.himmelblau().rotated(5)
        r = rotated.transforms[0].data
        want = r @ ls.himmelblau().hessian(r.T @ x) @ r.T
        assert np.abs(rotated.hessian(x) - want).max() <= 1e-7 * np.abs(want).max()
    noisy = ls.booth().noisy(100.0)
    assert np.array_equal(noisy.hessian([1.0, 2.0]), ls.booth().hessian([1.0, 2.0]))


def test_what_stands_in_a_module_is_pickled_by_address() -> None:
    assert pickle.loads(pickle.dumps(ls.sphere)) is ls.sphere
    assert len(pickle.dumps(ls.sphere)) < 200


def test_keys() -> None:
    noisy = ls.sphere(3).noisy(0.5)
    x = np.ones((2, 3))
    assert noisy.value(x, key=3).tolist() == noisy.value(x, key=np.uint64(3)).tolist()
    assert noisy.value(x, key=3).tolist() != noisy.value(x, key=4).tolist()
    assert noisy.value(x).tolist() == noisy.value(x, key=0).tolist()
    assert np.isfinite(noisy.value(x, key=2**64 - 1)).all()


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda s: s.shifted([1.0]), ValueError, "v must have a last axis of length 2"),
        (lambda s: s.shifted([[1.0, 2.0]]), ValueError, "v must be a number or a finite vector"),
        (lambda s: s.shifted(np.nan), ValueError, "v must be a number or a finite vector"),
        (lambda s: s.shifted("1"), TypeError, "v must be an array of real numbers"),
        (lambda s: s.rotated(-1), ValueError, "seed must be at least 0"),
        (lambda s: s.rotated(1.5), TypeError, "seed must be a whole number"),
        (lambda s: s.flipped(True), TypeError, "seed must be a whole number"),
        (lambda s: s.scaled(0.0), ValueError, "c must be a finite number greater than 0"),
        (lambda s: s.scaled(-1.0), ValueError, "c must be a finite number greater than 0"),
        (lambda s: s.scaled(np.inf), ValueError, "c must be a finite number greater than 0"),
        (lambda s: s.noisy(-0.1), ValueError, "sigma must be a finite number at least 0"),
        (lambda s: s.noisy(None), TypeError, "sigma must be a number"),
    ],
)
def test_transforms_refuse(call, error, says) -> None:
    with pytest.raises(error, match=says):
        call(ls.booth())
