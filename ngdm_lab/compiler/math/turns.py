"""sinpi and cospi in plain source, as `float64` has the other elementary functions; Python can call them, too.

Turns are taken off exactly, so there is no range beyond which they lose digits. The polynomials are those of fdlibm
(Sun Microsystems 1993: k_sin.c, k_cos.c) with pi in their numbers.
"""

from __future__ import annotations

from math import copysign

__all__ = ["cospi", "sinpi"]

TWO_52 = 4503599627370496.0
TWO_53 = 9007199254740992.0
PI = 3.141592653589793
PI_REST = 1.2246467991473532e-16
HALF_PI_2 = 4.934802200544679  # pi^2 / 2
ROUND_HALVES = 3377699720527872.0  # 1.5 * 2^51: adding and subtracting it rounds to the nearest multiple of 1/2


def past_turns(x):
    """x less the nearest even number, in [-1, 1], exactly; +-0 from 2^53 on, where every double is even."""
    lift = copysign(TWO_52, x)  # adding it rounds to a whole number
    r = x - 2.0 * ((0.5 * x + lift) - lift)
    return r if abs(x) < TWO_53 else 0.0 * x  # NaN for infinity


def kernel_sinpi(t):
    """sin(pi t) for |t| <= 1/4: that of `kernel_sin` with pi in its numbers. `PI * t - ...` has one rounding."""
    z = t * t
    q = 2.550164039874027 + z * (
        -0.5992645289761195 + z * (0.08214587016569905 + z * (-0.007370034319852937 + z * 0.0004615949610094388))
    )
    return PI * t - (t * z * (5.16771278004996 - z * q) - PI_REST * t)  # so that -0 keeps its sign


def kernel_cospi(t):
    """cos(pi t) for |t| <= 1/4."""
    z = t * t
    q = 4.058712126416757 + z * (
        -1.3352627688531686
        + z
        * (
            0.23533063024398165
            + z * (-0.025806886826923767 + z * (0.0019294787607771144 + z * -0.00010362464958654168))
        )
    )
    return 1.0 - t * (t * (HALF_PI_2 - z * q))


def sinpi(x):
    """sin(pi x) for a number x, within 1 unit in the last place; exactly 0 at whole numbers, 1 or -1 halfway between.

    NaN at infinity and NaN.
    """
    r = past_turns(x)
    h = (r + ROUND_HALVES) - ROUND_HALVES
    s, c = kernel_sinpi(r - h), kernel_cospi(r - h)  # both, then selects: a branch would stop vectorisation
    v = c if abs(h) == 0.5 else s
    return -v if abs(h - 0.25) > 0.5 else v


def cospi(x):
    """cos(pi x) for a number x, within 1 unit in the last place; exactly 1 or -1 at whole numbers, 0 halfway between.

    NaN at infinity and NaN.
    """
    r = past_turns(x)
    h = (r + ROUND_HALVES) - ROUND_HALVES
    s, c = kernel_sinpi(r - h), kernel_cospi(r - h)
    v = s if abs(h) == 0.5 else c
    return -v if abs(h + 0.25) > 0.5 else v
