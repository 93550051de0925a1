"""Levenberg's and Marquardt's method, and Gauss and Newton's: the preconditioner that does see f.

For f = sum_i r_i^2 the matrix J'J of the residuals' Jacobian is, up to a factor, the Fisher matrix of a model with
Gaussian noise at x. Natural gradient descent with it is Gauss and Newton's method; this is what the paper's constant
matrix stands in for.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import sqrt
from typing import Any

from landscapes.least_squares import least_squares_problem
from landscapes.residuals import LeastSquares
from ngdm_lab.compiler.checks import check_instance, check_integer, settle

from .base import Optimizer, immutable
from .custom import update_rule
from .rule import UpdateRule

__all__ = ["LevenbergMarquardt"]

TINY = 1e-300  # a pivot of the Cholesky factor is no smaller


@cache
def _rule(name: str, dim: int) -> UpdateRule:
    """The rule for the residuals of a problem in so many coordinates."""
    problem = least_squares_problem(name)
    count, row_of = problem.m(dim), problem.row

    @update_rule(
        state=("at", "slopes", "way", "row", "scale", ("normal", dim), ("factor", dim)),
        numbers=("value", "mu", "nu", "promised", "done"),
    )
    def levenberg_marquardt(  # type: ignore[no-untyped-def]
        x, f, g, at, slopes, way, row, scale, normal, factor, value, mu, nu, promised, done, n, t,
        lr, damping, gtol, ftol,
    ):  # fmt: skip
        """x <- at - lr (J'J + mu D)^-1 J'r, D the largest diag(J'J) so far; mu falls where f falls, and grows else."""
        for j in range(n):
            for k in range(n):
                factor[j, k] = 0.0
        for i in range(count):
            residual = row_of(x, row, n, i)  # noqa: F841 (vector code wants a name for a result)
            for j in range(n):
                for k in range(n):
                    factor[j, k] += row[j] * row[k]
        first = t == 1
        gained = value[0] - f
        taken = first | (f < value[0]) | (damping == 0.0)
        small = 0.0
        if taken:
            for j in range(n):
                at[j] = x[j]
                slopes[j] = 0.5 * g[j]
                small = max(small, abs(g[j]))
                scale[j] = max(scale[j], factor[j, j])
                for k in range(n):
                    normal[j, k] = factor[j, k]
            if (small <= gtol) | ((not first) & (abs(gained) <= ftol * max(abs(f), TINY))):
                done[0] = 1.0
            value[0] = f
            # Nielsen (1999): by how much of the promised decrease came
            share = 2.0 * gained / promised[0] - 1.0 if promised[0] > 0.0 else 0.0
            mu[0] = damping if first else mu[0] * max(1.0 / 3.0, 1.0 - share * share * share)
            nu[0] = 2.0
        else:
            mu[0] *= nu[0]
            nu[0] *= 2.0
            if mu[0] > 1e30:
                done[0] = 1.0
        for j in range(n):
            for k in range(n):
                factor[j, k] = normal[j, k]
            factor[j, j] = normal[j, j] + mu[0] * max(scale[j], TINY)
        for j in range(n):  # Cholesky, below the diagonal
            for k in range(j):
                s = factor[j, k]
                for i in range(k):
                    s -= factor[j, i] * factor[k, i]
                factor[j, k] = s / factor[k, k]
            s = factor[j, j]
            for i in range(j):
                s -= factor[j, i] * factor[j, i]
            factor[j, j] = sqrt(max(s, TINY))
        for j in range(n):
            s = slopes[j]
            for i in range(j):
                s -= factor[j, i] * way[i]
            way[j] = s / factor[j, j]
        for k in range(n):
            j = n - 1 - k
            s = way[j]
            for i in range(j + 1, n):
                s -= factor[i, j] * way[i]
            way[j] = s / factor[j, j]
        expected = 0.0
        for j in range(n):
            expected += lr * way[j] * ((2.0 - lr) * slopes[j] + lr * mu[0] * scale[j] * way[j])
        promised[0] = expected
        if done[0] == 0.0:
            for j in range(n):
                x[j] = at[j] - lr * way[j]
        elif not taken:
            for j in range(n):
                x[j] = at[j]

    return levenberg_marquardt


@immutable
@dataclass(frozen=True)
class LevenbergMarquardt(Optimizer):
    """Damped Gauss-Newton on a least-squares problem: the natural gradient of its own model at each point.

    It looks at the residuals and their Jacobian, which is derived, beside value and gradient: all are one evaluation.
    On problems with data it goes lane by lane.

    Parameters
    ----------
    problem : name of a problem of `ls.least_squares_problems`, or the problem itself, of which the name is kept.
    dim : number of coordinates; None for the problem's own.
    lr : > 0, the share of a step that is taken.
    damping : >= 0, the first mu; 0 is Gauss and Newton's method, which takes every step.
    gtol : >= 0, it stops where no entry of the gradient is larger.
    ftol : >= 0, or where a step changes f by no more than this share.

    Raises
    ------
    ValueError, TypeError
        For values outside these ranges, and for an unknown problem.
    """

    problem: str
    dim: int | None = None
    lr: float = 1.0
    damping: float = 1e-3
    gtol: float = 1e-10
    ftol: float = 1e-14

    def __post_init__(self) -> None:
        given: Any = self.problem
        if isinstance(given, LeastSquares):
            given = given.family.name
        check_instance("problem", given, str, "the name of a problem, such as 'bard'")
        n = None if self.dim is None else check_integer("dim", self.dim, 1)
        settle(self, problem=given, dim=least_squares_problem(given).surface(n).dim)
        self._settle_numbers(lr={"above": 0}, damping={}, gtol={}, ftol={})

    @property
    def rule(self) -> UpdateRule:  # type: ignore[override]
        """The rule for this problem."""
        assert self.dim is not None
        return _rule(self.problem, self.dim)

    @property
    def label(self) -> str:
        """Its authors."""
        return "Gauss-Newton" if self.damping == 0 else "Levenberg-Marquardt"

    def solver(self, n: int) -> Any:
        """None; ValueError for another number of coordinates than the problem's."""
        if n != self.dim:
            raise ValueError(f"n must be {self.dim}, the problem's number of coordinates, got {n}")
        return None
