"""Steps of a rule on a given gradient, without anything of a race around them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ngdm_lab.optimizers import Optimizer

__all__ = ["CURVES", "quadratic", "walk"]

Vector = NDArray[np.float64]
CURVES = np.array([1.0, 4.0, 9.0])


def quadratic(x: Vector) -> Vector:
    """Gradient of (x_1^2 + 4 x_2^2 + 9 x_3^2) / 2."""
    return CURVES * x


def walk(opt: Optimizer, start: ArrayLike, gradient: Callable[[Vector], Vector], steps: int) -> Vector:
    """The start and the points after each step, (steps + 1, n)."""
    x = np.array(start, dtype=np.float64)
    points = np.empty((steps + 1, x.size))
    points[0] = x
    state = opt.init(x)
    for k in range(steps):
        opt.step(x, gradient(points[k]), state)
        points[k + 1] = x
    return points
