"""The trigamma function psi'(x) and two of its differences, to nearly full double precision.

The Fisher matrices of Eqs. 5 and 7 and their inverses are made of three quantities,

    psi'(a),    psi'(a) - psi'(a + b),    a psi'(a) - (a + b) psi'(a + b),

and the last two lose every digit when they are computed by subtraction (b much smaller than a, or a and b
both large). Here each is a sum of positive terms:

* recurrence (Abramowitz & Stegun 6.4.10): psi'(x) = sum over k >= 0 of 1/(x + k)^2, and, by applying it
  twice, x psi'(x) = 1 + sum over k >= 0 of (k + 1) / ((x + k) (x + k + 1)^2);
* after SHIFT terms, the asymptotic series (Abramowitz & Stegun 6.4.12) with u = 1/x,
  psi'(x) ~ u + u^2/2 + sum over k >= 1 of B_2k u^(2k + 1), B_2k the Bernoulli numbers;
* a difference of polynomials in u = 1/a and v = 1/(a + b) is (u - v) times their divided difference, which
  Horner's scheme gives without losing digits, and u - v is the product b u v.

The functions ending in ``_source`` are plain scalar Python (arithmetic, ``if`` and ``for`` only), the single
source for every target. ``trigamma``, ``trigamma_drop`` and ``scaled_trigamma_drop`` are the same functions
as NumPy ufuncs made by Numba: they take numbers and arrays (float64 out), broadcast, and may be called from
``@njit`` code. Nothing is compiled before the first call.

Domain: arguments in [1e-150, 1e150] give results within a few units in the last place. Outside it psi'(x)
becomes infinite below 1e-154 and the differences may be NaN. A result below 2.2e-308 loses digits and then
becomes 0, as does trigamma_drop(1e150, 1e-150), which is 1e-450.
"""

from math import nan

from numba import vectorize

from ngdm_lab.compiler.flags import FLAGS

SHIFT = 12  # from here on the series below is exact to 4e-17 relative
BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)  # B_2, B_4, ..., B_16
LAST = len(BERNOULLI) - 1

# A ufunc always has error_model="numpy", and Numba refuses to be told so.
UFUNC_FLAGS = {name: value for name, value in FLAGS.items() if name != "error_model"}


def trigamma_source(x: float) -> float:
    """psi'(x) for x > 0, NaN for other x (Abramowitz & Stegun 6.4.10 and 6.4.12)."""
    if not x > 0.0:
        return nan
    terms = 0.0
    y = x * 1.0
    if x < SHIFT:
        y = x + SHIFT
        for k in range(SHIFT - 1, -1, -1):  # smallest first
            t = 1.0 / (x + k)
            terms += t * t
    u = 1.0 / y
    w = u * u
    e = 0.0
    for k in range(LAST, -1, -1):
        e = BERNOULLI[k] + w * e
    return terms + (u + w * (0.5 + u * e))


def trigamma_drop_source(a: float, b: float) -> float:
    """psi'(a) - psi'(a + b) for a > 0, b >= 0, NaN otherwise: the diagonal entries of Eqs. 5 and 7."""
    if not (a > 0.0 and b >= 0.0):
        return nan
    terms = 0.0
    y = a * 1.0
    if a < SHIFT:
        y = a + SHIFT
        for k in range(SHIFT - 1, -1, -1):
            u = 1.0 / (a + k)
            v = 1.0 / (a + k + b)
            terms += (b * v) * (u * (u + v))  # u^2 - v^2, with u - v = b u v
    u = 1.0 / y
    v = 1.0 / (y + b)
    w = u * u
    e = 0.0  # e(w) = sum of B_2k w^(k - 1)
    d = 0.0  # its divided difference between w = u^2 and v^2
    for k in range(LAST, -1, -1):
        d = e + v * v * d
        e = BERNOULLI[k] + w * e
    h = (u + v) * (e + v * v * d)  # the divided difference of u^2 e(u^2) between u and v
    slope = 1.0 + 0.5 * (u + v) + (w * e + v * h)
    return terms + (b * v) * (u * slope)


def scaled_trigamma_drop_source(a: float, b: float) -> float:
    """a psi'(a) - (a + b) psi'(a + b) for a > 0, b >= 0, NaN otherwise.

    With a = alpha_i and b the sum of the other alphas this is (F alpha)_i for F of Eq. 5. It is positive,
    which makes F an M-matrix; the inverse is built on it (``solver.rank_one_factor``).
    """
    if not (a > 0.0 and b >= 0.0):
        return nan
    terms = 0.0
    y = a * 1.0
    shift = 0.0
    if a < SHIFT:
        y = a + SHIFT
        shift = 1.0 * SHIFT
        for k in range(SHIFT - 1, -1, -1):
            u = 1.0 / (a + k)
            v = 1.0 / (a + k + b)
            p = 1.0 / (a + (k + 1))
            q = 1.0 / (a + (k + 1) + b)
            terms += (k + 1.0) * ((b * v) * (p * (u * p + q * (p + q))))  # (k + 1) (u p^2 - v q^2)
    u = 1.0 / y
    v = 1.0 / (y + b)
    w = u * u
    e = 0.0
    d = 0.0
    for k in range(LAST, -1, -1):
        d = e + v * v * d
        e = BERNOULLI[k] + w * e
    h = (u + v) * (e + v * v * d)  # e, d and h as in trigamma_drop_source
    # The terms from SHIFT on add up to (y psi'(y) - 1) + SHIFT (1/y - psi'(y + 1)), which in u = 1/y is
    # (u/2 + u^2 e) + SHIFT (u^2/2 - u^3 e); this is its divided difference.
    slope = 0.5 + h + shift * (0.5 * (u + v) - (w * e + v * h))
    return terms + (b * v) * (u * slope)


trigamma = vectorize(cache=True, **UFUNC_FLAGS)(trigamma_source)
trigamma_drop = vectorize(cache=True, **UFUNC_FLAGS)(trigamma_drop_source)
scaled_trigamma_drop = vectorize(cache=True, **UFUNC_FLAGS)(scaled_trigamma_drop_source)
