"""Frame invariance: what an optimizer gains over another in the plain frame, and whether it gains in other frames.

Another frame is a copy of a surface by sign flips or rotations. A gain that is lost there was a gift of the axes or of
the diagonal (1, ..., 1), not of the landscape.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from landscapes import Surface
from ngdm_lab.engine import Ensemble
from ngdm_lab.experiments.statistics.compare import CONTROL, beyond_noise, chance, holm, rank_sum

from .entries import Entries, Entry
from .judge import Share, diluted, medians_apart, noise_of, share
from .measures import final_values

__all__ = ["LEVEL", "MEASURES", "Gain", "copies", "gains", "gains_in_words"]

MEASURES = ("hit", "last")
TRANSFORMS = ("flipped", "rotated")  # the kinds that make another frame
LEVEL = 0.05


@dataclass(frozen=True)
class Gain:
    """What one optimizer gains over a reference from the same starts, in the plain frame and in other ones.

    Intervals and p-values have the noise of tuning within, that of both optimizers in each frame.

    Attributes
    ----------
    label, reference : the two optimizers.
    measure : "hit": share of the starts from which only it reaches the target less that from which only the
        reference does; "last": share from which its last value is lower, by more than the target, less that where it is
        higher.
    plain, other : the gain in the plain frame and in the other ones, all of them together.
    half_plain, half_other : half widths of the 95 % intervals.
    p_plain, p_other : sign tests that there is none (for hits that is McNemar's test), after Holm's correction
        over the optimizers.
    p_invariance : Mann and Whitney's test that the gains from single starts are alike in the plain and the other
        frames, after Holm's correction.
    floor : the control's gain over its equal, without sign, the larger of the two frames; None without a control.
    verdict : "lost" where the gain holds in the plain frame, differs between the frames, and does not hold in the
        other ones; "smaller" or "larger" where it still holds there; "kept" where no difference of the frames is
        shown; "none" where there is no gain in the plain frame.
    """

    label: str
    reference: str
    measure: str
    plain: float
    other: float
    half_plain: float
    half_other: float
    p_plain: float
    p_other: float
    p_invariance: float
    floor: float | None
    verdict: str


def copies(race: Entries) -> list[tuple[str, str, list[str]]]:
    """(plain surface, kind of frame, its copies) for all surfaces that stand in the race in other frames as well."""
    surfaces = {e.surface_name: e.runs.surface for e in race.entries}
    found: dict[tuple[str, str], list[str]] = {}
    for plain, base in surfaces.items():
        for name, s in surfaces.items():
            kind = _frame(base, s)
            if kind:
                found.setdefault((plain, kind), []).append(name)
    return [(plain, kind, names) for (plain, kind), names in found.items()]


def _frame(base: Surface | None, s: Surface | None) -> str:
    """ "flipped", "rotated" or both words where `s` is `base` in another frame, else "".

    A user's own surface of a loaded race, None, cannot be compared.
    """
    if base is None or s is None or base is s:
        return ""
    one, two = base.spec(), s.spec()
    chain = len(one["transforms"])
    rest = two["transforms"][chain:]
    alike = all(one[k] == two[k] for k in ("family", "dim", "parameters", "noise"))
    kinds = [step["kind"] for step in rest]
    if not (alike and rest and two["transforms"][:chain] == one["transforms"] and set(kinds) <= set(TRANSFORMS)):
        return ""
    return " and ".join(dict.fromkeys(kinds))


def gains(race: Entries, plain: str, others: Sequence[str], level: float = LEVEL) -> list[Gain]:
    """Gains over the control's equal, or without a control over the first optimizer, in hits and last values.

    Parameters
    ----------
    race : a race with a surface and copies of it in other frames.
    plain : the surface's name.
    others : names of its copies; their runs are taken together.
    level : of the tests, after correction.
    """
    frames = [{e.label: e for e in race.on(name)} for name in (plain, *others)]
    shared = [label for label in frames[0] if all(label in f for f in frames)]
    reference = race.control if race.control in shared else shared[0]
    labels = [label for label in shared if label not in (reference, CONTROL)]
    resolution = race.settings["target"]
    out = []
    for measure in MEASURES:
        floor = None
        if CONTROL in shared:
            floor = max(abs(s.difference) for s in _sides(frames, CONTROL, reference, measure, resolution)[:2])
        found = [_sides(frames, label, reference, measure, resolution) for label in labels]
        p_plain = holm(np.array([a.p for a, _, _ in found])).tolist()
        p_other = holm(np.array([b.p for _, b, _ in found])).tolist()
        p_invariance = holm(np.array([p for _, _, p in found])).tolist()
        for k, (label, (a, b, _)) in enumerate(zip(labels, found, strict=True)):
            holds = [
                side.difference > 0 and beyond_noise(side.difference, floor or 0.0, p, level)
                for side, p in ((a, p_plain[k]), (b, p_other[k]))
            ]
            verdict = "none"
            if holds[0]:
                verdict = "lost" if not holds[1] else "smaller" if b.difference < a.difference else "larger"
                verdict = verdict if p_invariance[k] < level else "kept"
            chances = p_plain[k], p_other[k], p_invariance[k]
            sizes = a.difference, b.difference, a.half, b.half
            out.append(Gain(label, reference, measure, *sizes, *chances, floor=floor, verdict=verdict))
    return out


def _sides(
    frames: Sequence[dict[str, Entry]], label: str, reference: str, measure: str, resolution: float
) -> tuple[Share, Share, float]:
    """The gain in the plain frame, that in all others together, and p that they are alike, uncorrected."""
    signs = [_signs(f[label].runs, f[reference].runs, measure, resolution) for f in frames]
    noise = [_noise(f[label], f[reference], measure, one) for f, one in zip(frames, signs, strict=True)]
    one, two = signs[0], np.concatenate(signs[1:])
    weights = [len(s) / len(two) for s in signs[1:]]  # each frame has a choice of its own
    other = sum(w * w * v for w, v in zip(weights, noise[1:], strict=True))
    a, b = share(one > 0, one < 0, noise[0]), share(two > 0, two < 0, other)
    p = rank_sum(one.astype(float), two.astype(float))[1]
    return a, b, diluted(p, a.difference - b.difference, noise[0] + other)


def _noise(own: Entry, other: Entry, measure: str, signs: NDArray[np.int8]) -> float:
    """Variance that the two choices of a rate add to the gain in one frame.

    That of hits for both measures: another share of runs in the basin of the minimum is another share of lower last
    values. In these, more where the medians tell so: the variance of the gain is to its square as that of the medians'
    difference is to its own. (Where basins of higher minima change places and the median does not move, it is still
    too small: tests/experiments/race/test_frames.py has the numbers.) No share has a variance above 1.
    """
    one, two = noise_of(own), noise_of(other)
    hits = one.hits + two.hits
    noise, gain = one.final + two.final, float(signs.mean())
    if measure == "hit" or noise == 0.0 or gain == 0.0:
        return hits
    apart = medians_apart(final_values(own.runs), final_values(other.runs))
    return min(1.0, max(hits, noise * (gain / apart) ** 2)) if apart else 1.0


def _signs(own: Ensemble, other: Ensemble, measure: str, resolution: float) -> NDArray[np.int8]:
    """1 where a run does better than that of the reference from the same start, -1 where worse."""
    if measure == "hit":
        return (own.hit >= 0).astype(np.int8) - (other.hit >= 0).astype(np.int8)
    a, b = final_values(own), final_values(other)
    with np.errstate(invalid="ignore"):
        d = np.where(a == b, 0.0, b - a)
    return np.where(np.abs(d) > resolution, np.sign(d), 0.0).astype(np.int8)


def gains_in_words(found: Sequence[Gain], kind: str) -> list[str]:
    """Sentences: who gains in the plain frame, by how much, and what is left of it in the other ones."""
    words = {"hit": "reaches the target more often", "last": "ends lower"}
    ends = {"lost": "lost", "smaller": "smaller", "larger": "larger", "kept": "no significant difference"}
    lines = []
    for g in found:
        if g.verdict != "none":
            pairs = (g.plain, g.half_plain), (g.other, g.half_other)
            one, two = (f"{100 * gain + 0.0:+.1f} +- {100 * half:.1f}" for gain, half in pairs)
            end = f"{ends[g.verdict]} ({chance(g.p_invariance)})"
            lines.append(f"{g.label} {words[g.measure]} than {g.reference}: {one} points plain, {two} {kind}: {end}.")
    return lines
