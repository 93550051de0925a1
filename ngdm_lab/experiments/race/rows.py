"""A race as rows of numbers, and as CSV."""

from __future__ import annotations

import csv
import io
import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from landscapes import Surface
from ngdm_lab.experiments.maps.basin_share import BasinShare, basin_share
from ngdm_lab.experiments.statistics.compare import CONTROL, wilson

from .tune import final_values

if TYPE_CHECKING:
    from .result import Race

__all__ = ["median", "noise_floor", "rows", "share_of", "to_csv"]

SHARE_STARTS = 500  # the race's first starts, from which its basin shares are estimated: half a second for eleven
SHARE_DIM = 30  # above it a share takes seconds: `lab.basin_share` gives it


def rows(race: Race) -> list[dict[str, Any]]:
    """One dictionary for each entry; shares are in [0, 1], counts are runs, lr is the rate that was run.

    `left` counts runs that passed the target and left it again; `basin_share` is the share of the box whose gradient
    flow ends in the global minimum, NaN where it is not estimated; `noise_floor` is what equal rules differ by in
    arrival on that surface, NaN without a control.
    """
    out = []
    floors = {name: noise_floor(race, name) for name in race.surfaces}
    shares = {name: share_of(race, name) for name in race.surfaces}
    for e in race.entries:
        r = e.runs
        m, arrived, hits = len(r), int(r.arrived.sum()), r.hit[r.hit >= 0]
        low, high = wilson(arrived, m)
        share, floor = shares[e.surface_name], floors[e.surface_name]
        out.append(
            {
                "surface": e.surface_name,
                "optimizer": e.label,
                "lr": e.lr,
                "lr_at_edge": bool(e.tuning and e.tuning.at_edge),
                "starts": m,
                "steps": r.steps,
                "seed": r.seed,
                "target": r.target,
                "arrived": arrived,
                "arrival": arrived / m,
                "arrival_low": low,
                "arrival_high": high,
                "noise_floor": math.nan if floor is None else floor,
                "basin_share": math.nan if share is None else share.share,
                "basin_low": math.nan if share is None else share.interval[0],
                "basin_high": math.nan if share is None else share.interval[1],
                "hit": len(hits),
                "left": int(((r.hit >= 0) & ~r.arrived).sum()),
                "median_evaluations_to_hit": float(np.median(hits + 1)) if len(hits) else math.nan,
                "median_final": median(final_values(r)),
                "median_best": median(r.f_best),
                "diverged": int((r.status == "diverged").sum()),
                "escaped": int((r.status == "escaped").sum()),
                "evaluations": int(r.evaluations.sum()),
            }
        )
    return out


def median(values: Any) -> float:
    """Median by order statistics: the mean of two infinite values or of one would be no value at all."""
    return float(np.quantile(values, 0.5, method="inverted_cdf"))


def to_csv(race: Race) -> str:
    """The rows as CSV; numbers in full precision."""
    table = rows(race)
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, fieldnames=list(table[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(table)
    return buffer.getvalue()


def noise_floor(race: Race, surface: str) -> float | None:
    """What two equal rules, the control and its twin, differ by in arrival on a surface; None without a control."""
    by_label = {e.label: e for e in race.on(surface)}
    if race.control not in by_label or CONTROL not in by_label:
        return None
    return float(abs(by_label[CONTROL].runs.arrived.mean() - by_label[race.control].runs.arrived.mean()))


def share_of(race: Race, surface: str) -> BasinShare | None:
    """The basin's share on a surface, from the race's first starts; None where it cannot be had, or is all for sure.

    That is: on a convex surface, in more than 30 dimensions, without a known minimum, and where a user defined the
    surface of a loaded race.
    """
    runs = race.on(surface)[0].runs
    s = runs.surface
    if s is None or "convex" in s.tags or s.dim > SHARE_DIM or not math.isfinite(s.f_min):
        return None
    return _share(s, min(len(runs), SHARE_STARTS), runs.seed, runs.target)


@lru_cache(maxsize=128)
def _share(s: Surface, starts: int, seed: int, target: float) -> BasinShare:
    """Kept, since a race is printed and written in one process; a surface is its own key."""
    return basin_share(s, starts, seed, target=target)
