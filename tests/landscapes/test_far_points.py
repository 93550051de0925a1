"""Far from the box, where squares overflow: a value or infinity, and NaN nowhere; NaN still gives NaN."""

from __future__ import annotations

import itertools

import mpmath
import numpy as np
import pytest

import landscapes as ls

SIZES = (1e20, 1e60, 1e100, 1e103, 1e154, 1e155, 1e160, 1e200, 1e300)
DIMS = (2, 3, 4, 6, 9)
NEEDS_DATA = {"tiny_autoencoder", "tiny_spirals"}


def surfaces(name):
    for dim in DIMS:
        try:
            yield ls.get(name, dim)
        except ValueError:  # a dimension that the family lacks
            continue


def far_points(dim):
    """All patterns of signs and zeros (at most some hundred) times each size, and mixed sizes."""
    rng = np.random.default_rng(dim)
    patterns = list(itertools.product((-1.0, 0.0, 1.0), repeat=dim)) if dim <= 4 else rng.integers(-1, 2, (300, dim))
    alike = np.concatenate([size * np.array(patterns, dtype=float) for size in SIZES])
    mixed = rng.choice([-1.0, 0.0, 1.0], (1000, dim)) * 10.0 ** rng.uniform(-10, 300, (1000, dim))
    return np.concatenate([alike, mixed, [np.full(dim, 4.7e15), np.full(dim, 7e15)]])


@pytest.mark.parametrize("name", [name for name in ls.names() if name not in NEEDS_DATA])
def test_no_value_is_nan_and_no_gradient_where_the_value_is_finite(name):
    for surface in surfaces(name):
        points = far_points(surface.dim)
        value, slope = surface.value_and_grad(points)
        assert not np.isnan(value).any(), (surface, points[np.isnan(value)][0])
        bad = np.isfinite(value) & np.isnan(slope).any(axis=-1)
        assert not bad.any(), (surface, points[bad][0])


@pytest.mark.parametrize("name", [name for name in ls.names() if name not in NEEDS_DATA])
def test_a_point_that_is_nan_has_no_value(name):
    for surface in surfaces(name):
        assert np.isnan(surface.value(np.full(surface.dim, np.nan)))
        for k, rest in itertools.product(range(surface.dim), (0.0, 0.5, 1e160)):
            point = np.full(surface.dim, rest)
            point[k] = np.nan
            assert np.isnan(surface.value(point)), point


def same(got, true):
    """Equal to 1e-9, or infinite beyond the range of a double."""
    if abs(true) > np.finfo(float).max:
        return got == np.sign(float(mpmath.sign(true))) * np.inf
    return abs(got - float(true)) <= 1e-9 * max(1.0, abs(float(true)))


@pytest.mark.parametrize("size", SIZES)
def test_values_against_formulas(size):
    """Those whose terms overflow against each other, by mpmath at every pattern of signs."""
    with mpmath.workdps(2000):
        for signs in itertools.product((-1, 0, 1), repeat=2):
            if signs == (0, 0):
                continue
            point = size * np.array(signs, dtype=float)
            x, y = (mpmath.mpf(v) for v in point.tolist())
            true = {
                "beale": sum((c - x * (1 - y**k)) ** 2 for k, c in ((1, 1.5), (2, 2.25), (3, 2.625))),
                "monkey_saddle": x**3 - 3 * x * y**2,
                "six_hump_camel": (4 - 2.1 * x**2 + x**4 / 3) * x**2 + x * y + (4 * y**2 - 4) * y**2,
                "drop_wave": mpmath.mpf(0),  # to 4e-40 and less
                "schaffer_2": mpmath.mpf(0.5),
                "schaffer_4": mpmath.mpf(0.5),
                "langermann": mpmath.mpf(0),
            }
            if 0 in signs:
                true["cross_in_tray"] = mpmath.mpf(-0.0001)
            if signs[0] == 0:
                true["holder_table"] = mpmath.mpf(0)
            for name, value in true.items():
                assert same(ls.get(name).value(point), value), (name, point)
            if size < 1e150:  # beyond, r^2 overflows
                r = mpmath.sqrt(x * x + y * y)
                assert same(ls.get("salomon", 2).value(point), 0.1 * r), point
            bowl = x**2 + 2 * y**2
            assert same(ls.get("bohachevsky", 2).value(point), bowl), point
            assert abs(ls.get("michalewicz", 2).value(point)) <= 2


def test_a_product_with_a_factor_0_is_0():
    """However large the other factors are."""
    point = np.array([1e200, 0.0, -1e200, 1e200])
    assert ls.get("schwefel_2_22", 4).value(point) == pytest.approx(3e200)
    value, slope = ls.get("alpine_2", 4).value_and_grad(point)
    assert value == 0
    assert not np.isnan(slope).any()
