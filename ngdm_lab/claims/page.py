"""The ledger as one HTML page that needs nothing else."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

from ngdm_lab.compiler.markup import escaped

from .claim import Level
from .entry import Entry
from .table import HEAD, cells, number, opening

__all__ = ["page"]

_STYLE = """
:root { color-scheme: light dark; --line: #8884; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin: 2.5rem 0 .5rem; }
.wide { overflow-x: auto; } .soft { opacity: .75; font-size: .9rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem; }
th, td { padding: .3rem .7rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
blockquote { margin: .5rem 0; padding-left: 1rem; border-left: 3px solid var(--line); }
dt { font-weight: 600; margin-top: .5rem; } dd { margin: 0; } code, pre { font-size: .85rem; overflow-wrap: anywhere; }
figure { margin: 1rem 0; } figure img { max-width: 100%; background: #fff; }
"""


def page(level: Level, entries: Sequence[Entry], made_by: Mapping[str, Any]) -> str:
    """The page's text: a table of all claims, then each with its rule, numbers and figure."""
    head = "".join(f"<th>{escaped(word)}</th>" for word in HEAD)
    rows = []
    for entry in entries:
        first, *rest = (escaped(cell) for cell in cells(entry))
        line = [f'<a href="#{escaped(entry.id)}">{first}</a>', *rest]
        rows.append("<tr>" + "".join(f"<td>{cell}</td>" for cell in line) + "</tr>")
    body = [
        "<h1>Claims</h1>",
        f"<p>{escaped(opening(level, entries))}</p>",
        f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>',
        *(_section(entry) for entry in entries),
        f"<details><summary>Made by</summary><pre>{escaped(json.dumps(made_by, indent=1))}</pre></details>",
    ]
    start = '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    start += f"<title>Claims</title><style>{_STYLE}</style>"
    content = "\n".join(body)
    return f'<!doctype html>\n<html lang="en"><head>{start}</head>\n<body>\n{content}\n</body></html>\n'


def _section(entry: Entry) -> str:
    verdict, (_, words, word, effect, interval, data, seeds) = entry.verdict, cells(entry)
    spent = f"{verdict.budget}{'; ' if verdict.budget else ''}{entry.jobs} jobs, {number(entry.seconds)} CPU seconds"
    numbers = "; ".join(f"{name} = {_value(value)}" for name, value in verdict.numbers.items())
    tests = "; ".join(f"{name} = {number(value)}" for name, value in verdict.statistics.items())
    details = {
        "Hypothesis": entry.hypothesis, "Rule": entry.rule, "Effect": effect, "Interval": interval, "Tests": tests,
        "Numbers": numbers, "Data": data, "Seeds": seeds, "Budget": spent,
        "Rule registered": f"{entry.registered} ({entry.registration})",
    }  # fmt: skip
    lines = [f"<dt>{name}</dt><dd>{escaped(said)}</dd>" for name, said in details.items() if said]
    lines.append(f"<dt>Command</dt><dd><code>{escaped(entry.command)}</code></dd>")
    return "\n".join([
        f'<h2 id="{escaped(entry.id)}">{escaped(entry.id)}: {escaped(word)}</h2>',
        f"<p>{escaped(verdict.sentence)}</p>",
        f'<blockquote>{escaped(words)} <span class="soft">({escaped(entry.place)})</span></blockquote>',
        f"<dl>{''.join(lines)}</dl>", _figure(entry),
    ])  # fmt: skip


def _figure(entry: Entry) -> str:
    if not entry.picture:
        return ""
    # as an image, so that nothing in it is run and ids of several figures do not meet
    data = base64.b64encode(entry.picture.encode()).decode()
    return f'<figure><img src="data:image/svg+xml;base64,{data}" alt="Figure of claim {escaped(entry.id)}"></figure>'


def _value(value: Any) -> str:
    if isinstance(value, float):
        return number(value)
    return str(value) if isinstance(value, int | str) else json.dumps(value)
