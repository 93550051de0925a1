"""What the figures of a race show besides its runs, once: paths from one start, and maps of where runs end.

The rest draws it and runs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from landscapes import Surface
from ngdm_lab.experiments.maps import flow
from ngdm_lab.experiments.maps.basin_share import BasinShare
from ngdm_lab.experiments.maps.basins import Basins, basins
from ngdm_lab.experiments.statistics.compare import CONTROL
from ngdm_lab.experiments.statistics.running_time import expected_time
from ngdm_lab.experiments.trace import Trace, trace
from ngdm_lab.optimizers import Optimizer

from .entries import Entries, Entry
from .measures import running_times

__all__ = ["MOST_MAPS", "MOST_PATHS", "Pictures", "common_start", "draw", "plane", "storable", "telling"]

MAP, SMALLEST_MAP = 80, 12  # pixels along each side of a basin map
MAP_STEPS = 8e7  # steps that all maps together may take: some seconds. Above it maps are coarser, never shorter
MOST_PATHS, MOST_MAPS = 6, 2  # landscapes that are drawn
OTHERS = 0.02  # of the flow's starts that come to rest apart from the known minima: there are other basins
MOST_POINTS = 2_000_000  # of all paths that a file takes: at most 48 MB before compression


@dataclass(frozen=True, eq=False)
class Pictures:
    """Paths and basin maps of a race, at its rates. The control has an equal, and is left out.

    Attributes
    ----------
    traces : for the six surfaces in two dimensions that tell most (see `telling`), by name, the path of each optimizer,
        by label; all from one start, see `common_start`.
    maps : for the two that tell most of those that have several basins, by name, the basin map of each optimizer, by
        label; of the race's steps and target.

    What no figure shows is NaN, for it would fill a file: f along the paths; x, f and f_best of the runs of the maps.
    Of a race that was loaded from a file without pictures, rules and landscapes that a user defined are missing.
    """

    traces: dict[str, dict[str, Trace]]
    maps: dict[str, dict[str, Basins]]

    def arrays(self) -> dict[str, Any]:
        """Arrays for a file: those of each `Trace` and each `Basins`, numbered."""
        return {
            f"{part}/{i}/{k}/{name}": array
            for part in _PARTS
            for i, found in enumerate(getattr(self, part).values())
            for k, one in enumerate(found.values())
            for name, array in one.arrays().items()
        }

    def described(self) -> dict[str, Any]:
        """All but the arrays, in JSON types."""
        return {
            part: {
                surface: {label: one.manifest() for label, one in found.items()}
                for surface, found in getattr(self, part).items()
            }
            for part in _PARTS
        }

    @classmethod
    def restore(cls, arrays: dict[str, Any], described: dict[str, Any]) -> Pictures:
        """Made again from `arrays` and `described`."""
        own: dict[str, dict[str, Any]] = {}
        for path, array in arrays.items():
            place, name = path.rsplit("/", 1)
            own.setdefault(place, {})[name] = array
        parts: dict[str, Any] = {
            part: {
                surface: {
                    label: kind.restore(own[f"{part}/{i}/{k}"], manifest)
                    for k, (label, manifest) in enumerate(found.items())
                }
                for i, (surface, found) in enumerate(described[part].items())
            }
            for part, kind in _PARTS.items()
        }
        return cls(**parts)


_PARTS: dict[str, type[Trace] | type[Basins]] = {"traces": Trace, "maps": Basins}


def draw(race: Entries, shares: Mapping[str, BasinShare | None]) -> Pictures:
    """Run everything that the figures of a race show and its entries do not hold; `shares` are those it found."""
    on = plane(race)
    traces = {}
    for name in telling(race, on, MOST_PATHS):
        k = common_start(on[name])
        traces[name] = {e.label: _trace(e, k) for e in on[name]}
    several = [name for name, entries in on.items() if _several(entries[0].runs.surface, shares.get(name))]
    chosen = telling(race, several, MOST_MAPS)
    each = MAP_STEPS / max(1, race.settings["steps"] * sum(len(on[name]) for name in chosen))
    side = int(np.clip(np.sqrt(each), min(SMALLEST_MAP, MAP), MAP))
    return Pictures(traces, {name: {e.label: _map(e, side) for e in on[name]} for name in chosen})


def storable(race: Entries) -> bool:
    """Whether the paths are short enough for a file."""
    on = plane(race)
    paths = sum(len(on[name]) for name in telling(race, on, MOST_PATHS))
    return paths * (race.settings["steps"] + 1) <= MOST_POINTS


def telling(race: Entries, surfaces: Iterable[str], most: int) -> list[str]:
    """At most so many of the surfaces, in their order: those on which the optimizers differ most.

    They differ by the shares of their runs that hit and, a tenth as much, by the decades between their expected
    running times.
    """
    listed = list(surfaces)

    def spread(name: str) -> float:
        runs = [e.runs for e in race.on(name) if e.label != CONTROL]
        if not runs:
            return 0.0
        hits = [float((r.hit >= 0).mean()) for r in runs]
        times = np.log10([t for r in runs if np.isfinite(t := expected_time(*running_times(r)))] or [1.0])
        return max(hits) - min(hits) + 0.1 * float(np.ptp(times))

    chosen = sorted(listed, key=spread, reverse=True)[:most]
    return [name for name in listed if name in chosen]


def common_start(entries: list[Entry]) -> int:
    """Index of the start from which paths tell most: many optimizers arrive, none leaves, and the ways are long.

    Many are as many as arrive from every fiftieth start; at least one, where any does. Of these starts, and of those
    from which fewest diverge or escape, it is the one with the longest mean way from start to end, in widths of the
    box.
    """
    arrived = np.sum([e.runs.arrived for e in entries], axis=0)
    many = max(np.quantile(arrived, 0.98, method="inverted_cdf"), min(1, arrived.max()))
    s = entries[0].runs.surface
    width = np.ptp(s.bounds, axis=1) if s is not None else 1.0
    way, lost = np.zeros(len(arrived)), np.zeros(len(arrived))
    for e in entries:
        here = np.isin(e.runs.status, ("done", "budget"))
        lost += ~here
        way[here] += np.linalg.norm((e.runs.x[here] - e.runs.x0[here]) / width, axis=1)
    lost[arrived < many] = np.inf
    return int(np.argmax(np.where(lost == lost.min(), way, -1.0)))


def plane(race: Entries) -> dict[str, list[Entry]]:
    """The entries on each surface in two dimensions that can be run, but for the control."""
    found: dict[str, list[Entry]] = {}
    for e in race.entries:
        s = e.runs.surface
        if e.label != CONTROL and e.runs.optimizer is not None and s is not None and s.dim == 2:
            found.setdefault(e.surface_name, []).append(e)
    return found


def _several(s: Surface | None, share: BasinShare | None) -> bool:
    """Whether a surface has several basins: known minima, or ends of the gradient flow apart from them."""
    if s is not None and len(s.minima) > 1:
        return True
    return share is not None and float((share.code == flow.ELSEWHERE).mean()) >= OTHERS


def _trace(e: Entry, start: int) -> Trace:
    optimizer, s = _parts(e)
    ran = trace(optimizer, s, e.runs.x0[start], e.runs.steps, e.runs.seed, target=e.runs.target)
    return replace(ran, f=np.full_like(ran.f, np.nan))


def _map(e: Entry, side: int) -> Basins:
    found = basins(*_parts(e), side, e.runs.steps, e.runs.seed, target=e.runs.target)
    unseen = {name: np.full_like(getattr(found.runs, name), np.nan) for name in ("x", "f", "f_best")}
    return replace(found, runs=replace(found.runs, **unseen))


def _parts(e: Entry) -> tuple[Optimizer, Surface]:
    assert e.runs.optimizer is not None
    assert e.runs.surface is not None
    return e.runs.optimizer, e.runs.surface
