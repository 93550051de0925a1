"""What the figures of a race show besides its runs, once: paths from one start, and maps of where runs end.

The rest draws it and runs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from landscapes import Surface
from ngdm_lab.experiments.maps.basins import Basins, basins
from ngdm_lab.experiments.statistics.compare import CONTROL
from ngdm_lab.experiments.trace import Trace, trace
from ngdm_lab.optimizers import Optimizer

from .entries import Entries, Entry

__all__ = ["Pictures", "common_start", "draw", "storable"]

MAP = 80  # pixels along each side of a basin map
MAP_STEPS = 4e7  # steps that all maps together may take: some seconds
MOST_POINTS = 2_000_000  # of all paths that a file takes: at most 48 MB before compression


@dataclass(frozen=True, eq=False)
class Pictures:
    """Paths and basin maps of a race, at its rates. The control has an equal, and is left out.

    Attributes
    ----------
    traces : for each surface in two dimensions, by name, the path of each optimizer, by label; all from one start,
        see `common_start`.
    maps : for the first of these surfaces, by name, the basin map of each optimizer, by label.

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


def draw(race: Entries) -> Pictures:
    """Run everything that the figures of a race show and its entries do not hold."""
    plane = _plane(race)
    traces = {}
    for name, entries in plane.items():
        k = common_start(entries)
        traces[name] = {e.label: _trace(e, k) for e in entries}
    maps = {name: _maps(entries, race.settings["steps"]) for name, entries in list(plane.items())[:1]}
    return Pictures(traces, maps)


def storable(race: Entries) -> bool:
    """Whether the paths are short enough for a file."""
    return sum(len(entries) for entries in _plane(race).values()) * (race.settings["steps"] + 1) <= MOST_POINTS


def common_start(entries: list[Entry]) -> int:
    """Index of the first start from which most optimizers arrive, and of such, fewest diverge."""
    arrived = np.sum([e.runs.arrived for e in entries], axis=0)
    sound = np.sum([e.runs.status != "diverged" for e in entries], axis=0)
    return int(np.argmax(arrived * (len(entries) + 1) + sound))


def _plane(race: Entries) -> dict[str, list[Entry]]:
    """The entries on each surface in two dimensions that can be run, but for the control."""
    found: dict[str, list[Entry]] = {}
    for e in race.entries:
        s = e.runs.surface
        if e.label != CONTROL and e.runs.optimizer is not None and s is not None and s.dim == 2:
            found.setdefault(e.surface_name, []).append(e)
    return found


def _trace(e: Entry, start: int) -> Trace:
    optimizer, s = _parts(e)
    ran = trace(optimizer, s, e.runs.x0[start], e.runs.steps, e.runs.seed, target=e.runs.target)
    return replace(ran, f=np.full_like(ran.f, np.nan))


def _maps(entries: list[Entry], steps: int) -> dict[str, Basins]:
    steps = min(steps, int(MAP_STEPS / (MAP**2 * len(entries))))
    return {e.label: _map(e, steps) for e in entries}


def _map(e: Entry, steps: int) -> Basins:
    found = basins(*_parts(e), MAP, steps, e.runs.seed)
    unseen = {name: np.full_like(getattr(found.runs, name), np.nan) for name in ("x", "f", "f_best")}
    return replace(found, runs=replace(found.runs, **unseen))


def _parts(e: Entry) -> tuple[Optimizer, Surface]:
    assert e.runs.optimizer is not None
    assert e.runs.surface is not None
    return e.runs.optimizer, e.runs.surface
