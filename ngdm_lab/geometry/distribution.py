"""What both distributions have in common beside their metric: scipy.stats' vocabulary, and shapes."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ngdm_lab.compiler.checks import brief
from ngdm_lab.compiler.markup import card, table
from ngdm_lab.geometry.metric import FisherMetric
from ngdm_lab.geometry.points import RandomState, Size, as_points
from ngdm_lab.geometry.ramp import describe

Array = NDArray[np.float64]

_SHOWN = 8  # components in a notebook


class Distribution(FisherMetric):
    """Density, sampling and moments with scipy.stats' names; points stand in the last axis.

    Parameters may be batches, arrays of shape (..., n): everything broadcasts along the axes before the last one,
    as NumPy does. Points have their last component where the lab returns them, and may lack it where it takes them.
    """

    @property
    def components(self) -> int:
        """The number of components of a point, the last one counted. ValueError before ``on(n)``."""
        raise NotImplementedError

    def _points(self, x: ArrayLike) -> tuple[Array, Array]:
        """Points as of ``as_points``. ValueError when they do not broadcast with the batch."""
        points, beyond = as_points(x, self.components)
        try:
            np.broadcast_shapes(points.shape[:-1], self.batch)
        except ValueError:
            raise ValueError(
                f"x must have a shape that broadcasts with {(*self.batch, self.components)}, got {np.shape(x)}"
            ) from None
        return points, beyond

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

    def _repr_html_(self) -> str:
        """What a notebook shows: the parameters and, of one distribution of known size, its first components."""
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        facts = {name: describe(value) for name, value in given.items()}
        if not all(isinstance(value, np.ndarray) and value.ndim == 1 for value in given.values()):
            return card(type(self).__name__, facts)
        mean = self.mean()
        count = min(len(mean), _SHOWN)
        rows = [
            (i + 1, *(f"{p[i]:.6g}" if i < len(p) else "" for p in given.values()), f"{mean[i]:.6g}")
            for i in range(count)
        ]
        words = f"{len(mean)}" + (f", of which the first {count}:" if count < len(mean) else "")
        return card(type(self).__name__, {"components": words}, table(("component", *given, "mean"), rows))

    def cov(self) -> Array:
        """The covariance matrix of the components, shape batch + (components, components); its rows add up to 0."""
        raise NotImplementedError

    def var(self) -> Array:
        """The variance of every component, shape batch + (components,)."""
        return np.diagonal(self.cov(), axis1=-2, axis2=-1).copy()

    def kl(self, other: Distribution) -> Array:
        """The Kullback-Leibler divergence KL(self || other) of Eq. 3, in nats; shape ``batch``, broadcast with other's.

        Exact to about 1e-13 of itself, also for distributions that nearly agree, and never negative. For
        parameters xi and xi + delta it is delta^T F delta / 2 to the third order in delta.

        Raises
        ------
        TypeError
            when other is not of the same family.
        ValueError
            when it has another number of coordinates, another batch that does not broadcast, or before ``on(n)``.
        """
        from ngdm_lab.geometry.divergence import divergence

        if type(other) is not type(self):
            raise TypeError(f"other must be a {type(self).__name__}, got {brief(other)}")
        if not isinstance(getattr(other, "alpha", None), np.ndarray):
            raise ValueError(
                f"other must have its values written out: call .on(n) with n = {self.n} first, got {other!r}"
            )
        if self.n != other.n:
            raise ValueError(f"other must have {self.n} coordinates, got {other.n}")
        try:
            np.broadcast_shapes(self.batch, other.batch)
        except ValueError:
            raise ValueError(f"other must have a batch that broadcasts with {self.batch}, got {other.batch}") from None
        return divergence(self._blocks, other._blocks)
