"""F^-1 times a vector in O(n).

The three ``solve_*`` functions are plain Python over numbers and arrays, without slices or NumPy: the one
source for ``fisher_solve`` here and for the simulation engine, which compiles them into its loops.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ngdm_lab.compiler.checks import check_choice
from ngdm_lab.compiler.flags import FLAGS
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

LONG, CHUNK = 128, 1024  # longer rows are summed in chunks: the error then does not grow with n


@njit(cache=True, **FLAGS)
def _dot(d: Vector, u: Vector) -> float:
    """The sum of d_i u_i: eight sums (one vector register) within a chunk, chunks by compensated summation."""
    n = len(u)
    s = 0.0
    low = 0.0  # what s has lost by rounding (Kahan 1965)
    for start in range(0, n, CHUNK):
        a, b, c, e, f, g, h, k = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
        end = min(start + CHUNK, n)
        whole = end - (end - start) % 8
        for i in range(start, whole, 8):
            a += d[i] * u[i]
            b += d[i + 1] * u[i + 1]
            c += d[i + 2] * u[i + 2]
            e += d[i + 3] * u[i + 3]
            f += d[i + 4] * u[i + 4]
            g += d[i + 5] * u[i + 5]
            h += d[i + 6] * u[i + 6]
            k += d[i + 7] * u[i + 7]
        for i in range(whole, end):
            a += d[i] * u[i]
        part = ((a + b) + (c + e)) + ((f + g) + (h + k)) - low
        total = s + part
        low = (total - s) - part if abs(total) < inf else 0.0
        s = total
    return s


@njit(cache=True, **FLAGS)
def _diagonal_rows(u: Vector, d: Vector) -> None:
    for row in range(u.shape[0]):
        _diagonal(u[row], u.shape[1], d[min(row, d.shape[0] - 1)])


@njit(cache=True, **FLAGS)
def _dirichlet_rows(u: Vector, d: Vector, c: Vector) -> None:
    n = u.shape[1]
    for row in range(u.shape[0]):
        k = min(row, d.shape[0] - 1)
        if n <= LONG:
            _dirichlet(u[row], n, d[k], c[k])
        else:
            x, y = u[row], d[k]
            s = c[k, 0] * _dot(y, x)
            for i in range(n):
                x[i] = y[i] * (x[i] + s)


@njit(cache=True, **FLAGS)
def _blocks_rows(u: Vector, p: Vector, q: Vector, r: Vector) -> None:
    for row in range(u.shape[0]):
        k = min(row, p.shape[0] - 1)
        _blocks(u[row], u.shape[1], p[k], q[k], r[k])


# kind of F^-1: the plain function, and what it is compiled to for the rows of a batch
_KINDS: dict[str, tuple[Callable[..., None], Callable[..., None]]] = {
    "diagonal": (solve_diagonal, _diagonal_rows),
    "dirichlet": (solve_dirichlet, _dirichlet_rows),
    "gendir": (solve_blocks, _blocks_rows),
}


def solve_rows(kind: str, u: Vector, arrays: tuple[Vector, ...]) -> None:
    """Overwrite every row of a C-contiguous float64 array of shape (m, n) with F^-1 times it.

    The arrays of a `Solver` of that kind have the shape (length,), or (m, length) for a matrix F of each row.
    """
    _, rows = _KINDS[kind]
    rows(u, *(np.atleast_2d(array) for array in arrays))


@dataclass(frozen=True, eq=False)
class Solver:
    """v -> F^-1 v as a plain function and its arrays.

    Attributes
    ----------
    kind : "diagonal", "dirichlet" (exact, all coordinates are coupled) or "gendir" (exact, in pairs)
        Says what can be done with F^-1 beside applying it, and what the arrays are.
    arrays : tuple of float64 arrays
        C-contiguous and made for this solver alone: of ``solve_diagonal``, ``solve_dirichlet`` or ``solve_blocks``.
    """

    kind: str
    arrays: tuple[Vector, ...]

    @property
    def function(self) -> Callable[..., None]:
        """The plain function of this kind: ``function(u, n, *arrays)`` overwrites the n values of u with F^-1 u."""
        return _KINDS[self.kind][0]

    def rows(self, u: Vector) -> None:
        """Overwrite every row of a C-contiguous float64 array of shape (m, n) with F^-1 times it."""
        solve_rows(self.kind, u, self.arrays)


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


def check_form(form: str) -> str:
    """The form, when it is one of FORMS; ValueError otherwise."""
    return check_choice("form", form, sorted(FORMS))
