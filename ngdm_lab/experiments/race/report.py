"""A race in words: the overview, who is best where and by how much, and each landscape's table."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Any

from ngdm_lab.experiments.overview import digits
from ngdm_lab.experiments.statistics.compare import CONTROL

from .entries import Entries
from .findings import Findings
from .rows import rows
from .standings import Line
from .summary import Summary, summarise
from .tables import WIDTH, align, count, factor, wrap
from .verdict import basin_line, edge_lines, equal_lines, invariance_lines, slow_lines, undercut_lines, verdict

__all__ = ["Report", "Section", "compose", "details", "text"]

MOST_LINES = 60  # of a race as text: its tables are in it where they fit

_HEAD = ("optimizer", "hit %", "ERT [95 %]", "arrived %", "median f", "div.", "esc.", "lr")
_LEADS = ("landscape", "best : second", "hit %", "times as many [95 %]", "noise")
_KEY = (
    "hit: some point was within the target; ERT: expected evaluations to the first hit, if one starts again after each "
    "failure; arrived: the last point is within the target, so hit less arrived passed the target and left it again; "
    "median f: of the last values; div., esc.: runs that diverged or escaped. Faster or slower is what differs in ERT "
    "at 5 %, by Holm over all pairs, with the noise of tuning within, and by more than the noise floor; where not both "
    "hit, the hits or the last f decide; r is the rank-biserial correlation."
)
_SHORT_KEY = (
    "ERT: expected evaluations to the first point within the target, if one starts again after each failure; hit: runs "
    "with such a point; noise: the factor that equal rules stay within in 95 of 100 races; = no significant difference."
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
    """A race in words, for whoever prints it.

    Attributes
    ----------
    warning : that the race was interrupted; empty for a whole one.
    summary : the overview.
    leads : for each landscape the best and the second, the head first; none where one optimizer ran alone.
    sections : each landscape's table.
    closing : blocks of sentences about the whole.
    key, short_key : how to read sections, and leads.
    """

    warning: str
    summary: Summary
    leads: list[tuple[str, ...]]
    sections: list[Section]
    closing: list[list[str]]
    key: str = _KEY
    short_key: str = _SHORT_KEY


def compose(race: Entries, findings: Findings) -> Report:
    """The overview, and tables with the basin's share, the noise floor and a verdict below each."""
    summary = summarise(race, findings)
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
    leads = [_lead(race, findings, found) for found in summary.lines if found.second is not None]
    return Report(race.progress, summary, [_LEADS, *leads] if leads else [], sections, [b for b in closing if b])


def text(report: Report) -> str:
    """A report for a terminal: with each landscape's table where all of it stays below sixty lines."""
    head = [*wrap(report.warning), *str(report.summary).split("\n"), ""]
    leads = [*_leads(report.leads), ""] if report.leads else []
    end = [line for block in report.closing for sentence in block for line in wrap(sentence)]
    tables, key = _tables(report), wrap(report.key)
    whole = [*head, *tables, *end, "", *key]
    if len(whole) > MOST_LINES:
        whole = [*head, *leads, *end, "", *wrap(report.short_key), "The table of each landscape: race.details()."]
    return "\n".join(whole)


def _leads(cells: list[tuple[str, ...]]) -> list[str]:
    """The table of the best and the second, narrower where names are long: last without the hits."""
    lines: list[str] = []
    for table in (cells, [(*row[:2], *row[3:]) for row in cells]):
        for gap in (2, 1):
            lines = align(table, (0, 1), gap=gap)
            if max(map(len, lines)) <= WIDTH:
                return lines
    return lines


def details(report: Report) -> str:
    """Each landscape's table and verdict, for a terminal."""
    return "\n".join([*_tables(report), *wrap(report.key)])


def _tables(report: Report) -> list[str]:
    lines: list[str] = []
    for section in report.sections:
        lines += [section.title, *align([section.head, *section.cells])]
        lines += [*(line for sentence in section.sentences for line in wrap(sentence)), ""]
    return lines


def _lead(race: Entries, findings: Findings, found: Line) -> tuple[str, ...]:
    """The best on a landscape and the second, with their intervals."""
    best, second, noise = found.best, found.second, findings.comparisons[found.surface].floor
    assert second is not None
    pair = findings.comparisons[found.surface].pair(best.label, second.label)
    hits = float((race.entry(best.label, found.surface).runs.hit >= 0).mean())
    reach = f"{noise.reach:.2f}" if noise is not None and isfinite(noise.reach) else "-"
    more = factor(*pair.ratio_of(second.label)) if isfinite(second.time) else "never"
    if found.measure == "last":
        more = f"f {digits(best.last)} : {digits(second.last)}"
    more += " =" if second.alike else "  "
    return found.surface, f"{best.label} : {second.label}", f"{100 * hits:.1f}", more, reach


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
