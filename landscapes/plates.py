"""Plates: level or gently bent over most of the box."""

from __future__ import annotations

from math import cos, exp, pi, sin

from .define import landscape

__all__ = ["easom", "mccormick"]


@landscape(
    bounds=(-100.0, 100.0),
    minima=[[pi, pi]],
    f_min=-1.0,
    dims=(2, 2),
    tags=("multimodal", "smooth", "plateau"),
    source="Easom 1990, A Survey of Global Optimization Techniques, thesis, University of Louisville",
)
def easom(x, g):
    """f(x) = -cos(x_1) cos(x_2) exp(-(x_1 - pi)^2 - (x_2 - pi)^2) on [-100, 100]^2; minimum -1 at (pi, pi).

    One hole in a plate: beyond 6 from (pi, pi), that is on 99.7 % of the box, |f| is below 3e-16, and from about 27
    on f and its gradient are 0 in double precision. Strictly there are ripples; their lowest minima, -8.1e-5, are
    1.8366 away from pi in both coordinates.
    """
    u = x[0] - pi
    v = x[1] - pi
    a = cos(x[0])
    b = cos(x[1])
    e = exp(-u * u - v * v)
    g[0] = e * b * (sin(x[0]) + 2.0 * u * a)
    g[1] = e * a * (sin(x[1]) + 2.0 * v * b)
    return -e * a * b


@landscape(
    bounds=[[-1.5, 4.0], [-3.0, 4.0]],
    minima=[[-0.5471975511965977, -1.5471975511965979]],
    f_min=-1.9132229549810364,
    dims=(2, 2),
    tags=("multimodal", "smooth", "lower-outside"),
    source="McCormick 1976, Mathematical Programming 10, 147-175; as in Adorio and Diliman 2005, MVF - Multivariate "
    "Test Functions Library in C",
)
def mccormick(x, g):
    """f(x) = sin(x_1 + x_2) + (x_1 - x_2)^2 - 1.5 x_1 + 2.5 x_2 + 1 on [-1.5, 4] x [-3, 4].

    Minimum -sqrt(3) / 2 - pi / 3 = -1.9132229549810364 (often given as -1.9133) at
    (1/2 - pi/3, -1/2 - pi/3). One more local minimum in the box, pi further in both coordinates and pi higher. In the
    other direction they go on falling: outside the box f has no bound.
    """
    a = x[0] + x[1]
    b = x[0] - x[1]
    c = cos(a)
    g[0] = c + 2.0 * b - 1.5
    g[1] = c - 2.0 * b + 2.5
    return sin(a) + b * b - 1.5 * x[0] + 2.5 * x[1] + 1.0
