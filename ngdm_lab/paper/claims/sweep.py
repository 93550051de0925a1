"""The experiment under C3 to C6: NGDM at alpha from 0.01 to 100, against the rate and against rate / psi'(alpha).

The landscapes have several minima, since the claims are about passing them; three valleys with one or two minima
stand beside them, since the claims are about accuracy and speed too. Everybody has the same starts and the same
effective rates, the rate times the mean of 1 / psi'(alpha_i); half as many starts of their own choose the rates.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from landscapes import Surface
from ngdm_lab.claims.claim import Level
from ngdm_lab.engine import Ensemble, ensemble
from ngdm_lab.experiments.jobs import Job
from ngdm_lab.experiments.maps.basin_share import basin_share
from ngdm_lab.experiments.race.choice import choose
from ngdm_lab.experiments.race.measures import final_values
from ngdm_lab.experiments.race.tune import TUNING_RUNS, effective_gain
from ngdm_lab.geometry import Dirichlet, ramp
from ngdm_lab.optimizers import NGDM

from .surfaces import surface

__all__ = ["ALPHAS", "ANCHORS", "BATCHES", "FORMS", "SLOPES", "SURFACES", "jobs", "sweep"]

Array = NDArray[np.float64]

SEVERAL = ("rastrigin:2", "ackley:2", "styblinski-tang:2", "levy:2", "goldstein-price:2", "three-hump-camel:2")
SURFACES = (*SEVERAL, "rosenbrock:2", "rosenbrock:10", "beale:2")
ALPHAS = (0.01, 0.1, 0.25, 0.5, 0.75, 1.0, 2.0, 4.0, 6.0, 8.0, 9.0, 10.5, 12.0, 30.0, 100.0)
ANCHORS = (6.0, 30.0, 0.25, 0.75, 10.5)  # the middle of [4, 8], and of the ranges of C3 to C6
FORMS, SLOPES = ("diagonal", "exact"), (0.0, 0.005)
PLACES = tuple(range(-56, 9))  # effective rates 10^(k / 8): from 1e-7 to 10
BATCHES = 10
TARGET = 1e-3
SIZES = {"quick": (1000, 1000), "full": (8000, 2000)}  # starts and steps


def jobs(level: Level) -> list[Job]:
    """One for each landscape, form of F and slope of alpha_i."""
    starts, steps = SIZES[level]
    return [
        Job(f"{__name__}:sweep", {"name": name, "form": form, "slope": slope, "starts": starts, "steps": steps})
        for name in SURFACES
        for form in FORMS
        for slope in SLOPES
    ]


def sweep(name: str, form: str, slope: float, starts: int, steps: int) -> dict[str, Any]:
    """Curves over the rate from tuning starts, and measures at chosen rates from other starts, in batches.

    Returns
    -------
    dict
        "curves": alpha by alpha, (k,) shares of arrivals at the effective rates "effective"; "gains": mean of
        1/psi'(alpha_i);
        "own": each alpha's own rate; "views": name to alpha by alpha to measures (see `_measures`), where the view
        "own" has each alpha at its own best rate, "effective" all at the best rate / psi' of alpha = 6, and
        "rate A" all at the rate that is best for alpha = A; "share" of starts in the minimum's basin.
    """
    s = surface(name)
    effective = np.array([10.0 ** (k / 8) for k in PLACES])
    gains = [effective_gain(_ngdm(alpha, slope, "diagonal", 1.0), s.dim) for alpha in ALPHAS]
    tuning = starts // 2
    curves, own = [], []
    for alpha, gain in zip(ALPHAS, gains, strict=True):
        grid = [_ngdm(alpha, slope, form, float(e / gain)) for e in effective]
        made = ensemble(grid, s, tuning, steps, first_run=TUNING_RUNS, target=TARGET, quantiles=False)
        arrival = np.array([runs.arrived.mean() for runs in made])
        last = np.array([np.quantile(final_values(runs), 0.5, method="inverted_cdf") for runs in made])
        curves.append([float(share) for share in arrival])
        own.append(float(effective[choose(arrival, last, tuning)] / gain))
    inside = basin_share(s, starts).reached
    views = {"own": own, "effective": [own[ALPHAS.index(6.0)] * gains[ALPHAS.index(6.0)] / gain for gain in gains]}
    views |= {f"rate {anchor:g}": [own[ALPHAS.index(anchor)]] * len(ALPHAS) for anchor in ANCHORS}
    measured = {}
    for view, rates in views.items():
        chosen = [_ngdm(alpha, slope, form, rate) for alpha, rate in zip(ALPHAS, rates, strict=True)]
        first = ensemble(chosen, s, starts, 1, target=TARGET, quantiles=False)
        whole = ensemble(chosen, s, starts, steps, target=TARGET, quantiles=False)
        measured[view] = [_measures(one, runs, s, inside) for one, runs in zip(first, whole, strict=True)]
    return {
        "effective": effective.tolist(), "gains": gains, "curves": curves, "own": own, "views": measured,
        "share": float(inside.mean()), "inside": int(inside.sum()), "starts": starts, "steps": steps,
    }  # fmt: skip


def _ngdm(alpha: float, slope: float, form: str, rate: float) -> NGDM:
    return NGDM(rate, Dirichlet(ramp(alpha, slope) if slope else alpha), form=form)


def _measures(first: Ensemble, runs: Ensemble, s: Surface, inside: NDArray[np.bool_]) -> dict[str, list[float | None]]:
    """Of each batch of starts; None where it has no start of the kind.

    arrival : share of all starts whose last point is at the minimum.
    escape : the same of the starts from which the gradient flow ends elsewhere.
    digits : mean of -log10(f - f_min) at the last point, within 0 and 12, from starts in the minimum's basin.
    speed : -log10 of the mean evaluations to the first hit, all of them where there is none, from the same starts.
    step : log10 of the median length of the first step.
    """
    gap = np.maximum(final_values(runs) - s.f_min, 1e-12)
    digits = np.clip(-np.log10(gap), 0.0, 12.0)  # inf gives 0
    spent = np.where(runs.hit >= 0, runs.hit + 1.0, runs.steps + 1.0)
    length = np.linalg.norm(first.x - first.x0, axis=1)
    measures: dict[str, list[float | None]] = {key: [] for key in ("arrival", "escape", "digits", "speed", "step")}
    for part in np.array_split(np.arange(len(runs)), BATCHES):
        near, far = part[inside[part]], part[~inside[part]]
        measures["arrival"].append(float(runs.arrived[part].mean()))
        measures["escape"].append(float(runs.arrived[far].mean()) if len(far) else None)
        measures["digits"].append(float(digits[near].mean()) if len(near) else None)
        measures["speed"].append(-float(np.log10(spent[near].mean())) if len(near) else None)
        measures["step"].append(float(np.log10(max(float(np.median(length[part])), 1e-300))))
    return measures
