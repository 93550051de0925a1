"""Verdicts in the words of a table's cells, and the ledger as a Markdown table."""

from __future__ import annotations

from collections.abc import Sequence

from .claim import Level
from .entry import Entry
from .verdict import Verdict

__all__ = ["HEAD", "cells", "markdown", "number", "opening"]

HEAD = ("Claim", "In its words", "Verdict", "Effect", "Interval", "Data", "Seeds")


def markdown(level: Level, entries: Sequence[Entry]) -> str:
    """The ledger as Markdown: a line on the level, the table, and for each claim its command and what was seen."""
    rows = [HEAD, tuple("---" for _ in HEAD), *map(cells, entries)]
    lines = [f"| {' | '.join(map(_cell, row))} |" for row in rows]
    seen = [f"- {entry.id}, `{entry.command}`: {' '.join(entry.verdict.sentence.split())}" for entry in entries]
    return "\n".join([opening(level, entries), "", *lines, "", *seen]) + "\n"


def opening(level: Level, entries: Sequence[Entry]) -> str:
    """How many claims came to what, and which rules are not known to be older than their data."""
    kinds = [entry.verdict.kind for entry in entries]
    counted = ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds)) or "none"
    late = [entry.id for entry in entries if entry.registered == "after the data"]
    warning = f" Rules written or changed after their data: {', '.join(late)}." if late else ""
    return f"Claims at level {level}: {counted}.{warning}"


def cells(entry: Entry) -> tuple[str, ...]:
    """One line of the table, as `HEAD` says."""
    v = entry.verdict
    seeds = str(v.seeds) if v.seeds else ""
    return (entry.id, entry.words, v.word, _effect(v), _interval(v), ", ".join(v.data), seeds)


def number(value: float) -> str:
    """A number for reading: three digits, whole numbers as they are."""
    return str(value) if isinstance(value, int) else f"{value:.3g}"


def _effect(verdict: Verdict) -> str:
    e = verdict.effect
    return "" if e is None else f"{number(e.value)}{f' {e.unit}' if e.unit else ''}, {e.what}"


def _interval(verdict: Verdict) -> str:
    i = verdict.interval
    return "" if i is None else f"{number(i.low)} to {number(i.high)} ({100 * i.level:g} %)"


def _cell(words: str) -> str:
    return " ".join(words.split()).replace("|", "\\|")
