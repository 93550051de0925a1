"""exp, log, tanh and the logistic function in single precision, in plain source that becomes vector code.

Eight times as many numbers fit into a vector register as fit into the path through float64 that libm takes. Written
for `kernel`, which makes every literal here a float32. exp reduces as Cody and Waite (1980) do; its polynomial and
that of log are the Cephes library's (Moshier 1992, expf.c and logf.c). Largest errors, in units in the last place,
against exact values: exp 1.0, log 0.8, tanh 1.3, sigmoid 2.3 (tests/nets/test_elementary.py).
"""

from __future__ import annotations

import numpy as np

__all__ = ["exp", "log", "sigmoid", "tanh"]

ROUND = 12582912.0  # 1.5 * 2^23: adding and subtracting it rounds to the nearest whole number
ROUND_BITS = 0x4B400000  # of ROUND
INV_LN2 = 1.44269504088896341
LN2_HI = 0.693359375  # 9 bits
LN2_LO = -2.12194440e-4


def two_to(k):
    """2^k for a whole number k (int32) in [-126, 127]."""
    return np.int32((k + np.int32(127)) << np.int32(23)).view(np.float32)


def exp_rest(r):
    """(exp(r) - 1 - r) / r^2 for |r| <= ln 2 / 2."""
    return 5.0000001201e-1 + r * (
        1.6666665459e-1 + r * (4.1665795894e-2 + r * (8.3334519073e-3 + r * (1.3981999507e-3 + r * 1.9875691500e-4)))
    )


def exp(x):
    """e^x; 0 and inf where a float32 ends."""
    x = 89.0 if x > 89.0 else x
    x = -104.0 if x < -104.0 else x
    rounded = x * INV_LN2 + ROUND
    k = rounded - ROUND
    r = (x - k * LN2_HI) - k * LN2_LO
    y = 1.0 + (r + r * r * exp_rest(r))
    i = np.int32(np.float32(rounded).view(np.int32) - np.int32(ROUND_BITS))
    half = np.int32(i >> np.int32(1))  # in two factors: the result may be subnormal, or inf
    return y * two_to(half) * two_to(np.int32(i - half))


def tanh(x):
    """For |x| < 0.625 Cephes' odd polynomial (tanhf.c), beyond it 1 - 2 / (e^2|x| + 1)."""
    a = abs(x)
    z = x * x
    near = x + x * z * (
        -3.33332819422e-1
        + z * (1.33314422036e-1 + z * (-5.37397155531e-2 + z * (2.06390887954e-2 + z * -5.70498872745e-3)))
    )
    far = 1.0 - 2.0 / (exp(2.0 * a) + 1.0)
    far = far if x > 0.0 else -far
    return near if a < 0.625 else far


def sigmoid(x):
    """1 / (1 + e^-x)."""
    return 1.0 / (1.0 + exp(-x))


def log(x):
    """The natural logarithm of a normal number; -inf at 0, NaN below; a subnormal one counts as 1.2e-38."""
    y = 1.17549435e-38 if x < 1.17549435e-38 else x
    bits = np.int32(np.float32(y).view(np.int32) - np.int32(0x3F3504F3))
    k = np.float32(np.int32(bits >> np.int32(23)))
    f = np.int32((bits & np.int32(0x007FFFFF)) + np.int32(0x3F3504F3)).view(np.float32) - 1.0
    z = f * f
    tail = 3.3333331174e-1 + f * (
        -2.4999993993e-1
        + f
        * (
            2.0000714765e-1
            + f
            * (
                -1.6668057665e-1
                + f
                * (
                    1.4249322787e-1
                    + f * (-1.2420140846e-1 + f * (1.1676998740e-1 + f * (-1.1514610310e-1 + f * 7.0376836292e-2)))
                )
            )
        )
    )
    value = f + (f * z * tail + k * LN2_LO - 0.5 * z) + k * LN2_HI
    value = value if x < np.inf else x
    value = -np.inf if x == 0.0 else value
    return np.nan if x < 0.0 else value
