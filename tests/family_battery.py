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
from ngdm_lab.engine import blocks

mp = mpmath.mp.clone()
mp.dps = 50
mpf = mp.mpf
EPS = np.finfo(float).eps

Formula = Callable[[list[Any]], Any]


def slope_of(formula: Formula, x: Any) -> list[Any]:
    """The gradient with 50 digits, by differences so small that their error does not count; 0 at a kink."""
    h = mpf(10) ** -22
    return [
        (formula([*x[:i], v + h, *x[i + 1 :]]) - formula([*x[:i], v - h, *x[i + 1 :]])) / (2 * h)
        for i, v in enumerate(x)
    ]


def check_exact(surface: ls.Surface, formula: Formula, x: Any, terms: float = 0.0) -> None:
    """As accurate as a sum of rounded terms can be: the exact result at a point a few units in the last place away.

    `terms` is the size of what the formula itself adds up.
    """
    x = np.asarray(x, dtype=float)
    n = surface.dim
    f, g = surface.value_and_grad(x)
    at = [mpf(float(v)) for v in x]
    true_f, true_g = formula(at), slope_of(formula, at)
    slope = np.array([float(v) for v in true_g])
    assert abs(f - true_f) <= 16 * n * EPS * (abs(float(true_f)) + np.abs(slope * x).sum() + terms) + 1e-24
    bend = np.abs(surface.hessian(x)).sum(axis=1).max()
    room = 16 * n * EPS * (np.abs(slope).max() + bend * max(np.abs(x).max(), 1.0))
    blurred = 1e-8 if "smooth" not in surface.tags and 0.0 in x else 1e-24  # differences of |x|^(3/2) at 0
    assert max(abs(a - b) for a, b in zip(g, true_g, strict=True)) <= room + blurred


def check_minima(surface: ls.Surface, formula: Formula, places: int = 1, terms: float = 0.0) -> None:
    """Each minimum is a root of the exact gradient, right to `places` units in the last place; so is `f_min`."""
    size = abs(surface.f_min) or terms
    for x in surface.minima[:8]:
        root = mp.findroot(lambda *p: slope_of(formula, p), [mpf(v) for v in x], tol=1e-36)
        off = [float(abs(r - mpf(v))) for r, v in zip(root, x, strict=True)]
        assert (np.array(off) <= (places - 0.5 + 1e-9) * np.maximum(np.spacing(np.abs(x)), 1e-17)).all()
        lowest = formula(list(root))
        assert abs(lowest - mpf(surface.f_min)) <= (places - 0.5 + 1e-9) * np.spacing(size)
        assert abs(surface(x) - surface.f_min) <= 4 * surface.dim * np.spacing(size)


def check_nothing_lower(surface: ls.Surface, slack: float = 0.0) -> None:
    """A grid, or many random points in more dimensions, and searches from the best find nothing but `minima`."""
    n = surface.dim
    low, high = surface.bounds.T
    slack += 8 * n * EPS * max(1.0, abs(surface.f_min))
    if n <= 3:
        axes = [np.linspace(*ends, {1: 20_001, 2: 701, 3: 71}[n]) for ends in surface.bounds]
        points = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, n)
    else:
        points = np.random.default_rng(2).uniform(low, high, (200_000, n))
    values = surface.value(points)
    assert values.min() >= surface.f_min - slack
    for x in points[np.argsort(values)[:30]]:
        end = minimize(surface.value_and_grad, x, jac=True, method="L-BFGS-B", bounds=surface.bounds, tol=1e-15)
        assert end.fun >= surface.f_min - slack
        if end.fun < surface.f_min + 1e-9:
            away = np.abs(surface.minima - end.x).max(axis=1).min()
            assert away < 1e-3 * (high - low).max(), "a global minimum is missing from minima"


def check_outside(surface: ls.Surface, there: Any) -> None:
    """The tag lower-outside, by a point that shows it; without one, by a search outside."""
    low, high = surface.bounds.T
    if there is not None:
        assert "lower-outside" in surface.tags
        assert ((there < low) | (there > high)).any()
        assert surface(there) < surface.f_min - 1e-3
        return
    assert "lower-outside" not in surface.tags
    middle, width = (low + high) / 2, high - low
    slack = 8 * surface.dim * EPS * max(1.0, abs(surface.f_min))
    points = middle + width * np.random.default_rng(3).uniform(-1.5, 1.5, (100_000, surface.dim))
    values = surface.value(points)
    assert values.min() >= surface.f_min - slack
    for x in points[np.argsort(values)[:10]]:
        end = minimize(surface.value_and_grad, x, jac=True, method="L-BFGS-B", tol=1e-15)
        assert end.fun >= surface.f_min - slack


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
        near = np.clip(surface.minima[0] + 0.05, low, high)
        bends = [surface.hessian(x) for x in [near, *points]]
        mixed = max(np.abs(np.triu(h, 1)).max() / max(np.abs(h).max(), 1e-9) for h in bends)
        assert ("separable" in surface.tags) == (mixed < 1e-6)


def check_plateau(surface: ls.Surface) -> None:
    """The tag plateau: on most of the box the gradient is a hundred times less than its largest value."""
    steep = np.abs(surface.grad(np.random.default_rng(5).uniform(*surface.bounds.T, (20_000, surface.dim)))).max(axis=1)
    assert np.median(steep) < 0.01 * steep.max()


def check_lanes(surface: ls.Surface) -> None:
    """The function is in the language of lanes, and gives NaN or infinity where a coordinate is infinite."""
    assert blocks.landscape(surface).slow == ""


def corners(surface: ls.Surface) -> np.ndarray:
    return surface.value(np.array(list(product(*surface.bounds))))
