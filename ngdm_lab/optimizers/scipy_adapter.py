"""Use any optimizer of the lab as a method of `scipy.optimize.minimize`."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from ngdm_lab.compiler.checks import brief, check_flag, check_instance, check_integer, check_number, check_point

from .base import Optimizer

__all__ = ["scipy_method"]

_MESSAGES = {
    0: "The gradient's largest component is at most gtol.",
    1: "The maximum number of iterations was reached.",
    2: "The run diverged: the point, the value or the gradient is not finite.",
    3: "The optimizer ended the run by itself.",
    99: "The callback asked to stop.",
}


def scipy_method(optimizer: Optimizer) -> Callable[..., Any]:
    """A callable for ``scipy.optimize.minimize(f, x0, jac=..., method=scipy_method(opt))``.

    Options: ``maxiter`` (default 1000), ``gtol`` (default 1e-8; also ``tol`` of minimize) on the gradient's
    largest component, and ``disp``, which prints how it ended. ``jac=True`` or a function is needed. Constraints are
    refused, and bounds unless they are ``[(None, None)] * n``, since these methods have none. The callback takes x, or
    ``intermediate_result``; StopIteration ends the run.

    Returns
    -------
    Callable
        It returns an OptimizeResult with x, fun, jac, nit, nfev, njev, status (0 converged, 1 budget,
        2 diverged, 3 ended by the optimizer, which counts as success, 99 stopped by the callback), success and message.
        A step is an evaluation: for optimizers that search along lines nit counts their trials.

    Raises
    ------
    TypeError
        If `optimizer` is no optimizer.
    ValueError
        From minimize: without a gradient, with bounds or constraints, with a start that is not finite.
    """
    check_instance("optimizer", optimizer, Optimizer, "an Optimizer such as Adam(lr=0.01)")

    def method(
        fun: Callable[..., float],
        x0: Any,
        args: tuple[Any, ...] = (),
        *,
        jac: Any = None,
        bounds: Any = None,
        constraints: Any = (),
        callback: Callable[..., Any] | None = None,
        maxiter: int = 1000,
        gtol: float = 1e-8,
        tol: float | None = None,
        disp: bool | int = False,
        hess: Any = None,
        hessp: Any = None,
        **unknown: Any,
    ) -> Any:
        from scipy.optimize import OptimizeResult

        if not callable(fun):
            raise TypeError(f"fun must be a function, got {brief(fun)}")
        if not callable(jac):
            raise ValueError(f"jac must be True or a function: {optimizer.name} needs the gradient, got {brief(jac)}")
        free = constraints is None or (isinstance(constraints, tuple | list) and not constraints)
        if not (free and _unbounded(bounds, x0)):
            raise ValueError(f"{optimizer.name} is unconstrained: bounds and constraints are not supported")
        if unknown:
            raise ValueError(f"unknown option {sorted(unknown)[0]!r}: {optimizer.name} knows maxiter, gtol and disp")
        maxiter = check_integer("maxiter", maxiter)
        tell = check_flag("disp", disp) if isinstance(disp, bool | np.bool_) else check_integer("disp", disp) > 0
        gtol = check_number("gtol" if tol is None else "tol", gtol if tol is None else tol, least=0)
        x = check_point("x0", x0, finite=True).ravel()
        if not x.size:
            raise ValueError("x0 must hold at least one number, got an empty array")
        report = _callback(callback)
        state = optimizer.init(x)
        steps = 0
        while True:
            f = float(np.asarray(fun(x.copy(), *args)).item())
            g = np.array(jac(x.copy(), *args), dtype=np.float64).reshape(x.shape)
            if not (np.isfinite(f) and np.isfinite(g).all() and np.isfinite(x).all()):
                status = 2
                break
            if steps and report is not None:
                try:
                    report(OptimizeResult(x=x.copy(), fun=f, jac=g.copy(), nit=steps))
                except StopIteration:
                    status = 99
                    break
            if np.max(np.abs(g)) <= gtol:
                status = 0
                break
            if steps == maxiter:
                status = 1
                break
            optimizer.step(x, g, state, f)
            if state.done:
                status = 3
                break
            steps += 1
        if tell:
            counts = {"Current function value": f"{f:f}", "Iterations": steps, "Evaluations": steps + 1}
            print("\n         ".join([_MESSAGES[status], *(f"{name}: {count}" for name, count in counts.items())]))
        return OptimizeResult(
            x=x, fun=f, jac=g, nit=steps, nfev=steps + 1, njev=steps + 1,
            status=status, success=status in (0, 3), message=_MESSAGES[status],
        )  # fmt: skip

    return method


def _unbounded(bounds: Any, x0: Any) -> bool:
    """Whether bounds, in either of SciPy's forms, leave every coordinate free."""
    if bounds is None:
        return True
    try:
        low, high = (bounds.lb, bounds.ub) if hasattr(bounds, "lb") else zip(*bounds, strict=True)
        ends = np.array([[-np.inf if v is None else v for v in np.ravel(low)],
                         [np.inf if v is None else v for v in np.ravel(high)]], dtype=np.float64)  # fmt: skip
        return ends.shape[1] in (np.size(x0), 1) and bool((ends == [[-np.inf], [np.inf]]).all())
    except Exception:  # no bounds at all
        return False


def _callback(callback: Callable[..., Any] | None) -> Callable[[Any], Any] | None:
    """Both of SciPy's callback signatures as one function of the intermediate result."""
    if callback is None:
        return None
    if not callable(callback):
        raise TypeError(f"callback must be a function or None, got {brief(callback)}")
    if getattr(callback, "__name__", "") == "wrapped_callback":  # minimize has adapted it to our form already
        return callback
    if set(inspect.signature(callback).parameters) == {"intermediate_result"}:
        return lambda result: callback(intermediate_result=result)
    return lambda result: callback(result.x)
