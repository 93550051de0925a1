"""A race in words: tables, and who differs from whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ngdm_lab.experiments.statistics.compare import CONTROL

from .entries import Entries
from .findings import Findings
from .rows import rows
from .tables import align, count, wrap
from .tune import starts_in_words
from .verdict import basin_line, edge_lines, equal_lines, invariance_lines, slow_lines, undercut_lines, verdict

__all__ = ["Report", "Section", "compose", "text"]

_HEAD = ("optimizer", "hit %", "ERT [95 %]", "arrived %", "median f", "div.", "esc.", "lr")
_KEY = (
    "hit: some point was within the target; ERT: expected evaluations to the first hit, if one starts again after each "
    "failure; arrived: the last point is within the target, so hit less arrived passed the target and left it again; "
    "median f: of the last values; div., esc.: runs that diverged or escaped. Faster or slower is what differs in ERT "
    "at 5 %, by Holm over all pairs, with the noise of tuning within, and by more than the noise floor; where not both "
    "hit, the hits or the last f decide; r is the rank-biserial correlation."
)


@dataclass(frozen=True)
class Section:
    """One surface: its table, `head` above `cells`, and the sentences below."""

    surface: str
    title: str
    head: tuple[str, ...]
    cells: list[tuple[str, ...]]
    sentences: list[str]


@dataclass(frozen=True)
class Report:
    """A race in words, for whoever prints it: sentences before and after the sections, the latter in blocks."""

    opening: list[str]
    sections: list[Section]
    closing: list[list[str]]


def compose(race: Entries, findings: Findings) -> Report:
    """Tables, one for each surface, with the basin's share, the noise floor and a verdict below each."""
    o = race.settings
    how = (
        f"each rate tuned in rounds of {starts_in_words(o['tuning_starts'])} other starts"
        if o["tuning"]
        else "one rate for all"
        if o["same_lr"] is not None
        else "the optimizers' own rates"
    )
    opening = [
        f"Race: {o['starts']} starts, {o['steps'] + 1} evaluations each, seed {o['seed']}, "
        f"target f - f_min <= {o['target']:g}; {how}.",
        _KEY,
    ]
    if race.missing:
        opening.insert(0, race.progress)
    by_surface: dict[str, list[dict[str, Any]]] = {}
    for row in rows(race, findings):
        by_surface.setdefault(row["surface"], []).append(row)
    sections = []
    for surface, table in by_surface.items():
        compared = findings.comparisons[surface]
        floor = compared.floor_in_words() if race.control else ""
        sentences = [basin_line(race, findings, surface), floor, verdict(race, compared)]
        title = f"{surface}   (f_min = {_f_min(race, surface)})"
        sections.append(Section(surface, title, _HEAD, _cells(race, table), [s for s in sentences if s]))
    equal, frames = equal_lines(race, findings.comparisons), invariance_lines(findings)
    closing = [equal, frames, race.notes, _missing(race), edge_lines(race), slow_lines(race),
               undercut_lines(race)]  # fmt: skip
    return Report(opening, sections, [block for block in closing if block])


def text(report: Report) -> str:
    """A report for a terminal."""
    lines = [line for sentence in report.opening for line in wrap(sentence)]
    for section in report.sections:
        lines += ["", section.title, *align([section.head, *section.cells])]
        lines += [line for sentence in section.sentences for line in wrap(sentence)]
    for block in report.closing:
        lines += ["", *(line for sentence in block for line in wrap(sentence))]
    return "\n".join(lines)


def _missing(race: Entries) -> list[str]:
    """That there is no noise floor, unless a note says so."""
    said = race.control or any(note.startswith("Noise floor") for note in race.notes)
    return [] if said else ["No noise floor: the race ran without a control."]


def _f_min(race: Entries, surface: str) -> str:
    s = race.on(surface)[0].runs.surface
    return f"{s.f_min:.6g}" if s is not None else "?"


def _cells(race: Entries, table: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    cells: list[tuple[str, ...]] = []
    for row in table:
        name = f"control = {race.control}" if row["optimizer"] == CONTROL else row["optimizer"]
        cells.append(
            (
                name,
                f"{100 * row['success']:.1f}",
                _time(row),
                f"{100 * row['arrival']:.1f}",
                f"{row['median_final']:.3g}",
                str(row["diverged"]),
                str(row["escaped"]),
                f"{row['lr']:.2e}{'*' if row['lr_at_edge'] else ' '}",
            )
        )
    return cells


def _time(row: dict[str, Any]) -> str:
    """The expected running time with its interval; - where no run hits."""
    if not row["hit"]:
        return "-"
    return f"{count(row['ert'])} [{count(row['ert_low'])}, {count(row['ert_high'])}]"
