"""The Dirichlet distribution as a law of random points: density (Eq. 4), samples, moments, score."""

from __future__ import annotations

from functools import cached_property
from math import fsum

import numpy as np
from numpy.typing import ArrayLike

from ngdm_lab.geometry.deviance import deviance, digamma_rest_drop, log_ratio, of_smaller_terms
from ngdm_lab.geometry.distribution import Array, Distribution
from ngdm_lab.geometry.exact_sums import cross, sums_beside
from ngdm_lab.geometry.log_beta import dirichlet_entropy, log_beta_rest, log_shares
from ngdm_lab.geometry.points import RandomState, Size, as_generator, as_size, log_gammas


class DirichletLaw(Distribution):
    """Eq. 4 on the simplex of K components; ``Dirichlet`` inherits this."""

    @cached_property
    def _total(self) -> Array:
        """The sum of alpha, shape batch."""
        alpha = self._values("alpha")
        return np.array([fsum(row) for row in alpha.reshape(-1, self.n).tolist()]).reshape(alpha.shape[:-1])

    @cached_property
    def _others(self) -> Array:
        """The sum of the other alphas for each i, shape batch + (K,), to one unit in the last place.

        S - alpha_i is that accurate unless alpha_i is more than half of S, as only the largest can be.
        """
        alpha = self._values("alpha")
        others = self._total[..., None] - alpha
        for row, sums in zip(alpha.reshape(-1, self.n), others.reshape(-1, self.n), strict=True):
            k = int(row.argmax())
            sums[k] = fsum(row[:k].tolist() + row[k + 1 :].tolist())
        return others

    @cached_property
    def _beside(self) -> tuple[Array, Array, Array]:
        """The same sums in three doubles."""
        return sums_beside(self._values("alpha"))

    @property
    def components(self) -> int:
        """K of Eq. 4, the number of components of a point. ValueError before ``on(n)``."""
        return self.n

    def logpdf(self, x: ArrayLike) -> Array:
        """log p(x; alpha) of Eq. 4, with respect to the first K - 1 components.

        Parameters
        ----------
        x : array of real numbers, shape (..., K) or, without the last component, (..., K - 1)
            scipy.stats.dirichlet has components in the first axis, this has them in the last. A complete point is
            taken over its sum, which rounding leaves beside 1.

        Returns
        -------
        array of shape (...). On the boundary, where a component is 0, it is -inf for alpha_i > 1, inf for
        alpha_i < 1, and NaN where both meet.

        Raises
        ------
        TypeError, ValueError
            when x is not numeric, has another shape or is no point of the simplex, and before ``on(n)``.
        """
        from scipy.special import xlogy

        alpha = self._values("alpha")
        shares, u, ratio = self._ratios(*self._points(x))
        plain = xlogy(alpha - 1, shares), -alpha * log_shares(alpha, self._others)
        peak = -deviance(alpha, u, ratio), -xlogy(1.0, shares)
        return of_smaller_terms(plain, peak, self._total) - log_beta_rest(alpha, self._total)

    def _ratios(self, points: Array, beyond: Array) -> tuple[Array, Array, Array]:
        """x over its sum, and of that x_i / m_i - 1 and log(x_i / m_i), m the mean."""
        alpha, total = self._values("alpha"), self._total[..., None]
        high, middle, low = sums_beside(points)
        own = np.zeros(self.n)
        own[-1] = 1.0  # the component that `beyond` belongs to
        whole = points + high
        left = high, middle + (1.0 - own) * beyond, low
        gap = cross(points, self._beside, alpha, left) + own * beyond * self._others
        u = gap / alpha / whole
        return points / whole, u, log_ratio(points, alpha / total, u, whole)

    def rvs(self, size: Size = None, random_state: RandomState = None) -> Array:
        """Random points; see ``Distribution.rvs``. Gamma variates divided by their sum."""
        alpha, shape, generator = self._values("alpha"), as_size(size, self.components), as_generator(random_state)
        if alpha.min() >= 1:
            drawn = generator.standard_gamma(np.broadcast_to(alpha, shape + alpha.shape))
        else:
            logs = log_gammas(alpha, shape, generator)
            drawn = np.exp(logs - logs.max(axis=-1, keepdims=True))
        return drawn / drawn.sum(axis=-1, keepdims=True)

    def mean(self) -> Array:
        """alpha_i / S, S the sum of alpha; shape batch + (K,)."""
        return self._values("alpha") / self._total[..., None]

    def var(self) -> Array:
        """The variance of every component, shape batch + (K,)."""
        total = self._total[..., None]
        return (self._values("alpha") / total) * (self._others / total) / (total + 1)

    def cov(self) -> Array:
        """The covariance matrix of the components, shape batch + (K, K); its rows add up to 0."""
        mean, k = self.mean(), np.arange(self.n)
        matrix = -(mean[..., :, None] * mean[..., None, :]) / (self._total[..., None, None] + 1)
        matrix[..., k, k] = self.var()
        return matrix

    def entropy(self) -> Array:
        """Differential entropy in nats, with respect to the first K - 1 components; shape batch."""
        return dirichlet_entropy(self._values("alpha"), self._total)

    def score(self, x: ArrayLike) -> Array:
        """The gradient of log p(x; alpha) in alpha: log x_i - psi(alpha_i) + psi(S).

        x as in ``logpdf``; returns the shape (..., K), with -inf where a component is 0. Its mean is 0 and its
        covariance F of Eq. 5.
        """
        alpha = self._values("alpha")
        *_, ratio = self._ratios(*self._points(x))
        return ratio + digamma_rest_drop(alpha, self._others)
