"""sin, cos, exp, expm1, tanh, log and pow in plain source, for loops that the compiler turns into vector code.

A call of the C library stops vectorisation; these have no branches and no tables, only arithmetic, selects and
the bits of a double. The reductions are Cody and Waite's (1980); polynomials and rationals are those of fdlibm
(Sun Microsystems 1993: k_sin.c, k_cos.c, e_exp.c, e_log.c). Their accuracy against mpmath, in units in the last
place, stands in tests/data/elementary_ulp.json. sin and cos give NaN beyond |x| = 2^31.

They run compiled only: the bits of a double are read by NumPy's `view`. `turns` has sinpi and cospi.
"""

from __future__ import annotations

import numpy as np

__all__ = ["cos", "exp", "expm1", "log", "power", "sin", "tanh"]

ROUND = 6755399441055744.0  # 1.5 * 2^52: adding and subtracting it rounds to the nearest whole number
TWO_OVER_PI = 0.6366197723675814
ROUND_BITS = 0x4338000000000000  # of ROUND
TWO_52 = 4503599627370496.0
TWO_52_BITS = 0x4330000000000000
# pi / 2 in parts of 22 bits and a rest: their products with whole numbers below 2^31 are exact
PIO2_1 = 1.570796012878418
PIO2_2 = 3.139164164167596e-07
PIO2_3 = 6.223371969669989e-14
PIO2_4 = 2.0222659584103533e-21
PIO2_5 = 2.9038559739793605e-28
LARGEST = 2147483648.0
INV_LN2 = 1.4426950408889634
LN2_HI = 0.6931471803691238  # 32 bits
LN2_LO = 1.9082149292705877e-10
TWO_THIRDS = 0.6666666666666666
TWO_THIRDS_LO = 3.700743415417188e-17


def whole(rounded):
    """The int64 k of rounded = k + ROUND, |k| < 2^51, from the bits.

    A conversion would be undefined for NaN, and slow where a processor has none for vectors.
    """
    return np.float64(rounded).view(np.int64) - ROUND_BITS


def two_to(k):
    """2^k for a whole number k (int64) in [-1022, 1023]."""
    return np.int64((k + np.int64(1023)) << np.int64(52)).view(np.float64)


def kernel_sin(r, t):
    """sin(r + t) for |r| <= pi/4 and a tail t."""
    z = r * r
    v = z * r
    q = 8.33333333332248946124e-03 + z * (
        -1.98412698298579493134e-04
        + z * (2.75573137070700676789e-06 + z * (-2.50507602534068634195e-08 + z * 1.58969099521155010221e-10))
    )
    return r - ((z * (0.5 * t - v * q) - t) + v * 1.66666666666666324348e-01)


def kernel_cos(r, t):
    """cos(r + t) for |r| <= pi/4 and a tail t."""
    z = r * r
    q = z * (
        4.16666666666666019037e-02
        + z
        * (
            -1.38888888888741095749e-03
            + z
            * (
                2.48015872894767294178e-05
                + z * (-2.75573143513906633035e-07 + z * (2.08757232129817482790e-09 - z * 1.13596475577881948265e-11))
            )
        )
    )
    half = 0.5 * z
    w = 1.0 - half
    return w + (((1.0 - w) - half) + (z * q - r * t))


def sine_of_quarters(x, quarters):
    """sin(x + quarters pi/2). The differences below are exact, or their errors are carried in the tail."""
    rounded = x * TWO_OVER_PI + ROUND
    k = rounded - ROUND
    a = (x - k * PIO2_1) - k * PIO2_2
    b = a - k * PIO2_3
    c = b - k * PIO2_4
    r = c - k * PIO2_5
    t = ((a - b) - k * PIO2_3) + ((b - c) - k * PIO2_4) + ((c - r) - k * PIO2_5)
    j = whole(rounded) + np.int64(quarters)
    even, odd = kernel_sin(r, t), kernel_cos(r, t)  # both, then a select: a branch would stop vectorisation
    s = odd if j & np.int64(1) != 0 else even
    s = -s if j & np.int64(2) != 0 else s
    return s if abs(x) <= LARGEST else np.nan


def sin(x):
    """sin x."""
    return sine_of_quarters(x, 0)


def cos(x):
    """cos x."""
    return sine_of_quarters(x, 1)


def exp_minus_one(r_hi, r_lo):
    """exp(r) - 1 for r = r_hi - r_lo, |r| <= ln 2 / 2."""
    r = r_hi - r_lo
    t = r * r
    c = r - t * (
        1.66666666666666019037e-01
        + t
        * (
            -2.77777777770155933842e-03
            + t * (6.61375632143793436117e-05 + t * (-1.65339022054652515390e-06 + t * 4.13813679705723846039e-08))
        )
    )
    return r_hi - (r_lo - r * c / (2.0 - c))


def exp(x):
    """e^x; 0 and inf where a double ends."""
    return exp_of_sum(x, 0.0)


def exp_of_sum(x, tail):
    """e^(x + tail) for a small tail."""
    x = 710.0 if x > 710.0 else x
    x = -746.0 if x < -746.0 else x
    rounded = x * INV_LN2 + ROUND
    k = rounded - ROUND
    y = 1.0 + exp_minus_one(x - k * LN2_HI, k * LN2_LO - tail)
    i = whole(rounded)
    half = i >> np.int64(1)  # in two factors: the result may be subnormal, or 2^1024 times less than 1
    return y * two_to(half) * two_to(i - half)


def expm1(x):
    """e^x - 1."""
    zero = x
    x = 710.0 if x > 710.0 else x
    x = -60.0 if x < -60.0 else x
    rounded = x * INV_LN2 + ROUND
    k = rounded - ROUND
    y = exp_minus_one(x - k * LN2_HI, k * LN2_LO)
    i = whole(rounded)
    half = i >> np.int64(1)
    rest = two_to(-i if i < np.int64(1022) else np.int64(-1022))
    value = ((1.0 - rest) + y) * two_to(half) * two_to(i - half)
    return zero if zero == 0.0 else value  # -0 keeps its sign


def tanh(x):
    """The hyperbolic tangent, (e^2|x| - 1) / (e^2|x| + 1) with the sign of x."""
    a = abs(x)
    a = 20.0 if a > 20.0 else a  # 1 from 19.06 on; NaN stays
    rounded = a * (2.0 * INV_LN2) + ROUND
    k = rounded - ROUND
    s = two_to(whole(rounded))
    e = s * exp_minus_one(2.0 * a - k * LN2_HI, k * LN2_LO) + (s - 1.0)
    t = e / (e + 2.0)
    return t if x > 0.0 else -t if x < 0.0 else x  # -0 keeps its sign


def mantissa(x):
    """m in [sqrt(1/2), sqrt(2)) of x = 2^k m, for a normal x > 0; its exponent is `exponent(x)`."""
    bits = np.float64(x).view(np.int64) + np.int64(0x3FF0000000000000 - 0x3FE6A09E667F3BCD)
    return np.int64((bits & np.int64(0x000FFFFFFFFFFFFF)) + np.int64(0x3FE6A09E667F3BCD)).view(np.float64)


def exponent(x):
    """k of x = 2^k m with m in [sqrt(1/2), sqrt(2))."""
    bits = np.float64(x).view(np.int64) + np.int64(0x3FF0000000000000 - 0x3FE6A09E667F3BCD)
    # 2^52 + the biased exponent by its bits, then a difference: some processors convert no int64 vectors
    return np.int64(((bits >> np.int64(52)) & np.int64(0xFFF)) | TWO_52_BITS).view(np.float64) - (TWO_52 + 1023.0)


def log_rest(z):
    """(log((1 + s) / (1 - s)) - 2 s) / s for z = s^2, s <= 0.1716."""
    w = z * z
    odd = w * (0.3999999999940941908 + w * (0.2222219843214978396 + w * 0.1531383769920937332))
    even = z * (
        0.6666666666666735130 + w * (0.2857142874366239149 + w * (0.1818357216161805012 + w * 0.1479819860511658591))
    )
    return odd + even


def log(x):
    """The natural logarithm; -inf at 0, NaN below."""
    small = x < 2.2250738585072014e-308
    y = x * 18014398509481984.0 if small else x  # 2^54 times: a normal number
    k = exponent(y) - (54.0 if small else 0.0)
    f = mantissa(y) - 1.0
    s = f / (2.0 + f)
    half = 0.5 * f * f
    value = k * LN2_HI - ((half - (s * (half + log_rest(s * s)) + k * LN2_LO)) - f)
    value = value if x < np.inf else x  # inf and NaN
    value = -np.inf if x == 0.0 else value
    return np.nan if x < 0.0 else value


def high(x):
    """x with its last 27 bits cleared: products of two such numbers are exact."""
    return np.int64(np.float64(x).view(np.int64) & np.int64(-134217728)).view(np.float64)


def product_error(a, b, p):
    """a b - p for p = a b rounded (Dekker 1971)."""
    a1, b1 = high(a), high(b)
    a2, b2 = a - a1, b - b1
    return ((a1 * b1 - p) + a1 * b2 + a2 * b1) + a2 * b2


def log_far_rest(z):
    """(log((1 + s) / (1 - s)) - 2 s - 2/3 s^3) / s^5 for z = s^2, s <= 0.1716, to 2^-57: a Chebyshev fit."""
    w = z * z
    even = 0.4 + w * (0.22222222221656143 + w * (0.15384594968765747 + w * 0.11706245438694063))
    odd = 0.28571428571429364 + w * (0.18181818335334335 + w * (0.1333480435406345 + w * 0.11723083470684552))
    return even + z * odd


def power(x, y):
    """x^y with C's rules for zero, signs and infinities; for x < 0 a whole y.

    y log x is formed with about 64 bits, so that the result keeps its digits where it is large.
    """
    a = abs(x)
    small = a < 2.2250738585072014e-308
    scaled = a * 18014398509481984.0 if small else a
    k = exponent(scaled) - (54.0 if small else 0.0)
    f = mantissa(scaled) - 1.0
    d = 2.0 + f
    s = f / d
    p = s * d
    s_lo = ((f - p) - product_error(s, d, p) - s * (f - (d - 2.0))) / d
    # s^3 as c + c_lo, its third as third + third_lo
    z = s * s
    z_lo = product_error(s, s, z) + 2.0 * s * s_lo
    c = z * s
    c_lo = product_error(z, s, c) + (z_lo * s + z * s_lo)
    third = c * TWO_THIRDS
    third_lo = product_error(c, TWO_THIRDS, third) + (c_lo * TWO_THIRDS + c * TWO_THIRDS_LO)
    # log a = k ln 2 + 2 s + 2/3 s^3 + rest, as log_a + log_lo: each sum with its error, larger terms first
    rest = z * c * log_far_rest(z) + 2.0 * s_lo + third_lo
    h = k * LN2_HI
    v = h + 2.0 * s
    u = v + third
    u_lo = (((h - v) + 2.0 * s) + ((v - u) + third)) + (k * LN2_LO + rest)
    log_a = u + u_lo
    log_lo = (u - log_a) + u_lo
    e = y * log_a
    e_lo = product_error(y, log_a, e) + y * log_lo
    tail = e_lo if abs(e) < 800.0 else 0.0  # beyond, it is noise or NaN, and the result is 0 or inf
    value = exp_of_sum(e, tail)
    # C's rules where the above gives something else. `|` and `&`: `or` and `and` would be branches
    value = (0.0 if y > 0.0 else np.inf) if a == 0.0 else value
    value = (np.inf if y > 0.0 else 0.0) if a == np.inf else value
    value = 1.0 if a == 1.0 else value
    # is y whole, is it odd: below 2^52 adding that leaves the whole part in the last bits, above all are whole
    b = abs(y)
    lift = TWO_52 if b < TWO_52 else 0.0
    lifted = b + lift
    fits = lifted - lift == b
    odd = (np.float64(lifted).view(np.int64) & np.int64(1) != 0) & fits & (b < 2.0 * TWO_52)
    negative = np.float64(x).view(np.int64) < np.int64(0)
    value = -value if odd & negative else value
    value = np.nan if (x < 0.0) & (not fits) & (a < np.inf) else value
    value = x * y if (x != x) | (y != y) else value
    return 1.0 if (y == 0.0) | (x == 1.0) else value
