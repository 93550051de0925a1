"""Steps: level ground, then a steep fall. The gradient shows the way only at the edges."""

from __future__ import annotations

from math import pi

import numpy as np

from ngdm_lab.compiler.math.turns import cospi, sinpi

from .define import landscape

__all__ = ["plateaus"]


def past_nearest(x):
    """x less the nearest whole number, in [-1/2, 1/2], without rounding error.

    Adding 1.5 * 2^52 leaves no bits for a fraction; from 2^51 on it leaves 0 or a whole number, which is right as well.
    """
    return x - ((x + 6755399441055744.0) - 6755399441055744.0)


def angle(s, c):
    """The angle of the point (c, s) in the half plane c >= 0, from -pi/2 to pi/2: atan(s / c).

    By arithmetic and selects, so that loops over it become vector code. The polynomial is that of fdlibm's s_atan.c
    (Sun Microsystems 1993), for arguments up to 7/16.
    """
    a = abs(s)
    steep = a > c
    q = c / a if steep else a / c
    far = q > 0.41421356237309503  # tan(pi / 8)
    p = (q - 1.0) / (q + 1.0) if far else q
    z = p * p
    w = z * z
    odd = z * (
        3.33333333333329318027e-01
        + w
        * (
            1.42857142725034663711e-01
            + w
            * (
                9.09088713343650656196e-02
                + w * (6.66107313738753120669e-02 + w * (4.97687799461593236017e-02 + w * 1.62858201153657823623e-02))
            )
        )
    )
    even = w * (
        -1.99999999998764832476e-01
        + w
        * (
            -1.11111104054623557880e-01
            + w * (-7.69187620504482999495e-02 + w * (-5.83357013379057348645e-02 - w * 3.65315727442169155270e-02))
        )
    )
    r = p - p * (odd + even)
    r = r + 0.25 * pi if far else r
    r = 0.5 * pi - r if steep else r
    return -r if s < 0.0 else r


@landscape(
    bounds=(-5.12, 5.12),
    minima=lambda n: np.zeros((1, n)),
    f_min=0.0,
    dims=(1, None),
    tags=("unimodal", "separable", "smooth", "plateau"),
    limits={"steepness": {"least": 1.0, "most": 1e6}},
    source="this package; it tends to the step function f6 of Yao, Liu and Lin 1999, IEEE Trans. Evolutionary "
    "Computation 3, 82-102, that is sum_i floor(x_i + 1/2)^2, as the steepness grows",
)
def plateaus(x, g, n, steepness=30.0):
    """f(x) = sum_i s(x_i)^2 with a smooth staircase s, on [-5.12, 5.12]^n; minimum 0 at the origin.

    s(t) = k + atan(tan(pi (t - k)) / steepness) / pi, k the whole number nearest to t: the integral of the Poisson
    kernel s'(t) = steepness / (steepness^2 cos(pi t)^2 + sin(pi t)^2). It is analytic and grows everywhere. s(t) = t
    at whole and at half numbers; its slope is 1 / steepness on the plateaus, around whole numbers, and `steepness` on
    the steps, around half numbers. So f has one local minimum, with curvature 2 / steepness^2, and everywhere else a
    gradient that is not 0.

    `steepness`, from 1 to 1e6: 1 gives the sphere.
    """
    f = 0.0
    for i in range(n):
        v = past_nearest(x[i])
        s = sinpi(v)
        c = steepness * abs(cospi(v))  # beyond 2^52 v may be a whole number
        y = (x[i] - v) + angle(s, c) * 0.3183098861837907
        f += y * y
        g[i] = 2.0 * steepness * y / (c * c + s * s)
    return f
