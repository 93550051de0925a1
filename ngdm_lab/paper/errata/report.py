"""The errata together: in order, as text for a terminal, as the page docs/errata.md, as JSON."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Sequence

from ngdm_lab.experiments.race.tables import WIDTH

from .algorithms import E4, E5, E11
from .backpropagation import E13, E14
from .constants import E7, E10, E12
from .erratum import MATTERS, Erratum
from .fisher import E1, E2, E3, E6
from .ranges import E8
from .recurrent import E15
from .tables import E9, E16

__all__ = ["errata", "markdown", "text", "to_json"]

_LABEL = 13  # width of the words before each part of a block
_HEAD = """# The errata of the paper

Where R. I. Abdulkadirov and P. A. Lyakhov, *A new approach to training neural networks using natural gradient descent
with momentum based on Dirichlet distributions* (Computer Optics 47(1), 160-169, 2023,
doi:10.18287/2412-6179-CO-1147) is wrong or contradicts itself. Every number under "Found" is computed by
`ngdm-lab paper errata`, which also writes this page; only what stands under "Printed" is the paper's. The names of the
readings are options of the lab.

| | place | kind |
|---|---|---|
"""


def errata() -> tuple[Erratum, ...]:
    """E1 to E16. Nothing is computed before an erratum's `found` is asked for; all together take seconds."""
    return E1, E2, E3, E4, E5, E6, E7, E8, E9, E10, E11, E12, E13, E14, E15, E16


def text(given: Sequence[Erratum] | None = None) -> str:
    """A block for each erratum, for a terminal of 100 columns. Default: all."""
    return "\n\n".join(_block(e) for e in (errata() if given is None else given))


def _block(e: Erratum) -> str:
    lines = [f"{e.id}  {e.place}", "-" * min(WIDTH, len(e.id) + 2 + len(e.place))]
    parts = [("kind", f"{e.matters}: {MATTERS[e.matters]}"), ("printed", e.printed)]
    if e.quote:
        parts.append(("quote", f"{e.quote} ({e.translation})"))
    parts += [("found", e.found.sentence), ("consequence", e.consequence), ("see", ", ".join(e.links))]
    for word, sentence in parts:
        lines += textwrap.wrap(
            sentence, WIDTH, initial_indent=f"{word:<{_LABEL}}", subsequent_indent=" " * _LABEL,
            break_long_words=False, break_on_hyphens=False,
        )  # fmt: skip
    return "\n".join(lines)


def markdown(given: Sequence[Erratum] | None = None) -> str:
    """The page docs/errata.md. Default: all."""
    made = errata() if given is None else given
    rows = "".join(f"| [{e.id}](#{e.id.lower()}) | {e.place} | {MATTERS[e.matters]} |\n" for e in made)
    return _HEAD + rows + "\n" + "\n".join(_section(e) for e in made)


def _section(e: Erratum) -> str:
    parts = [f"## {e.id}\n", f"{_sentence(e.place)} ({MATTERS[e.matters]}).\n", f"**Printed.** {_literal(e.printed)}\n"]
    if e.quote:
        parts.append(f"> {_literal(e.quote)}\n>\n> ({_literal(e.translation)})\n")
    links = ", ".join(f"[`{link}`](../{link.partition('::')[0]})" for link in e.links)
    parts += [f"**Found.** {_literal(e.found.sentence)}\n", f"**So.** {_literal(e.consequence)}\n", f"See {links}.\n"]
    return "\n".join(parts)


def _sentence(words: str) -> str:
    return words[0].upper() + words[1:]


def _literal(words: str) -> str:
    """Text whose signs Markdown does not take for its own."""
    for sign in "\\*_<[]|":
        words = words.replace(sign, f"\\{sign}")
    return words


def to_json(given: Sequence[Erratum] | None = None) -> str:
    """Everything, every float to the bit: a list of objects in the order of the errata. Default: all."""
    rows = [
        {
            "id": e.id, "place": e.place, "matters": e.matters, "printed": e.printed, "paper": dict(e.paper),
            "quote": e.quote, "translation": e.translation, "found": dict(e.found.numbers),
            "sentence": e.found.sentence, "consequence": e.consequence, "links": list(e.links),
        }
        for e in (errata() if given is None else given)
    ]  # fmt: skip
    return json.dumps(rows, ensure_ascii=False, allow_nan=False, indent=2) + "\n"
