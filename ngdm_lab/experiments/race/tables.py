"""Tables and sentences for a terminal of 100 columns, and tables as CSV."""

from __future__ import annotations

import csv
import io
import math
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["WIDTH", "align", "count", "csv_text", "factor", "several", "wrap"]

WIDTH = 100


def align(cells: Sequence[Sequence[str]], left: Sequence[int] = (0,), heads: int = 1, gap: int = 2) -> list[str]:
    """Lines of a table whose first `heads` rows are its head; the columns `left` read from the left."""
    widths = [max(len(row[k]) for row in cells) for k in range(len(cells[0]))]
    out = []
    for row in cells:
        padded = [c.ljust(w) if k in left else c.rjust(w) for k, (c, w) in enumerate(zip(row, widths, strict=True))]
        out.append((" " * gap).join(padded))
    return [line.rstrip() for line in [*out[:heads], "-" * len(out[0]), *out[heads:]]]


def wrap(sentence: str) -> list[str]:
    """Lines of at most the terminal's width, the further ones indented."""
    return textwrap.wrap(sentence, WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


def several(count: int, noun: str) -> str:
    """A count with its noun: "1 epoch", "5 epochs"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def count(evaluations: float) -> str:
    """A number of evaluations with three digits that count; - for one that is not known or never ends."""
    if not math.isfinite(evaluations):
        return "-"
    if evaluations >= 1e7 or 0 < evaluations < 0.1:
        return f"{evaluations:.1e}"
    return f"{evaluations:.1f}" if evaluations < 100 else f"{float(f'{evaluations:.3g}'):.0f}"


def factor(ratio: float, low: float, high: float) -> str:
    """A ratio with its interval; - where there is none."""
    if math.isnan(ratio):
        return "-"
    one, *ends = (f"{v:.2f}" if 0.1 <= v < 1e3 else f"{v:.2g}" for v in (ratio, low, high))
    return f"{one} [{ends[0]}, {ends[1]}]"


def csv_text(rows: Sequence[Mapping[str, Any]], columns: Sequence[str] | None = None) -> str:
    """Rows as CSV, numbers in full precision; `columns` where there may be no row to name them."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]) if columns is None else columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()
