"""The experiment under C10: arrivals of an optimizer in one frame of a landscape, at a rate tuned there."""

from __future__ import annotations

from typing import Any

from ngdm_lab.engine import ensemble
from ngdm_lab.experiments.maps.basin_share import basin_share
from ngdm_lab.experiments.race.tune import tune

from .surfaces import bits, optimizer, surface

__all__ = ["arrivals", "basin"]

TARGET = 1e-3
TWIN = 2**20  # the control's index of its first run: the same rule from other starts, tuned from others


def arrivals(name: str, label: str, starts: int, tuning: int, steps: int) -> dict[str, Any]:
    """Who is at the global minimum after the last step.

    Returns
    -------
    dict
        "arrived": one letter a start; "rate": the one that `lab.tune` chose; "edge": whether it is the first or last
        of those it tried.
    """
    s, twin = surface(name), label.endswith("twin")
    found = tune(optimizer(label), s, starts=tuning, steps=steps, target=TARGET, replicate=int(twin), goal="arrival")
    runs = ensemble(
        optimizer(label).replace(lr=found.lr), s, starts, steps, target=TARGET, first_run=TWIN if twin else 0,
        quantiles=False,
    )  # fmt: skip
    return {"arrived": bits(runs.arrived), "rate": found.lr, "edge": found.at_edge}


def basin(name: str, starts: int) -> dict[str, float]:
    """Share of the box from which the gradient flow ends in the global minimum.

    On a separable landscape in more than two coordinates, where hardly any start lies in the basin, it is the power
    of the share in two.
    """
    s = surface(name)
    if s.dim > 2 and "separable" in s.tags:
        return {"share": float(basin_share(surface(f"{name.split(':')[0]}:2"), starts).share ** (s.dim / 2))}
    return {"share": basin_share(s, starts).share}
