"""What both distributions have in common beside their metric: scipy.stats' vocabulary, and shapes."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ngdm_lab.geometry.points import RandomState, Size
from ngdm_lab.geometry.solver import FisherMetric

Array = NDArray[np.float64]


class Distribution(FisherMetric):
    """Density, sampling and moments with scipy.stats' names; points stand in the last axis.

    Parameters may be batches, arrays of shape (..., n): everything broadcasts along the axes before the last one,
    as NumPy does. Points have their last component where the lab returns them, and may lack it where it takes them.
    """

    @property
    def components(self) -> int:
        """The number of components of a point, the last one counted. ValueError before ``on(n)``."""
        raise NotImplementedError

    def logpdf(self, x: ArrayLike) -> Array:
        """The logarithm of the density."""
        raise NotImplementedError

    def pdf(self, x: ArrayLike) -> Array:
        """The density: exp of ``logpdf``, which tells what x may be."""
        with np.errstate(over="ignore"):
            return np.exp(self.logpdf(x))

    def rvs(self, size: Size = None, random_state: RandomState = None) -> Array:
        """Random points.

        Parameters
        ----------
        size : int, tuple of int or None
            How many; None is a single point without an axis of its own.
        random_state : int, NumPy generator or None
            A seed makes the same points each time; None makes new ones.

        Returns
        -------
        float64 array of shape size + batch + (components,). Components add up to 1 to rounding; those below
        1e-323 are 0, as happens for parameters far below 1.

        Raises
        ------
        TypeError, ValueError
            for what is no size or seed, and before ``on(n)``.
        """
        raise NotImplementedError

    def mean(self) -> Array:
        """The mean of every component, shape batch + (components,)."""
        raise NotImplementedError

    def cov(self) -> Array:
        """The covariance matrix of the components, shape batch + (components, components); its rows add up to 0."""
        raise NotImplementedError

    def var(self) -> Array:
        """The variance of every component, shape batch + (components,)."""
        return np.diagonal(self.cov(), axis1=-2, axis2=-1).copy()
