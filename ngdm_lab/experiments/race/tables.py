"""Tables and sentences for a terminal of 100 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

__all__ = ["WIDTH", "align", "wrap"]

WIDTH = 100


def align(cells: Sequence[Sequence[str]], left: Sequence[int] = (0,)) -> list[str]:
    """Lines of a table whose first row is its head; the columns `left` read from the left, others from the right."""
    widths = [max(len(row[k]) for row in cells) for k in range(len(cells[0]))]
    out = []
    for row in cells:
        padded = [c.ljust(w) if k in left else c.rjust(w) for k, (c, w) in enumerate(zip(row, widths, strict=True))]
        out.append("  ".join(padded))
    return [line.rstrip() for line in [out[0], "-" * len(out[0]), *out[1:]]]


def wrap(sentence: str) -> list[str]:
    """Lines of at most the terminal's width, the further ones indented."""
    return textwrap.wrap(sentence, WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
