"""`frames`: one race in the plain frame of a surface and in sign-flipped and rotated ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from landscapes import Surface
from landscapes.transforms import signs
from ngdm_lab.compiler.checks import brief, check_instance, check_integers, check_known, check_names, check_number
from ngdm_lab.experiments.statistics.compare import CONTROL, wilson
from ngdm_lab.optimizers import Optimizer

from .frame_invariance import LEVEL, MEASURES, Gain, copies, gains, gains_in_words
from .race import race
from .result import Race
from .tables import align, wrap

__all__ = ["KINDS", "Frames", "frames"]

KINDS = ("plain", "flipped", "rotated")


@dataclass(frozen=True, eq=False)
class Frames:
    """A race on a surface in several frames; `print` shows hits side by side, and which gains other frames take.

    Attributes
    ----------
    race : the race on all of them; `frames.race.on(name)` gives the runs in one frame.
    names : for each kind, plain, flipped and rotated, the names of the surfaces, in order of the seeds.
    """

    race: Race
    names: dict[str, list[str]]

    @property
    def surface(self) -> str:
        """Name of the plain surface."""
        return self.names["plain"][0]

    @property
    def labels(self) -> list[str]:
        """The optimizers' labels, the control's last."""
        return self.race.labels

    def hits(self, label: str, kind: str) -> tuple[int, int]:
        """(runs that reached the target, runs) of an optimizer in all frames of a kind together."""
        names = self.names[check_known("kind", "kind of frame", kind, self.names)]
        runs = [self.race.entry(label, name).runs for name in names]
        return sum(int((r.hit >= 0).sum()) for r in runs), sum(len(r) for r in runs)

    def gains(self, kind: str, level: float = LEVEL) -> list[Gain]:
        """What each optimizer gains in the plain frame over the control's equal, against all frames of a kind."""
        check_known("kind", "kind of frame", kind, self.names)
        level = check_number("level", level, above=0, below=1)
        if level == LEVEL:
            for known in self.race.findings.frames:
                if (known.plain, known.names) == (self.surface, self.names[kind]):
                    return known.gains
        return gains(self.race, self.surface, self.names[kind], level)

    def rows(self) -> list[dict[str, Any]]:
        """One dictionary for each optimizer and frame: the race's rows with the kind of the frame."""
        kinds = {name: kind for kind, names in self.names.items() for name in names}
        return [{"frame": kinds[row["surface"]], **row} for row in self.race.rows()]

    def __str__(self) -> str:
        o = self.race.settings
        kinds = [kind for kind in KINDS if self.names[kind]]
        counted = " and ".join(f"{len(self.names[kind])} {kind}" for kind in kinds[1:])
        how = f"{o['starts']} starts on each, {o['steps'] + 1} evaluations, seed {o['seed']}"
        rates = "rates tuned on each" if o["tuning"] else "rates as given"
        lines = wrap(f"{self.surface} as it is (plain) and {counted} copies: {how}; {rates}.")
        cells: list[tuple[str, ...]] = [("hit % [95 %]", *kinds)]
        for label in self.labels:
            row = [f"control = {self.race.control}" if label == CONTROL else label]
            for kind in kinds:
                won, m = self.hits(label, kind)
                low, high = wilson(won, m)
                row.append(f"{100 * won / m:.2f} [{100 * low:.2f}, {100 * high:.2f}]")
            cells.append(tuple(row))
        lines += align(cells)
        for kind in kinds[1:]:
            found = self.gains(kind)
            lines += wrap(_floor(found, kind))
            reference = found[0].reference if found else self.race.control
            nobody = f"No optimizer is significantly better than {reference} on the plain one ({kind})."
            for line in gains_in_words(found, kind) or [nobody]:
                lines += wrap(line)
        return "\n".join(lines + [line for note in self.race.notes for line in wrap(note)])

    def __repr__(self) -> str:
        return f"<Frames of {self.surface}: {len(self.labels)} optimizers in {len(self.race.surfaces)} frames>"

    def save(self, path: str | Path) -> Path:
        """Write the race to one npz, for ``Frames.of(lab.load(path))``; returns the path. Errors as in `Race.save`."""
        return self.race.save(path)

    @classmethod
    def of(cls, race: Race) -> Frames:
        """Of a race on a surface, its first, and on copies of it. Raises ValueError where there is no such copy."""
        check_instance("race", race, Race, "a Race (of lab.race)")
        names: dict[str, list[str]] = {"plain": race.surfaces[:1], "flipped": [], "rotated": []}
        for plain, kind, found in copies(race):
            if plain == race.surfaces[0] and kind in names:
                names[kind] = found
        if not names["flipped"] and not names["rotated"]:
            raise ValueError(f"race must hold flipped or rotated copies of {race.surfaces[0]}, got {brief(race)}")
        return cls(race, names)


def frames(
    rules: Sequence[Optimizer] | Mapping[str, Optimizer] | None,
    surface: Surface,
    starts: int = 1000,
    steps: int = 2000,
    seed: int = 0,
    *,
    seeds: Iterable[int] = (0, 1, 2),
    kinds: Iterable[str] = ("flipped", "rotated"),
    **options: Any,
) -> Frames:
    """Run the same race in the plain frame of a surface and in other ones, each optimizer tuned in each frame.

    A gain that is there in the plain frame alone comes from the frame: from the axes, or from the diagonal
    (1, ..., 1), along which an exact Dirichlet F^-1 is large and on which many published minima lie.

    Parameters
    ----------
    rules : as in `race`; None for its roster.
    surface : the surface.
    starts, steps, seed : as in `race`, in each frame.
    seeds : of the sign flips and of the rotations; flips by patterns of signs that a former seed gave are left out.
    kinds : "flipped", "rotated" or both.
    options : further options of `race`, such as target, tuning_starts, same_lr, control, progress.

    Returns
    -------
    Frames

    Raises
    ------
    ValueError
        For no seed, another kind, a surface whose smallest value is not known once it is rotated, and as `race`.
    TypeError
        For arguments of a wrong kind.
    """
    check_instance("surface", surface, Surface, "a Surface such as ls.styblinski_tang(10)")
    chosen = check_names("kinds", kinds, KINDS[1:])
    if not chosen:
        raise ValueError(f"kinds must be some of flipped and rotated, got {brief(kinds)}")
    listed = list(dict.fromkeys(check_integers("seeds", seeds, most=None)))
    if not listed:
        raise ValueError("seeds must hold at least one seed, got none")
    in_frames: dict[str, list[Surface]] = {"plain": [surface], "flipped": [], "rotated": []}
    if "flipped" in chosen:
        patterns = {tuple(signs(surface.dim, k)): k for k in reversed(listed)}  # the first seed of each stays
        in_frames["flipped"] = [surface.flipped(k) for k in sorted(patterns.values(), key=listed.index)]
    if "rotated" in chosen:
        in_frames["rotated"] = [surface.rotated(k) for k in listed]
        if np.isfinite(surface.f_min) and not np.isfinite(in_frames["rotated"][0].f_min):
            raise ValueError(f"the smallest value of {surface.name} is not known when rotated: use kinds='flipped'")
    made = race(rules, [s for group in in_frames.values() for s in group], starts, steps, seed, **options)
    return Frames.of(made)


def _floor(found: list[Gain], kind: str) -> str:
    """The noise floor in one sentence."""
    floors = {g.measure: g.floor for g in found}
    if not found or floors["hit"] is None:
        return f"Noise floor ({kind}): none, no control ran."
    hits, last = (100 * (floors[m] or 0.0) for m in MEASURES)
    return f"Noise floor (plain, {kind}): equal rules differ by up to {hits:.2f} points, in last f by {last:.1f}."
