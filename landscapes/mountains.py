"""Mountains: many minima of uneven depth, in any dimension. Alpine 1 and 2, and Michalewicz's ravines."""

from __future__ import annotations

from itertools import product
from math import asin, cos, pi, sin, sqrt

import numpy as np

from .define import landscape
from .kinks import sign, tamed

__all__ = ["alpine_1", "alpine_2", "michalewicz"]

# x (sin x + 0.1) = 0 on [-10, 10]
ALPINE_ZEROS = sorted([0.0, *(k * pi + (-asin(0.1) if k % 2 == 0 else asin(0.1)) for k in range(-3, 4))])


def alpine_minima(n):
    """All 8^n zeros of Alpine 1 up to n = 4; beyond, the origin alone stands for them."""
    return np.array(list(product(ALPINE_ZEROS, repeat=n))) if n <= 4 else np.zeros((1, n))


@landscape(
    bounds=(-10.0, 10.0),
    minima=alpine_minima,
    f_min=0.0,
    dims=(1, None),
    tags=("multimodal", "separable"),
    source="Rahnamayan, Tizhoosh and Salama 2007, Computers and Mathematics with Applications 53, 1605-1614",
)
def alpine_1(x, g, n):
    """f(x) = sum_i |x_i sin(x_i) + 0.1 x_i| on [-10, 10]^n; minimum 0.

    Mostly published with the origin as its only minimum; but f is 0 wherever each x_i is 0 or has sin(x_i) = -0.1, at
    8^n points in the box: x_i = 0, -0.1001674, -3.0414252, 3.2417601, -6.3833527, 6.1830179, -9.3246105, 9.5249454.
    `minima` has all of them up to n = 4 (4096), from n = 5 on only the origin. At the kinks, where a term is 0,
    it adds nothing to the gradient.
    """
    f = 0.0
    for i in range(n):
        s = sin(x[i]) + 0.1
        h = x[i] * s
        f += abs(h)
        g[i] = sign(h) * (s + x[i] * cos(x[i]))
    return f


@landscape(
    bounds=(0.0, 10.0),
    # the largest value of sqrt(x) sin(x) on [0, 10] and its place, each the double nearest to it
    minima=lambda n: np.full((1, n), 7.917052684666207),
    f_min=lambda n: -(2.808131180007005**n),
    dims=(1, 500),
    tags=("multimodal", "lower-outside"),
    source="Clerc 1999, The Swarm and the Queen, Proc. Congress on Evolutionary Computation, 1951-1957; there to be "
    "maximised, hence the sign",
)
def alpine_2(x, g, n):
    """f(x) = -prod_i sqrt(x_i) sin(x_i) on [0, 10]^n, n up to 500; minimum at x_i = 7.917052684666207.

    The smallest value is -2.808131180007005^n; from n = 688 on it would overflow. Read as sqrt(|x_i|) for x_i < 0, so
    that a run may leave the box; there, and beyond 10, f falls without bound. On the faces x_i = 0 f is 0 and not
    analytic. The gradient is formed from the products before and after each factor, never by a division, so a factor
    may be 0.
    """
    before = 1.0
    for i in range(n):
        g[i] = before
        before = tamed(before, x[i]) * (sqrt(abs(x[i])) * sin(x[i]))
    rest = 1.0
    for i in range(n - 1, -1, -1):
        r = sqrt(abs(x[i]))
        s = sin(x[i])
        ratio = 1.0 if x[i] == 0.0 else s / x[i]
        first = tamed(g[i], rest)
        others = tamed(-first * tamed(rest, first), r)
        g[i] = others * r * (0.5 * ratio + cos(x[i]))
        rest = tamed(rest, x[i]) * (r * s)
    return -before


def michalewicz_minima(n, m):
    """Each coordinate's best point, by bisection: (1, n).

    The logarithm of sin(x) sin(t)^(2 m), t = i x^2 / pi, has the slope cot(x) + 4 m i x / pi cot(t), which falls from
    infinity to minus infinity on each stretch j pi < t < (j + 1) pi: one root each. The best stretch is one of
    those next to x = pi / 2.
    """
    if m % 1.0:
        raise ValueError(f"m of michalewicz must be a whole number, got {m:g}")
    i = np.arange(1.0, n + 1.0)[:, None]
    j = np.clip(np.floor(i / 4.0 - 0.5) + np.array([-1.0, 0.0, 1.0, 2.0]), 0.0, i - 1.0)
    low, high = pi * np.sqrt(j / i), np.minimum(pi * np.sqrt((j + 1.0) / i), pi)
    for _ in range(60):
        x = 0.5 * (low + high)
        t = i * x * x / pi
        # the slope times sin(x) |sin(t)| > 0; j counts the changes of sign
        slope = np.cos(x) * np.sin(t) + 4.0 * m * i * x / pi * np.sin(x) * np.cos(t)
        rises = np.where(j % 2.0 == 0.0, slope, -slope) > 0.0
        low, high = np.where(rises, x, low), np.where(rises, high, x)
    x = 0.5 * (low + high)
    depth = np.sin(x) * np.sin(i * x * x / pi) ** (2.0 * m)
    return np.take_along_axis(x, depth.argmax(axis=1)[:, None], axis=1).T


@landscape(
    bounds=(0.0, pi),
    minima=michalewicz_minima,
    dims=(2, None),
    tags=("multimodal", "separable", "smooth", "lower-outside"),
    limits={"m": {"least": 1.0, "most": 1000.0}},
    source="Michalewicz 1992, Genetic Algorithms + Data Structures = Evolution Programs",
)
def michalewicz(x, g, n, m=10.0):
    """f(x) = -sum_i sin(x_i) sin(i x_i^2 / pi)^(2 m) on [0, pi]^n, i from 1; n! minima.

    `m`, a whole number from 1 to 1000, makes the ravines steeper; between them f is almost level. The coordinates are
    independent: each best value is found by bisection when the surface is made. With m = 10 the smallest value is
    -1.8013034100985528 for n = 2, -4.687658179088148 for n = 5, -9.660151715641349 for n = 10. Outside the box, where
    |x_i| reaches the next positive wave of sin, f is lower.
    """
    f = 0.0
    for i in range(n):
        k = (i + 1.0) / pi
        t = k * x[i] * x[i]
        t = t if t < 1e300 else 0.0 * x[i]  # no digit of its sine is left; it may overflow
        a = sin(x[i])
        b = sin(t)
        q = b * (b * b) ** (m - 1.0)
        f -= a * q * b
        g[i] = -q * (cos(x[i]) * b + 4.0 * m * k * x[i] * a * cos(t))
    return f
