"""One battery for every surface: `check_surface(surface)` raises AssertionError at the first broken promise."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle
from typing import Any

import numpy as np
import pytest

import landscapes as ls
from landscapes import Surface

EPS = np.finfo(float).eps


def check_surface(surface: Surface, *, seed: int = 0) -> None:
    """Run the battery."""
    rng = np.random.default_rng(seed)
    low, high = surface.bounds.T
    points = low + (high - low) * rng.uniform(size=(6, surface.dim))
    check_description(surface)
    check_shapes(surface, points)
    check_kinds_of_input(surface, points)
    check_bad_input(surface)
    check_not_finite(surface, points[0])
    check_repeatable(surface, points)
    check_immutable(surface)
    check_transforms_leave_it_alone(surface, points)
    check_minima(surface, rng)
    check_derivatives(surface, points[:3])
    check_copies(surface, points)


def both(surface: Surface, x: Any) -> tuple[Any, np.ndarray]:
    return surface.value_and_grad(x, key=5)


def same_bits(a: Any, b: Any) -> bool:
    a, b = np.asarray(a), np.asarray(b)
    return a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes()


def check_description(s: Surface) -> None:
    assert s.name.startswith(s.family.name)
    assert f"-{s.dim}d" in s.name
    assert s.name in repr(s)
    assert s.formula
    assert s.bounds.shape == (s.dim, 2)
    assert s.bounds.dtype == s.minima.dtype == np.float64
    assert np.isfinite(s.bounds).all()
    assert (s.bounds[:, 0] < s.bounds[:, 1]).all()
    assert s.minima.ndim == 2
    assert s.minima.shape[1] == s.dim
    assert isinstance(s.f_min, float)
    assert isinstance(s.tags, frozenset)
    assert ("noisy" in s.tags) == (s.noise > 0)
    assert not {"unimodal", "multimodal"} <= s.tags


def check_shapes(s: Surface, points: np.ndarray) -> None:
    n = s.dim
    f, g = both(s, points[0])
    assert type(f) is float
    assert g.shape == (n,)
    f, g = both(s, points)
    assert f.shape == (6,)
    assert g.shape == (6, n)
    assert f.dtype == g.dtype == np.float64
    assert np.isfinite(f).all()
    assert np.isfinite(g).all()
    deep_f, deep_g = both(s, points.reshape(2, 3, n))
    assert same_bits(deep_f, f.reshape(2, 3))
    assert same_bits(deep_g, g.reshape(2, 3, n))
    for shape in ((0, n), (3, 0, n)):
        f, g = both(s, np.empty(shape))
        assert f.shape == shape[:-1]
        assert g.shape == shape
    assert same_bits(s(points, key=5), s.value(points, key=5))
    assert same_bits(s.value(points, key=5), both(s, points)[0])
    assert same_bits(s.grad(points, key=5), both(s, points)[1])


def check_kinds_of_input(s: Surface, points: np.ndarray) -> None:
    f, g = both(s, points)
    wide = np.full((12, 2 * s.dim), np.nan)
    wide[::2, ::2] = points
    locked = points.copy()
    locked.setflags(write=False)
    for given in (points.tolist(), wide[::2, ::2], np.asfortranarray(points), locked, points.astype(object)):
        assert same_bits(both(s, given)[0], f)
        assert same_bits(both(s, given)[1], g)
    short = points.astype(np.float32)
    assert same_bits(both(s, short)[0], both(s, short.astype(np.float64))[0])
    assert both(s, short)[1].dtype == np.float64
    whole = np.ones(s.dim, dtype=int)
    assert same_bits(both(s, whole)[0], both(s, np.ones(s.dim))[0])

    before = points.copy()
    both(s, points)
    assert same_bits(points, before), "x was changed by a call"
    g = s.grad(points)
    g[:] = 7.0
    assert not np.shares_memory(g, s.grad(points))


def check_bad_input(s: Surface) -> None:
    n = s.dim
    for shape in ((n + 1,), (4, n + 1), (n, 0), ()):
        with pytest.raises(ValueError, match=rf"x must have a last axis of length {n}"):
            s.value_and_grad(np.zeros(shape))
    for bad in ("x", ["1.0"] * n, [None] * n, [1j] * n, np.zeros(n, dtype=complex), [[0.0] * (n + 1), [0.0]], {"x": 1}):
        with pytest.raises(TypeError, match="x must be an array of real numbers"):
            s.value_and_grad(bad)
    with pytest.raises(TypeError, match="key must be a whole number"):
        s.value(np.zeros(n), key=0.5)
    for key in (-1, 2**64):
        with pytest.raises(ValueError, match="key must be at"):
            s.value(np.zeros(n), key=key)
    with pytest.raises(ValueError, match="one point"):
        s.hessian(np.zeros((1, n)))


LEVEL = ("drop_wave", "langermann", "schaffer_2", "schaffer_4")  # they have a limit far out, and it is finite


def check_not_finite(s: Surface, x: np.ndarray) -> None:
    for i in range(s.dim):
        for bad in (np.nan, np.inf, -np.inf):
            point = x.copy()
            point[i] = bad
            f, g = both(s, point)
            assert not np.isfinite(f) or (np.isinf(bad) and s.family.name in LEVEL)
            if np.isnan(bad):
                assert np.isnan(f)
                assert np.isnan(g[i])


def check_repeatable(s: Surface, points: np.ndarray) -> None:
    first, second = both(s, points), both(s, points)
    assert same_bits(first[0], second[0])
    assert same_bits(first[1], second[1])
    quiet = s.noisy(0)  # each row of a batch has noise of its own
    f, g = both(quiet, points)
    for r, x in enumerate(points):
        assert same_bits(both(quiet, x)[0], f[r])
        assert same_bits(both(quiet, x)[1], g[r])
    assert same_bits(quiet.value(points, key=1), quiet.value(points, key=2))
    assert same_bits(s.value(points), s.value(points, key=0))


def check_immutable(s: Surface) -> None:
    for array in (s.bounds, s.minima, *(t.data for t in s.transforms)):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0.0
    for name in ("dim", "f_min", "bounds", "noise"):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(s, name, 0)
    for _, value in s.parameters:
        assert not isinstance(value, np.ndarray) or not value.flags.writeable


def check_transforms_leave_it_alone(s: Surface, points: np.ndarray) -> None:
    before = both(s, points)[0], s.name, s.bounds.copy(), s.minima.copy(), s.f_min, s.tags
    for other in (s.shifted(0.25), s.flipped(1), s.rotated(1), s.scaled(2.0), s.noisy(0.5)):
        other.value(points)
        assert other.name != s.name
    after = both(s, points)[0], s.name, s.bounds, s.minima, s.f_min, s.tags
    assert all(np.array_equal(a, b) or (a != a and b != b) for a, b in zip(before, after, strict=True))


def check_minima(s: Surface, rng: np.random.Generator) -> None:
    low, high = s.bounds.T
    assert (s.minima >= low).all()
    assert (s.minima <= high).all()
    quiet = s.noisy(0)
    size = 1.0 if np.isnan(s.f_min) else max(1.0, abs(s.f_min))
    if len(s.minima):
        values, slopes = quiet.value_and_grad(s.minima)
        assert not np.isnan(s.f_min)
        # a minimum that was moved is rounded once for each move: f grows by the curvature times its square
        error = EPS * np.abs(s.minima).max(initial=1.0) * s.dim * (1 + len(s.transforms))
        if "smooth" in s.tags:
            stiff = max(np.abs(quiet.hessian(x)).max() for x in s.minima[:8])
            assert np.abs(values - s.f_min).max() <= 4 * s.dim * EPS * size + 10 * stiff * error**2
            assert np.abs(slopes).max() <= 10 * stiff * error + (1e-7 * size if "numeric-gradient" in s.tags else 0)
        else:  # at a kink the slope jumps, or has no bound: f grows by what it does around
            around = quiet.value(s.minima + error * rng.choice([-1.0, 1.0], (8, 1, s.dim))) - values
            room = 10 * max(10 * error, np.abs(around).max())
            assert np.abs(values - s.f_min).max() <= 4 * s.dim * EPS * size + room
    if not np.isnan(s.f_min):
        tries = low + (high - low) * rng.uniform(size=(500, s.dim))
        assert quiet.value(tries).min() >= s.f_min - 4 * s.dim * EPS * size


def check_derivatives(s: Surface, points: np.ndarray) -> None:
    """Gradient and Hessian against five-point differences, and what the tags say of the Hessian."""
    quiet = s.noisy(0)
    for x in points:
        f, g = quiet.value_and_grad(x)
        hessian = quiet.hessian(x)
        assert hessian.shape == (s.dim, s.dim)
        assert same_bits(hessian, hessian.T)
        size = max(1.0, abs(f), np.abs(g).max(), np.abs(hessian).max())
        assert apart(quiet.value, x, g) <= 1e-7 * size
        loose = 1e-3 if "numeric-gradient" in s.tags else 1e-6
        assert apart(quiet.grad, x, hessian) <= loose * size
        if "separable" in s.tags:
            assert np.abs(hessian - np.diag(np.diag(hessian))).max() <= 1e-8 * size
        if "convex" in s.tags:
            assert np.linalg.eigvalsh(hessian).min() >= -1e-8 * size


def apart(function: Any, x: np.ndarray, derivative: np.ndarray) -> float:
    """How far a derivative is from differences, with the step that suits it best: some surfaces have short waves."""
    steps = np.maximum(1.0, np.abs(x))[:, None] * np.eye(len(x))
    return min(np.abs(five_point(function, x, h * steps) - derivative).max() for h in (1e-4, 1e-6))


def five_point(function: Any, x: np.ndarray, h: np.ndarray) -> np.ndarray:
    step = h.sum(axis=1).reshape(-1, *[1] * (np.ndim(function(x))))
    return (8 * (function(x + h) - function(x - h)) - (function(x + 2 * h) - function(x - 2 * h))) / (12 * step)


def check_copies(s: Surface, points: np.ndarray) -> None:
    made = [pickle.loads(pickle.dumps(s)), copy.copy(s), copy.deepcopy(s)]
    if s.family.name in ls.names():
        spec = s.spec()
        made.append(ls.from_spec(json.loads(json.dumps(spec))))
        assert spec == made[-1].spec()
    for other in made:
        assert other.family is s.family
        assert (other.name, other.dim, other.tags, other.noise) == (s.name, s.dim, s.tags, s.noise)
        assert same_bits(other.bounds, s.bounds)
        assert same_bits(other.minima, s.minima)
        assert other.f_min == s.f_min or np.isnan(s.f_min)
        assert np.isnan(other.f_min) == np.isnan(s.f_min)
        assert same_bits(both(other, points)[0], both(s, points)[0])
        assert same_bits(both(other, points)[1], both(s, points)[1])
