"""An overview as text for a terminal, HTML, Markdown and LaTeX: one table, each format's own marks."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from ngdm_lab.compiler.markup import escaped
from ngdm_lab.experiments.race.tables import WIDTH, align, wrap

__all__ = ["Cells", "Mark", "Overview", "Summarised", "digits", "times"]

Mark = Callable[[str, bool, bool], str]  # (number, whether it is the best, whether it is not worse) -> cell
Row = Sequence[str]

_LATEX = {c: "\\" + c for c in "&%$#_{}"} | {
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}",
    ">": r"\textgreater{}", "|": r"\textbar{}", '"': r"\textquotedbl{}",
}  # fmt: skip


class Cells(NamedTuple):
    """A table as text: `head`, the rows, and rows over all of them."""

    head: tuple[str, ...]
    body: list[tuple[str, ...]]
    foot: list[tuple[str, ...]]


class Overview:
    """What has a table to be read at a glance: it shows itself in Jupyter, in `print`, and in other formats.

    A subclass gives `opening`, what was run, and `key`, how to read the numbers, each a sentence; `answer`, what the
    table says in sentences; and `cells`, where its first argument writes a number that is the best, or not worse.
    """

    opening: str

    @property
    def key(self) -> str:
        raise NotImplementedError

    def answer(self) -> list[str]:
        raise NotImplementedError

    def cells(self, mark: Mark) -> Cells:
        raise NotImplementedError

    def __str__(self) -> str:
        return "\n".join(_text(self))

    def _repr_html_(self) -> str:
        return _html(self)

    def to_markdown(self) -> str:
        """The table in Markdown, the best in bold, what is not significantly worse in italics."""
        return _markdown(self)

    def to_latex(self) -> str:
        r"""The table in LaTeX for ``\usepackage{booktabs}``: best in bold, not significantly worse underlined."""
        return _latex(self)


class Summarised:
    """A result that shows itself by its overview, which a subclass gives as `summary`."""

    def summary(self) -> Overview:
        raise NotImplementedError

    def _repr_html_(self) -> str:
        return self.summary()._repr_html_()

    def to_latex(self) -> str:
        """The summary as a LaTeX table, for the package booktabs."""
        return self.summary().to_latex()

    def to_markdown(self) -> str:
        """The summary as a Markdown table."""
        return self.summary().to_markdown()


def times(ratio: float) -> str:
    """A multiple with three digits."""
    return "1" if ratio == 1 else f"{ratio:.0f}" if 100 <= ratio < 1e5 else digits(ratio)


def digits(value: float) -> str:
    """A value with three digits, those that are 0 too."""
    return f"{value:#.3g}".removesuffix(".").replace(".e", "e")


def _text(s: Overview) -> list[str]:
    """Lines of at most the terminal's width; what does not fit beside stands below."""
    head, body, foot = s.cells(lambda cell, best, alike: f"[{cell}]" if best else f"{cell}~" if alike else f"{cell} ")
    lines = [line for sentence in (s.opening, *s.answer(), "") for line in wrap(sentence) or [""]]
    parts, gap = _blocks([head, *body, *foot])
    for part in parts:
        heads = _stacked(part[0])
        table = align([*heads, *part[1:]], heads=len(heads), gap=gap)
        cut = len(table) - len(foot)
        lines += table[:cut] + ([table[len(heads)]] if foot else []) + table[cut:] + [""]
    marks = " [best]  ~ not significantly worse (5 %, Holm)" if s.answer() else ""
    return lines[:-1] + wrap(f"{s.key}{marks}")


def _blocks(rows: Sequence[Row]) -> tuple[list[list[Row]], int]:
    """The table in parts that fit the terminal, each with the first two columns, and the gap between columns."""
    columns = range(len(rows[0]))
    widths = [max(map(len, [*_broken(rows[0][k]), *(row[k] for row in rows[1:])])) for k in columns]
    gap = 2 if sum(widths) + 2 * (len(widths) - 1) <= WIDTH else 1
    parts: list[list[int]] = [[]]
    room = WIDTH - sum(widths[:2]) - gap
    for k in columns[2:]:
        if parts[-1] and sum(widths[j] + gap for j in [*parts[-1], k]) > room:
            parts.append([])
        parts[-1].append(k)
    return [[[row[k] for k in (0, 1, *part)] for row in rows] for part in parts], gap


def _broken(label: str) -> list[str]:
    """A label in lines of some seven characters, broken where words end."""
    return textwrap.wrap(label, 7, break_long_words=False) or [""]


def _stacked(head: Row) -> list[list[str]]:
    """The head in as many rows as its longest label takes, the labels at the bottom."""
    broken = [_broken(cell) for cell in head]
    rows = max(map(len, broken))
    return [[([""] * (rows - len(lines)) + lines)[i] for lines in broken] for i in range(rows)]


def _markdown(s: Overview) -> str:
    """A table of GitHub's kind with the sentences around it."""
    head, body, foot = s.cells(lambda cell, best, alike: f"**{cell}**" if best else f"*{cell}*" if alike else cell)
    rows = [head, ["---", *("---:" for _ in head[1:])], *([_plain(row[0]), *row[1:]] for row in (*body, *foot))]
    table = [" | ".join(["", *(cell.replace("|", r"\|") for cell in row), ""]).strip() for row in rows]
    closing = f"{s.key} **Best**, *not significantly worse* (5 %, Holm)."
    return "\n".join([s.opening, "", *table, "", closing, *(f"{line}  " for line in s.answer())]) + "\n"


def _plain(name: str) -> str:
    """A name in which Markdown sees no emphasis."""
    return name.replace("_", "\\_").replace("*", "\\*")


def _latex(s: Overview) -> str:
    """A tabular with booktabs' rules in a table environment."""

    def marked(cell: str, best: bool, alike: bool) -> str:
        shown = "--" if cell == "-" else _tex(cell)
        return rf"\textbf{{{shown}}}" if best else rf"\underline{{{shown}}}" if alike else shown

    head, body, foot = s.cells(marked)
    lines = [
        r"\begin{table}", r"  \centering", rf"  \caption{{{_tex(s.opening)} {_tex(s.key)} "
        r"\textbf{Best}, \underline{not significantly worse} (5\,\%, Holm).}",
        rf"  \begin{{tabular}}{{l{'r' * (len(head) - 1)}}}",
        r"    \toprule", _tex_row(map(_tex, head)), r"    \midrule",
        *(_tex_row([_tex(row[0]), *row[1:]]) for row in body),
    ]  # fmt: skip
    if foot:
        lines += [r"    \midrule", *(_tex_row([_tex(row[0]), *row[1:]]) for row in foot)]
    return "\n".join([*lines, r"    \bottomrule", r"  \end{tabular}", r"\end{table}"]) + "\n"


def _tex(words: str) -> str:
    """Words in which TeX sees no command."""
    return "".join(_LATEX.get(character, character) for character in words)


def _tex_row(cells: Iterable[str]) -> str:
    return f"    {' & '.join(cells)} \\\\"


def _html(s: Overview) -> str:
    """A table that takes its colours from the page around it."""

    def marked(cell: str, best: bool, alike: bool) -> str:
        shown = escaped(cell)
        return f"<b>{shown}</b>" if best else f"<u>{shown}</u>" if alike else shown

    head, body, foot = s.cells(marked)
    top = "".join(f'<th style="{_CELL}">{escaped(cell).replace("-", "-<wbr>")}</th>' for cell in head)
    rows, last = (["".join(_cell(cell, k) for k, cell in enumerate(row)) for row in part] for part in (body, foot))
    table = (
        f"<table><thead><tr>{top}</tr></thead><tbody>{''.join(f'<tr>{row}</tr>' for row in rows)}</tbody>"
        f'<tfoot style="border-top: 2px solid">{"".join(f"<tr>{row}</tr>" for row in last)}</tfoot></table>'
    )
    said = "".join(f"<p>{escaped(line)}</p>" for line in (s.opening, *s.answer()))
    marks = " <b>Best</b>, <u>not significantly worse</u> (5 %, Holm)." if s.answer() else ""
    closing = f"<p><small>{escaped(s.key)}{marks}</small></p>"
    return f'{said}<div style="overflow-x: auto">{table}</div>{closing}'


_TINTS = {"<b>": "#3a76b040", "<u>": "#3a76b018"}
_CELL = "white-space: normal; overflow-wrap: normal"  # long labels break at their hyphens


def _cell(cell: str, k: int) -> str:
    if k == 0:
        return f'<td style="text-align: left">{escaped(cell)}</td>'
    tint = _TINTS.get(cell[:3])
    return f'<td style="background: {tint}">{cell}</td>' if tint else f"<td>{cell}</td>"
