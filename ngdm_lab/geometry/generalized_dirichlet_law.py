"""The generalised Dirichlet distribution as a law of random points: density (Eq. 6), samples, moments, score.

Connor and Mosimann (1969) build it from independent Y_i ~ Beta(alpha_i, beta_i): x_i = Y_i (1 - x_1 - ... - x_{i-1}).
Moments are products of those of the Y_i, and variances are taken from them without subtracting squares.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ngdm_lab.geometry.deviance import deviance, digamma_rest_drop, log_ratio, of_smaller_terms
from ngdm_lab.geometry.distribution import Array, Distribution
from ngdm_lab.geometry.exact_sums import cross, sums_from
from ngdm_lab.geometry.log_beta import dirichlet_entropy, log_beta_rest, log_shares
from ngdm_lab.geometry.points import RandomState, Size, as_generator, as_size, log_gammas


def remainders(points: Array) -> Array:
    """r_i = 1 - x_1 - ... - x_i for i = 0..K, as sums of the components after i: shape (..., K + 1)."""
    return np.cumsum(points[..., ::-1], axis=-1)[..., ::-1]


def before(values: Array) -> Array:
    """The sums of the values before each i, and that of all: one entry more along the last axis."""
    sums = np.zeros((*values.shape[:-1], values.shape[-1] + 1))
    np.cumsum(values, axis=-1, out=sums[..., 1:])
    return sums


class GeneralizedDirichletLaw(Distribution):
    """Eq. 6 for K pairs, on the simplex of K + 1 components; ``GeneralizedDirichlet`` inherits this."""

    @property
    def components(self) -> int:
        """K + 1 for K pairs, the number of components of a point. ValueError before ``on(n)``."""
        return self._values("alpha").shape[-1] + 1

    def logpdf(self, x: ArrayLike) -> Array:
        """log p(x; alpha, beta) of Eq. 6, with respect to the first K components.

        Parameters
        ----------
        x : array of real numbers, shape (..., K + 1) or, without the last component, (..., K)
            A complete point is taken over its sum, which rounding leaves beside 1.

        Returns
        -------
        array of shape (...). On the boundary it is the value of Eq. 6 with 0 log 0 = 0; NaN where that is
        inf - inf.

        Raises
        ------
        TypeError, ValueError
            when x is not numeric, has another shape or is no point of the simplex, and before ``on(n)``.
        """
        from scipy.special import xlogy

        a, b = self._values("alpha"), self._values("beta")
        points, beyond = self._points(x)
        u, ratio = self._ratios(points, beyond)
        left = remainders(points)
        shares = points / left[..., :1]
        gamma = b - 1.0
        gamma[..., :-1] = b[..., :-1] - (a[..., 1:] + b[..., 1:])
        pair, other = np.stack((a, b), axis=-1), np.stack((b, a), axis=-1)
        plain = (
            xlogy(a - 1, shares[..., :-1]),
            xlogy(gamma, left[..., 1:] / left[..., :1]),
            -np.sum(pair * log_shares(pair, other), axis=-1),
        )
        peak = -np.sum(deviance(pair, u, ratio), axis=-1), -xlogy(1.0, shares)
        exponent = of_smaller_terms(plain, peak, np.sum(pair, axis=(-2, -1)))
        return exponent - np.sum(log_beta_rest(pair, a + b), axis=-1)

    def _ratios(self, points: Array, beyond: Array) -> tuple[Array, Array]:
        """For each pair the shares of x_i and of what it leaves in what those before it leave.

        Returns share / mean - 1 and log(share / mean), of shape (..., K, 2).
        """
        a, b = self._values("alpha"), self._values("beta")
        high, middle, low = sums_from(points)
        middle = middle + beyond
        own, left, whole = points[..., :-1], high[..., 1:], high[..., :-1]
        with np.errstate(divide="ignore", invalid="ignore"):  # nothing is left, on the boundary
            gap = cross(own, (b,), a, (left, middle[..., 1:], low[..., 1:])) / whole
        u = np.stack((gap / a, -gap / b), axis=-1)
        means = np.stack((1 / (1 + b / a), 1 / (1 + a / b)), axis=-1)
        return u, log_ratio(np.stack((own, left), axis=-1), means, u, whole[..., None])

    def rvs(self, size: Size = None, random_state: RandomState = None) -> Array:
        """Random points; see ``Distribution.rvs``. Products of beta variates, taken as sums of logarithms."""
        pair = np.stack((self._values("alpha"), self._values("beta")), axis=-1)
        logs = log_gammas(pair, as_size(size, self.components), as_generator(random_state))
        logs -= np.logaddexp(logs[..., 0], logs[..., 1])[..., None]  # log Y_i and log(1 - Y_i)
        sums = before(logs[..., 1])
        sums[..., :-1] += logs[..., 0]
        return np.exp(sums)

    def _logs(self) -> tuple[Array, Array, Array, Array]:
        """Of each component: log mean, and log E[x^2] / mean^2 from what is before it, in it, and below it."""
        a, b = self._values("alpha"), self._values("beta")
        log_mean = before(-np.log1p(a / b))
        log_mean[..., :-1] -= np.log1p(b / a)
        passed = before(np.log1p(a / b / (a + b + 1)))
        last = np.zeros((*a.shape[:-1], 1))
        own = np.concatenate([np.log1p(b / a / (a + b + 1)), last], axis=-1)
        shared = np.concatenate([-np.log1p(1 / (a + b)), last], axis=-1)
        return log_mean, passed, own, shared

    def mean(self) -> Array:
        """The mean of every component, shape batch + (K + 1,)."""
        return np.exp(self._logs()[0])

    def var(self) -> Array:
        """The variance of every component, shape batch + (K + 1,)."""
        log_mean, passed, own, _ = self._logs()
        return np.exp(2 * log_mean + passed + own) * -np.expm1(-passed - own)

    def cov(self) -> Array:
        """The covariance matrix of the components, shape batch + (K + 1, K + 1); its rows add up to 0."""
        log_mean, passed, _, shared = self._logs()
        k = np.arange(self.components)
        first = np.minimum(k[:, None], k)  # of two components the one that is split off first
        excess = (passed + shared)[..., first]  # log of E[x_i x_j] / (mean_i mean_j)
        product = log_mean[..., :, None] + log_mean[..., None, :]
        sign = np.where(excess > 0, -1.0, 1.0)
        matrix = np.exp(product + np.maximum(excess, 0)) * (sign * np.expm1(sign * excess))
        matrix[..., k, k] = self.var()
        return matrix

    def entropy(self) -> Array:
        """Differential entropy in nats, with respect to the first K components; shape batch."""
        from scipy.special import digamma

        a, b = self._values("alpha"), self._values("beta")
        betas = dirichlet_entropy(np.stack((a, b), axis=-1), a + b)
        later = np.arange(self.components - 2, -1, -1.0)  # how many pairs come after each
        return np.sum(betas + later * (digamma(b) - digamma(a + b)), axis=-1)

    def score(self, x: ArrayLike) -> Array:
        """The gradient of log p(x; alpha, beta) in (alpha_1, beta_1, alpha_2, ...), shape (..., 2 K).

        x as in ``logpdf``, inside the simplex; a component 0 gives -inf or NaN. Its mean is 0 and its covariance F
        of Eq. 7.
        """
        a, b = self._values("alpha"), self._values("beta")
        _, ratio = self._ratios(*self._points(x))
        score = ratio + digamma_rest_drop(np.stack((a, b), axis=-1), np.stack((b, a), axis=-1))
        return score.reshape(*score.shape[:-2], -1)
