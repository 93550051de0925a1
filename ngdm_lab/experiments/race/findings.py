"""What is found out about a finished race, once: comparisons, noise floors, basin shares, gains of the plain frame.

The rest reads it: tables, sentences, CSV and pages compute no test and run no simulation.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from typing import Any

from landscapes import Surface
from ngdm_lab.experiments.maps.basin_share import BasinShare, basin_share
from ngdm_lab.experiments.statistics.compare import CONTROL

from .entries import Entries
from .floor import Floor
from .frame_invariance import Gain, copies, gains
from .pairs import Comparison, Pair, compare

__all__ = ["Findings", "FrameGains", "find"]

SHARE_STARTS = 500  # the race's first starts, from which its basin shares are estimated: half a second for eleven
SHARE_DIM = 30  # above it a share takes seconds: `lab.basin_share` gives it

_POINTS = ("x0", "x", "f", "code")  # of a basin share, kept as arrays; the rest as JSON


@dataclass(frozen=True)
class FrameGains:
    """What optimizers gain on one surface, and on its copies in other frames.

    Attributes
    ----------
    plain : name of the surface.
    kind : "flipped", "rotated" or both words.
    names : of the copies.
    gains : see `frame_invariance.gains`.
    """

    plain: str
    kind: str
    names: list[str]
    gains: list[Gain]


@dataclass(frozen=True, eq=False)
class Findings:
    """What a race found, at the 5 % level.

    Attributes
    ----------
    comparisons : for each surface, all pairs of optimizers.
    floors : for each surface, what the control and its twin differ by in arrival, as a share; None without a control.
    shares : for each surface, the basin's share from the race's first starts; None where it cannot be had, or is all
        for sure: on a convex surface, in more than 30 dimensions, without a known minimum, and where a user defined
        the surface of a loaded race.
    frames : for each surface that stands in the race in other frames as well, and each kind of these.
    """

    comparisons: dict[str, Comparison]
    floors: dict[str, float | None]
    shares: dict[str, BasinShare | None]
    frames: list[FrameGains]

    def arrays(self) -> dict[str, Any]:
        """Arrays for a file: x0, x (m, n) and f (m,) float64, code (m,) int8 for each surface with a share."""
        shares = enumerate(self.shares.values())
        return {f"share/{k}/{name}": getattr(s, name) for k, s in shares if s is not None for name in _POINTS}

    def described(self) -> dict[str, Any]:
        """All but the arrays, in JSON types."""
        shares = {
            name: None if s is None else {"surface": s.surface, "seed": s.seed, "target": s.target}
            for name, s in self.shares.items()
        }
        comparisons = {name: asdict(c) for name, c in self.comparisons.items()}
        frames = [asdict(f) for f in self.frames]
        return {"comparisons": comparisons, "floors": self.floors, "shares": shares, "frames": frames}

    def only_shares_of(self, surfaces: Collection[str]) -> Findings:
        """The same without the basin shares of other surfaces than these."""
        return replace(self, shares={name: s if name in surfaces else None for name, s in self.shares.items()})

    @classmethod
    def restore(cls, arrays: dict[str, Any], described: dict[str, Any]) -> Findings:
        """Made again from `arrays` and `described`."""
        shares = {
            name: None if s is None else BasinShare(**s, **{part: arrays[f"share/{k}/{part}"] for part in _POINTS})
            for k, (name, s) in enumerate(described["shares"].items())
        }
        frames = [FrameGains(**{**f, "gains": [Gain(**g) for g in f["gains"]]}) for f in described["frames"]]
        comparisons = {name: _comparison(c) for name, c in described["comparisons"].items()}
        return cls(comparisons, described["floors"], shares, frames)


def find(race: Entries) -> Findings:
    """Compare and measure everything that a race's text speaks of. The basin shares are simulated here."""
    surfaces = race.surfaces
    return Findings(
        {name: compare(race, name) for name in surfaces},
        {name: _floor(race, name) for name in surfaces},
        {name: _share(race, name) for name in surfaces},
        [FrameGains(plain, kind, names, gains(race, plain, names)) for plain, kind, names in copies(race)],
    )


def _floor(race: Entries, surface: str) -> float | None:
    """What two equal rules, the control and its twin, differ by in arrival on a surface; None without a control."""
    by_label = {e.label: e for e in race.on(surface)}
    if race.control not in by_label or CONTROL not in by_label:
        return None
    return float(abs(by_label[CONTROL].runs.arrived.mean() - by_label[race.control].runs.arrived.mean()))


def _share(race: Entries, surface: str) -> BasinShare | None:
    """The basin's share on a surface; None as in `Findings`."""
    runs = race.on(surface)[0].runs
    s = runs.surface
    if s is None or not has_share(s):
        return None
    return basin_share(s, min(len(runs), SHARE_STARTS), runs.seed, target=runs.target)


def has_share(s: Surface) -> bool:
    """Whether a race looks for the basin's share on a surface."""
    return "convex" not in s.tags and s.dim <= SHARE_DIM and math.isfinite(s.f_min)


def _comparison(described: dict[str, Any]) -> Comparison:
    floor = described["floor"]
    pairs = [Pair(**pair) for pair in described["pairs"]]
    return Comparison(**{**described, "pairs": pairs, "floor": None if floor is None else Floor(*floor)})
