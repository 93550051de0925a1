"""A family against its textbook formula: values, gradients, minima and what its tags say.

A formula takes a list of mpmath numbers. It is written from the publication, with 50 digits, and shares nothing with
the package's own function, which is arranged for accuracy.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import mpmath
import numpy as np
from scipy.optimize import minimize

import landscapes as ls
from landscapes import blocks

mp = mpmath.mp.clone()
mp.dps = 50
mpf = mp.mpf
EPS = np.finfo(float).eps

Formula = Callable[[list[Any]], Any]


def slope_of(formula: Formula, x: Any) -> list[Any]:
    """The gradient with 50 digits, by differences so small that their error does not count; 0 at a kink."""
    x, h = [mpf(v) for v in x], mpf(10) ** -22
    return [
        (formula([*x[:i], v + h, *x[i + 1 :]]) - formula([*x[:i], v - h, *x[i + 1 :]])) / (2 * h)
        for i, v in enumerate(x)
    ]


def check_exact(surface: ls.Surface, formula: Formula, x: Any, terms: float = 0.0, blur: float = 1e-24) -> None:
    """As accurate as a sum of rounded terms can be: the exact result at a point a few units in the last place away.

    `terms` is the size of what the formula itself adds up, `blur` the error of its own differences.
    """
    x = np.asarray(x, dtype=float)
    n, size = surface.dim, max(np.abs(x).max(), 1.0)
    f, g = surface.value_and_grad(x)
    at = [mpf(float(v)) for v in x]
    true_f, true_g = formula(at), slope_of(formula, at)
    slope = np.array([float(v) for v in true_g])
    bend = np.abs(surface.hessian(x)).sum(axis=1).max()
    about = abs(float(true_f)) + np.abs(slope * x).sum() + terms + EPS * bend * size**2
    assert abs(f - true_f) <= 16 * n * EPS * about + 1e-24
    room = 16 * n * EPS * (np.abs(slope).max() + bend * size) + blur
    assert max(abs(a - b) for a, b in zip(g, true_g, strict=True)) <= room


def check_minima(
    surface: ls.Surface, formula: Formula, places: int = 1, terms: float = 0.0, *, regular: bool = True
) -> None:
    """Each minimum lies inside the bounds, right to `places` units in the last place; so is `f_min`; none comes twice.

    `regular` False: where the Hessian is singular, the minimum is only checked to be a zero of the gradient.
    """
    low, high = surface.bounds.T
    size = abs(surface.f_min) or terms
    assert ((surface.minima > low) & (surface.minima < high)).all()
    for x in surface.minima[:8]:
        root = [mpf(v) for v in x]
        if regular:
            for _ in range(4):  # Newton, in 50 digits
                slope, h = mp.matrix(slope_of(formula, root)), mpf(10) ** -12
                bend = mp.matrix(len(x))
                for i in range(len(x)):
                    moved = [v + (h if k == i else 0) for k, v in enumerate(root)]
                    bend[:, i] = (mp.matrix(slope_of(formula, moved)) - slope) / h
                root = [v - s for v, s in zip(root, mp.lu_solve(bend, slope), strict=True)]
            assert max(map(abs, slope_of(formula, root))) < mpf(10) ** -18
            assert min(mp.eigsy((bend + bend.T) / 2, eigvals_only=True)) > 0
            off = [float(abs(r - mpf(v))) for r, v in zip(root, x, strict=True)]
            assert (np.array(off) <= (places - 0.5 + 1e-9) * np.maximum(np.spacing(np.abs(x)), 1e-17)).all()
        else:
            assert max(map(abs, slope_of(formula, root))) < mpf(10) ** -30
        assert abs(formula(root) - mpf(surface.f_min)) <= max((places - 0.5 + 1e-9) * np.spacing(size), 1e-40)
        curve = np.abs(surface.hessian(x)).max()
        room = 4 * surface.dim * np.spacing(size) + 10 * surface.dim * curve * (EPS * np.abs(x).max()) ** 2
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


def check_nothing_lower(surface: ls.Surface, slack: float = 0.0, near: float = 1e-3) -> None:
    """Corners, a grid (random points in more dimensions) and searches from the best find nothing but `minima`."""
    n = surface.dim
    low, high = surface.bounds.T
    slack += 8 * n * EPS * max(1.0, abs(surface.f_min))
    if n <= 3:
        axes = [np.linspace(*ends, {1: 20_001, 2: 701, 3: 71}[n]) for ends in surface.bounds]
        points = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, n)
    else:
        points = np.random.default_rng(2).uniform(low, high, (200_000, n))
    values = surface.value(points)
    corners = surface.value(np.array(list(product(*surface.bounds)))).min()
    assert min(values.min(), corners) >= surface.f_min - slack
    for x in points[np.argsort(values)[:30]]:
        end = minimize(
            surface.value_and_grad,
            x,
            jac=True,
            method="L-BFGS-B",
            bounds=surface.bounds,
            tol=1e-15,
            options={"maxiter": 200},
        )
        assert end.fun >= surface.f_min - slack
        if end.fun < surface.f_min + 1e-9 and "edge-minimum" not in surface.tags:
            away = np.abs(surface.minima - end.x).max(axis=1).min()
            assert away < near * (high - low).max(), "a global minimum is missing from minima"


def check_basins(surface: ls.Surface, near: float = 1e-2, count: int = 40) -> None:
    """The tags unimodal, multimodal and saddle, by where searches from random points end; all global minima known."""
    found = ends(surface, count)
    apart = np.abs(surface.minima[None] - found[:, None]).max(axis=2).min(axis=1, initial=np.inf)
    values = surface.value(found) if len(found) else np.empty(0)
    assert (values >= surface.f_min - 8 * surface.dim * EPS * max(1.0, abs(surface.f_min))).all()
    assert (apart[values - surface.f_min < 1e-9] < near).all(), "a global minimum is missing from minima"
    if "saddle" in surface.tags:
        assert not len(found)
        assert surface.minima.shape == (0, surface.dim)
        return
    assert len(found) > count // 4
    if "unimodal" in surface.tags:
        assert (apart < near).all()
    if "multimodal" in surface.tags and len(surface.minima) == 1:
        assert (apart > 10 * near).any()


def check_outside(surface: ls.Surface, there: Any = None) -> None:
    """The tag lower-outside, by a point that shows it; without one, by a search outside."""
    low, high = surface.bounds.T
    if there is not None:
        assert "lower-outside" in surface.tags
        assert ((there < low) | (there > high)).any()
        assert surface(there) < surface.f_min - 1e-3
        return
    middle, width = (low + high) / 2, high - low
    slack = 8 * surface.dim * EPS * max(1.0, abs(surface.f_min))
    points = middle + width * np.random.default_rng(3).uniform(-1.5, 1.5, (100_000, surface.dim))
    values = surface.value(points)
    if "lower-outside" in surface.tags:
        assert values.min() < surface.f_min - slack
        return
    assert values.min() >= surface.f_min - slack
    for x in points[np.argsort(values)[:10]]:
        end = minimize(surface.value_and_grad, x, jac=True, method="L-BFGS-B", tol=1e-15)
        assert end.fun >= surface.f_min - slack


def check_convex(surface: ls.Surface) -> None:
    """The tag convex, by the Hessians at random points, all over the box and nearer to its middle."""
    low, high = surface.bounds.T
    points = np.random.default_rng(3).uniform(low, high, (30, surface.dim))
    hessians = [surface.hessian(x) for x in [*points[:10], *(0.1 * points[10:])]]
    least = min(np.linalg.eigvalsh(h)[0] / np.abs(h).max() for h in hessians)
    assert ("convex" in surface.tags) == (least > -1e-7)


def check_second_minimum(surface: ls.Surface, start: Any) -> None:
    """The tag multimodal: another local minimum near `start`, or more than one in `minima`."""
    assert "multimodal" in surface.tags
    if start is None:
        assert len(surface.minima) > 1
        return
    found = minimize(surface.value_and_grad, start, jac=True, method="BFGS", options={"gtol": 1e-13})
    low, high = surface.bounds.T
    assert ((found.x > low) & (found.x < high)).all()
    assert np.abs(surface.minima - found.x).max(axis=1).min() > 0.1
    bend = np.linalg.eigvalsh(surface.hessian(found.x))
    assert bend[-1] > 0
    assert bend[0] >= -1e-6 * bend[-1]  # 0 along a ring
    assert np.abs(surface.grad(found.x)).max() <= 1e-4 * bend[-1]


def check_separable(surface: ls.Surface) -> None:
    """The tag separable, by the mixed second derivatives."""
    low, high = surface.bounds.T
    points = np.random.default_rng(4).uniform(low, high, (5, surface.dim))
    if surface.dim > 1:
        near = np.clip(surface.minima[:1] + 0.05, low, high)
        bends = [surface.hessian(x) for x in [*near, *points, *(0.1 * points)]]
        mixed = max(np.abs(np.triu(h, 1)).max() / max(np.abs(h).max(), 1e-9) for h in bends)
        assert ("separable" in surface.tags) == (mixed < 1e-6)


def check_plateau(surface: ls.Surface) -> None:
    """The tag plateau: on most of the box the gradient is a hundred times less than its largest value."""
    steep = np.abs(surface.grad(np.random.default_rng(5).uniform(*surface.bounds.T, (20_000, surface.dim)))).max(axis=1)
    assert np.median(steep) < 0.01 * steep.max()


def check_lanes(surface: ls.Surface) -> None:
    """The function is in the language of lanes, and gives NaN or infinity where a coordinate is infinite."""
    assert blocks.landscape(surface).slow == ""
