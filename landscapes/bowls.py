"""Bowls: one minimum, and convex."""

from __future__ import annotations

import numpy as np

from .define import landscape

__all__ = [
    "booth", "ellipsoid", "matyas", "powell", "quartic", "schwefel_1_2", "sphere",
    "sum_of_different_powers", "trid", "zakharov",
]  # fmt: skip


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


@landscape(
    bounds=(-10.0, 10.0),
    minima=[[0.0, 0.0]],
    f_min=0.0,
    dims=(2, 2),
    tags=("unimodal", "convex", "smooth"),
    source="Jamil and Yang 2013, Int. J. Math. Modelling and Numerical Optimisation 4, 150-194; "
    "also in Surjanovic and Bingham, Virtual Library of Simulation Experiments",
)
def matyas(x, g):
    """f(x) = 0.26 (x_1^2 + x_2^2) - 0.48 x_1 x_2 on [-10, 10]^2; minimum 0 at the origin.

    A quadratic with curvatures 0.04 and 1, along (1, 1) and (1, -1): a shallow trough on the diagonal.
    """
    g[0] = 0.52 * x[0] - 0.48 * x[1]
    g[1] = 0.52 * x[1] - 0.48 * x[0]
    # written with squares of the two axes: no cancellation along the trough
    a = x[0] + x[1]
    b = x[0] - x[1]
    return 0.01 * a * a + 0.25 * b * b


@landscape(
    bounds=lambda n: (-1.0 * n * n, 1.0 * n * n),
    minima=lambda n: np.arange(1.0, n + 1.0)[None, :] * np.arange(n, 0.0, -1.0),
    f_min=lambda n: -(n * (n + 4) * (n - 1) // 6),
    dims=(2, None),
    tags=("unimodal", "convex", "smooth"),
    source="A. Neumaier's collection; Surjanovic and Bingham, Virtual Library of Simulation Experiments",
)
def trid(x, g, n):
    """f(x) = sum_i (x_i - 1)^2 - sum_{i>1} x_i x_{i-1} on [-n^2, n^2]^n; minimum at x_i = i (n + 1 - i).

    The smallest value is -n (n + 4) (n - 1) / 6; both are whole numbers. A quadratic whose Hessian is the
    tridiagonal matrix (-1, 2, -1), with a condition number near 0.41 (n + 1)^2.
    """
    f = 0.0
    for i in range(n):
        a = x[i] - 1.0
        f += a * a
        g[i] = 2.0 * a
    for i in range(1, n):
        f -= x[i] * x[i - 1]
        g[i] -= x[i - 1]
        g[i - 1] -= x[i]
    return f


@landscape(
    bounds=(-5.0, 10.0),
    minima=lambda n: np.zeros((1, n)),
    f_min=0.0,
    dims=(1, None),
    tags=("unimodal", "convex", "smooth"),
    source="Jamil and Yang 2013, Int. J. Math. Modelling and Numerical Optimisation 4, 150-194; "
    "also in Surjanovic and Bingham, Virtual Library of Simulation Experiments",
)
def zakharov(x, g, n):
    """f(x) = sum_i x_i^2 + s^2 + s^4 with s = sum_i i x_i / 2, on [-5, 10]^n; minimum 0 at the origin.

    A sum of convex functions. Far out s^4 makes walls along (1, 2, ..., n); at the minimum the condition
    number is 1 + n (n + 1) (2 n + 1) / 24.
    """
    f = 0.0
    s = 0.0
    for i in range(n):
        f += x[i] * x[i]
        s += 0.5 * (i + 1.0) * x[i]
    slope = s * (2.0 + 4.0 * s * s)
    for i in range(n):
        g[i] = 2.0 * x[i] + 0.5 * (i + 1.0) * slope
    return f + s * s * (1.0 + s * s)


@landscape(
    bounds=(-1.0, 1.0),
    minima=lambda n: np.zeros((1, n)),
    f_min=0.0,
    dims=(1, None),
    tags=("unimodal", "separable", "convex", "conditioned"),
    source="Surjanovic and Bingham, Virtual Library of Simulation Experiments",
)
def sum_of_different_powers(x, g, n):
    """f(x) = sum_i |x_i|^(i + 1) on [-1, 1]^n, i from 1; minimum 0 at the origin.

    Flat along all axes but the first, the flatter the later: the Hessian at the minimum is that of x_1^2 alone.
    The odd powers are not analytic at 0, hence not the tag smooth.
    """
    f = 0.0
    for i in range(n):
        a = abs(x[i])
        p = a ** (i + 1.0)
        f += p * a
        g[i] = (i + 2.0) * (p if x[i] >= 0.0 else -p)
    return f


@landscape(
    bounds=(-1.28, 1.28),
    minima=lambda n: np.zeros((1, n)),
    f_min=0.0,
    dims=(1, None),
    tags=("unimodal", "separable", "convex", "smooth"),
    source="De Jong 1975, An Analysis of the Behavior of a Class of Genetic Adaptive Systems, function F4 "
    "without its noise (`noisy(1)` adds it)",
)
def quartic(x, g, n):
    """f(x) = sum_i i x_i^4 on [-1.28, 1.28]^n, i from 1; minimum 0 at the origin, where the Hessian vanishes."""
    f = 0.0
    for i in range(n):
        c = (i + 1.0) * x[i] * x[i] * x[i]
        f += c * x[i]
        g[i] = 4.0 * c
    return f


@landscape(
    bounds=(-4.0, 5.0),
    minima=lambda n: np.zeros((1, n)),
    f_min=0.0,
    dims=(4, None),
    multiple=4,
    tags=("unimodal", "convex", "smooth", "conditioned"),
    source="Powell 1962, Computer Journal 5, 147-151; in n dimensions More, Garbow and Hillstrom 1981, ACM Trans. "
    "Math. Software 7, 17-41, problem 22",
)
def powell(x, g, n):
    """Powell's singular function on [-4, 5]^n, n a multiple of 4; minimum 0 at the origin.

    Over groups (a, b, c, d) of four coordinates
    f(x) = sum (a + 10 b)^2 + 5 (c - d)^2 + (b - 2 c)^4 + 10 (a - d)^4.

    Even powers of linear functions: convex. At the minimum two of each group's four curvatures are 0, the others
    20 and 202; Newton's method slows down to a linear rate there.
    """
    f = 0.0
    for k in range(n // 4):
        p = x[4 * k] + 10.0 * x[4 * k + 1]
        q = x[4 * k + 2] - x[4 * k + 3]
        r = x[4 * k + 1] - 2.0 * x[4 * k + 2]
        s = x[4 * k] - x[4 * k + 3]
        r3 = 4.0 * r * r * r
        s3 = 40.0 * s * s * s
        f += p * p + 5.0 * q * q + r * r * r * r + 10.0 * (s * s * s * s)
        g[4 * k] = 2.0 * p + s3
        g[4 * k + 1] = 20.0 * p + r3
        g[4 * k + 2] = 10.0 * q - 2.0 * r3
        g[4 * k + 3] = -10.0 * q - s3
    return f
