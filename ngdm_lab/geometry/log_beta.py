"""The logarithm of the beta function of Eq. 4 and what entropies need, without subtracting large numbers.

Stirling's formula, log Gamma(a) = (a - 1/2) log a - a + log(2 pi)/2 + delta(a), leaves a small rest delta. In
log B(alpha) = sum of log Gamma(alpha_i) - log Gamma(S) its large terms become sum of alpha_i log(alpha_i / S), whose
terms have one sign, so that nothing cancels however large or unequal the alphas are.

Each function takes arrays and works along their last axis or element by element; `scipy.special` is imported when
one is first called.
"""

from __future__ import annotations

from math import log, pi

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

HALF_LOG_2PI = 0.5 * log(2 * pi)
LARGE = 15.0  # from here on the series below are exact to 2e-17,
ENOUGH = 8  # and from here on that of log Gamma to 8e-17
# B_2k / (2k (2k - 1)) and B_2k / 2k, k = 1..8 (Abramowitz and Stegun 6.1.41 and 6.3.18)
STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156, -3617 / 122400)
DIGAMMA = (1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12, -3617 / 8160)


def _series(coefficients: tuple[float, ...], a: Array) -> Array:
    """Sum of c_k a^(2 - 2k), k = 1..8, for large a."""
    w = 1.0 / (a * a)
    total = np.zeros_like(a)
    for c in reversed(coefficients):
        total = c + w * total
    return total


def stirling_rest(a: Array) -> Array:
    """delta(a) = log Gamma(a) - (a - 1/2) log a + a - log(2 pi)/2, for a > 0.

    It is small where its terms are not: from ENOUGH on a series, before that delta(a + ENOUGH) and the differences
    delta(x) - delta(x + 1) = (x + 1/2) log(1 + 1/x) - 1, so that no large terms cancel.
    """
    large = np.where(a < ENOUGH, a + ENOUGH, a)
    rest = _series(STIRLING, large) / large
    if np.any(a < ENOUGH):
        small = np.minimum(a, ENOUGH)
        steps = sum((small + k + 0.5) * np.log1p(1 / (small + k)) - 1 for k in range(ENOUGH - 1, -1, -1))
        rest = np.where(a < ENOUGH, rest + steps, rest)
    return rest


def log_shares(alpha: Array, others: Array) -> Array:
    """log(alpha_i / S), given the sum of the other alphas for each i."""
    result: Array = -np.log1p(others / alpha)
    return result


def log_beta_rest(alpha: Array, total: Array) -> Array:
    """log B(alpha) of Eq. 4 along the last axis, less the sum of alpha_i log(alpha_i / S), S = total of shape (...)."""
    small = stirling_rest(alpha) - 0.5 * np.log(alpha)
    rest = stirling_rest(total) - 0.5 * np.log(total)
    result: Array = (np.sum(small, axis=-1) - rest) + (alpha.shape[-1] - 1) * HALF_LOG_2PI
    return result


def log_minus_digamma(a: Array) -> Array:
    """log a - psi(a), which is 1/(2a) + ... for large a, for a > 0."""
    from scipy.special import digamma

    small, large = np.minimum(a, LARGE), np.maximum(a, LARGE)
    w = 1 / large
    return np.where(a < LARGE, np.log(small) - digamma(small), 0.5 * w + w * w * _series(DIGAMMA, large))


def entropy_part(a: Array) -> Array:
    """h(a) = log Gamma(a) - (a - 1) psi(a) + a: the entropy of Gamma(a) but for the sign of its last term.

    With it the entropy of a Dirichlet is sum of h(alpha_i) - h(S) - (n - 1) psi(S), in which no term grows faster
    than log a.
    """
    return 0.5 * np.log(a) + HALF_LOG_2PI + stirling_rest(a) + (a - 1) * log_minus_digamma(a)


def dirichlet_entropy(alpha: Array, total: Array) -> Array:
    """Differential entropy of a Dirichlet along the last axis, in nats."""
    from scipy.special import digamma

    n = alpha.shape[-1]
    return np.sum(entropy_part(alpha), axis=-1) - entropy_part(total) - (n - 1) * digamma(total)
