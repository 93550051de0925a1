"""The Dirichlet distribution and its Fisher metric (Eqs. 4, 5, 8 and 9)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import fsum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ngdm_lab.geometry.dirichlet_law import DirichletLaw
from ngdm_lab.geometry.generalized_dirichlet import GeneralizedDirichlet
from ngdm_lab.geometry.points import as_sample
from ngdm_lab.geometry.ramp import Parameter, ParameterLike, as_count, check_parameter, resolve
from ngdm_lab.geometry.solver import (
    Solver,
    check_form,
    rank_one_factor,
    solve_diagonal,
    solve_dirichlet,
)
from ngdm_lab.geometry.trigamma import scaled_trigamma_drop, trigamma, trigamma_drop


@dataclass(frozen=True, eq=False, repr=False, init=False)
class Dirichlet(DirichletLaw):
    """A Dirichlet distribution with parameters alpha_1, ..., alpha_n.

    Parameters
    ----------
    alpha : number, ``ramp`` or array of shape (n,) or (..., n)
        Within [1e-150, 1e150]. A number stands for every coordinate and a ramp for start + slope * i, i from
        1; ``on(n)`` resolves them for n coordinates. An array is copied; one of shape (..., n) is a batch of
        distributions, over which all methods broadcast.

    Raises
    ------
    TypeError
        when alpha is not numeric.
    ValueError
        when a value is out of range (the first such i is named); for a ramp at ``on(n)``, or here if i is 1.

    Examples
    --------
    >>> from ngdm_lab.geometry import Dirichlet, ramp
    >>> Dirichlet(ramp(1.5, 0.25)).on(3)
    Dirichlet(alpha=[1.75, 2.0, 2.25])
    >>> print(Dirichlet(12).on(2).fisher_solve([1.0, 0.0], form="diagonal").round(4))
    [11.5072  0.    ]
    >>> print(Dirichlet([1, 2, 3]).pdf([0.2, 0.3, 0.5]).round(10), Dirichlet([1, 2, 5]).mean())
    4.5 [0.125 0.25  0.625]
    """

    alpha: Parameter

    def __init__(self, alpha: ParameterLike) -> None:
        object.__setattr__(self, "alpha", check_parameter(alpha, "alpha"))

    def on(self, n: int) -> Dirichlet:
        """The same distribution with its n values of alpha written out, for n coordinates.

        Raises TypeError when n is not a whole number, and ValueError when n < 1, when an array has another
        length than n, or when a ramp leaves [1e-150, 1e150] (the first such i is named).
        """
        return Dirichlet(resolve(self.alpha, as_count(n), "alpha"))

    @classmethod
    def fit(cls, x: ArrayLike, weights: ArrayLike | None = None) -> Dirichlet:
        """The distribution under which a sample is most likely, by Newton's method.

        Parameters
        ----------
        x : array of shape (m, K), K >= 2
            m points with all their components, all positive.
        weights : array of shape (m,), optional
            Finite and at least 0; a weight 2 counts as the point twice.

        Returns
        -------
        Dirichlet with K values of alpha. That they are exact to rounding is limited by the conditioning of the
        problem: relative errors are some 1e-16 times the sum of alpha.

        Raises
        ------
        TypeError
            when x or weights is not numeric.
        ValueError
            for another shape, points off the simplex, fewer than two points, and where the likelihood has no
            maximum: a component is 0 or all points are the same (Ronning 1989).
        """
        from ngdm_lab.geometry.fit import maximum_likelihood, statistics

        points, share = as_sample(x, weights, least=2)
        return cls(maximum_likelihood(*statistics(points, share)))

    def to_generalized(self) -> GeneralizedDirichlet:
        """The same law as a generalised Dirichlet distribution: K - 1 pairs (alpha_i, sum of the alphas after i).

        Densities are the same, and F of Eq. 5 is J^T F J of Eq. 7, J the derivative of the pairs by alpha.
        Raises ValueError for one coordinate, and where a sum leaves the range of a parameter.
        """
        alpha = self._values("alpha")
        if self.n == 1:
            raise ValueError("a Dirichlet with one coordinate has no pairs; take at least two coordinates")
        after = np.cumsum(alpha[..., :0:-1], axis=-1, dtype=np.longdouble)[..., ::-1]
        return GeneralizedDirichlet(alpha[..., :-1], after.astype(np.float64))

    @property
    def n(self) -> int:
        """The number of coordinates, K in Eq. 4. ValueError before ``on(n)``."""
        return self._values("alpha").shape[-1]

    @cached_property
    def _total(self) -> NDArray[np.float64]:
        alpha = self._values("alpha")
        return np.array([fsum(row) for row in alpha.reshape(-1, self.n)]).reshape(alpha.shape[:-1])

    @cached_property
    def _others(self) -> NDArray[np.float64]:
        """The sum of the other alphas for each i, shape (..., n), to one unit in the last place.

        S - alpha_i is that accurate unless alpha_i is more than half of S, as only the largest can be.
        """
        alpha = self._values("alpha")
        others = self._total[..., None] - alpha
        for row, sums in zip(alpha.reshape(-1, self.n), others.reshape(-1, self.n), strict=True):
            largest = int(np.argmax(row))
            sums[largest] = fsum(np.delete(row, largest))
        return others

    def fisher(self) -> NDArray[np.float64]:
        """F of Eq. 5: diag(psi'(alpha)) - psi'(sum of alpha) 1 1^T.

        Returns a dense float64 array of shape (n, n), every entry exact to a few units in the last place. For
        n = 1 it is [[0]]. Entries below 2.2e-308 lose digits and then become 0.
        """
        alpha = self._values("alpha")
        matrix = np.empty((*alpha.shape, self.n))
        matrix[...] = -trigamma(self._total)[..., None, None]
        i = np.arange(self.n)
        matrix[..., i, i] = trigamma_drop(alpha, self._others)
        return matrix

    def fisher_mul(self, v: ArrayLike) -> NDArray[np.float64]:
        """F v of Eq. 5 in O(n), without a matrix; v and the result as in ``fisher_solve``."""
        alpha = self._values("alpha")
        v = self._vectors(v)
        others = np.zeros_like(v)  # the sum of the other components, without subtracting
        np.cumsum(v[..., :-1], axis=-1, out=others[..., 1:])
        others[..., :-1] += np.cumsum(v[..., :0:-1], axis=-1)[..., ::-1]
        return trigamma_drop(alpha, self._others) * v - trigamma(self._total) * others

    def solver(self, form: str = "exact") -> Solver:
        """F^-1 as a plain function and its arrays (each call makes new arrays).

        "diagonal": ``solve_diagonal`` and d_i = 1/psi'(alpha_i), shape (n,), the form of Eqs. 8 and 9.
        "exact": ``solve_dirichlet``, the same d, and c of ``rank_one_factor``, shape (1,).

        Raises ValueError for another form, before ``on(n)``, and for the exact form of one coordinate, where
        F is 0.
        """
        check_form(form)
        alpha = self._values("alpha")
        d = 1.0 / trigamma(alpha)
        if form == "diagonal":
            return Solver(solve_diagonal, (d,))
        if self.n == 1:
            raise ValueError(
                "Dirichlet with one coordinate has the Fisher matrix F = 0, which has no inverse; "
                'use form="diagonal" or at least two coordinates'
            )
        weight = fsum(d * scaled_trigamma_drop(alpha, self._others))
        return Solver(solve_dirichlet, (d, rank_one_factor(self._total, weight).reshape(1)))
