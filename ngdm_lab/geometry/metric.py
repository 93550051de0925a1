"""What the Fisher metrics of both distributions share: identity by value, and every operator in O(n)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ngdm_lab.compiler.checks import check_array, check_flag
from ngdm_lab.geometry import spectrum
from ngdm_lab.geometry.ramp import Parameter, describe
from ngdm_lab.geometry.rank_one import RankOne
from ngdm_lab.geometry.solver import Solver, Vector, check_form, solve_rows


def solvers(laws: Sequence[FisherMetric], n: int, form: str) -> list[Solver]:
    """``[law.on(n).solver(form) for law in laws]``, bit for bit, of distributions of one family.

    They are worked out side by side: a thousand take the time of some tens. Raises what that raises.
    """
    values = [law._resolved(n) for law in laws]
    if len(laws) < 2 or any(v.ndim > 1 for one in values for v in one):
        return [type(law)(*one).solver(form) for law, one in zip(laws, values, strict=True)]
    kind, arrays = type(laws[0])(*map(np.array, zip(*values, strict=True)))._inverse(form)
    return [Solver(kind, tuple(array[k].copy() for array in arrays)) for k in range(len(laws))]


@dataclass(frozen=True, eq=False, repr=False)
class FisherMetric:
    """The Fisher matrix F of a distribution with n coordinates, as an operator on vectors of shape (..., n).

    Every method that takes a vector v takes one or a batch; v is not changed. For a batch of distributions, of the
    shape ``batch``, the axes before the last one broadcast. All raise

    * ValueError for another last dimension than n, for an unresolved number or ramp (call ``on(n)`` first), for a
      form that is not "exact" or "diagonal", and where no exact inverse exists;
    * TypeError when v is not real and numeric.

    The form "exact" is F of Eqs. 5 and 7, "diagonal" what Eqs. 8 and 9 make of it, diag(psi'(parameter i)).
    """

    @property
    def n(self) -> int:
        """The number of coordinates. ValueError for a number or ramp that ``on(n)`` has not resolved."""
        raise NotImplementedError

    @property
    def batch(self) -> tuple[int, ...]:
        """The shape of a batch of distributions, () for one. ValueError before ``on(n)``."""
        return self._values("alpha").shape[:-1]

    @property
    def _blocks(self) -> RankOne:
        """The blocks of F."""
        raise NotImplementedError

    def _resolved(self, n: int) -> tuple[Vector, ...]:
        """The values of the parameters in n coordinates. Raises what ``on(n)`` does."""
        raise NotImplementedError

    def _inverse(self, form: str) -> tuple[str, tuple[Vector, ...]]:
        """The kind of a ``Solver`` and its arrays, of shape batch + (length,); not to be written to."""
        raise NotImplementedError

    def fisher(self, form: str = "exact") -> Vector:
        """F as a dense float64 array of shape batch + (n, n), every entry exact to a few units in the last place.

        Entries below 2.2e-308 lose digits and then become 0.
        """
        raise NotImplementedError

    def solver(self, form: str = "exact") -> Solver:
        """F^-1 as a plain function and its arrays (each call makes new arrays).

        "diagonal": ``solve_diagonal`` and d_i = 1/psi'(parameter i), shape (n,), the form of Eqs. 8 and 9.
        "exact": for Dirichlet ``solve_dirichlet``, the same d, and c of ``rank_one_factor``, shape (1,); for
        GeneralizedDirichlet ``solve_blocks`` and the entries p, q, r of the blocks of F^-1, each of shape (n/2,).

        Raises ValueError for another form, for a batch, before ``on(n)``, and for the exact form where F has no
        inverse (one coordinate of a Dirichlet) or one with entries beyond the range of a double: for a pair with
        alpha >> 1 >> beta, p is near alpha^2 / beta, so 1e450 for (1e150, 1e-150).
        """
        kind, arrays = self._inverse(form)
        if self.batch:
            raise ValueError(f"a solver is for one distribution, got a batch of shape {self.batch}")
        return Solver(kind, tuple(array.copy() for array in arrays))

    def fisher_mul(self, v: ArrayLike, form: str = "exact") -> Vector:
        """F v in O(n), without a matrix, for v of shape (..., n).

        The error of each component is a few units in the last place of the same component of |F| |v|.
        """
        u = self._vectors(v)
        blocks = self._blocks
        product = blocks.mul if check_form(form) == "exact" else (lambda x: blocks.psi * x)
        return self._by_block(product, u)

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
        float64 array of the shape of v (broadcast with ``batch``). The error of each component is a few units in
        the last place of the same component of F^-1 |v| (for Dirichlet's sum at worst 64 units), as long as the
        products of v with 1/psi' are normal doubles; a result beyond the range of a double is infinite.

        Raises
        ------
        ValueError
            for another form, another last dimension than n, an unresolved number or ramp (call ``on(n)``
            first), and where no exact inverse exists.
        TypeError
            when v is not real and numeric.
        """
        kind, arrays = self._inverse(form)
        result = self._vectors(v)
        if self.batch:
            arrays = tuple(
                np.broadcast_to(array, (*result.shape[:-1], array.shape[-1])).reshape(-1, array.shape[-1])
                for array in arrays
            )
        solve_rows(kind, result.reshape(-1, self.n), arrays)
        return result

    def fisher_logdet(self, form: str = "exact") -> Vector:
        """log det F, shape ``batch``: -inf where F = 0. The determinant itself, often 0 or inf, is never formed.

        Its absolute error is some units in the last place of the sum of |log psi'(parameter i)|.
        """
        if check_form(form) == "diagonal":
            return np.sum(np.log(self._blocks.psi), axis=(-2, -1))
        return self._blocks.logdet()

    def fisher_sqrt_mul(self, v: ArrayLike, transpose: bool = False) -> Vector:
        """L v, or L^T v with ``transpose``, in O(n): L is Cholesky's lower triangular square root, F = L L^T."""
        u = self._vectors(v)
        transpose = check_flag("transpose", transpose)
        self._refuse_singular()
        return self._by_block(lambda x: self._blocks.factor_mul(x, transpose), u)

    def fisher_sqrt_solve(self, v: ArrayLike, transpose: bool = False) -> Vector:
        """L^-1 v, or L^-T v with ``transpose``, in O(n), for F = L L^T.

        ``fisher_sqrt_solve(d.score(x))`` has the identity as its covariance (whitening);
        ``fisher_sqrt_solve(z, transpose=True)`` of standard normal z has the covariance F^-1 (sampling).
        """
        u = self._vectors(v)
        transpose = check_flag("transpose", transpose)
        self._refuse_singular()
        return self._by_block(lambda x: self._blocks.factor_solve(x, transpose), u)

    def fisher_eigenvalue_range(self, form: str = "exact") -> tuple[Vector, Vector]:
        """The smallest and the largest eigenvalue of F, each of shape ``batch``, without a dense matrix.

        Each is exact to some units in its last place, also where F is nearly singular. Their quotient is the
        condition number of F, and their reciprocals are the ends of the spectrum of F^-1.
        """
        blocks = self._blocks
        if check_form(form) == "diagonal":
            return np.min(blocks.psi, axis=(-2, -1)), np.max(blocks.psi, axis=(-2, -1))
        shape, size = blocks.alpha.shape[:-1], blocks.alpha.shape[-1]
        share = blocks.weight / blocks.total  # 1 - rho * sum of d
        if size == 1:
            low = high = np.zeros(shape)
        elif size == 2:
            low, high = spectrum.of_pairs(blocks.diagonal, blocks.rho, blocks.psi, share)
        else:
            rows = zip(blocks.psi.reshape(-1, size), *(x.ravel().tolist() for x in (blocks.rho, share)), strict=True)
            ends = [(spectrum.smallest(psi, rho, left), spectrum.largest(psi, rho)) for psi, rho, left in rows]
            low, high = np.array(ends).T.reshape(2, *shape)
        return low.min(axis=-1), high.max(axis=-1)

    def diagonal_error(self, v: ArrayLike) -> Vector:
        """How wrong the diagonal form is along v: |F_diag^-1 v - F^-1 v| / |F^-1 v|, Euclidean norms (E2, E3).

        v has the shape (..., n), the result (...); NaN for v = 0. It is below 1, and 0 where the diagonal form
        is right, as along vectors with d . v = 0.
        """
        u = self._vectors(v)
        largest = np.max(np.abs(u), axis=-1, keepdims=True)
        with np.errstate(invalid="ignore", over="ignore"):  # 0/0 for v = 0
            u = u / largest
            lost = self._by_block(self._blocks.lost, u)
            return np.linalg.norm(lost, axis=-1) / np.linalg.norm(self.fisher_solve(u), axis=-1)

    def _refuse_singular(self) -> None:
        if self._blocks.alpha.shape[-1] == 1:
            self._inverse("exact")  # raises

    def _by_block(self, function: Callable[[Vector], Vector], u: Vector) -> Vector:
        """function of u with its last axis split into (blocks, size)."""
        return function(u.reshape(*u.shape[:-1], *self._blocks.alpha.shape[-2:])).reshape(u.shape)

    def _vectors(self, v: ArrayLike) -> Vector:
        """A C-contiguous float64 copy of v, of shape (..., n), broadcast with the batch."""
        array = check_array("v", v)
        if array.ndim == 0 or array.shape[-1] != self.n:
            raise ValueError(f"v must have the shape (..., {self.n}), got {array.shape}")
        if not self.batch:
            return np.array(array, dtype=np.float64, order="C")
        try:
            shape = np.broadcast_shapes(array.shape[:-1], self.batch)
        except ValueError:
            raise ValueError(
                f"v must have a shape that broadcasts with {(*self.batch, self.n)}, got {array.shape}"
            ) from None
        return np.array(np.broadcast_to(array, (*shape, self.n)), dtype=np.float64, order="C")

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
