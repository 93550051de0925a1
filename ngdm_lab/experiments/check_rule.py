"""`check_rule`: whether an update rule of your own is what it says it is."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
from numpy.typing import NDArray

import landscapes as ls
from ngdm_lab.compiler.checks import brief
from ngdm_lab.compiler.report import Report, vector
from ngdm_lab.engine.ensemble import ensemble
from ngdm_lab.optimizers.base import Optimizer
from ngdm_lab.optimizers.custom import CallableRule

__all__ = ["check_rule"]

Array = NDArray[np.float64]
DIMENSIONS, STEPS, RUNS = (2, 4, 12), 25, 70  # 70 runs: one block of lanes and a part of another


def check_rule(r: CallableRule | Optimizer, **hyperparameters: float) -> Report:
    """Check an update rule as ``sklearn.utils.estimator_checks.check_estimator`` checks an estimator.

    On a quadratic bowl and in Rosenbrock's valley: ensembles, steps by hand and plain Python go the same way; a run
    does not depend on those beside it, and a second call gives the same (no hidden state); the rule survives a pickle.

    Parameters
    ----------
    r : what `update_rule` made, or an optimizer.
    hyperparameters : values for a rule, as when it is called; choose small steps, so that runs do not diverge.

    Returns
    -------
    Report
        What was checked, for ``print``.

    Raises
    ------
    ValueError
        If anything fails: one line for each failure.
    TypeError
        For what is no rule, and for hyperparameters as a rule's call refuses them.
    """
    if not isinstance(r, CallableRule | Optimizer) or (isinstance(r, Optimizer) and hyperparameters):
        raise TypeError(
            f"r must be a rule made by @update_rule, or an optimizer without hyperparameters, got {brief(r)}"
        )
    opt = r if isinstance(r, Optimizer) else r(**hyperparameters)
    checks = {
        "ensembles and steps by hand go the same way": _by_hand,
        "compiled code agrees with plain Python": _python,
        "a run does not depend on those beside it": _alone,
        "a second call gives the same": _again,
        "it survives a pickle": _pickle,
    }
    return Report(opt.name).demand(checks, opt)


def _cases(opt: Optimizer) -> list[tuple[ls.Surface, Array]]:
    """Surfaces of the dimensions that the optimizer is for, with starts (RUNS, n)."""
    made = []
    for n in DIMENSIONS:
        try:
            opt.solver(n)
        except ValueError:
            continue
        for s in (ls.sphere(n), ls.rosenbrock(n)):
            low, high = s.bounds.T
            made.append((s, 0.2 * np.random.default_rng(n).uniform(low, high, (RUNS, n))))
    return made


def _by_hand(opt: Optimizer) -> str:
    for s, starts in _cases(opt):
        x = starts[0].copy()
        state = opt.init(x)
        for _ in range(STEPS):
            if not state.done:
                opt.step(x, s.grad(x), state, s(x))
        if opt.rule.places(s.dim)[1] >= 0 and not state.done and state["value"][0] < s(x):
            x = state["at"]  # the last trial brought nothing
        runs = ensemble(opt, s, starts, STEPS, quantiles=False)
        if runs.status[0] != "diverged" and not _near(x, runs.x[0]):
            return f"{vector(runs.x[0])} and {vector(x)} after {STEPS} steps on {s.name}"
    return ""


def _python(opt: Optimizer) -> str:
    """One step after the other, each from the compiled rule's own point and state."""
    rule, lr = opt.rule, float(opt.lr)
    for s, starts in _cases(opt):
        x = starts[0].copy()
        state = opt.init(x)
        for t in range(1, 4):
            f, g, point, vectors = s(x), s.grad(x), x.copy(), state.vectors.copy()
            u = g.copy()
            with np.errstate(all="ignore"):
                rule.function(*rule.arguments(point, f, u, vectors, t).values(), *opt.settings().values())
            opt.step(x, g, state, f)
            if not all(map(_near, vectors, state.vectors)):
                return f"another state in step {t} on {s.name}"
            if rule.direction and opt.preconditioner is None:
                point = point - lr * u
            if (not rule.direction or opt.preconditioner is None) and not _near(point, x):
                return f"{vector(x)} and {vector(point)} in step {t} on {s.name}"
    return ""


def _alone(opt: Optimizer) -> str:
    for s, starts in _cases(opt):
        many = ensemble(opt, s, starts, STEPS, quantiles=False)
        few = ensemble(opt, s, starts[60:63], STEPS, quantiles=False)
        if not np.array_equal(many.x[60:63], few.x, equal_nan=True):
            return f"other last points among {RUNS} runs than among 3, on {s.name}"
    return ""


def _again(opt: Optimizer) -> str:
    for s, starts in _cases(opt):
        first, second = (ensemble(opt, s, starts, STEPS, quantiles=False).x for _ in range(2))
        if not np.array_equal(first, second, equal_nan=True):
            return f"other last points on {s.name}"
    return ""


def _pickle(opt: Optimizer) -> str:
    again: Any = pickle.loads(pickle.dumps(opt))
    return "" if again == opt else "the copy is another optimizer"


def _near(a: Array, b: Array) -> bool:
    size = 1.0 + float(np.abs(b[np.isfinite(b)]).max(initial=0.0))
    return bool(np.allclose(a, b, rtol=1e-7, atol=1e-9 * size, equal_nan=True))
