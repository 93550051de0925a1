"""Many minima in the plane: the pictures of the literature, in two dimensions only."""

from __future__ import annotations

from math import cos, exp, pi, sin, sqrt

from ngdm_lab.compiler.math.turns import cospi, sinpi

from .define import landscape
from .kinks import sign
from .many_minima import SFU

__all__ = ["cross_in_tray", "drop_wave", "eggholder", "holder_table", "langermann", "schaffer_2", "schaffer_4"]

MISHRA = (
    "Mishra 2006, Some New Test Functions for Global Optimization and Performance of Repulsive Particle Swarm Method"
)
SCHAFFER = (
    "after Schaffer, Caruana, Eshelman and Das 1989, Proc. Third Int. Conf. on Genetic Algorithms, 51-60; numbered as "
    "in Jamil and Yang 2013, Int. J. Math. Modelling and Numerical Optimisation 4, 150-194"
)


def four(a, b):
    """The points (+-a, +-b)."""
    return [[-a, -b], [-a, b], [a, -b], [a, b]]


@landscape(
    bounds=(-10.0, 10.0),
    minima=four(1.3494066171539107, 1.3494066171539107),
    f_min=-2.062611870822737,
    dims=(2, 2),
    tags=("multimodal", "lower-outside"),
    source=f"{MISHRA}; bounds as in {SFU}",
)
def cross_in_tray(x, g):
    """f(x) = -(|sin(x_1) sin(x_2) exp(|100 - r / pi|)| + 1)^0.1 / 10^4, r = sqrt(x_1^2 + x_2^2), on [-10, 10]^2.

    Minimum -2.062611870822737 at the four points (+-1.3494066171539107, +-1.3494066171539107). The lines where a
    sine is 0 are ridges, sharp as |x_1|^0.1; f is -0.0001 there, and the gradient is taken for 0. Beyond r = 625 the
    exponential has grown again, and f is lower than in the box.
    """
    r = sqrt(x[0] * x[0] + x[1] * x[1])
    a = sin(x[0])
    b = sin(x[1])
    p = a * b
    h = 100.0 - r / pi
    e = exp(abs(h))
    w = abs(p) * e + 1.0 if p != 0.0 else 1.0  # far out e is inf
    f = -0.0001 * w**0.1
    k = 0.1 * f / w * e if p != 0.0 else 0.0
    c = 0.0 if r == 0.0 else abs(p) * sign(h) / (pi * r)
    g[0] = k * (sign(p) * cos(x[0]) * b - c * x[0])
    g[1] = k * (sign(p) * a * cos(x[1]) - c * x[1])
    return f


@landscape(
    bounds=(-5.12, 5.12),
    minima=[[0.0, 0.0]],
    f_min=-1.0,
    dims=(2, 2),
    tags=("multimodal", "smooth"),
    source="Molga and Smutnicki 2005, Test Functions for Optimization Needs",
)
def drop_wave(x, g):
    """f(x) = -(1 + cos(12 r)) / (r^2 / 2 + 2), r = sqrt(x_1^2 + x_2^2), on [-5.12, 5.12]^2; minimum -1 at the origin.

    Its other minima are rings, the first at r = 0.52 with f = -0.9362. The cosine is even: f is smooth at the origin.
    """
    squares = x[0] * x[0] + x[1] * x[1]
    r = sqrt(squares)
    d = 0.5 * squares + 2.0
    f = -(1.0 + cos(12.0 * r)) / d if d < 1e300 else -1.0 / d  # as good as 0, also where d overflows
    k = (144.0 if r == 0.0 else 12.0 * sin(12.0 * r) / r) / d - f / d if d < 1e300 else 1.0 / d / d
    g[0] = k * x[0]
    g[1] = k * x[1]
    return f


@landscape(
    bounds=(-512.0, 512.0),
    minima=[[512.0, 404.2318051137578]],
    f_min=-959.6406627208509,
    dims=(2, 2),
    tags=("multimodal", "edge-minimum", "lower-outside"),
    source=f"Whitley, Rana, Dzubera and Mathias 1996, Artificial Intelligence 85, 245-276, function F101; as in {SFU}",
)
def eggholder(x, g):
    """f(x) = -(x_2 + 47) sin(sqrt(|x_2 + x_1 / 2 + 47|)) - x_1 sin(sqrt(|x_1 - x_2 - 47|)) on [-512, 512]^2.

    Smallest value -959.6406627208509 on the edge of the box, at (512, 404.2318051137578), where f still falls with a
    slope of 3.4 to the outside; outside there is no bound. Along the lines where a square root is 0 f has a cusp of
    infinite slope, and the gradient leaves that root out.
    """
    a = x[1] + 0.5 * x[0] + 47.0
    b = x[0] - x[1] - 47.0
    ra = sqrt(abs(a))
    rb = sqrt(abs(b))
    sa = sin(ra)
    sb = sin(rb)
    ka = ra if abs(a) < 1e200 else 1.0  # beyond, the product would overflow
    kb = rb if abs(b) < 1e200 else 1.0
    ha = 0.0 if a == 0.0 else 0.5 * (x[1] + 47.0) * cos(ra) * ka / a * (ra / ka)
    hb = 0.0 if b == 0.0 else 0.5 * x[0] * cos(rb) * kb / b * (rb / kb)
    g[0] = -0.5 * ha - sb - hb
    g[1] = -sa - ha + hb
    return -(x[1] + 47.0) * sa - x[0] * sb


@landscape(
    bounds=(-10.0, 10.0),
    minima=four(8.055023475736563, 9.664590019241272),
    f_min=-19.208502567886732,
    dims=(2, 2),
    tags=("multimodal", "lower-outside"),
    source=f"{MISHRA}; as in {SFU}",
)
def holder_table(x, g):
    """f(x) = -|sin(x_1) cos(x_2) exp(|1 - r / pi|)|, r = sqrt(x_1^2 + x_2^2), on [-10, 10]^2.

    Minimum -19.208502567886732 at the four points (+-8.055023475736563, +-9.664590019241272). Outside the box f falls
    without bound. Kinks: the lines where the sine or the cosine is 0, with the largest value 0 and the gradient 0, and
    the circle r = pi, where the exponential's slope is taken for 0.
    """
    r = sqrt(x[0] * x[0] + x[1] * x[1])
    a = sin(x[0])
    b = cos(x[1])
    h = 1.0 - r / pi
    e = exp(abs(h))
    p = a * b
    f = -abs(p) * e if p != 0.0 else 0.0  # far out e is inf
    k = -sign(p) * e if p != 0.0 else 0.0
    c = 0.0 if r == 0.0 else f * sign(h) / (pi * r)
    g[0] = k * cos(x[0]) * b - c * x[0]
    g[1] = -k * a * sin(x[1]) - c * x[1]
    return f


def rings(x, g, a, b, c):
    """-c exp(-d / pi) cos(pi d), d the squared distance from (a, b); the gradient is added to g."""
    u = x[0] - a
    v = x[1] - b
    d = u * u + v * v
    e = c * exp(-d / pi)
    f = -e * cospi(d) if d < 1e300 else -e  # 0, also where d overflows
    k = 2.0 * (pi * e * sinpi(d) - f / pi) if d < 1e300 else e
    g[0] += k * u
    g[1] += k * v
    return f


@landscape(
    bounds=(0.0, 10.0),
    minima=[[2.0029921199344654, 1.0060959402921885]],
    f_min=-5.162126159963982,
    dims=(2, 2),
    tags=("multimodal", "smooth"),
    source="Bersini, Dorigo, Langerman, Seront and Gambardella 1996, Proc. Int. Conf. on Evolutionary Computation, "
    f"611-615; with the five centres of {SFU}, and the sign of Jamil and Yang 2013",
)
def langermann(x, g):
    """f(x) = -sum_k c_k exp(-d_k / pi) cos(pi d_k), d_k the squared distance from a_k, on [0, 10]^2.

    a = (3, 5), (5, 2), (2, 1), (1, 4), (7, 9) and c = 1, 2, 5, 2, 3. Minimum -5.162126159963982 at
    (2.0029921199344654, 1.0060959402921885). Surjanovic and Bingham leave out the minus sign; the smallest value is
    then -4.155809291847785, at (2.7934, 1.5972).
    """
    g[0] = 0.0
    g[1] = 0.0
    f1 = rings(x, g, 3.0, 5.0, 1.0)
    f2 = rings(x, g, 5.0, 2.0, 2.0)
    f3 = rings(x, g, 2.0, 1.0, 5.0)
    f4 = rings(x, g, 1.0, 4.0, 2.0)
    f5 = rings(x, g, 7.0, 9.0, 3.0)
    return f1 + f2 + f3 + f4 + f5


@landscape(
    bounds=(-100.0, 100.0),
    minima=[[0.0, 0.0]],
    f_min=0.0,
    dims=(2, 2),
    tags=("multimodal", "smooth"),
    source=SCHAFFER,
)
def schaffer_2(x, g):
    """f(x) = 1/2 + (sin(x_1^2 - x_2^2)^2 - 1/2) / (1 + 0.001 (x_1^2 + x_2^2))^2 on [-100, 100]^2.

    Minimum 0 at the origin. Waves that grow shorter outwards, to 1/60 of a unit in the corners, and whose valleys
    rise to 1/2. Brought over one denominator, so that f(0) = 0 exactly and f keeps its full relative accuracy near
    the origin.
    """
    q = 0.001 * (x[0] * x[0] + x[1] * x[1])
    d = 1.0 + q
    u = (x[0] - x[1]) * (x[0] + x[1])
    s = sin(u)
    f = (q * (1.0 + 0.5 * q) + s * s) / (d * d) if d < 1e150 else 0.5 + 1.0 / d  # 1/2, also where d overflows
    k = 0.002 * (1.0 - 2.0 * f) / d
    w = 4.0 * s * cos(u) / (d * d) if d < 1e150 else 1.0 / d / d
    g[0] = x[0] * (k + w)
    g[1] = x[1] * (k - w)
    return f


@landscape(
    bounds=(-100.0, 100.0),
    minima=[[s, 0.0] for s in (-1.2531318314637332, 1.2531318314637332)]
    + [[0.0, s] for s in (-1.2531318314637332, 1.2531318314637332)],
    f_min=0.29257863203598056,
    dims=(2, 2),
    tags=("multimodal", "smooth"),
    source=SCHAFFER,
)
def schaffer_4(x, g):
    """f(x) = 1/2 + (cos(sin(|x_1^2 - x_2^2|))^2 - 1/2) / (1 + 0.001 (x_1^2 + x_2^2))^2 on [-100, 100]^2.

    Minimum 0.29257863203598056 at the four points (0, +-1.2531318314637332), (+-1.2531318314637332, 0); 0.291992 and
    0.29243 are published too. The absolute value plays no part, since cos is even: f is smooth.
    """
    q = 0.001 * (x[0] * x[0] + x[1] * x[1])
    d = 1.0 + q
    u = (x[0] - x[1]) * (x[0] + x[1])
    v = sin(u)
    c = cos(v)
    h = (c * c - 0.5) / (d * d) if d < 1e150 else 1.0 / d / d  # 0, also where d overflows
    k = -0.004 * h / d
    w = 4.0 * c * sin(v) * cos(u) / (d * d) if d < 1e150 else 1.0 / d / d
    g[0] = x[0] * (k - w)
    g[1] = x[1] * (k + w)
    return 0.5 + h
