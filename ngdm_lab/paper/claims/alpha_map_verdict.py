"""What maps over alpha and the learning rate say of the paper's boxes: the rule that C1 and C2 share, and its words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ngdm_lab.claims import Effect, Interval, Verdict
from ngdm_lab.claims.verdict import Kind
from ngdm_lab.experiments.statistics.contrasts import Contrast, contrasts, floor_of

from .parts import all_of, listed

__all__ = ["RULE", "Judged", "boxes", "judged", "verdict"]

RULE = (
    "For each box: a map of validation scores over alpha (start of the ramp alpha + 0.005 i, diagonal form) and the "
    "learning rate picks the best cell inside the box and the best of all; both are trained again with fresh seeds, "
    "and with them the cells outside the box's alpha that have the same effective rate lr/psi'(alpha), and a twin of "
    "the best cell inside with other orders of the samples, whose interval is the noise floor. The box holds if its "
    "best cell is not worse than the best of all beyond noise (Student's paired test, p < 0.05 by Holm over all "
    "boxes, and a mean beyond the floor) and better beyond noise than every cell of the same effective rate outside. "
    "It holds only against some alpha if it is better than some of these. It does not hold if its best cell is worse "
    "than the best of all beyond noise, or, better than no cell of its line, equals one of them (all of the interval "
    "within the floor) or is worse than one: then alpha does nothing that the rate does not. Otherwise it cannot be "
    "decided here. The claim holds if all boxes do, and only under those that hold if some do."
)


@dataclass(frozen=True)
class Judged:
    """A box's verdict: the comparison with the best cell of all (None where it is that cell), and those on its line."""

    kind: Kind
    condition: str
    best: Contrast | None
    line: tuple[Contrast, ...]
    floor: float


def judged(found: Sequence[Mapping[str, Any]]) -> list[Judged]:
    """By `RULE`, from what `alpha_map.maps` gave."""
    pairs, sizes, floors = [], [], []
    for outcome in found:
        better, chosen = outcome["better"], outcome["chosen"]
        fresh = {int(place): better * np.array(scores) for place, scores in outcome["fresh"].items()}
        floors.append(floor_of(better * np.array(outcome["twin"]), fresh[chosen]))
        rivals = ([outcome["best"]] if outcome["best"] != chosen else []) + list(outcome["line"])
        names = [f"alpha = {outcome['cells'][place]['alpha']:g}" for place in rivals]
        pairs += [(name, fresh[chosen], fresh[place], floors[-1]) for name, place in zip(names, rivals, strict=True)]
        sizes.append(len(rivals))
    made, first = contrasts(pairs), 0
    out = []
    for outcome, size, floor in zip(found, sizes, floors, strict=True):
        own = made[first : first + size]
        first += size
        best = own.pop(0) if outcome["best"] != outcome["chosen"] else None
        out.append(Judged(*_kind(best, own), best, tuple(own), floor))
    return out


def _kind(best: Contrast | None, line: Sequence[Contrast]) -> tuple[Kind, str]:
    if best is not None and best.decision == "against":
        return "does not hold", ""
    ahead = [c.label for c in line if c.decision == "in favour"]
    if line and len(ahead) == len(line):
        return "holds", ""
    if ahead:
        return "holds only under", f"against {listed(ahead)} at the same effective rate"
    if any(c.decision in ("equal", "against") for c in line):
        return "does not hold", ""
    return "cannot be decided here", ""


def verdict(found: Sequence[Mapping[str, Any]]) -> Verdict:
    """The claim's verdict: all boxes together."""
    each = judged(found)
    names = [outcome["box"]["name"] for outcome in found]
    kind, condition = all_of({name: (j.kind, j.condition) for name, j in zip(names, each, strict=True)})
    sentences = [_sentence(outcome, j) for outcome, j in zip(found, each, strict=True)]
    scale, unit = _unit(found[0])
    nearest = min(each[0].line, key=lambda c: c.mean)
    effect = Effect(scale * nearest.mean, unit,
                    f"{names[0]}: best cell of the box less the best at its effective rate outside "
                    f"({nearest.label}), larger is better")  # fmt: skip
    return Verdict(
        kind, " ".join(sentences), condition, effect, Interval(scale * nearest.low, scale * nearest.high, 0.95),
        statistics={f"p, {name}, {c.label}": c.p for name, j in zip(names, each, strict=True) for c in j.line},
        numbers={name: _numbers(outcome, j) for name, outcome, j in zip(names, found, each, strict=True)},
        data=tuple(dict.fromkeys(outcome["data"] for outcome in found)), seeds=len(found[0]["twin"]),
        budget="; ".join(dict.fromkeys(outcome["sizes"] for outcome in found)),
    )  # fmt: skip


def boxes(outcome: Mapping[str, Any]) -> str:
    """The box in words."""
    box = outcome["box"]
    return f"alpha in [{box['alpha'][0]:g}, {box['alpha'][1]:g}], lr in [{box['lr'][0]:g}, {box['lr'][1]:g}]"


def _unit(outcome: Mapping[str, Any]) -> tuple[float, str]:
    return (100.0, "points of accuracy") if outcome["measure"] == "accuracy" else (1.0, "squared error")


def _sentence(outcome: Mapping[str, Any], j: Judged) -> str:
    scale, unit = _unit(outcome)
    cells, chosen, best = outcome["cells"], outcome["cells"][outcome["chosen"]], outcome["cells"][outcome["best"]]
    share = sum(cell["inside"] for cell in cells)
    where = "inside the box" if best["inside"] else "outside the box"
    said = f"{outcome['box']['name']} ({boxes(outcome)}, {share} of {len(cells)} cells): the best cell is alpha = "
    said += f"{best['alpha']:g}, lr = {best['lr']:.3g}, {where}"
    if j.best is not None:
        word = {"against": "better than", "in favour": "worse than"}.get(j.best.decision, "not told apart from")
        said += (f", with fresh seeds {word} the box's best, alpha = {chosen['alpha']:g}, lr = {chosen['lr']:.3g} "
                 f"({-outcome['better'] * scale * j.best.mean:+.2g} {unit})")  # fmt: skip
    groups = {
        word: [c.label for c in j.line if c.decision == decision]
        for decision, word in (("in favour", "better than"), ("equal", "equal to"), ("against", "worse than"),
                               ("undecided", "not told apart from"))
    }  # fmt: skip
    on_line = ", ".join(f"{word} {listed(labels)}" for word, labels in groups.items() if labels)
    return f"{said}; at the same effective rate the box's best is {on_line} (noise floor {scale * j.floor:.2g})."


def _numbers(outcome: Mapping[str, Any], j: Judged) -> dict[str, Any]:
    scale, _ = _unit(outcome)
    return {
        "verdict": j.kind, "chosen": _cell(outcome, "chosen"), "best": _cell(outcome, "best"), "floor": scale * j.floor,
        "line": [[c.label, scale * outcome["better"] * c.mean, c.decision] for c in j.line],
    }  # fmt: skip


def _cell(outcome: Mapping[str, Any], which: str) -> dict[str, Any]:
    place = outcome[which]
    cell = outcome["cells"][place]
    return {"alpha": cell["alpha"], "lr": cell["lr"], "score": float(np.mean(outcome["fresh"][str(place)]))}
