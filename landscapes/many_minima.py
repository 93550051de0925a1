"""Many minima: a descent finds the nearest, not the lowest.

Those of two dimensions only stand in `many_minima_2d`, except Himmelblau's; Alpine and Michalewicz's in `mountains`.
"""

from __future__ import annotations

from math import cos, e, expm1, pi, sin, sqrt

import numpy as np

from ngdm_lab.compiler.math.turns import cospi, sinpi

from .define import landscape

__all__ = ["ackley", "griewank", "himmelblau", "levy", "rastrigin", "salomon", "schwefel", "styblinski_tang"]

SFU = "Surjanovic and Bingham, Virtual Library of Simulation Experiments"


@landscape(
    bounds=(-5.12, 5.12),
    minima=lambda n: np.zeros((1, n)),
    f_min=0.0,
    dims=(1, None),
    tags=("multimodal", "separable", "smooth"),
    source="Rastrigin 1974, Systems of Extremal Control (in Russian); in n dimensions Muehlenbein, Schomisch "
    "and Born 1991, Parallel Computing 17, 619-632",
)
def rastrigin(x, g, n):
    """f(x) = 10 n + sum_i x_i^2 - 10 cos(2 pi x_i) on [-5.12, 5.12]^n; minimum 0 at the origin.

    One local minimum close to each whole-numbered point, 11^n of them. Written with 20 sin(pi x_i)^2, a sum
    of squares: exactly 0 at the origin and accurate to a few units in the last place around it.
    """
    f = 0.0
    for i in range(n):
        s = sinpi(x[i])
        f += x[i] * x[i] + 20.0 * s * s
        g[i] = 2.0 * x[i] + 40.0 * pi * s * cospi(x[i])
    return f


@landscape(
    bounds=(-32.768, 32.768),
    minima=lambda n: np.zeros((1, n)),
    f_min=0.0,
    dims=(1, None),
    tags=("multimodal",),
    source="Ackley 1987, A Connectionist Machine for Genetic Hillclimbing; in n dimensions Baeck and Schwefel "
    "1993, Evolutionary Computation 1, 1-23",
)
def ackley(x, g, n):
    """f(x) = 20 + e - 20 exp(-0.2 sqrt(sum_i x_i^2 / n)) - exp(sum_i cos(2 pi x_i) / n); minimum 0 at the origin.

    On [-32.768, 32.768]^n. The minimum is the tip of a cone: f is not smooth there, and the gradient given at
    the origin is the zero subgradient. Both differences are formed with expm1 and sin(pi x_i)^2, so that
    f(0) = 0 exactly (the textbook form gives 4.4e-16) and f keeps its full relative accuracy near the
    minimum. A point of length below 1e-162, whose squares underflow, counts as the origin.
    """
    squares = 0.0
    waves = 0.0
    for i in range(n):
        s = sinpi(x[i])
        squares += x[i] * x[i]
        waves += s * s
        g[i] = s * cospi(x[i])
    r = sqrt(squares / n)
    cone = expm1(-0.2 * r)
    ripple = expm1(-2.0 * waves / n)
    a = 0.0 if r == 0.0 else 4.0 * (1.0 + cone) / (n * r)
    b = 4.0 * pi * e * (1.0 + ripple) / n
    for i in range(n):
        g[i] = a * x[i] + b * g[i]
    return -20.0 * cone - e * ripple


@landscape(
    bounds=(-600.0, 600.0),
    minima=lambda n: np.zeros((1, n)),
    f_min=0.0,
    dims=(1, None),
    tags=("multimodal", "smooth"),
    source="Griewank 1981, Journal of Optimization Theory and Applications 34, 11-39",
)
def griewank(x, g, n):
    """f(x) = 1 + sum_i x_i^2 / 4000 - prod_i cos(x_i / sqrt(i)) on [-600, 600]^n, i from 1; minimum 0 at the origin.

    1 - prod cos is summed up as 2 sin^2 of half the angle, times the cosines before it: exactly 0 at the
    origin, no cancellation around it. The gradient needs the product of all *other* cosines; it is formed
    from products of those before and of those after, never by a division, so a cosine may be 0.
    """
    f = 0.0
    rest = 1.0
    for i in range(n):
        h = sin(0.5 * x[i] / sqrt(i + 1.0))
        g[i] = rest
        f += x[i] * x[i] / 4000.0 + 2.0 * h * h * rest
        rest *= 1.0 - 2.0 * h * h
    rest = 1.0
    for i in range(n - 1, -1, -1):
        r = sqrt(i + 1.0)
        g[i] = x[i] / 2000.0 + g[i] * rest * sin(x[i] / r) / r
        rest *= cos(x[i] / r)
    return f


@landscape(
    bounds=(-10.0, 10.0),
    minima=lambda n: np.ones((1, n)),
    f_min=0.0,
    dims=(1, None),
    tags=("multimodal", "separable", "smooth"),
    source=f"{SFU}, after Levy and Montalvo 1985, SIAM J. Sci. Stat. Comput. 6, 15-29",
)
def levy(x, g, n):
    """Levy's function on [-10, 10]^n; minimum 0 at (1, ..., 1), reached exactly.

    With w_i = 1 + (x_i - 1) / 4:
    f(x) = sin(pi w_1)^2 + sum_{i<n} (w_i - 1)^2 (1 + 10 sin(pi w_i + 1)^2) + (w_n - 1)^2 (1 + sin(2 pi w_n)^2).

    In this now usual form the 1 stands inside the sine, and f is separable; Levy and Montalvo have
    sin(pi w_{i+1})^2, which is not.
    """
    f = 0.0
    for i in range(n - 1):
        u = 0.25 * (x[i] - 1.0)
        a = sinpi(u)
        b = cospi(u)
        s = 0.5403023058681398 * a + 0.8414709848078965 * b  # sin(pi u + 1), by cos 1 and sin 1
        k = 1.0 + 10.0 * s * s
        f += u * u * k
        g[i] = 0.5 * u * k + 5.0 * pi * u * u * s * (0.5403023058681398 * b - 0.8414709848078965 * a)
    u = 0.25 * (x[n - 1] - 1.0)
    s = sinpi(2.0 * u)
    f += u * u * (1.0 + s * s)
    k = u if s != 0.0 else 0.0  # far out s is 0 and u^2 may overflow
    g[n - 1] = 0.5 * u * (1.0 + s * s) + pi * k * k * s * cospi(2.0 * u)
    u = 0.25 * (x[0] - 1.0)
    s = sinpi(u)
    g[0] += 0.5 * pi * s * cospi(u)
    return f + s * s


@landscape(
    bounds=(-500.0, 500.0),
    minima=lambda n: np.full((1, n), 420.96874635998205),
    f_min=0.0,
    dims=(1, None),
    tags=("multimodal", "separable", "lower-outside"),
    source="Schwefel 1981, Numerical Optimization of Computer Models, problem 2.26; raised to a smallest value of "
    f"0 as in {SFU}",
)
def schwefel(x, g, n):
    """f(x) = sum_i c - x_i sin(sqrt(|x_i|)) on [-500, 500]^n, c = 418.9828872724337; minimum 0 at x_i = 420.96874636.

    The second lowest minimum of a coordinate, 118.4 higher, lies at the other end of the box, near -302.5. Outside
    the box f falls without bound: below 0 from x_i = 696 on, to -4579 at 5000. c is rounded to a double: at the
    minimum f is 0 within about 1e-13 n. With the 418.9829 that is mostly published it is 1.3e-5 n. At x_i = 0 the
    slope is 0 and the curvature has no bound.
    """
    f = 0.0
    for i in range(n):
        r = sqrt(abs(x[i]))
        s = sin(r)
        f += 418.9828872724337 - x[i] * s
        g[i] = -s - 0.5 * r * cos(r)
    return f


@landscape(
    bounds=(-100.0, 100.0),
    minima=lambda n: np.zeros((1, n)),
    f_min=0.0,
    dims=(1, None),
    tags=("multimodal",),
    source="Salomon 1996, BioSystems 39, 263-278",
)
def salomon(x, g, n):
    """f(x) = 1 - cos(2 pi r) + 0.1 r with r = sqrt(sum_i x_i^2), on [-100, 100]^n; minimum 0 at the origin.

    Its other minima are whole spheres, one close below each whole-numbered r, each 0.1 higher than the one inside
    it. The minimum is the tip of a cone of slope 0.1: the gradient given at the origin is the zero subgradient.
    1 - cos is formed as 2 sin(pi r)^2, so that f keeps its full relative accuracy near the origin. A point of length
    below 1e-162, whose squares underflow, counts as the origin.
    """
    squares = 0.0
    for i in range(n):
        squares += x[i] * x[i]
    r = sqrt(squares)
    s = sinpi(r)
    slope = 0.0 if r == 0.0 else (0.1 + 4.0 * pi * s * cospi(r)) / r
    for i in range(n):
        g[i] = slope * x[i]
    return 2.0 * s * s + 0.1 * r if r < 1e150 else 0.1 * r  # a wave of 2 is beyond its digits; r may be inf


@landscape(
    bounds=(-5.0, 5.0),
    # the root near -2.9 of f' = 2 x^3 - 16 x + 2.5, and f there, each the double nearest to it
    minima=lambda n: np.full((1, n), -2.903534027771177),
    f_min=lambda n: -39.16616570377141 * n,
    dims=(1, None),
    tags=("multimodal", "separable", "smooth"),
    source="Styblinski and Tang 1990, Neural Networks 3, 467-483",
)
def styblinski_tang(x, g, n):
    """f(x) = sum_i (x_i^4 - 16 x_i^2 + 5 x_i) / 2 on [-5, 5]^n; minimum at x_i = -2.903534027771177.

    The smallest value is -39.16616570377141 n.
    2^n local minima: each coordinate at -2.9035, or at 2.7468 for 14.14 more. At the minimum the sum of n
    terms comes within about n / 2 units in the last place of `f_min`.
    """
    f = 0.0
    for i in range(n):
        y = x[i] * x[i]
        f += 0.5 * (x[i] * (x[i] * (y - 16.0) + 5.0))
        g[i] = x[i] * (2.0 * y - 16.0) + 2.5
    return f


@landscape(
    bounds=(-5.0, 5.0),
    minima=[
        [3.0, 2.0],
        [-2.805118086952745, 3.131312518250573],
        [-3.779310253377747, -3.2831859912861696],
        [3.5844283403304917, -1.8481265269644036],
    ],
    f_min=0.0,
    dims=(2, 2),
    tags=("multimodal", "smooth"),
    source="Himmelblau 1972, Applied Nonlinear Programming",
)
def himmelblau(x, g):
    """f(x) = (x_1^2 + x_2 - 11)^2 + (x_1 + x_2^2 - 7)^2 on [-5, 5]^2; four minima, all 0.

    At (3, 2) exactly; the other three, (-2.805, 3.131), (-3.779, -3.283) and (3.584, -1.848), are irrational,
    and f at the nearest doubles is below 1e-28 instead of 0.
    """
    a = x[0] * x[0] + x[1] - 11.0
    b = x[0] + x[1] * x[1] - 7.0
    g[0] = 4.0 * x[0] * a + 2.0 * b
    g[1] = 2.0 * a + 4.0 * x[1] * b
    return a * a + b * b
