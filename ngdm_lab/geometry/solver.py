"""F^-1 times a vector in O(n), and what the two distributions of this package share.

The three ``solve_*`` functions are plain Python over numbers and arrays, without slices or NumPy: the one
source for ``fisher_solve`` here and for the simulation engine, which compiles them into its loops.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from landscapes.flags import FLAGS
from ngdm_lab.geometry.ramp import Parameter, describe
from ngdm_lab.geometry.trigamma import trigamma

FORMS = ("exact", "diagonal")
Vector = NDArray[np.float64]


def solve_diagonal(u: Vector, n: int, d: Vector) -> None:
    """u <- d u in place: the paper's form of F^-1 (Eqs. 8 and 9), d_i = 1/psi'(parameter i)."""
    for i in range(n):
        u[i] = d[i] * u[i]


def solve_dirichlet(u: Vector, n: int, d: Vector, c: Vector) -> None:
    """u <- F^-1 u in place for F of Eq. 5: F^-1 = diag(d) + c d d^T (Sherman and Morrison 1950), c = c[0]."""
    s = 0.0
    for i in range(n):
        s += d[i] * u[i]
    s = c[0] * s
    for i in range(n):
        u[i] = d[i] * (u[i] + s)


def solve_blocks(u: Vector, n: int, p: Vector, q: Vector, r: Vector) -> None:
    """u <- F^-1 u in place for F of Eq. 7, whose inverse has the blocks [[p_k, q_k], [q_k, r_k]], k < n/2."""
    for k in range(n // 2):
        a = u[2 * k]
        b = u[2 * k + 1]
        u[2 * k] = p[k] * a + q[k] * b
        u[2 * k + 1] = q[k] * a + r[k] * b


_diagonal = njit(cache=True, **FLAGS)(solve_diagonal)
_dirichlet = njit(cache=True, **FLAGS)(solve_dirichlet)
_blocks = njit(cache=True, **FLAGS)(solve_blocks)


@njit(cache=True, **FLAGS)
def _diagonal_rows(u: Vector, d: Vector) -> None:
    for row in range(u.shape[0]):
        _diagonal(u[row], u.shape[1], d)


@njit(cache=True, **FLAGS)
def _dirichlet_rows(u: Vector, d: Vector, c: Vector) -> None:
    for row in range(u.shape[0]):
        _dirichlet(u[row], u.shape[1], d, c)


@njit(cache=True, **FLAGS)
def _blocks_rows(u: Vector, p: Vector, q: Vector, r: Vector) -> None:
    for row in range(u.shape[0]):
        _blocks(u[row], u.shape[1], p, q, r)


_ROWS: dict[Callable[..., None], Callable[..., None]] = {
    solve_diagonal: _diagonal_rows,
    solve_dirichlet: _dirichlet_rows,
    solve_blocks: _blocks_rows,
}


@dataclass(frozen=True, eq=False)
class Solver:
    """v -> F^-1 v as a plain function and its arrays.

    Attributes
    ----------
    function : ``solve_diagonal``, ``solve_dirichlet`` or ``solve_blocks``
        ``function(u, n, *arrays)`` overwrites the n values of u with F^-1 u.
    arrays : tuple of float64 arrays
        C-contiguous and made for this solver alone.
    """

    function: Callable[..., None]
    arrays: tuple[Vector, ...]

    def rows(self, u: Vector) -> None:
        """Overwrite every row of a C-contiguous float64 array of shape (m, n) with F^-1 times it."""
        _ROWS[self.function](u, *self.arrays)


def rank_one_factor(total: float | Vector, weight: float | Vector) -> Vector:
    """c in F^-1 = diag(d) + c d d^T, where F = diag(psi'(alpha)) - psi'(S) 1 1^T, d_i = 1/psi'(alpha_i).

    Sherman and Morrison (1950) give c = psi'(S) / (1 - psi'(S) sum of d_i), S the sum of alpha. That
    denominator loses every digit for large alpha, and for very unequal ones. With m = F alpha, that is
    m_i = alpha_i psi'(alpha_i) - S psi'(S) > 0, it equals (sum of d_i m_i) / S, where nothing is subtracted:
    c = S psi'(S) / (sum of d_i m_i).

    Parameters
    ----------
    total : S, a number or an array
    weight : the sum of d_i m_i, of the same shape; m_i is ``scaled_trigamma_drop(alpha_i, S - alpha_i)``
    """
    return np.asarray(total * trigamma(total) / weight)


@dataclass(frozen=True, eq=False, repr=False)
class FisherMetric:
    """What Dirichlet and GeneralizedDirichlet share: identity by value, and F^-1 v through a ``Solver``."""

    @property
    def n(self) -> int:
        """The number of coordinates. ValueError for a number or ramp that ``on(n)`` has not resolved."""
        raise NotImplementedError

    def solver(self, form: str = "exact") -> Solver:
        """F^-1 as a plain function and its arrays, for ``form`` "exact" or "diagonal"."""
        raise NotImplementedError

    def fisher_solve(self, v: ArrayLike, form: str = "exact") -> Vector:
        """F^-1 v in O(n), without a matrix.

        Parameters
        ----------
        v : array of real numbers, shape (..., n)
            One vector or a batch. It is not changed. NaN and infinity pass through.
        form : {"exact", "diagonal"}
            "exact" inverts Eq. 5 or 7; "diagonal" multiplies by 1/psi' of each parameter as Eqs. 8 and 9 do.

        Returns
        -------
        float64 array of the shape of v. The error of each component is a few units in the last place of the
        same component of F^-1 |v| (for Dirichlet's sum over n components at worst n/2 units), as long as the
        products of v with 1/psi' are normal doubles; a result beyond the range of a double is infinite.

        Raises
        ------
        ValueError
            for another form, another last dimension than n, an unresolved number or ramp (call ``on(n)``
            first), and where no exact inverse exists.
        TypeError
            when v is not real and numeric.
        """
        solver = self.solver(form)
        result = self._vectors(v)
        solver.rows(result.reshape(-1, self.n))
        return result

    def _vectors(self, v: ArrayLike) -> Vector:
        """A C-contiguous float64 copy of v, of shape (..., n)."""
        array = np.asarray(v)
        if array.dtype.kind not in "iuf":
            raise TypeError(f"v must be an array of real numbers, got dtype {array.dtype}")
        if array.ndim == 0 or array.shape[-1] != self.n:
            raise ValueError(f"v must have the shape (..., {self.n}), got {array.shape}")
        return np.array(array, dtype=np.float64, order="C")

    def _values(self, name: str) -> Vector:
        """The array of a parameter, when it is one."""
        parameter: Parameter = getattr(self, name)
        if not isinstance(parameter, np.ndarray):
            raise ValueError(
                f"{self!r} is not resolved: {name} stands for any number of values; "
                f"call .on(n) with the number of coordinates first"
            )
        return parameter

    def _key(self) -> tuple[Any, ...]:
        parameters = [getattr(self, field.name) for field in fields(self)]
        return (type(self), *((p.shape, p.tobytes()) if isinstance(p, np.ndarray) else p for p in parameters))

    def __eq__(self, other: object) -> bool:
        return self._key() == other._key() if isinstance(other, FisherMetric) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        inside = ", ".join(f"{field.name}={describe(getattr(self, field.name))}" for field in fields(self))
        return f"{type(self).__name__}({inside})"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), tuple(getattr(self, field.name) for field in fields(self))


def check_form(form: str) -> str:
    """The form, when it is one of FORMS; ValueError otherwise."""
    if form not in FORMS:
        raise ValueError(f'form must be "exact" or "diagonal", got {form!r}')
    return form
