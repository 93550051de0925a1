"""What an optimizer gains over another in the plain frame, and whether the gain is there in turned frames.

A frame is a copy of a surface by sign flips or rotations. A gain that turning takes away was a gift of the axes or of
the diagonal (1, ..., 1), not of the landscape.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from landscapes import Surface
from ngdm_lab.experiments.statistics.compare import CONTROL, chance, holm, paired_difference, rank_sum, sign_test

from .tune import final_values

if TYPE_CHECKING:
    from .result import Race

__all__ = ["MEASURES", "Gain", "copies", "gains", "told"]

MEASURES = ("arrival", "last")
TURNS = ("flipped", "rotated")


@dataclass(frozen=True)
class Gain:
    """What one optimizer gains over a reference from the same starts, in the plain frame and in turned ones.

    Attributes
    ----------
    label, reference : the two optimizers.
    measure : "arrival": share of the starts from which only it arrives less that from which only the reference
        does; "last": share from which its last value is lower, by more than the target, less that where it is higher.
    plain, turned : the gain in the plain frame and in the turned ones, all of them together.
    half_plain, half_turned : half widths of the 95 % intervals.
    p_plain, p_turned : sign tests that there is none (for arrivals that is McNemar's test), after Holm's correction
        over the optimizers.
    p_turn : Mann and Whitney's test that the gains from single starts are alike in the plain and the turned frames,
        after Holm's correction.
    floor : the control's gain over its equal, without sign, the larger of the two frames; None without a control.
    verdict : "lost" where the gain holds in the plain frame, differs between the frames, and does not hold in the
        turned ones; "smaller" or "larger" where it still holds there; "kept" where no difference of the frames is
        shown; "none" where there is no gain in the plain frame.
    """

    label: str
    reference: str
    measure: str
    plain: float
    turned: float
    half_plain: float
    half_turned: float
    p_plain: float
    p_turned: float
    p_turn: float
    floor: float | None
    verdict: str


def copies(race: Race) -> list[tuple[str, str, list[str]]]:
    """(plain surface, kind of turn, its turned copies) for all surfaces of a race that stand in it turned as well."""
    surfaces = {e.surface_name: e.runs.surface for e in race.entries}
    found: dict[tuple[str, str], list[str]] = {}
    for plain, base in surfaces.items():
        for name, s in surfaces.items():
            kind = _turn(base, s)
            if kind:
                found.setdefault((plain, kind), []).append(name)
    return [(plain, kind, names) for (plain, kind), names in found.items()]


def _turn(base: Surface | None, s: Surface | None) -> str:
    """ "flipped", "rotated" or both words where `s` is `base` turned, else "". A user's own cannot be compared."""
    if base is None or s is None or base is s:
        return ""
    one, two = base.spec(), s.spec()
    chain = len(one["transforms"])
    rest = two["transforms"][chain:]
    alike = all(one[k] == two[k] for k in ("family", "dim", "parameters", "noise"))
    kinds = [step["kind"] for step in rest]
    if not (alike and rest and two["transforms"][:chain] == one["transforms"] and set(kinds) <= set(TURNS)):
        return ""
    return " and ".join(dict.fromkeys(kinds))


def gains(race: Race, plain: str, turned: Sequence[str], level: float = 0.05) -> list[Gain]:
    """Gains over the control's equal, or without a control over the first optimizer, in arrivals and last values.

    Parameters
    ----------
    race : a race with a surface and turned copies of it.
    plain : the surface's name.
    turned : names of its copies; their runs are taken together.
    level : of the tests, after correction.
    """
    frames = [{e.label: e.runs for e in race.on(name)} for name in (plain, *turned)]
    shared = [label for label in frames[0] if all(label in f for f in frames)]
    reference = race.control if race.control in shared else shared[0]
    others = [label for label in shared if label not in (reference, CONTROL)]
    resolution = race.settings["target"]
    out = []
    for measure in MEASURES:
        signs: dict[str, list[NDArray[np.int8]]] = {
            label: [_signs(f[label], f[reference], measure, resolution) for f in frames]
            for label in (*others, *([CONTROL] if CONTROL in shared else []))
        }
        floor = None
        if CONTROL in signs:
            floor = max(abs(float(s.mean())) for s in (signs[CONTROL][0], np.concatenate(signs[CONTROL][1:])))
        pooled = {label: (s[0], np.concatenate(s[1:])) for label, s in signs.items() if label != CONTROL}
        tests = {
            "plain": [_test(one) for one, _ in pooled.values()],
            "turned": [_test(two) for _, two in pooled.values()],
            "turn": [rank_sum(one.astype(float), two.astype(float))[1] for one, two in pooled.values()],
        }
        p = {k: holm(np.array(v)) for k, v in tests.items()}
        for k, (label, (one, two)) in enumerate(pooled.items()):
            a, half_a = paired_difference(one > 0, one < 0)
            b, half_b = paired_difference(two > 0, two < 0)
            holds = [gain > (floor or 0.0) and p[w][k] < level for gain, w in ((a, "plain"), (b, "turned"))]
            verdict = "none"
            if holds[0]:
                differs = p["turn"][k] < level
                verdict = "lost" if not holds[1] else "smaller" if b < a else "larger"
                verdict = verdict if differs else "kept"
            chances = float(p["plain"][k]), float(p["turned"][k]), float(p["turn"][k])
            out.append(Gain(label, reference, measure, a, b, half_a, half_b, *chances, floor=floor, verdict=verdict))
    return out


def _signs(own: Any, other: Any, measure: str, resolution: float) -> NDArray[np.int8]:
    """1 where a run does better than that of the reference from the same start, -1 where worse."""
    if measure == "arrival":
        return own.arrived.astype(np.int8) - other.arrived.astype(np.int8)
    a, b = final_values(own), final_values(other)
    with np.errstate(invalid="ignore"):
        d = np.where(a == b, 0.0, b - a)
    return np.where(np.abs(d) > resolution, np.sign(d), 0.0).astype(np.int8)


def _test(signs: NDArray[np.int8]) -> float:
    return sign_test(int((signs > 0).sum()), int((signs < 0).sum()))


def told(found: Sequence[Gain], kind: str) -> list[str]:
    """Sentences: who gains in the plain frame, by how much, and what is left of it in the turned ones."""
    words = {"arrival": "arrives more often", "last": "ends lower"}
    ends = {"lost": "lost", "smaller": "smaller", "larger": "larger", "kept": "no difference shown"}
    lines = []
    for g in found:
        if g.verdict != "none":
            pairs = (g.plain, g.half_plain), (g.turned, g.half_turned)
            one, two = (f"{100 * gain + 0.0:+.1f} +- {100 * half:.1f}" for gain, half in pairs)
            end = f"{ends[g.verdict]} ({chance(g.p_turn)})"
            lines.append(f"{g.label} {words[g.measure]} than {g.reference}: {one} points plain, {two} {kind}: {end}.")
    return lines
