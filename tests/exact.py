"""A surface against its textbook formula in mpmath, and what its minima and tags promise."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import mpmath
import numpy as np
from scipy.optimize import minimize

import landscapes as ls

__all__ = ["EPS", "assert_exact", "assert_minima", "assert_nothing_lower", "ends", "mp", "mpf", "slope_of"]

mp = mpmath.mp.clone()
mp.dps = 50
mpf = mp.mpf
EPS = np.finfo(float).eps
Formula = Callable[[list[Any]], Any]


def slope_of(formula: Formula, x: Any) -> list[Any]:
    """The gradient with 50 digits, by differences so small that their error does not count."""
    x, h = [mpf(v) for v in x], mpf(10) ** -22
    return [
        (formula([*x[:i], v + h, *x[i + 1 :]]) - formula([*x[:i], v - h, *x[i + 1 :]])) / (2 * h)
        for i, v in enumerate(x)
    ]


def assert_exact(surface: ls.Surface, formula: Formula, x: Any) -> None:
    """As accurate as a sum of rounded terms can be: the exact result at a point a few units in the last place away."""
    x = np.asarray(x, dtype=float)
    n, size = surface.dim, max(np.abs(x).max(), 1.0)
    f, g = surface.value_and_grad(x)
    true_f, true_g = formula([mpf(float(v)) for v in x]), slope_of(formula, [float(v) for v in x])
    slope = np.array([float(v) for v in true_g])
    bend = np.abs(surface.hessian(x)).sum(axis=1).max()
    assert abs(f - true_f) <= 16 * n * EPS * (abs(float(true_f)) + np.abs(slope * x).sum() + EPS * bend * size**2)
    assert max(abs(a - b) for a, b in zip(g, true_g, strict=True)) <= 16 * n * EPS * (np.abs(slope).max() + bend * size)


def assert_minima(surface: ls.Surface, formula: Formula, *, regular: bool = True) -> None:
    """Each minimum is right to the last place and `f_min` the double nearest to the value there.

    `regular` False: where the Hessian is singular, the minimum is only checked to be a zero of the gradient.
    """
    low, high = surface.bounds.T
    for x in surface.minima:
        assert (x > low).all()
        assert (x < high).all()
        root = [mpf(v) for v in x]
        if regular:
            for _ in range(4):  # Newton, in 50 digits
                slope, h = mp.matrix(slope_of(formula, root)), mpf(10) ** -12
                bend = mp.matrix(len(x))
                for i in range(len(x)):
                    moved = [v + (h if k == i else 0) for k, v in enumerate(root)]
                    bend[:, i] = (mp.matrix(slope_of(formula, moved)) - slope) / h
                root = [v - s for v, s in zip(root, mp.lu_solve(bend, slope), strict=True)]
            assert max(abs(a - b) for a, b in zip(root, x, strict=True)) <= EPS * max(np.abs(x).max(), 1e-6)
            assert min(mp.eigsy((bend + bend.T) / 2, eigvals_only=True)) > 0
        else:
            assert max(map(abs, slope_of(formula, root))) < mpf(10) ** -30
        assert abs(formula(root) - mpf(surface.f_min)) <= max(np.spacing(abs(surface.f_min)), 1e-40)
        bend = np.abs(surface.hessian(x)).max()
        room = 4 * surface.dim * EPS * abs(surface.f_min) + 10 * surface.dim * bend * (EPS * np.abs(x).max()) ** 2
        assert abs(surface(x) - surface.f_min) <= room
    apart = np.abs(surface.minima[:, None] - surface.minima[None]).max(axis=2)
    assert (apart[~np.eye(len(apart), dtype=bool)] > 1e-6).all()


def ends(surface: ls.Surface, count: int = 60, seed: int = 2) -> np.ndarray:
    """Where local searches inside the box from random points end, of those that end at a stationary point."""
    low, high = surface.bounds.T
    starts = np.random.default_rng(seed).uniform(low, high, (count, surface.dim))
    options = {"maxiter": 1000, "ftol": 1e-16, "gtol": 1e-7}
    found = [
        minimize(surface.value_and_grad, x, jac=True, method="L-BFGS-B", bounds=surface.bounds, options=options).x
        for x in starts
    ]
    kept = [x for x in found if (x > low).all() and (x < high).all() and np.abs(surface.grad(x)).max() < 1e-4]
    return np.array(kept).reshape(-1, surface.dim)


def assert_nothing_lower(surface: ls.Surface, *, near: float = 1e-2, count: int = 40) -> None:
    """Random points, corners and local searches find nothing below f_min, no other global minimum, no false tag."""
    low, high = surface.bounds.T
    rng = np.random.default_rng(3)
    slack = 8 * surface.dim * EPS * max(1.0, abs(surface.f_min))
    points = rng.uniform(low, high, (20_000, surface.dim))
    corners = np.array(list(product(*surface.bounds)))
    found = ends(surface, count)
    assert len(found) > count // 4
    assert min(surface(points).min(), surface(corners).min(), surface(found).min()) >= surface.f_min - slack
    apart = np.abs(surface.minima[None] - found[:, None]).max(axis=2).min(axis=1)
    assert (apart[surface(found) - surface.f_min < 1e-9] < near).all(), "a global minimum is missing from minima"
    if "unimodal" in surface.tags:
        assert (apart < near).all()
    if "multimodal" in surface.tags and len(surface.minima) == 1:
        assert (apart > 10 * near).any()
    wide = surface(rng.uniform(2 * low - high, 2 * high - low, (20_000, surface.dim))).min()
    assert ("lower-outside" in surface.tags) == (wide < surface.f_min - slack)
    hessians = [surface.hessian(x) for x in [*points[:10], *(0.1 * points[10:30])]]
    if surface.dim > 1:
        mixed = max(np.abs(np.triu(h, 1)).max() / np.abs(h).max() for h in hessians)
        assert ("separable" in surface.tags) == (mixed < 1e-7)
    least = min(np.linalg.eigvalsh(h)[0] / np.abs(h).max() for h in hessians)
    assert ("convex" in surface.tags) == (least > -1e-7)
