"""The generalised Dirichlet distribution (Connor and Mosimann 1969) and its Fisher metric (Eqs. 6 and 7)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import prod

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ngdm_lab.compiler.checks import check_integer
from ngdm_lab.compiler.room import check_memory
from ngdm_lab.geometry.generalized_dirichlet_law import GeneralizedDirichletLaw, remainders
from ngdm_lab.geometry.points import as_sample
from ngdm_lab.geometry.ramp import Parameter, ParameterLike, check_parameter, resolve
from ngdm_lab.geometry.rank_one import RankOne
from ngdm_lab.geometry.solver import check_form


def _same_shape(a: NDArray[np.float64], b: NDArray[np.float64]) -> tuple[Parameter, Parameter]:
    """Both parameters, broadcast to the shape of the batch; read-only."""
    try:
        shape = np.broadcast_shapes(a.shape, b.shape)
    except ValueError:
        raise ValueError(f"alpha and beta must have shapes that broadcast, got {a.shape} and {b.shape}") from None
    made = [np.array(np.broadcast_to(p, shape), order="C") for p in (a, b)]
    for p in made:
        p.flags.writeable = False
    return made[0], made[1]


@dataclass(frozen=True, eq=False, repr=False, init=False)
class GeneralizedDirichlet(GeneralizedDirichletLaw):
    """A generalised Dirichlet distribution with n/2 pairs (alpha_i, beta_i) for n coordinates.

    Vectors, and the rows of F, are in the order (alpha_1, beta_1, alpha_2, beta_2, ...) of Eq. 7. The i-th
    block of F is the Fisher matrix of Beta(alpha_i, beta_i).

    Parameters
    ----------
    alpha, beta : number, ``ramp`` or array of shape (n/2,) or (..., n/2)
        Within [1e-150, 1e150]. A number stands for every pair and a ramp for start + slope * i, where i
        counts pairs from 1; ``on(n)`` resolves them for n coordinates. Arrays are copied; one array fixes n,
        and the other parameter is resolved for it at once. Arrays of shape (..., n/2) are batches.

    Raises
    ------
    TypeError
        when a parameter is not numeric.
    ValueError
        when a value is out of range (the first such i is named), for a ramp at ``on(n)``, or here if i is 1;
        when two arrays differ in length.

    Examples
    --------
    >>> from ngdm_lab.geometry import GeneralizedDirichlet
    >>> print(GeneralizedDirichlet(3.5, 3.5).on(2).fisher_solve([1.0, 0.0]).round(2))
    [23.   19.98]
    """

    alpha: Parameter
    beta: Parameter

    def __init__(self, alpha: ParameterLike, beta: ParameterLike) -> None:
        a, b = check_parameter(alpha, "alpha"), check_parameter(beta, "beta")
        if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
            if a.shape[-1] != b.shape[-1]:
                raise ValueError(
                    f"alpha and beta must have the same length, one value a pair, got {a.shape[-1]} and {b.shape[-1]}"
                )
            a, b = _same_shape(a, b)
        elif isinstance(a, np.ndarray):
            a, b = _same_shape(a, resolve(b, a.shape[-1], "beta", "pairs"))
        elif isinstance(b, np.ndarray):
            a, b = _same_shape(resolve(a, b.shape[-1], "alpha", "pairs"), b)
        object.__setattr__(self, "alpha", a)
        object.__setattr__(self, "beta", b)

    def on(self, n: int) -> GeneralizedDirichlet:
        """The same distribution with its n/2 pairs written out, for n coordinates.

        Raises TypeError when n is not a whole number, and ValueError when n is odd or below 2, when an array
        has another length than n/2, or when a ramp leaves [1e-150, 1e150] (the first such i is named).
        """
        return GeneralizedDirichlet(*self._resolved(n))

    def _resolved(self, n: int) -> tuple[NDArray[np.float64], ...]:
        n = check_integer("n", n, 1)
        if n % 2:
            raise ValueError(
                "GeneralizedDirichlet needs an even number of coordinates, one pair (alpha_i, beta_i) for "
                f"every two, got n = {n}"
            )
        pairs = n // 2
        return resolve(self.alpha, pairs, "alpha", "pairs"), resolve(self.beta, pairs, "beta", "pairs")

    @classmethod
    def fit(cls, x: ArrayLike, weights: ArrayLike | None = None) -> GeneralizedDirichlet:
        """The distribution under which a sample is most likely, by Newton's method for each pair.

        Parameters
        ----------
        x : array of shape (m, K + 1), K >= 1
            m points with all their components, all positive.
        weights : array of shape (m,), optional
            Finite and at least 0; a weight 2 counts as the point twice.

        Returns
        -------
        GeneralizedDirichlet with K pairs

        Raises
        ------
        TypeError
            when x or weights is not numeric.
        ValueError
            for another shape, points off the simplex, fewer than two points, and where the likelihood has no
            maximum: a component is 0, or x_i is the same share of what x_1, ..., x_{i-1} leave in all points.
        """
        from ngdm_lab.geometry.fit import maximum_likelihood, statistics

        points, share = as_sample(x, weights, least=2)
        rest = remainders(points)
        parts = np.stack((points[:, :-1], rest[:, 1:]), axis=-1) / rest[:, :-1, None]
        fitted = maximum_likelihood(*statistics(parts, share))
        return cls(fitted[:, 0], fitted[:, 1])

    @property
    def n(self) -> int:
        """The number of coordinates, twice the number of pairs. ValueError before ``on(n)``."""
        return 2 * self._values("alpha").shape[-1]

    @cached_property
    def _blocks(self) -> RankOne:
        """One block for each pair."""
        a, b = self._values("alpha"), self._values("beta")
        return RankOne(np.stack((a, b), axis=-1), (a + b)[..., None], np.stack((b, a), axis=-1))

    def fisher(self, form: str = "exact") -> NDArray[np.float64]:
        """F of Eq. 7: 2 x 2 blocks diag(psi'(alpha_i), psi'(beta_i)) - psi'(alpha_i + beta_i); see ``FisherMetric``."""
        blocks, i = self._blocks, np.arange(self.n)
        diagonal = blocks.psi if check_form(form) == "diagonal" else blocks.diagonal
        check_memory(f"a matrix of n = {self.n} rows", 2 * prod(self.batch) * self.n**2)
        matrix = np.zeros((*self.batch, self.n, self.n))
        matrix[..., i, i] = diagonal.reshape(*self.batch, self.n)
        if form == "exact":
            matrix[..., i, i ^ 1] = np.repeat(-blocks.rho[..., 0], 2, axis=-1)
        return matrix

    def _inverse(self, form: str) -> tuple[str, tuple[NDArray[np.float64], ...]]:
        blocks = self._blocks
        if check_form(form) == "diagonal":
            return "diagonal", (blocks.d.reshape(*self.batch, self.n),)
        return "gendir", self._inverse_blocks

    @cached_property
    def _inverse_blocks(self) -> tuple[NDArray[np.float64], ...]:
        """The entries (1, 1), (1, 2) and (2, 2) of every block of F^-1."""
        a, b, c = self._values("alpha"), self._values("beta"), self._blocks.c[..., 0]
        d_a, d_b = self._blocks.d[..., 0], self._blocks.d[..., 1]
        with np.errstate(over="ignore"):  # looked at below
            p = d_a + (c * d_a) * d_a
            q = (c * d_a) * d_b
            r = d_b + (c * d_b) * d_b
        infinite = ~(np.isfinite(p) & np.isfinite(q) & np.isfinite(r))
        if infinite.any():
            k = int(np.argmax(infinite))  # in a batch, counted through all rows
            raise ValueError(
                f"the exact inverse of pair i = {k % a.shape[-1] + 1}, alpha = {float(a.flat[k])!r} and "
                f"beta = {float(b.flat[k])!r}, "
                'exceeds the range of a double; use form="diagonal" or less unequal values'
            )
        return p, q, r
