"""Bowls: one minimum and convex, from the roundest up."""

from __future__ import annotations

import numpy as np

from .define import landscape

__all__ = ["booth", "ellipsoid", "schwefel_1_2", "sphere"]


@landscape(
    bounds=(-5.12, 5.12),
    minima=lambda n: np.zeros((1, n)),
    f_min=0.0,
    dims=(1, None),
    tags=("unimodal", "separable", "convex", "smooth"),
    source="De Jong 1975, An Analysis of the Behavior of a Class of Genetic Adaptive Systems, function F1",
)
def sphere(x, g, n):
    """f(x) = sum_i x_i^2 on [-5.12, 5.12]^n; minimum 0 at the origin."""
    f = 0.0
    for i in range(n):
        f += x[i] * x[i]
        g[i] = 2.0 * x[i]
    return f


@landscape(
    bounds=(-5.0, 5.0),
    minima=lambda n: np.zeros((1, n)),
    f_min=0.0,
    dims=(1, None),
    tags=("unimodal", "separable", "convex", "smooth", "conditioned"),
    limits={"condition": {"above": 0.0}},
    source="Hansen, Finck, Ros and Auger 2009, INRIA RR-6829, function f2 without its oscillation and shift",
)
def ellipsoid(x, g, n, condition=1e6):
    """f(x) = sum_i condition^((i - 1)/(n - 1)) x_i^2 on [-5, 5]^n, i from 1; minimum 0 at the origin.

    `condition` > 0 is the Hessian's condition number (its reciprocal below 1): the axes' curvatures run
    from 2 to 2 condition in equal ratios. For n = 1 it plays no part, and f is the sphere.
    """
    last = n - 1 if n > 1 else 1
    f = 0.0
    for i in range(n):
        weight = condition ** (i / last)
        f += weight * x[i] * x[i]
        g[i] = 2.0 * weight * x[i]
    return f


@landscape(
    bounds=(-100.0, 100.0),
    minima=lambda n: np.zeros((1, n)),
    f_min=0.0,
    dims=(1, None),
    tags=("unimodal", "convex", "smooth"),
    source="Schwefel 1981, Numerical Optimization of Computer Models, problem 1.2; bounds as in Yao, Liu and Lin 1999, "
    "IEEE Trans. Evolutionary Computation 3, 82-102, f3",
)
def schwefel_1_2(x, g, n):
    """f(x) = sum_i (x_1 + ... + x_i)^2 on [-100, 100]^n; minimum 0 at the origin.

    A quadratic, turned against the axes. Its condition number grows as the square of the dimension: 6.9 for n = 2,
    175 for n = 10, 16370 for n = 100.
    """
    f = 0.0
    total = 0.0
    for i in range(n):
        total += x[i]
        f += total * total
        g[i] = total
    rest = 0.0
    for i in range(n - 1, -1, -1):
        rest += g[i]
        g[i] = 2.0 * rest
    return f


@landscape(
    bounds=(-10.0, 10.0),
    minima=[[1.0, 3.0]],
    f_min=0.0,
    dims=(2, 2),
    tags=("unimodal", "convex", "smooth"),
    source="Jamil and Yang 2013, Int. J. Math. Modelling and Numerical Optimisation 4, 150-194; "
    "also in Surjanovic and Bingham, Virtual Library of Simulation Experiments",
)
def booth(x, g):
    """f(x) = (x_1 + 2 x_2 - 7)^2 + (2 x_1 + x_2 - 5)^2 on [-10, 10]^2; minimum 0 at (1, 3).

    A quadratic with curvatures 2 and 18, along (1, -1) and (1, 1).
    """
    a = x[0] + 2.0 * x[1] - 7.0
    b = 2.0 * x[0] + x[1] - 5.0
    g[0] = 2.0 * a + 4.0 * b
    g[1] = 4.0 * a + 2.0 * b
    return a * a + b * b
