"""The experiments under C9: evaluations to the minimum at finely tuned rates, and what a falling rate changes.

Every rate is searched in two rounds with the same budget: four rates a decade over seven decades of rate times gain,
then thirteen rates a sixteenth of a decade apart around the best, from other starts.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, cos, log10, pi
from typing import Any

import numpy as np

from landscapes import Surface
from ngdm_lab.engine import Ensemble, ensemble
from ngdm_lab.experiments.race.measures import final_values
from ngdm_lab.experiments.race.tune import COARSE, DECADES, PER_DECADE, TUNING_RUNS
from ngdm_lab.geometry import Dirichlet, GeneralizedDirichlet
from ngdm_lab.optimizers import NGDM, Optimizer, preconditioned, update_rule
from ngdm_lab.paper.natural_gradient import gauss_newton

from .surfaces import bits, optimizer, surface

__all__ = ["accuracy", "falling", "hits", "residual_hits"]

TARGET = 1e-3
TWIN = 2**20  # the control's index of its first run: the same rule from other starts, tuned from others


@update_rule(state=("b",), direction=True)
def falling(x, g, b, n, t, momentum=0.9, last=0.0):  # type: ignore[no-untyped-def]
    """SGD with Nesterov momentum at a rate that falls to 0 after `last` steps, as half a cosine; 0: constant.

    Loshchilov and Hutter 2017, ICLR, Eq. 5 without restarts.
    """
    scale = 0.5 + 0.5 * cos(pi * (t - 1) / last) if last > 0.0 else 1.0
    for i in range(n):
        b[i] = g[i] if t == 1 else momentum * b[i] + g[i]
        g[i] = scale * (g[i] + momentum * b[i])


def hits(name: str, label: str, starts: int, tuning: int, steps: int) -> dict[str, Any]:
    """Evaluations to the first hit at the rate at which their mean is smallest; steps + 1 where there was none.

    Returns
    -------
    dict
        "spent": (starts,) of int; "seen": whether there was a hit; "rate": the chosen one; "edge": whether it lies at
        the end of what was tried.
    """
    s, first = surface(name), TWIN if label == "twin" else 0
    rate, edge = _tuned(optimizer(label), s, tuning, steps, first, lambda runs: -float(_spent(runs).mean()))
    runs = ensemble(
        optimizer(label).replace(lr=rate), s, starts, steps, target=TARGET, first_run=first, quantiles=False
    )
    return {"spent": _spent(runs).tolist(), "seen": bits(runs.hit >= 0), "rate": rate, "edge": edge}


def accuracy(name: str, label: str, fall: bool, starts: int, tuning: int, steps: int) -> dict[str, Any]:
    """Digits, -log10(f - f_min) within -2 and 12, of the last point at the rate at which their mean is largest.

    Parameters
    ----------
    fall : whether the rate falls to 0 over the steps, see `falling`.

    Returns
    -------
    dict
        "digits": (starts,); "rate" and "edge" as in `hits`.
    """
    s, first = surface(name), TWIN if label == "twin" else 0
    opt = _falling(optimizer(label), steps if fall else 0)
    rate, edge = _tuned(opt, s, tuning, steps, first, lambda runs: float(_digits(runs, s).mean()))
    runs = ensemble(opt.replace(lr=rate), s, starts, steps, target=TARGET, first_run=first, quantiles=False)
    return {"digits": _digits(runs, s).tolist(), "rate": rate, "edge": edge}


def residual_hits(name: str, starts: int, steps: int) -> dict[str, Any]:
    """The same as `hits` for Gauss-Newton on Rosenbrock's residuals, from the same starts; no rate is tuned."""
    # a run of no steps has the starts
    x0 = ensemble(optimizer("sgd"), surface(name), starts, 0, quantiles=False).x0
    used = [gauss_newton(start, steps, TARGET) for start in x0]
    return {"spent": [k if k > 0 else steps + 1 for k in used], "seen": bits(k > 0 for k in used)}


def _falling(opt: Optimizer, last: int) -> Optimizer:
    inner: Optimizer = falling(last=float(last))
    if not isinstance(opt, NGDM):
        return inner
    distribution: Dirichlet | GeneralizedDirichlet = opt.distribution
    return preconditioned(inner, distribution, opt.form)


def _spent(runs: Ensemble) -> Any:
    return np.where(runs.hit >= 0, runs.hit + 1, runs.steps + 1)


def _digits(runs: Ensemble, s: Surface) -> Any:
    gap = np.maximum(final_values(runs) - s.f_min, 1e-12)  # inf where the run diverged
    return np.clip(-np.log10(gap), -2.0, 12.0)


def _tuned(
    opt: Optimizer, s: Surface, starts: int, steps: int, first: int, score: Callable[[Ensemble], float]
) -> tuple[float, bool]:
    """The rate with the largest score, the middle one of equals, and whether it is the first or last that was tried."""
    rates, run = _grid(opt.gain(s.dim)), TUNING_RUNS + first
    best, edge = 0.0, False
    for turn in range(2):
        grid = [opt.replace(lr=float(rate)) for rate in rates]
        made = ensemble(grid, s, starts, steps, target=TARGET, first_run=run + turn * starts, quantiles=False)
        scores = np.array([score(runs) for runs in made])
        equals = np.flatnonzero(scores == scores.max())
        k = int(equals[len(equals) // 2])
        best, edge = float(rates[k]), k in (0, len(rates) - 1)
        rates = np.array([best * 10.0 ** (j / PER_DECADE) for j in range(-6, 7)])
    return best, edge


def _grid(gain: float) -> Any:
    """The grid that these claims were registered with: `rate_grid` with its rates at the next 10^(k / 16) below."""
    shift = ceil(PER_DECADE * log10(gain))
    low, high = (PER_DECADE * decade - shift for decade in DECADES)
    return np.array([10.0 ** (k / PER_DECADE) for k in range(low, high + 1, PER_DECADE // COARSE)])
