"""A few minima each: humps, camels and a bend, where a descent may go to the wrong one."""

from __future__ import annotations

from math import pi

import numpy as np

from ngdm_lab.compiler.math.turns import cospi, sinpi

from .define import landscape

__all__ = ["bohachevsky", "freudenstein_roth", "six_hump_camel", "three_hump_camel"]


@landscape(
    bounds=(-5.0, 5.0),
    minima=[[0.0, 0.0]],
    f_min=0.0,
    dims=(2, 2),
    tags=("multimodal", "smooth"),
    source="Branin 1972, IBM Journal of Research and Development 16, 504-522; bounds as in Surjanovic and Bingham, "
    "Virtual Library of Simulation Experiments",
)
def three_hump_camel(x, g):
    """f(x) = 2 x_1^2 - 1.05 x_1^4 + x_1^6 / 6 + x_1 x_2 + x_2^2 on [-5, 5]^2; minimum 0 at the origin.

    Two further minima, at (1.7476, -0.8738) and opposite, with f = 0.29864.
    """
    y = x[0] * x[0]
    g[0] = x[0] * (4.0 + y * (y - 4.2)) + x[1]
    g[1] = x[0] + 2.0 * x[1]
    # the last two terms and a quarter of x_1^2 as a square
    s = x[1] + 0.5 * x[0]
    return s * s + y * (1.75 + y * (y / 6.0 - 1.05))


@landscape(
    bounds=[(-3.0, 3.0), (-2.0, 2.0)],
    minima=[[0.08984201310031806, -0.7126564030207396], [-0.08984201310031806, 0.7126564030207396]],
    f_min=-1.0316284534898774,
    dims=(2, 2),
    tags=("multimodal", "smooth"),
    source="Branin 1972, IBM Journal of Research and Development 16, 504-522; Dixon and Szegö 1978, Towards Global "
    "Optimisation 2, 1-15",
)
def six_hump_camel(x, g):
    """f(x) = (4 - 2.1 x_1^2 + x_1^4 / 3) x_1^2 + x_1 x_2 + (4 x_2^2 - 4) x_2^2 on [-3, 3] x [-2, 2].

    Two global minima, at (0.0898420131, -0.7126564030) and opposite, with f = -1.0316284534898774, and four more
    minima: at (-1.7036, 0.7961) with f = -0.21546 and (-1.6071, -0.5687) with f = 2.10425, and opposite.
    """
    y = x[0] * x[0]
    z = x[1] * x[1]
    g[0] = x[0] * (8.0 + y * (2.0 * y - 8.4)) + x[1]
    g[1] = x[0] + x[1] * (16.0 * z - 8.0)
    f = y * (4.0 + y * (y / 3.0 - 2.1)) + x[0] * x[1] + z * (4.0 * z - 4.0)
    return f if y + z < 1e300 else (y + z) * 1e300  # inf, where x_1 x_2 alone may be -inf


@landscape(
    bounds=(-100.0, 100.0),
    minima=lambda n: np.zeros((1, n)),
    f_min=0.0,
    dims=(2, None),
    tags=("multimodal", "separable", "smooth"),
    source="Bohachevsky, Johnson and Stein 1986, Technometrics 28, 209-217, first function; in n dimensions as the sum "
    "over neighbouring coordinates",
)
def bohachevsky(x, g, n):
    """f(x) = sum_{i<n} x_i^2 + 2 x_{i+1}^2 - 0.3 cos(3 pi x_i) - 0.4 cos(4 pi x_{i+1}) + 0.7; minimum 0 at the origin.

    On [-100, 100]^n. A bowl with ripples that only matter near its bottom: every local minimum lies within 1.6
    of the origin in each coordinate. Written with 1 - cos(2 t) = 2 sin(t)^2, so exactly 0 at the origin.
    """
    f = 0.0
    for i in range(n):
        first = 1.0 if i < n - 1 else 0.0
        second = 1.0 if i > 0 else 0.0
        t = 1.5 * x[i]
        u = 2.0 * x[i]
        s = sinpi(t)
        v = sinpi(u)
        size = x[i] * x[i]  # where it may overflow there are no waves
        waves = first * (x[i] * x[i] + 0.6 * s * s) + second * (2.0 * x[i] * x[i] + 0.8 * v * v)
        f += waves if size < 8e307 else (first + 2.0 * second) * size
        g[i] = first * (2.0 * x[i] + 1.8 * pi * s * cospi(t)) + second * (4.0 * x[i] + 3.2 * pi * v * cospi(u))
    return f


@landscape(
    bounds=(-15.0, 15.0),
    minima=[[5.0, 4.0]],
    f_min=0.0,
    dims=(2, 2),
    tags=("multimodal", "valley", "smooth", "conditioned"),
    source="Freudenstein and Roth 1963, Journal of the ACM 10, 550-556; More, Garbow and Hillstrom 1981, ACM Trans. "
    "Math. Software 7, 17-41, problem 2",
)
def freudenstein_roth(x, g):
    """f(x) = (x_1 - 13 + ((5 - x_2) x_2 - 2) x_2)^2 + (x_1 - 29 + ((x_2 + 1) x_2 - 14) x_2)^2; minimum 0 at (5, 4).

    On [-15, 15]^2: the usual [-10, 10]^2 cuts off the second minimum, (11.4128, -0.8968) with f = 48.98425, in
    which descents from the classic start (0.5, -2) end.
    """
    y = x[1]
    a = x[0] - 13.0 + ((5.0 - y) * y - 2.0) * y
    b = x[0] - 29.0 + ((y + 1.0) * y - 14.0) * y
    g[0] = 2.0 * (a + b)
    g[1] = 2.0 * (a * ((10.0 - 3.0 * y) * y - 2.0) + b * ((3.0 * y + 2.0) * y - 14.0))
    return a * a + b * b
