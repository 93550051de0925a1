"""What C3 to C6 share: a range of alpha against [4, 8], under one learning rate and as a property of alpha."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ngdm_lab.claims import Effect, Interval, Verdict
from ngdm_lab.claims.claim import Level
from ngdm_lab.experiments.statistics.paired import Decision, decide, paired_interval

from .sweep import ALPHAS, FORMS, SLOPES, SURFACES

__all__ = ["REFERENCE", "RULE", "Part", "Range", "curves", "difference", "judge_range", "noise_floor", "spreads"]

Array = NDArray[np.float64]

REFERENCE = (4.0, 6.0, 8.0)
FAIR = 0.05  # share of the box that starts of a kind must take for their mean to count
ONE_RATE = "rate 6"  # the view in which all have the rate that is best for alpha = 6
WORDS = {
    "arrival": ("points", 100.0, "arrivals"),
    "escape": ("points", 100.0, "arrivals from outside of the minimum's basin"),
    "digits": ("decades", 1.0, "digits of f - f_min from starts in the basin"),
    "speed": ("decades", 1.0, "speed (one over the evaluations to the first hit) from starts in the basin"),
    "step": ("decades", 1.0, "length of the first step"),
}
RULE = (
    "Each part is a difference between the range's alphas and 4, 6, 8 over the same starts, mean over the "
    "landscapes (arrivals from outside the minimum's basin only where it takes at most 95 % of the box, digits "
    "and speed from inside it only where at least 5 %), with a 95 % interval over ten batches of starts; it is "
    "in favour if the interval lies beyond the noise floor, which is the difference of 4, 6, 8 between the two "
    "halves of the starts. Holds, as a property of alpha, if all parts are in favour at equal rate / "
    "psi'(alpha) and, but for the length of a step, with every alpha at its own best rate, with alpha constant "
    "and with the paper's slope 0.005 i. Else holds only under one form of F^-1 if that is so for this form "
    "(and under the next condition with the other); else only under one learning rate for all alpha if all "
    "parts are in favour at the rate that is best for alpha = 6. Cannot be decided if a part that would change "
    "this is undecided; else does not hold."
)


@dataclass(frozen=True)
class Part:
    """A part of a claim: a measure of `sweep` and whether the range is said to have more (1) or less (-1) of it."""

    measure: str
    sign: int


@dataclass(frozen=True)
class Range:
    """A range of alpha, the alpha whose best rate stands for it, and what is said of it."""

    alphas: tuple[float, ...]
    anchor: float
    parts: tuple[Part, ...]


Sweeps = Mapping[tuple[str, float], Sequence[Mapping[str, Any]]]


def by_setting(results: Sequence[Mapping[str, Any]]) -> Sweeps:
    """The results in the jobs' order: (form, slope) to one for each landscape."""
    keys = [(form, slope) for _ in SURFACES for form in FORMS for slope in SLOPES]
    grouped: dict[tuple[str, float], list[Mapping[str, Any]]] = {}
    for key, result in zip(keys, results, strict=True):
        grouped.setdefault(key, []).append(result)
    return grouped


def batches(sweeps: Sequence[Mapping[str, Any]], view: str, alphas: Sequence[float], measure: str) -> Array:
    """(batches,) of a measure, mean over these alphas and over the landscapes where it counts."""
    rows = []
    for sweep in sweeps:
        kind = {"escape": 1.0 - sweep["share"], "digits": sweep["share"], "speed": sweep["share"]}.get(measure, 1.0)
        cells = [sweep["views"][view][ALPHAS.index(alpha)][measure] for alpha in alphas]
        if kind >= FAIR and all(value is not None for cell in cells for value in cell):
            rows.append(np.mean(np.array(cells, dtype=np.float64), axis=0))
    if not rows:
        raise ValueError(f"measure {measure} counts on no landscape")
    return np.asarray(np.mean(rows, axis=0))


def difference(
    sweeps: Sequence[Mapping[str, Any]], view: str, alphas: Sequence[float], measure: str
) -> tuple[float, float, float]:
    """The range less 4, 6, 8, with its 95 % interval."""
    return paired_interval(batches(sweeps, view, alphas, measure), batches(sweeps, view, REFERENCE, measure))


def noise_floor(sweeps: Sequence[Mapping[str, Any]], measure: str) -> float:
    """How much 4, 6, 8 at their own rates differ between the two halves of the starts."""
    first, second = np.array_split(batches(sweeps, "own", REFERENCE, measure), 2)
    return float(abs(first.mean() - second.mean()))


def judge_range(results: Sequence[Mapping[str, Any]], level: Level, given: Range) -> Verdict:
    """The verdict on a range by `RULE`."""
    sweeps = by_setting(results)
    senses: dict[tuple[str, str], Decision] = {}
    for form in FORMS:
        for sense in ("property", "one rate"):
            senses[form, sense] = _all([
                _decision(sweeps[form, slope], view, given.alphas, part)
                for slope in SLOPES for part in given.parts for view in _views(sense, part)
            ])  # fmt: skip
    kind, condition, sense, form = _kind(senses)
    lead = given.parts[0]
    view = "own" if sense == "property" and lead.measure != "step" else _views(sense, lead)[0]
    mean, low, high = difference(sweeps[form, SLOPES[1]], view, given.alphas, lead.measure)
    unit, scale, words = WORDS[lead.measure]
    numbers = _numbers(sweeps, given)
    some = results[0]
    return Verdict(
        kind, _sentence(sweeps, given), condition,
        Effect(scale * mean, unit, f"{words}, range less 4, 6, 8, {_NAMES[view]}, {form} F^-1"),
        Interval(scale * low, scale * high, 0.95), numbers=numbers, data=SURFACES, seeds=int(some["starts"]),
        budget=f"{some['steps']} steps a start, {len(some['effective'])} effective rates tried by every alpha",
    )  # fmt: skip


_NAMES = {"own": "each at its own best rate", "effective": "at equal rate / psi'", ONE_RATE: "at one rate for all"}


def _views(sense: str, part: Part) -> tuple[str, ...]:
    if sense == "one rate":
        return (ONE_RATE,)
    return ("effective",) if part.measure == "step" else ("effective", "own")


def _decision(sweeps: Sequence[Mapping[str, Any]], view: str, alphas: Sequence[float], part: Part) -> Decision:
    _, low, high = difference(sweeps, view, alphas, part.measure)
    low, high = (low, high) if part.sign > 0 else (-high, -low)
    return decide(low, high, noise_floor(sweeps, part.measure))


def _all(decisions: Sequence[Decision]) -> Decision:
    """In favour if all are; against if one is against or equal; else undecided."""
    if all(decision == "in favour" for decision in decisions):
        return "in favour"
    return "against" if {"against", "equal"} & set(decisions) else "undecided"


def _kind(senses: Mapping[tuple[str, str], Decision]) -> tuple[Any, str, str, str]:
    """Kind of the verdict, its condition, and the sense and form that the effect is shown in."""
    forms = [form for form in FORMS if senses[form, "property"] == "in favour"]
    if len(forms) == len(FORMS):
        return "holds", "", "property", "diagonal"
    if "undecided" in (senses[form, "property"] for form in FORMS):
        return "cannot be decided here", "", "property", "diagonal"
    shared = [form for form in FORMS if senses[form, "one rate"] == "in favour"]
    if forms:
        other = [form for form in shared if form not in forms]
        also = f", or with the {other[0]} form one learning rate for all alpha" if other else ""
        return "holds only under", f"the {forms[0]} form of F^-1{also}", "property", forms[0]
    if shared:
        also = "" if len(shared) == len(FORMS) else f" and the {shared[0]} form of F^-1"
        return "holds only under", f"one learning rate for all alpha{also}", "one rate", shared[0]
    if "undecided" in (senses[form, "one rate"] for form in FORMS):
        return "cannot be decided here", "", "one rate", "diagonal"
    return "does not hold", "", "one rate", "diagonal"


def _numbers(sweeps: Sweeps, given: Range) -> dict[str, float]:
    """Every difference and noise floor."""
    numbers = {}
    for form in FORMS:
        for slope in SLOPES:
            mine, name = sweeps[form, slope], f"{form}, slope {slope:g}"
            for part in given.parts:
                numbers[f"floor of {part.measure} ({name})"] = noise_floor(mine, part.measure)
                for view in (ONE_RATE, f"rate {given.anchor:g}", "effective", "own"):
                    numbers[f"{part.measure}, {view} ({name})"] = difference(mine, view, given.alphas, part.measure)[0]
        against, scaled = spreads(sweeps[form, SLOPES[1]], (*given.alphas, *REFERENCE))
        numbers |= {f"spread against rate ({form})": against, f"spread against rate / psi' ({form})": scaled}
    return numbers


def _sentence(sweeps: Sweeps, given: Range) -> str:
    texts = []
    for form in FORMS:
        mine, parts = sweeps[form, SLOPES[1]], []
        for part in given.parts:
            unit, scale, words = WORDS[part.measure]
            views = [ONE_RATE, f"rate {given.anchor:g}", "effective", *([] if part.measure == "step" else ["own"])]
            found = [f"{scale * difference(mine, view, given.alphas, part.measure)[0]:+.2g}" for view in views]
            parts.append(f"{words} {', '.join(found)} {unit}")
        texts.append(f"{form.capitalize()} F^-1: {'; '.join(parts)}")
    alphas = (*given.alphas, *REFERENCE)
    against, scaled, exact = (
        f"{100 * value:.2g}" for value in (
            *spreads(sweeps["diagonal", SLOPES[1]], alphas), spreads(sweeps["exact", SLOPES[1]], alphas)[1],
        )
    )  # fmt: skip
    return (
        f"Less alpha 4 to 8, at the rate best for 6, at that best for {given.anchor:g}, at equal rate / psi', and each "
        f"at its own best rate. {'. '.join(texts)}. With diagonal F^-1 the mean curves of arrivals lie up to {against} "
        f"points apart against the rate and {scaled} against rate / psi' (exact: {exact})."
    )


def curves(sweeps: Sequence[Mapping[str, Any]], alphas: Sequence[float], scaled: bool) -> tuple[Array, Array]:
    """Rates (k,) that all these alphas and landscapes have, and arrivals (alphas, k), mean over the landscapes.

    `scaled` : the rates are rates / psi', else rates as they are, between which the curves are interpolated.
    """
    chosen = [ALPHAS.index(alpha) for alpha in alphas]
    effective = np.array(sweeps[0]["effective"])
    shares = np.array([[sweep["curves"][k] for k in chosen] for sweep in sweeps])
    if scaled:
        return effective, shares.mean(axis=0)
    gains = np.array([[sweep["gains"][k] for k in chosen] for sweep in sweeps])
    each = zip(gains.ravel(), shares.reshape(-1, effective.size), strict=True)
    rates = np.log(effective)
    every = np.array([np.interp(rates, rates - np.log(gain), share, left=0.0, right=0.0) for gain, share in each])
    return effective, every.reshape(shares.shape).mean(axis=0)


def spreads(sweeps: Sequence[Mapping[str, Any]], alphas: Sequence[float]) -> tuple[float, float]:
    """The largest distance of these alphas' mean curves at a common rate, and at a common rate / psi'."""
    against, scaled = (float(np.ptp(curves(sweeps, alphas, kind)[1], axis=0).max()) for kind in (False, True))
    return against, scaled
