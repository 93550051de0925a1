"""`race --html`: a race on one page that needs nothing else: tables, sentences, figures, rows and manifest."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ngdm_lab.compiler.markup import escaped, table

__all__ = ["page"]

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8882; --bar: #3a76b0; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin-bottom: .3rem; } h2 { font-size: 1.2rem; margin: 2.2rem 0 .5rem; }
.wide { overflow-x: auto; } .soft { opacity: .75; font-size: .9rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem; }
th, td { padding: .2rem .7rem; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--line); }
th:first-child, td:first-child { text-align: left; } tbody tr:hover { background: var(--soft); }
svg { vertical-align: middle; } figure { margin: 1.5rem 0; } figure img { max-width: 100%; background: #fff; }
figcaption { font-size: .9rem; } pre { overflow-x: auto; font-size: .8rem; }
nav a { margin-right: .9rem; display: inline-block; }
@media print { body { max-width: none; } details { display: none; } }
"""


def page(race: Any, figures: Sequence[Path] = ()) -> str:
    """The page's text; of the figures those that are PNG are shown, in their order."""
    report = race.report()
    rows: dict[str, list[dict[str, Any]]] = {}
    for row in race.rows():
        rows.setdefault(row["surface"], []).append(row)
    links = " ".join(f'<a href="#{quote(s.surface)}">{escaped(s.surface)}</a>' for s in report.sections)
    body = [f"<h1>{escaped(_title(race))}</h1>"]
    if report.warning:
        body.append(f"<p><b>{escaped(report.warning)}</b></p>")
    body.append(report.summary._repr_html_())
    if report.leads:
        body.append(f'<div class="wide">{table(report.leads[0], report.leads[1:])}</div>')
        body.append(f'<p class="soft">{escaped(report.short_key)}</p>')
    for block in report.closing:
        body.append("<p>" + "<br>".join(escaped(s) for s in block) + "</p>")
    body += [f"<nav>{links}</nav>", f'<p class="soft">{escaped(report.key)}</p>']
    for section in report.sections:
        body.append(f'<h2 id="{quote(section.surface)}">{escaped(section.title)}</h2>')
        body.append(_table(section, rows[section.surface]))
        body += [f"<p>{escaped(s)}</p>" for s in section.sentences]
    body += [_figure(path) for path in figures if path.suffix == ".png"]
    csv = base64.b64encode(race.to_csv().encode()).decode()
    body.append(f'<p><a download="results.csv" href="data:text/csv;base64,{csv}">All numbers as CSV</a></p>')
    manifest = escaped(json.dumps(race.manifest(), indent=1))
    body.append(f"<details><summary>Manifest: what ran, and on what</summary><pre>{manifest}</pre></details>")
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    head += f"<title>{escaped(_title(race))}</title><style>{_STYLE}</style>"
    content = "\n".join(body)
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body>\n{content}\n</body></html>\n'


def _title(race: Any) -> str:
    surfaces = race.surfaces
    return f"Race on {surfaces[0]}" if len(surfaces) == 1 else f"Race on {len(surfaces)} landscapes"


def _table(section: Any, rows: list[dict[str, Any]]) -> str:
    head = "".join(f"<th>{escaped(word)}</th>" for word in (section.head[0], "", *section.head[1:]))
    lines = []
    for cells, row in zip(section.cells, rows, strict=True):
        inner = [escaped(cells[0]), _bar(row), *(escaped(cell.strip()) for cell in cells[1:])]
        lines.append("<tr>" + "".join(f"<td>{cell}</td>" for cell in inner) + "</tr>")
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{"".join(lines)}</tbody></table></div>'


def _bar(row: dict[str, Any]) -> str:
    """The share that hit as a bar of 100 pixels, its interval as a line over it."""
    low, high, mean = (100 * row[k] for k in ("success_low", "success_high", "success"))
    return (
        f'<svg width="100" height="12" role="img" aria-label="{mean:.1f} % reached the target">'
        '<rect width="100" height="12" fill="var(--soft)"/>'
        f'<rect width="{mean:.2f}" height="12" fill="var(--bar)" opacity=".75"/>'
        f'<line x1="{low:.2f}" x2="{high:.2f}" y1="6" y2="6" stroke="currentColor" stroke-width="2"/></svg>'
    )


def _figure(path: Path) -> str:
    data = base64.b64encode(path.read_bytes()).decode()
    told = path.with_suffix(".txt")  # what the figure's own code says that it shows
    caption = escaped(" ".join(told.read_text(encoding="utf-8").split()) if told.exists() else path.stem)
    shown = f'<img src="data:image/png;base64,{data}" alt="{escaped(path.stem)}">'
    return f"<figure>{shown}<figcaption>{caption}</figcaption></figure>"
