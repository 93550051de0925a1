"""The natural gradient that does see f: Gauss-Newton on Rosenbrock's residuals.

For a model of normal errors with mean r(x) the Fisher matrix is J^T J, J the Jacobian of the residuals r (Amari 1998,
Neural Computation 10, 251-276), and the natural gradient step on |r|^2 is the step of Gauss and Newton. It changes
with x, unlike the constant F of Eqs. 5 and 7.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ngdm_lab.compiler.checks import brief, check_integer, check_number, check_point

__all__ = ["gauss_newton", "rosenbrock_residuals"]

Array = NDArray[np.float64]


def rosenbrock_residuals(x: Array) -> tuple[Array, Array]:
    """Residuals (2 n - 2,) and their Jacobian (2 n - 2, n) at x (n,): 10 (x_{i+1} - x_i^2) and 1 - x_i, i < n.

    The sum of their squares is `landscapes.rosenbrock`.
    """
    m = len(x) - 1
    jacobian = np.zeros((2 * m, m + 1))
    i = np.arange(m)
    jacobian[i, i], jacobian[i, i + 1], jacobian[m + i, i] = -20.0 * x[:-1], 10.0, -1.0
    return np.concatenate([10.0 * (x[1:] - x[:-1] ** 2), 1.0 - x[:-1]]), jacobian


def gauss_newton(x0: ArrayLike, steps: int = 100, target: float = 1e-3) -> int:
    """Evaluations until Rosenbrock's function is at most `target`, from x0 (n,); -1 for more than steps + 1.

    Each step solves J^T J d = -J^T r, and is halved while f grows; every value of f counts as one evaluation.

    Raises
    ------
    TypeError, ValueError
        For fewer than two coordinates, values that are not finite, and settings out of range.
    """
    x = check_point("x0", x0).copy()
    if x.ndim != 1 or len(x) < 2 or not np.isfinite(x).all():
        raise ValueError(f"x0 must be two or more finite coordinates, got {brief(x.tolist())}")
    steps, target = check_integer("steps", steps, 0), check_number("target", target, above=0)
    r, jacobian = rosenbrock_residuals(x)
    used = 1
    while float(r @ r) > target:
        d = np.linalg.lstsq(jacobian, -r, rcond=None)[0]
        while True:
            if used > steps:
                return -1
            trial, turned = rosenbrock_residuals(x + d)
            used += 1
            if float(trial @ trial) <= float(r @ r):
                break
            d = 0.5 * d
        x, r, jacobian = x + d, trial, turned
    return used
