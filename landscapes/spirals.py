"""Two interleaved spirals in the plane: the classic classification problem for small nets."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ngdm_lab.compiler.checks import check_integer, check_number

__all__ = ["two_spirals"]

Array = NDArray[np.float64]


def two_spirals(
    points: int = 97, turns: float = 3.0, noise: float = 0.0, seed: int = 0, between: bool = False
) -> tuple[Array, NDArray[np.int64]]:
    """Points on two spirals, one the mirror image of the other through the origin.

    Point k of `points` on the first spiral has the radius r = 1 - (96/104) s and lies at r (sin a, cos a) with
    a = 2 pi turns s, s = k / (points - 1). The defaults are the 194 points of K. J. Lang and M. J. Witbrock 1988,
    "Learning to tell two spirals apart", divided by 6.5.

    Parameters
    ----------
    points : on each spiral, at least 2.
    turns : that a spiral makes.
    noise : standard deviation of the normal noise on both coordinates.
    seed : of that noise.
    between : shift s by half a step, for points that lie between the others: a test set.

    Returns
    -------
    points (2 points, 2), first those of the first spiral, and labels (2 points,): 0 on the first, 1 on the second.

    Raises
    ------
    ValueError or TypeError
        For an argument outside these ranges.
    """
    points = check_integer("points", points, 2)
    turns, noise = check_number("turns", turns, above=0), check_number("noise", noise, least=0)
    seed = check_integer("seed", seed)
    s = (np.arange(points) - (0.5 if between else 0.0)) / (points - 1)
    radius, angle = 1.0 - 96.0 / 104.0 * s, 2.0 * np.pi * turns * s
    arm = np.column_stack([radius * np.sin(angle), radius * np.cos(angle)])
    both = np.concatenate([arm, -arm])
    return both + noise * np.random.default_rng(seed).standard_normal(both.shape), np.repeat([0, 1], points)
