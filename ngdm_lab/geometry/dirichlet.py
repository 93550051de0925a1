"""The Dirichlet distribution and its Fisher metric (Eqs. 4, 5, 8 and 9)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import prod

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ngdm_lab.compiler.checks import check_integer
from ngdm_lab.compiler.room import check_memory
from ngdm_lab.geometry.dirichlet_law import DirichletLaw
from ngdm_lab.geometry.generalized_dirichlet import GeneralizedDirichlet
from ngdm_lab.geometry.points import as_sample
from ngdm_lab.geometry.ramp import Parameter, ParameterLike, check_parameter, resolve
from ngdm_lab.geometry.rank_one import RankOne, diagonal_inverse
from ngdm_lab.geometry.solver import check_form


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
        return Dirichlet(*self._resolved(n))

    def _resolved(self, n: int) -> tuple[NDArray[np.float64], ...]:
        return (resolve(self.alpha, check_integer("n", n, 1), "alpha"),)

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
    def _blocks(self) -> RankOne:
        """All coordinates as one block."""
        alpha = self._values("alpha")
        return RankOne(alpha[..., None, :], self._total[..., None, None], self._others[..., None, :])

    def fisher(self, form: str = "exact") -> NDArray[np.float64]:
        """F of Eq. 5: diag(psi'(alpha)) - psi'(sum of alpha) 1 1^T; see ``FisherMetric``. For n = 1 it is [[0]]."""
        blocks, i = self._blocks, np.arange(self.n)
        check_memory(f"a matrix of n = {self.n} rows", 2 * prod(self.batch) * self.n**2)
        matrix = np.zeros((*self.batch, self.n, self.n))
        if check_form(form) == "diagonal":
            matrix[..., i, i] = blocks.psi[..., 0, :]
        else:
            matrix[...] = -blocks.rho
            matrix[..., i, i] = blocks.diagonal[..., 0, :]
        return matrix

    def _inverse(self, form: str) -> tuple[str, tuple[NDArray[np.float64], ...]]:
        if check_form(form) == "diagonal":
            return "diagonal", (diagonal_inverse(self._values("alpha")),)
        if self.n == 1:
            raise ValueError(
                "Dirichlet with one coordinate has the Fisher matrix F = 0, which has no inverse; "
                'use form="diagonal" or at least two coordinates'
            )
        return "dirichlet", (self._blocks.d[..., 0, :], self._blocks.c[..., 0, :])
