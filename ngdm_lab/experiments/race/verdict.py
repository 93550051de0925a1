"""What a race says in sentences: who leads, who is equal, what turning takes away, which rates are at an edge."""

from __future__ import annotations

import math
from itertools import combinations
from typing import TYPE_CHECKING

from ngdm_lab.experiments.statistics.compare import CONTROL

from . import pairs, turned
from .rows import median, share_of
from .tune import final_values

if TYPE_CHECKING:
    from .pairs import Comparison
    from .result import Race

__all__ = ["basin_line", "edge_lines", "equal_lines", "slow_lines", "turned_lines", "verdict"]


def verdict(race: Race, surface: str, compared: Comparison | None = None) -> str:
    """Who leads, by arrivals, or where nobody arrives by last values; who cannot be told from the leader; who is equal.

    `compared` is what `compare(race, surface)` gives, if it is there already.
    """
    entries = [e for e in race.on(surface) if e.label != CONTROL]
    if len(entries) == 1:
        return _alone(race, surface)
    found = compared or pairs.compare(race, surface)
    if all(pair.verdict == "equal" for pair in found.pairs):
        told = f"No difference beyond noise between {', '.join(e.label for e in entries)}."
        return told if any(e.runs.arrived.any() for e in entries) else f"Nobody reaches the target. {told}"
    arrival = {e.label: float(e.runs.arrived.mean()) for e in entries}
    last = {e.label: median(final_values(e.runs)) for e in entries}
    if any(arrival.values()):
        leader = max(arrival, key=lambda label: arrival[label])
        text = f"Most arrivals: {leader}."
    else:
        leader = min(last, key=lambda label: last[label])
        value = (
            f"lowest median last value {last[leader]:.4g} ({leader})"
            if math.isfinite(last[leader])
            else "no finite median"
        )
        text = f"Nobody reaches the target; {value}."
    same = [e.label for e in entries if e.label != leader and not _apart(found, leader, e.label, any(arrival.values()))]
    if same:
        text += f" Not told apart from it: {', '.join(same)}."
    return text + _groups(found, [e.label for e in entries])


def _alone(race: Race, surface: str) -> str:
    """For a race of one optimizer."""
    e = next(e for e in race.on(surface) if e.label != CONTROL)
    if e.runs.arrived.any():
        return f"{e.label} ran alone."
    return f"Nobody reaches the target; median last value {median(final_values(e.runs)):.4g} ({e.label})."


def _apart(found: Comparison, a: str, b: str, arrivals: bool) -> bool:
    """Whether the measure that the verdict speaks of tells two optimizers apart, beyond the floor."""
    pair = found.pair(a, b)
    floor = found.floor or (0.0, 0.0)
    if arrivals:
        return pair.p_arrival < found.level and abs(pair.difference) > floor[0]
    return pair.p_last < found.level and abs(pair.effect) > floor[1]


def _groups(found: Comparison, labels: list[str]) -> str:
    """The optimizers that are equal each to each, in groups as large as a pass in the race's order finds."""
    groups: list[list[str]] = []
    for label in labels:
        for group in groups:
            if all(found.pair(label, other).verdict == "equal" for other in group):
                group.append(label)
                break
        else:
            groups.append([label])
    equal = [" = ".join(group) for group in groups if len(group) > 1]
    return f" Equal within noise: {'; '.join(equal)}." if equal else ""


def basin_line(race: Race, surface: str) -> str:
    """The basin's share, for a surface of several minima or where not all flow ends in the global one."""
    share = share_of(race, surface)
    s = race.on(surface)[0].runs.surface
    if share is None or s is None or ("unimodal" in s.tags and share.reached.all()):
        return ""
    if share.undecided > 0.05 * len(share):
        return (
            f"Basin of the global minimum: gradient flow stays undecided from {share.undecided} of {len(share)} starts."
        )
    return f"Basin of the global minimum: gradient flow ends there from {share}."


def equal_lines(race: Race, found: dict[str, Comparison]) -> list[str]:
    """Optimizers that are equal within noise on every surface of a race of several, or the nearest to it."""
    if len(found) < 2:
        return []
    counts = {}
    for a, b in combinations([label for label in race.labels if label != CONTROL], 2):
        verdicts = [p.verdict for c in found.values() for p in c.pairs if {p.a, p.b} == {a, b}]
        if verdicts:
            counts[a, b] = verdicts.count("equal"), len(verdicts)
    lines = [f"Equal within noise on every landscape: {a} = {b}." for (a, b), (k, m) in counts.items() if k == m]
    if not lines and counts:
        (a, b), (k, m) = max(counts.items(), key=lambda item: item[1][0] / item[1][1])
        lines = [f"Nearest to equal: {a} and {b}, equal within noise on {k} of {m} landscapes."] if k else []
    return lines


def turned_lines(race: Race) -> list[str]:
    """For each surface that stands in the race plain and turned: the gains of the plain frame and what is left."""
    lines = []
    for plain, kind, names in turned.copies(race):
        found = turned.gains(race, plain, names)
        gone = turned.told(found, kind)
        gone = gone or [f"nobody gains on {found[0].reference} in the plain frame beyond noise." for _ in found[:1]]
        lines += [f"{plain}, plain and {kind}:", *gone]
    return lines


def edge_lines(race: Race) -> list[str]:
    """Which chosen rates lie at an edge of all that were tried, and which beyond the range that was tried first."""
    tuned = [(e.label, e.surface_name, e.tuning) for e in race.entries if e.tuning is not None]
    if not tuned:
        return []
    at_edge = _listed([(label, surface) for label, surface, tuning in tuned if tuning.at_edge])
    moved = _listed([(label, surface) for label, surface, tuning in tuned if tuning.moved])
    lines = [f"* The chosen rate is at the edge of all that were tried, the best one may lie beyond: {at_edge}."]
    if not at_edge:
        lines = ["No chosen rate is at the edge of those that were tried."]
    if moved:
        lines.append(f"At the first range's edge, so that the range was moved: {moved}.")
    return lines


def slow_lines(race: Race) -> list[str]:
    """Which pairs ran lane by lane, and why."""
    reasons: dict[str, list[tuple[str, str]]] = {}
    for e in race.entries:
        if e.runs.slow:
            reasons.setdefault(e.runs.slow, []).append((e.label, e.surface_name))
    return [f"Slow, lane by lane: {_listed(pairs)} ({reason})." for reason, pairs in reasons.items()]


def _listed(pairs: list[tuple[str, str]]) -> str:
    """(optimizer, surface) pairs, by optimizer."""
    by_label: dict[str, list[str]] = {}
    for label, surface in pairs:
        by_label.setdefault(label, []).append(surface)
    return "; ".join(f"{label} on {', '.join(surfaces)}" for label, surfaces in by_label.items())
