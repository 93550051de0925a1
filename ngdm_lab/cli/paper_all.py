"""`ngdm-lab paper all`: the whole paper, with one journal for all that it trains."""

from __future__ import annotations

import argparse
from typing import Any

from . import options, paper_claims, paper_errata, paper_figures, paper_table
from .folder import JOURNAL, Made, begun

__all__ = ["add", "run"]

NAME, FOLDER = "all", "ngdm-paper"
_EPILOG = """\
Errata, Tables 1 to 4, Figures 1 to 6 and the verdicts on the claims, each in a folder of its own, with one journal, so
that a training that two of them need runs once. After an interrupt --resume goes on and comes to the same.
"""


def add(commands: Any) -> None:
    """Add the command to the parser of `ngdm-lab paper`."""
    options.long_run(
        commands, NAME, "errata, tables, figures and claims", "Reproduce the whole paper: errata, tables, figures and "
        "claims.", _EPILOG, run, quick="minutes", full="many hours", resume="go on with the jobs in --output",
        output=f"results (default {FOLDER})",
    )  # fmt: skip


def run(given: argparse.Namespace) -> int:
    """All parts, one after another; what is finished is written at once."""
    from ngdm_lab.paper.claims.registry import claims

    with begun(given.output, FOLDER, given.resume) as folder:
        journal = folder / JOURNAL
        places = {name: folder / name for name in ("errata", "tables", "figures", "claims")}
        for place in places.values():
            place.mkdir(exist_ok=True)
        made = Made(folder)
        paper_errata.written(made, places["errata"])
        print("\nWritten:", *(f"  {path}" for path in made.paths), sep="\n")
        with paper_table.rounds(given, journal) as go:
            paper_table.made(made, (1, 2, 3, 4), given.level, places["tables"], go)
        paper_figures.drawn(made, range(1, 7), given, places["figures"], journal)
        print("\n".join(paper_claims.judged(made, claims(), given, places["claims"], journal)))
        made.end()
    return 0
