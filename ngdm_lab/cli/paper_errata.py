"""`ngdm-lab paper errata`: where the paper is wrong, computed."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from .folder import Made, reserve, text_files

NAME = "errata"
_WORDS = "where the paper is wrong or contradicts itself, each place computed"


def add(commands: Any) -> None:
    """Add the subcommand to the parser."""
    command = commands.add_parser(NAME, help=_WORDS, description=f"{_WORDS[0].upper()}{_WORDS[1:]}. Seconds.")
    command.add_argument("--output", metavar="DIR", help="new folder for text, page and JSON (default ngdm-errata)")
    command.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Print the errata, and write them as text, as the page of docs/ and as JSON."""
    with reserve(given.output, f"ngdm-{NAME}") as folder:
        made = Made(folder)
        words = written(made, folder)
        print("\nWritten:", *(f"  {path}" for path in made.paths), words, sep="\n")
        made.end()
    return 0


def written(into: Made, folder: Path) -> str:
    """Compute the errata and write them into a folder; their text."""
    from ngdm_lab.paper.errata import report

    made = report.errata()
    words = report.text(made)
    files = {f"{NAME}.txt": f"{words}\n", f"{NAME}.md": report.markdown(made), f"{NAME}.json": report.to_json(made)}
    into.add(text_files(folder, files))
    return words
