"""Systems of nonlinear equations as least squares, of the set of More, Garbow and Hillstrom."""

from __future__ import annotations

from math import atan2, cos, exp, pi, sin, sqrt

import numpy as np

from .residuals import residuals

SMALL = sqrt(1e-5)


@residuals(m=3, number=7, start=(-1.0, 0.0, 0.0), minima=[(1.0, 0.0, 0.0)])
def helical_valley(x, i, n):
    """10 (x_3 - 10 theta), 10 (|(x_1, x_2)| - 1), x_3; theta the angle of (x_1, x_2) in turns, from -1/4 to 3/4."""
    r = x[2]
    if i == 0:
        theta = atan2(x[1], x[0]) / (2.0 * pi)
        r = 10.0 * (x[2] - 10.0 * (theta + 1.0 if theta < -0.25 else theta))
    elif i == 1:
        r = 10.0 * (sqrt(x[0] * x[0] + x[1] * x[1]) - 1.0)
    return r


@residuals(m=2, number=3, start=(0.0, 1.0), minima=[(1.0981593296997149e-05, 9.106146739866524)])
def powell_badly_scaled(x, i, n):
    """10^4 x_1 x_2 - 1, exp(-x_1) + exp(-x_2) - 1.0001."""
    return 1e4 * x[0] * x[1] - 1.0 if i == 0 else exp(-x[0]) + exp(-x[1]) - 1.0001


@residuals(m=3, number=4, start=(1.0, 1.0), minima=[(1e6, 2e-6)])
def brown_badly_scaled(x, i, n):
    """x_1 - 10^6, x_2 - 2 10^-6, x_1 x_2 - 2."""
    return x[0] - 1e6 if i == 0 else x[1] - 2e-6 if i == 1 else x[0] * x[1] - 2.0


@residuals(
    m="n + 2", number=25, dims=(1, None), default_dim=10, minima=lambda n: np.ones((1, n)),
    start=lambda n: 1.0 - np.arange(1, n + 1) / n,
)  # fmt: skip
def variably_dimensioned(x, i, n):
    """x_i - 1 for i <= n, sum_j j (x_j - 1), and the square of that sum."""
    total = 0.0
    for j in range(n):
        total += (j + 1.0) * (x[j] - 1.0)
    r = total if i == n else total * total
    if i < n:
        r = x[i] - 1.0
    return r


@residuals(
    m=31, number=20, dims=(2, 31), default_dim=6, start=lambda n: np.zeros(n),
    minima=lambda n: WATSON.get(n, []), f_min=lambda n: None if n in WATSON else np.nan,
)  # fmt: skip
def watson(x, i, n):
    """The polynomial p of coefficients x: p' - p^2 - 1 at i / 29 for i <= 29, then x_1 and x_2 - x_1^2 - 1."""
    r = x[0]
    if i < 29:
        t = (i + 1.0) / 29.0
        slope = 0.0
        value = x[0]
        power = 1.0
        for j in range(1, n):
            slope += j * x[j] * power
            power *= t
            value += x[j] * power
        r = slope - value * value - 1.0
    if i == 30:
        r = x[1] - x[0] * x[0] - 1.0
    return r


@residuals(
    m="n + 1", number=23, dims=(1, None), default_dim=4, start=lambda n: np.arange(1.0, n + 1.0),
    minima=lambda n: [[_penalty(n)] * n],
)  # fmt: skip
def penalty_1(x, i, n):
    """sqrt(10^-5) (x_i - 1) for i <= n, and |x|^2 - 1/4."""
    square = 0.0
    for j in range(n):
        square += x[j] * x[j]
    r = square - 0.25
    if i < n:
        r = SMALL * (x[i] - 1.0)
    return r


def _penalty(n: int) -> float:
    """The entry of the minimiser, whose entries are equal: 10^-5 (a - 1) + 2 a (n a^2 - 1/4) = 0."""
    a = 0.5 / np.sqrt(n)
    for _ in range(60):
        a -= (1e-5 * (a - 1.0) + 2.0 * a * (n * a * a - 0.25)) / (1e-5 + 6.0 * n * a * a - 0.5)
    return float(a)


@residuals(
    m="2 * n", number=24, dims=(2, None), default_dim=4, start=lambda n: np.full(n, 0.5),
    minima=lambda n: PENALTY_2.get(n, []), f_min=lambda n: None if n in PENALTY_2 else np.nan,
)  # fmt: skip
def penalty_2(x, i, n):
    """x_1 - 1/5, sums of two exp(x_i / 10) less those of i, exp(x_i / 10) - exp(-1/10), sum_j (n + 1 - j) x_j^2 - 1."""
    weighted = 0.0
    for j in range(n):
        weighted += (n - j) * x[j] * x[j]
    r = x[0] - 0.2 if i == 0 else weighted - 1.0
    if i > 0 and i < n:
        r = SMALL * (exp(0.1 * x[i]) + exp(0.1 * x[i - 1]) - (exp(0.1 * (i + 1)) + exp(0.1 * i)))
    if i >= n and i < 2 * n - 1:
        r = SMALL * (exp(0.1 * x[i - n + 1]) - exp(-0.1))
    return r


@residuals(
    m="n", number=26, dims=(1, None), default_dim=10, start=lambda n: np.full(n, 1.0 / n),
    minima=lambda n: np.zeros((1, n)),
)  # fmt: skip
def trigonometric(x, i, n):
    """n - sum_j cos x_j + i (1 - cos x_i) - sin x_i."""
    total = 0.0
    for j in range(n):
        total += cos(x[j])
    return n - total + (i + 1.0) * (1.0 - cos(x[i])) - sin(x[i])


@residuals(
    m="n", number=27, dims=(2, None), default_dim=10, start=lambda n: np.full(n, 0.5), minima=lambda n: np.ones((1, n)),
)  # fmt: skip
def brown_almost_linear(x, i, n):
    """x_i + sum_j x_j - (n + 1) for i < n, and the product of all less 1."""
    total = 0.0
    product = 1.0
    for j in range(n):
        total += x[j]
        product *= x[j]
    r = product - 1.0
    if i < n - 1:
        r = x[i] + total - (n + 1.0)
    return r


@residuals(
    m="n", number=28, dims=(1, None), default_dim=10, minima=(), f_min=0.0,
    start=lambda n: np.arange(1, n + 1) / (n + 1) * (np.arange(1, n + 1) / (n + 1) - 1.0),
)  # fmt: skip
def discrete_boundary_value(x, i, n):
    """2 x_i - x_(i-1) - x_(i+1) + h^2 (x_i + t_i + 1)^3 / 2, h = 1 / (n + 1), t_i = i h; zero beyond the ends."""
    h = 1.0 / (n + 1.0)
    y = x[i] + (i + 1.0) * h + 1.0
    r = 2.0 * x[i] + 0.5 * h * h * y * y * y
    if i > 0:
        r -= x[i - 1]
    if i < n - 1:
        r -= x[i + 1]
    return r


@residuals(m="n", number=30, dims=(2, None), default_dim=10, start=lambda n: -np.ones(n), minima=(), f_min=0.0)
def broyden_tridiagonal(x, i, n):
    """(3 - 2 x_i) x_i - x_(i-1) - 2 x_(i+1) + 1; zero beyond the ends."""
    r = (3.0 - 2.0 * x[i]) * x[i] + 1.0
    if i > 0:
        r -= x[i - 1]
    if i < n - 1:
        r -= 2.0 * x[i + 1]
    return r


@residuals(m="n", number=31, dims=(2, None), default_dim=10, start=lambda n: -np.ones(n), minima=(), f_min=0.0)
def broyden_banded(x, i, n):
    """x_i (2 + 5 x_i^2) + 1 - sum of x_j (1 + x_j) over the five before i and the one behind."""
    r = x[i] * (2.0 + 5.0 * x[i] * x[i]) + 1.0
    for j in range(max(0, i - 5), min(n, i + 2)):
        if j != i:
            r -= x[j] * (1.0 + x[j])
    return r


@residuals(
    m="2 * n", number=32, dims=(1, None), default_dim=5, start=lambda n: np.ones(n), minima=lambda n: -np.ones((1, n)),
    tags=("convex", "unimodal"),
)  # fmt: skip
def linear_full_rank(x, i, n):
    """x_i - sum_j x_j / n - 1 for i <= n, and without x_i for i <= 2 n."""
    total = 0.0
    for j in range(n):
        total += x[j]
    r = -total / n - 1.0
    if i < n:
        r += x[i]
    return r


@residuals(
    m="n", number=35, dims=(1, None), default_dim=9, start=lambda n: np.arange(1, n + 1) / (n + 1.0), minima=(),
    f_min=lambda n: 0.0 if n < 8 or n == 9 else np.nan,
)  # fmt: skip
def chebyquad(x, i, n):
    """The mean of the (i + 1)-th Chebyshev polynomial of [0, 1] over the x_j, less its integral."""
    total = 0.0
    for j in range(n):
        before = 1.0
        value = 2.0 * x[j] - 1.0
        for _k in range(i):
            following = 2.0 * (2.0 * x[j] - 1.0) * value - before
            before = value
            value = following
        total += value
    k = i + 1.0
    return total / n - (-1.0 / (k * k - 1.0) if i % 2 == 1 else 0.0)


# minimisers to double precision, by Newton's method in many digits
WATSON: dict[int, list[list[float]]] = {
    6: [
        [
            -0.015725086401458532,
            1.0124348693691099,
            -0.23299162595673756,
            1.2604300877996077,
            -1.5137289227222788,
            0.9929964324311339,
        ]
    ],
    9: [
        [
            -1.53070365213925e-05,
            0.9997897039319483,
            0.014763963693557678,
            0.14634232829935878,
            1.00082110300471,
            -2.617731140518989,
            4.104403164478796,
            -3.14361227855639,
            1.0526264080101508,
        ]
    ],
    12: [
        [
            -6.638060463310939e-09,
            1.000001644117862,
            -0.0005639322103334731,
            0.34782054050377853,
            -0.15673150409306455,
            1.052815177188193,
            -3.2472711533917256,
            7.288434897788416,
            -10.271848241116379,
            9.07411364690438,
            -4.541375466613568,
            1.0120118885373004,
        ]
    ],
}
PENALTY_2: dict[int, list[list[float]]] = {
    4: [[0.1999993333503804, 0.19131670099277245, 0.48010148533262315, 0.5188454043902005]],
    10: [
        [
            0.19998360519782363,
            0.010350648471292297,
            0.019604934480438402,
            0.03208906722068565,
            0.049932677399641294,
            0.07651399515399361,
            0.11862407286950419,
            0.19214487233557667,
            0.3473205869418436,
            0.3691643741593508,
        ]
    ],
}
