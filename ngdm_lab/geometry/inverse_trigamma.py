"""The inverse of the trigamma function: the alpha of a given psi'(alpha), or of a given gain 1/psi'(alpha).

``inverse_trigamma_source`` is plain scalar Python as in `trigamma`, ``inverse_trigamma`` the same as a NumPy ufunc
made by Numba.
"""

from math import nan, sqrt

from numba import vectorize

from ngdm_lab.geometry.trigamma import BERNOULLI, LAST, SHIFT, UFUNC_FLAGS

ROUNDS = 5  # from the starts below four suffice


def inverse_trigamma_source(y: float) -> float:
    """x > 0 with psi'(x) = y, for y > 0; 0 for infinity, NaN for other y.

    Newton's method for 1/psi'(x) = 1/y, a convex and nearly straight function: x <- x (1 + (psi'(x)/y - 1) / s),
    s = -x psi''(x) / psi'(x), between 1 and 2. Both polygammas are the sums of `trigamma`, here with factors x
    (Abramowitz and Stegun 6.4.10 and 6.4.13), so that nothing leaves the range of a double for y in [1e-300, 1e300].
    """
    if not y > 0.0:
        return nan
    if y > 1e305:
        return 1.0 / sqrt(y)
    if y < 1e-20:
        return 1.0 / y
    x = 0.5 + 1.0 / y
    if y > 1.65:
        x = 1.0 / sqrt(y - 0.64)  # psi'(x) - 1/x^2 = psi'(x + 1), between 0.64 and 1.65 here
    for _ in range(ROUNDS):
        value = 0.0  # psi'(x)
        slope = 0.0  # -x psi''(x)
        z = x * 1.0
        if x < SHIFT:
            z = x + SHIFT
            for k in range(SHIFT - 1, -1, -1):
                t = 1.0 / (x + k)
                value += t * t
                slope += 2.0 * (x * t) * (t * t)
        u = 1.0 / z
        w = u * u
        e = 0.0
        f = 0.0
        for k in range(LAST, -1, -1):
            e = BERNOULLI[k] + w * e
            f = (2.0 * k + 3.0) * BERNOULLI[k] + w * f
        value += u + w * (0.5 + u * e)
        slope += (x * u) * (u + w + u * w * f)
        x += x * (value / y - 1.0) * (value / slope)
    return x


inverse_trigamma = vectorize(cache=True, **UFUNC_FLAGS)(inverse_trigamma_source)
