"""A race as rows of numbers, and as CSV."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ngdm_lab.experiments.statistics.compare import wilson
from ngdm_lab.experiments.statistics.running_time import time_interval

from .entries import Entries
from .findings import Findings
from .measures import final_values, median, running_times

__all__ = ["rows"]


def rows(race: Entries, findings: Findings) -> list[dict[str, Any]]:
    """One dictionary for each entry; shares are in [0, 1], counts are runs, lr is the rate that was run.

    `ert` is the expected running time: evaluations that a first hit takes on average if one starts again after each
    failure, with its 95 % interval at that rate, inf where no run hits; `success` the share of runs that hit.
    `left` counts runs that passed the target and left it again; `basin_share` is the share of the box whose gradient
    flow ends in the global minimum, NaN where it is not estimated; `noise_floor` is what equal rules differ by in
    arrival on that surface, NaN without a control; `noise_floor_time` by what factor in running time.
    """
    out = []
    for e in race.entries:
        r = e.runs
        m, arrived, hits = len(r), int(r.arrived.sum()), r.hit[r.hit >= 0]
        low, high = wilson(arrived, m)
        ert, ert_low, ert_high = time_interval(*running_times(r))
        share, floor = findings.shares[e.surface_name], findings.floors[e.surface_name]
        noise = findings.comparisons[e.surface_name].floor
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
                "ert": ert,
                "ert_low": ert_low,
                "ert_high": ert_high,
                "success": len(hits) / m,
                "success_low": wilson(len(hits), m)[0],
                "success_high": wilson(len(hits), m)[1],
                "arrived": arrived,
                "arrival": arrived / m,
                "arrival_low": low,
                "arrival_high": high,
                "noise_floor": math.nan if floor is None else floor,
                "noise_floor_time": math.nan if noise is None else noise.ratio,
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
