"""How results show themselves in notebooks and on pages: escaped words, tables, and a card.

A card has the colours of what it stands on, so that it reads on dark pages as on light ones, and needs no file beside
it.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

__all__ = ["card", "details", "escaped", "point", "table"]

_CELL = 'style="text-align:left;vertical-align:top;padding:.1em .8em .1em 0"'


def escaped(words: Any) -> str:
    """Words as HTML that shows them, whatever they hold."""
    return html.escape(str(words))


def point(x: Any) -> str:
    """A point in words, of many coordinates the first six."""
    return f"({', '.join(f'{v:.6g}' for v in x[:6])}{', ...' if len(x) > 6 else ''})"


def table(head: Sequence[Any], rows: Iterable[Sequence[Any]], cell: str = "") -> str:
    """A table of words: a line of headings, unless `head` is empty, and rows; `cell` is the attribute of each cell."""
    given = f" {cell}" if cell else ""

    def line(words: Sequence[Any], kind: str) -> str:
        return "<tr>" + "".join(f"<{kind}{given}>{escaped(word)}</{kind}>" for word in words) + "</tr>"

    heading = f"<thead>{line(head, 'th')}</thead>" if head else ""
    return f"<table>{heading}<tbody>{''.join(line(row, 'td') for row in rows)}</tbody></table>"


def card(title: Any, facts: Mapping[str, Any], *parts: str) -> str:
    """A title, named facts (those without words are left out), and further parts that are HTML already."""
    rows = [(name, value) for name, value in facts.items() if str(value)]
    listed = table((), rows, _CELL) if rows else ""
    return f"<div><strong>{escaped(title)}</strong>{listed}{''.join(parts)}</div>"


def details(summary: Any, text: Any) -> str:
    """Words that open a longer text, as it is written."""
    pre = f'<pre style="overflow-x:auto;margin:.3em 0">{escaped(text)}</pre>'
    return f"<details><summary>{escaped(summary)}</summary>{pre}</details>"
