"""Curved valleys: easy to enter, slow to follow."""

from __future__ import annotations

import numpy as np

from .define import landscape

__all__ = ["banana", "beale", "colville", "cube", "dixon_price", "extended_rosenbrock", "rosenbrock"]


@landscape(
    bounds=(-2.048, 2.048),
    minima=lambda n: np.ones((1, n)),
    f_min=0.0,
    dims=(2, None),
    tags=("valley", "smooth", "conditioned"),
    source="Rosenbrock 1960, Computer Journal 3, 175-184; in n dimensions as scipy.optimize.rosen",
)
def rosenbrock(x, g, n):
    """f(x) = sum_{i<n} 100 (x_{i+1} - x_i^2)^2 + (1 - x_i)^2; minimum 0 at (1, ..., 1).

    On [-2.048, 2.048]^n, the box of De Jong 1975.

    The only local minimum for n = 2 and 3. From n = 4 on there is a second one near (-1, 1, ..., 1), with f
    from 3.70 (n = 4) up to 3.99 (Shang and Qiu 2006, Evolutionary Computation 14, 119-126), hence neither
    the tag unimodal nor multimodal.
    """
    f = 0.0
    g[0] = 0.0
    for i in range(n - 1):
        a = x[i + 1] - x[i] * x[i]
        b = 1.0 - x[i]
        f += 100.0 * a * a + b * b
        g[i] -= 400.0 * x[i] * a + 2.0 * b
        g[i + 1] = 200.0 * a
    return f


@landscape(
    bounds=(-4.5, 4.5),
    minima=[[3.0, 0.5]],
    f_min=0.0,
    dims=(2, 2),
    tags=("unimodal", "valley", "smooth"),
    source="Beale 1958, On an Iterative Method for Finding a Local Minimum of a Function of More than One "
    "Variable, Princeton Technical Report 25; bounds as in Surjanovic and Bingham, Virtual Library of "
    "Simulation Experiments",
)
def beale(x, g):
    """f(x) = sum_{k=1..3} (c_k - x_1 (1 - x_2^k))^2, c = (1.5, 2.25, 2.625), on [-4.5, 4.5]^2; minimum 0 at (3, 0.5).

    The only local minimum; (0, 1) and (0.1005, -2.6445) are saddle points. A second valley, near
    x_2 = 1 + 1 / |x_1|, falls all the way to x_1 = -infinity, where f tends to 0.45: a local search kept to the
    box ends at its edge near (-4.5, 1.19) from about a quarter of all starts.
    """
    y = x[1]
    a = 1.5 - x[0] * (1.0 - y)
    b = 2.25 - x[0] * (1.0 - y * y)
    c = 2.625 - x[0] * (1.0 - y * y * y)
    g[0] = -2.0 * (a * (1.0 - y) + b * (1.0 - y * y) + c * (1.0 - y * y * y))
    # on the line x_1 = 0, where f is constant, y^3 may overflow
    g[0] = (5.25 * y * y * y if abs(y) > 1e100 else g[0]) if x[0] == 0.0 else g[0]
    g[1] = 2.0 * x[0] * (a + 2.0 * y * b + 3.0 * y * y * c) if x[0] != 0.0 else 0.0 * y
    return a * a + b * b + c * c if x[0] != 0.0 else 14.203125 + 0.0 * y


@landscape(
    bounds=(-2.048, 2.048),
    minima=lambda n: np.ones((1, n)),
    f_min=0.0,
    dims=(2, None),
    multiple=2,
    tags=("unimodal", "valley", "smooth", "conditioned"),
    limits={"weight": {"above": 0.0}},
    source="More, Garbow and Hillstrom 1981, ACM Trans. Math. Software 7, 17-41, problem 21",
)
def extended_rosenbrock(x, g, n, weight=100.0):
    """Half as many Rosenbrock valleys as coordinates, side by side; n is even, minimum 0 at (1, ..., 1).

    The least-squares form: over pairs (a, b) of coordinates, f(x) = sum r^2 + q^2 with the residuals
    r = sqrt(weight) (b - a^2) and q = 1 - a, on [-2.048, 2.048]^n.

    `weight` > 0 is how much steeper the walls are than the floor. For n = 2 and weight 100 this is `rosenbrock`.
    For n > 2 that one is a chain, in which each coordinate but the first and last is the b of one pair and the a
    of the next, and which has a second minimum from n = 4 on. Here no pair sees another: one minimum for every
    n, and the same condition number (2508 for weight 100).
    """
    f = 0.0
    for k in range(n // 2):
        r = x[2 * k + 1] - x[2 * k] * x[2 * k]
        q = 1.0 - x[2 * k]
        f += weight * r * r + q * q
        g[2 * k] = -4.0 * weight * x[2 * k] * r - 2.0 * q
        g[2 * k + 1] = 2.0 * weight * r
    return f


@landscape(
    bounds=(-2.0, 2.0),
    minima=lambda n: np.zeros((1, n)),
    f_min=0.0,
    dims=(2, None),
    tags=("unimodal", "valley", "smooth", "conditioned"),
    limits={"condition": {"least": 1.0}, "bend": {"least": 0.0}},
    source="the twisted normal density of Haario, Saksman and Tamminen 1999, Computational Statistics 14, 375-395, "
    "as -2 log density, chained over n coordinates",
)
def banana(x, g, n, condition=100.0, bend=1.0):
    """A curved valley with its condition number as parameter, on [-2, 2]^n; minimum 0 at the origin.

    f(x) = sum_i condition^((i - 1)/(n - 1)) y_i^2 with y_1 = x_1 and y_i = x_i - bend x_{i-1}^2, i from 1.

    The Hessian at the minimum is diagonal with the condition number `condition` >= 1, whatever `bend` >= 0: one
    parameter says how much steeper the walls are than the floor, the other how much the valley curves (0: the
    ellipsoid). x -> y is one to one with a Jacobian of determinant 1, so there is one minimum for every n, where
    `rosenbrock` has two. The minimum lies at the turn of the valley; `shifted` moves it off the origin.
    """
    f = x[0] * x[0]
    g[0] = 2.0 * x[0]
    for i in range(1, n):
        weight = condition ** (i / (n - 1))
        y = x[i] - bend * x[i - 1] * x[i - 1]
        f += weight * y * y
        g[i] = 2.0 * weight * y
        g[i - 1] -= 4.0 * weight * bend * x[i - 1] * y
    return f


@landscape(
    bounds=(-1.5, 1.5),
    minima=[[1.0, 1.0]],
    f_min=0.0,
    dims=(2, 2),
    tags=("unimodal", "valley", "smooth", "conditioned"),
    source="Leon 1966, A Comparison among Eight Known Optimizing Procedures, in Lavi and Vogl (eds.), Recent "
    "Advances in Optimization Techniques, 23-46",
)
def cube(x, g):
    """f(x) = 100 (x_2 - x_1^3)^2 + (1 - x_1)^2 on [-1.5, 1.5]^2; minimum 0 at (1, 1).

    Rosenbrock's valley along a cubic: steeper, and level at x_1 = 0. The only local minimum.
    """
    r = x[1] - x[0] * x[0] * x[0]
    q = 1.0 - x[0]
    g[0] = -600.0 * x[0] * x[0] * r - 2.0 * q
    g[1] = 200.0 * r
    return 100.0 * r * r + q * q


@landscape(
    bounds=(-10.0, 10.0),
    minima=[[1.0, 1.0, 1.0, 1.0]],
    f_min=0.0,
    dims=(4, 4),
    tags=("unimodal", "valley", "smooth", "conditioned"),
    source="Colville 1968, A Comparative Study on Nonlinear Programming Codes, IBM New York Scientific Center Report "
    "320-2949; as Wood's function More, Garbow and Hillstrom 1981, ACM Trans. Math. Software 7, 17-41, problem 14",
)
def colville(x, g):
    """Colville's function, also Wood's, on [-10, 10]^4; minimum 0 at (1, 1, 1, 1).

    f(x) = 100 (x_1^2 - x_2)^2 + (x_1 - 1)^2 + 90 (x_3^2 - x_4)^2 + (x_3 - 1)^2
    + 10.1 ((x_2 - 1)^2 + (x_4 - 1)^2) + 19.8 (x_2 - 1) (x_4 - 1).

    Two Rosenbrock valleys, coupled. The only local minimum; descents linger at the saddle point
    (-0.9680, 0.9471, -0.9695, 0.9512), f = 7.8770.
    """
    r = x[0] * x[0] - x[1]
    s = x[2] * x[2] - x[3]
    a = x[0] - 1.0
    b = x[1] - 1.0
    c = x[2] - 1.0
    d = x[3] - 1.0
    g[0] = 400.0 * x[0] * r + 2.0 * a
    g[1] = -200.0 * r + 20.2 * b + 19.8 * d
    g[2] = 360.0 * x[2] * s + 2.0 * c
    g[3] = -180.0 * s + 20.2 * d + 19.8 * b
    # 10.1 (b^2 + d^2) + 19.8 b d as a sum of squares, which cannot cancel
    return 100.0 * r * r + a * a + 90.0 * s * s + c * c + 0.2 * (b * b + d * d) + 9.9 * (b + d) * (b + d)


@landscape(
    bounds=(-10.0, 10.0),
    # x_i = 2^(2^(1 - i) - 1); f has only the square of the last coordinate, so either sign does
    minima=lambda n: [
        [(s if i == n else 1.0) * 2.0 ** (2.0 ** (1 - i) - 1.0) for i in range(1, n + 1)] for s in (1.0, -1.0)
    ],
    f_min=0.0,
    dims=(2, None),
    tags=("multimodal", "valley", "smooth"),
    source="Dixon and Price 1989, Journal of Optimization Theory and Applications 60, 261-275",
)
def dixon_price(x, g, n):
    """f(x) = (x_1 - 1)^2 + sum_{i>1} i (2 x_i^2 - x_{i-1})^2 on [-10, 10]^n; two minima, both 0.

    At x_i = 2^(-(2^i - 2) / 2^i) and at the same point with the sign of x_n changed; published lists have the
    first only. No other local minima, but a trap: (1/3, 0, ..., 0), f = 2/3, is a saddle point so flat for
    n >= 3 that descents end there.
    """
    a = x[0] - 1.0
    f = a * a
    g[0] = 2.0 * a
    for i in range(1, n):
        r = 2.0 * x[i] * x[i] - x[i - 1]
        w = i + 1.0
        f += w * r * r
        g[i] = 8.0 * w * x[i] * r
        g[i - 1] -= 2.0 * w * r
    return f
