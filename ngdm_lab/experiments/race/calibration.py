"""Does a race call equal rules different? Rules that are the same but for their names, tuned apart and compared."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

import landscapes as ls
from landscapes import Surface
from ngdm_lab.compiler.checks import check_integer
from ngdm_lab.engine import Ensemble, ensemble
from ngdm_lab.experiments.statistics.compare import wilson
from ngdm_lab.geometry import Dirichlet
from ngdm_lab.optimizers import NGDM, SGD, Optimizer, update_rule

from .entries import Entries, Entry
from .floor import Floor, floor_of
from .pairs import Pair, compare
from .tune import tune

__all__ = ["DISGUISES", "FAR", "FEW", "LANDSCAPES", "calibration", "disguised"]

LANDSCAPES = (
    "rosenbrock:2", "beale:2", "himmelblau:2", "rastrigin:2", "levy:4", "styblinski-tang:4", "sphere:5",
)  # fmt: skip
# in so few steps hardly anybody hits, and last values decide: convex, curved, and of many minima
FAR, FEW = ("ellipsoid:10:condition=1000", "rosenbrock:10", "rastrigin:10", "ackley:10"), 50


@update_rule(state=("b",), direction=True)
def disguised(x, g, b, n, t, scale=1.37):  # type: ignore[no-untyped-def]
    """SGD with Nesterov momentum 0.9 whose steps are `scale` times as long: its grid of rates is another one."""
    for i in range(n):
        b[i] = g[i] if t == 1 else 0.9 * b[i] + g[i]
        g[i] = scale * (g[i] + 0.9 * b[i])


DISGUISES: dict[str, Optimizer] = {
    "ngdm": NGDM(1e-3, Dirichlet(3.0)),  # the same effective rates
    "scaled": disguised(lr=1e-3),  # others, between them
}


def calibration(
    seeds: Iterable[int],
    surfaces: Sequence[Surface] | None = None,
    starts: int = 500,
    steps: int = 500,
    *,
    tuning_starts: int = 64,
    level: float = 0.05,
) -> list[dict[str, Any]]:
    """How often rules that equal SGD, tuned on starts of their own, are called different from it.

    Parameters
    ----------
    seeds : one race each.
    surfaces : default: seven, convex and of many minima.
    starts, steps, tuning_starts : as in `race`.
    level : of the tests.

    Returns
    -------
    list of dict
        For each surface and disguise: comparisons, how many found a difference (different, and its share with
        Wilson's 95 % interval), how many do without the noise of tuning (plain), by what factor running times
        differ in the median race and in one of twenty (median_ratio, large_ratio; NaN where fewer than twenty hit),
        in how many last values decided (by_last), and in how many the two differ by more than the floor's reach
        (beyond: of running times where known, of arrivals and of hits).

    Raises
    ------
    ValueError, TypeError
        As `tune`.
    """
    course = [ls.parse(text) for text in LANDSCAPES] if surfaces is None else list(surfaces)
    numbers = [check_integer("seeds", seed) for seed in seeds]
    out = []
    for s in course:
        found: dict[str, list[tuple[Pair, Pair, Floor]]] = {label: [] for label in DISGUISES}
        for seed in numbers:
            options = {"steps": steps, "seed": seed}
            entries = [
                _entry(label, rule, s, starts, tuning_starts, replicate, options)
                for replicate, (label, rule) in enumerate([("sgd", SGD(1e-3)), *DISGUISES.items()])
            ]
            for e in entries[1:]:
                with_noise, without = (_pair([entries[0], e], tuned, level) for tuned in (True, False))
                found[e.label].append((with_noise, without, floor_of(entries[0], e, e.runs.target)))
        out += [_row(s.name, label, rows) for label, rows in found.items()]
    return out


def _entry(
    label: str, rule: Optimizer, s: Surface, starts: int, tuning_starts: int, replicate: int, options: dict[str, Any]
) -> Entry:
    found = tune(rule, s, starts=tuning_starts, replicate=replicate, **options)
    chosen: Optimizer = rule.replace(lr=found.lr)
    runs: Ensemble = ensemble(chosen, s, starts, quantiles=False, **options)
    return Entry(label, runs, found, s.name, found.lr)


def _pair(entries: list[Entry], tuned: bool, level: float) -> Pair:
    seen = entries if tuned else [replace(e, tuning=None) for e in entries]
    [pair] = compare(Entries(seen, {"target": seen[0].runs.target}), seen[0].surface_name, level).pairs
    return pair


def _row(surface: str, label: str, rows: list[tuple[Pair, Pair, Floor]]) -> dict[str, Any]:
    different, plain = sum(a.differs for a, _, _ in rows), sum(b.differs for _, b, _ in rows)
    low, high = wilson(different, len(rows))
    sizes = np.array([abs(np.log(a.ratio)) for a, _, _ in rows if 0 < a.ratio < np.inf])
    median, large = np.exp(np.quantile(sizes, (0.5, 0.95))).tolist() if len(sizes) >= 20 else (float("nan"),) * 2
    beyond = {
        "time": sum(o.ratio > o.reach for _, _, o in rows),
        "arrival": sum(o.arrival > o.reach_arrival for _, _, o in rows),
        "hits": sum(o.hits > o.reach_hits for _, _, o in rows),
    }
    return {
        "surface": surface, "rule": label, "comparisons": len(rows), "different": different,
        "share": different / len(rows), "low": low, "high": high, "plain": plain,
        "median_ratio": median, "large_ratio": large, "by_last": sum(a.measure == "last" for a, _, _ in rows),
        "beyond": beyond,
    }  # fmt: skip
