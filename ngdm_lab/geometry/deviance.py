"""A Dirichlet's density and score near their peak without subtracting large numbers (Loader 2000).

With the means m_i = alpha_i / S, S the sum of alpha, a point x on the simplex and u_i = x_i / m_i - 1, the large terms
of log p(x; alpha) are, after Stirling's formula for the Gamma functions,

    sum of alpha_i log(x_i / m_i) = -sum of alpha_i h(u_i),    h(u) = u - log(1 + u),

the deviance of x from the mean: each term is positive, and exact when u is. For that x_i S - alpha_i is formed in two
doubles. The score is log(1 + u_i) + e(alpha_i) - e(S), e(a) = log a - psi(a). Both keep their digits for parameters of
any size, where (alpha_i - 1) log x_i and log B(alpha) would leave only their rounding.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log1p, nan

import numpy as np
from numba import vectorize
from numpy.typing import NDArray

from ngdm_lab.geometry.log_beta import DIGAMMA
from ngdm_lab.geometry.trigamma import SHIFT, UFUNC_FLAGS

__all__ = ["deviance", "digamma_rest_drop", "log1p_rest", "log_ratio", "of_smaller_terms"]

Array = NDArray[np.float64]

ODD = tuple(1 / (2 * k + 3) for k in range(16))  # for |s| <= 1/3 to 1e-17
LAST_ODD = len(ODD) - 1
LAST_DIGAMMA = len(DIGAMMA) - 1


def log1p_rest_source(u: float) -> float:
    """h(u) = u - log(1 + u) for u > -1, by log(1 + u) = 2 artanh(s) with s = u / (2 + u) where the two are close."""
    if u < -0.5 or u > 1.0:
        return u - log1p(u)
    s = u / (2.0 + u)
    w = s * s
    rest = 0.0
    for k in range(LAST_ODD, -1, -1):
        rest = ODD[k] + w * rest
    return s * u - 2.0 * (s * w) * rest


def digamma_rest_drop_source(a: float, b: float) -> float:
    """e(a) - e(a + b) for e(a) = log a - psi(a), a > 0 and b >= 0, as a sum of positive terms; NaN otherwise.

    e(x) - e(x + 1) = 1/x - log(1 + 1/x); with x = a + k, z = x + b and q = b / (x (z + 1)) the difference of two such
    terms is q/z + h(q). After SHIFT of them the asymptotic series, as in ``trigamma``.
    """
    if not (a > 0.0 and b >= 0.0):
        return nan
    terms = 0.0
    y = a * 1.0
    if a < SHIFT:
        y = a + SHIFT
        for k in range(SHIFT - 1, -1, -1):
            z = a + k + b
            q = b / (z + 1.0) / (a + k)
            terms += q / z + log1p_rest(q)
    u = 1.0 / y
    v = 1.0 / (y + b)
    w = u * u
    e = 0.0
    d = 0.0
    for k in range(LAST_DIGAMMA, -1, -1):
        d = e + v * v * d
        e = DIGAMMA[k] + w * e
    return terms + (b * v) * (u * (0.5 + (u + v) * (e + v * v * d)))


log1p_rest = vectorize(cache=True, **UFUNC_FLAGS)(log1p_rest_source)
digamma_rest_drop = vectorize(cache=True, **UFUNC_FLAGS)(digamma_rest_drop_source)


def log_ratio(x: Array, mean: Array, u: Array, whole: Array | float = 1.0) -> Array:
    """log(x / whole / mean), given u, that quotient less 1."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        quotient = x / whole / mean
        far = np.where(quotient > 1e-290, np.log(quotient), np.log(x) - np.log(whole) - np.log(mean))
        return np.where(u < -0.5, far, np.log1p(np.maximum(u, -0.5)))


def deviance(alpha: Array, u: Array, ratio: Array) -> Array:
    """alpha h(u), given log(1 + u)."""
    result: Array = alpha * np.where(u < -0.5, u - ratio, log1p_rest(np.maximum(u, -0.5)))
    return result


def of_smaller_terms(plain: Sequence[Array], peak: Sequence[Array], total: Array) -> Array:
    """The sum of one of two lists of terms, along their last axes: whichever loses less to rounding.

    That is told by the sizes of the terms; the plain ones also lose what the rounding of x itself does to them, which
    grows with the total of the parameters. Where neither is better, as on the boundary, the plain ones.
    """
    with np.errstate(invalid="ignore"):  # inf - inf
        sums = [sum(np.sum(part, axis=-1) for part in terms) for terms in (plain, peak)]
        sizes = [sum(np.sum(np.abs(part), axis=-1) for part in terms) for terms in (plain, peak)]
    return np.where(sizes[1] < sizes[0] + total, sums[1], sums[0])
