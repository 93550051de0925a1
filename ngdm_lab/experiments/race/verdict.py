"""What a race says in sentences: who leads, who is equal, what is lost in other frames, which rates are at an edge."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from itertools import combinations

from ngdm_lab.experiments.statistics.compare import CONTROL

from .entries import Entries, Entry
from .findings import Findings
from .frame_invariance import gains_in_words
from .measures import final_values, median
from .pairs import NONE, UNDECIDED, Comparison
from .standings import by_cost
from .tables import count, factor

__all__ = ["basin_line", "edge_lines", "equal_lines", "invariance_lines", "slow_lines", "undercut_lines", "verdict"]


def verdict(race: Entries, found: Comparison) -> str:
    """Who leads, and by how much: by running time, or where nobody hits by last values; who does not differ from whom.

    `found` is what `compare(race, surface)` gives for one of the surfaces.
    """
    entries = [e for e in race.on(found.surface) if e.label != CONTROL]
    if len(entries) == 1:
        return _alone(entries[0])
    measure, cost = by_cost(entries)
    hit, labels = measure == "time", [e.label for e in entries]
    nobody = "" if hit else "Nobody reaches the target. "
    if all(pair.verdict == NONE for pair in found.pairs):
        return f"{nobody}No difference found between {', '.join(labels)}."
    leader, value = next((label, c[0] if hit else c[1]) for label, c in cost.items())
    if hit:
        text = f"Fastest to the target: {leader}, {count(value)} evaluations."
    elif math.isfinite(value):
        text = f"{nobody}Lowest median last value: {leader}, {value:.4g}."
    else:
        text = f"{nobody}No finite median."
    return " ".join([text, *_behind(found, leader, [label for label in labels if label != leader])])


def _behind(found: Comparison, leader: str, others: list[str]) -> list[str]:
    """How the others compare with the leader, and who of those that it beats does not differ from whom."""
    by: dict[str, list[str]] = {"slower": [], "fewer hits": [], "behind": [], UNDECIDED: [], NONE: []}
    for label in others:
        pair = found.pair(leader, label)
        said, kind = label, pair.verdict
        if pair.differs and pair.measure == "time":
            said, kind = f"{label} ({factor(*pair.ratio_of(label))} times)", "slower"
        elif pair.differs:
            kind = "fewer hits" if pair.measure == "hits" else "behind"
        by[kind].append(said)
    lines = [f"{kind.capitalize()}: {', '.join(labels)}." for kind, labels in by.items() if labels]
    beaten = [label for label in others if found.pair(leader, label).differs]
    return lines + _groups(found, beaten)


def _alone(e: Entry) -> str:
    """For a race of one optimizer."""
    if (e.runs.hit >= 0).any():
        return f"{e.label} ran alone."
    return f"Nobody reaches the target; median last value {median(final_values(e.runs)):.4g} ({e.label})."


def _groups(found: Comparison, labels: list[str]) -> list[str]:
    """Those that do not differ each from each."""
    alike = alike_groups(labels, {(p.a, p.b) for p in found.pairs if p.verdict == NONE})
    return [f"No difference found among: {'; '.join(', '.join(group) for group in alike)}."] if alike else []


def alike_groups(labels: Sequence[str], equal: Collection[tuple[str, str]]) -> list[list[str]]:
    """Groups of labels all pairs of which are in `equal`, so many that each pair of it is in one of them."""
    groups: list[list[str]] = []
    known = {frozenset(pair) for pair in equal}
    for pair in combinations(labels, 2):
        if frozenset(pair) not in known or any(set(pair) <= set(group) for group in groups):
            continue
        group = list(pair)
        for label in labels:
            if label not in group and all(frozenset((label, other)) in known for other in group):
                group.append(label)
        groups.append([label for label in labels if label in group])
    return groups


def basin_line(race: Entries, findings: Findings, surface: str) -> str:
    """The basin's share, for a surface of several minima or where not all flow ends in the global one."""
    share = findings.shares[surface]
    s = race.on(surface)[0].runs.surface
    if share is None or s is None or ("unimodal" in s.tags and share.reached.all()):
        return ""
    if share.undecided > 0.05 * len(share):
        return (
            f"Basin of the global minimum: gradient flow stays undecided from {share.undecided} of {len(share)} starts."
        )
    return f"Basin of the global minimum: gradient flow ends there from {share}."


def equal_lines(race: Entries, found: dict[str, Comparison]) -> list[str]:
    """Optimizers between which no surface of a race of several shows a difference, or those with the fewest."""
    if len(found) < 2:
        return []
    counts = {}
    for a, b in combinations([label for label in race.labels if label != CONTROL], 2):
        verdicts = [p.verdict for c in found.values() for p in c.pairs if {p.a, p.b} == {a, b}]
        if verdicts:
            counts[a, b] = verdicts.count(NONE), len(verdicts)
    never = alike_groups(race.labels, [pair for pair, (k, m) in counts.items() if k == m])
    lines = [f"No difference found on any landscape: {', '.join(group[:-1])} and {group[-1]}." for group in never]
    if not lines and counts:
        (a, b), (k, m) = max(counts.items(), key=lambda item: item[1][0] / item[1][1])
        lines = [f"Most alike: {a} and {b}, no difference found on {k} of {m} landscapes."] if k else []
    return lines


def invariance_lines(findings: Findings) -> list[str]:
    """For each surface that stands in the race in several frames: the gains of the plain one and what is left."""
    lines = []
    for o in findings.frames:
        nobody = [f"no optimizer is significantly better than {g.reference} on the plain one." for g in o.gains[:1]]
        lines += [f"{o.plain}, plain and {o.kind}:", *(gains_in_words(o.gains, o.kind) or nobody)]
    return lines


def edge_lines(race: Entries) -> list[str]:
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


def slow_lines(race: Entries) -> list[str]:
    """Which pairs ran lane by lane, and why."""
    reasons: dict[str, list[tuple[str, str]]] = {}
    for e in race.entries:
        if e.runs.slow:
            reasons.setdefault(e.runs.slow, []).append((e.label, e.surface_name))
    return [f"Slow, lane by lane: {_listed(pairs)} ({reason})." for reason, pairs in reasons.items()]


def undercut_lines(race: Entries) -> list[str]:
    """On which surfaces a run went below the declared f_min."""
    lowest: dict[str, tuple[float, float]] = {}
    for e in race.entries:
        if e.runs.surface is not None and e.runs.undercuts.any():
            known, _ = lowest.get(e.surface_name, (float("inf"), 0.0))
            lowest[e.surface_name] = min(known, float(e.runs.f_best.min())), e.runs.surface.f_min
    return [f"The f_min of {name} is declared wrong: it is {f_min:.9g}, and a run met {met:.9g} inside the bounds."
            for name, (met, f_min) in lowest.items()]  # fmt: skip


def _listed(pairs: list[tuple[str, str]]) -> str:
    """(optimizer, surface) pairs, by optimizer."""
    by_label: dict[str, list[str]] = {}
    for label, surface in pairs:
        by_label.setdefault(label, []).append(surface)
    return "; ".join(f"{label} on {', '.join(surfaces)}" for label, surfaces in by_label.items())
