"""Kinks: the minimum lies where the slope jumps, so that a gradient never fades on the way to it."""

from __future__ import annotations

from math import sqrt

import numpy as np

from .define import landscape

__all__ = ["bukin_6", "schwefel_2_22"]


def sign(t):
    """1, 0 or -1 by the sign of t: a slope of |t|, at the kink the zero subgradient. NaN stays NaN."""
    return 1.0 if t > 0.0 else -1.0 if t < 0.0 else t


@landscape(
    bounds=[[-15.0, -5.0], [-3.0, 3.0]],
    minima=[[-10.0, 1.0]],
    f_min=0.0,
    dims=(2, 2),
    tags=("unimodal", "valley"),
    source="Bukin 1997, New Minimization Strategy for Non-Smooth Functions (in Russian), Budker Institute preprint "
    "97-79; as function 6 in Silagadze 2007, Physics of Particles and Nuclei Letters 4, 73-80",
)
def bukin_6(x, g):
    """f(x) = 100 sqrt(|x_2 - x_1^2 / 100|) + |x_1 + 10| / 100 on [-15, -5] x [-3, 3]; minimum 0 at (-10, 1).

    A ravine along the parabola x_2 = x_1^2 / 100, infinitely steep at its bottom, which falls with a slope of 0.01
    only. Often counted among those with many minima, since a search seems to stick anywhere in the ravine; but
    each point there has lower ones along the bottom, and (-10, 1) is the only minimum. At both kinks the term in
    question adds nothing to the gradient.
    """
    d = x[1] - x[0] * x[0] / 100.0  # exactly 0 at the minimum
    r = sqrt(abs(d))
    k = 0.0 if d == 0.0 else 50.0 * r / d
    g[0] = 0.01 * sign(x[0] + 10.0) - 0.02 * x[0] * k
    g[1] = k
    return 100.0 * r + 0.01 * abs(x[0] + 10.0)


def tamed(a, b):
    """a for a product with b: 1 where a has overflowed and b is 0, so that the product is 0."""
    kept = 1.0 if abs(a) > 1.7976931348623157e308 else a
    return kept if b == 0.0 else a


@landscape(
    bounds=(-10.0, 10.0),
    minima=lambda n: np.zeros((1, n)),
    f_min=0.0,
    dims=(1, 300),
    tags=("unimodal",),
    source="Schwefel 1981, Numerical Optimization of Computer Models, problem 2.22; bounds as in Yao, Liu and Lin "
    "1999, IEEE Trans. Evolutionary Computation 3, 82-102, f2",
)
def schwefel_2_22(x, g, n):
    """f(x) = sum_i |x_i| + prod_i |x_i| on [-10, 10]^n, n up to 300; minimum 0 at the origin.

    Unimodal, since f falls along every line to the origin; not convex from n = 2 on. Far from the axes the product
    rules, 10^n at the corners: beyond n = 308 it would overflow there. The slope of |x_i| at x_i = 0 is taken for 0.
    """
    f = 0.0
    rest = 1.0
    for i in range(n):
        f += abs(x[i])
        g[i] = rest
        rest = tamed(rest, x[i]) * abs(x[i])
    f += rest
    rest = 1.0
    for i in range(n - 1, -1, -1):
        before = tamed(g[i], rest)
        slope = 1.0 + before * tamed(rest, before)
        g[i] = sign(x[i]) * tamed(slope, x[i])
        rest = tamed(rest, x[i]) * abs(x[i])
    return f
