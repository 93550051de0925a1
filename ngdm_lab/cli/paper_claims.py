"""`ngdm-lab paper claims`: the paper's claims, judged."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ngdm_lab.compiler.checks import brief

from . import options
from .folder import JOURNAL, Made, begun

if TYPE_CHECKING:
    from ngdm_lab.claims import Claim, Ledger

NAME = "claims"
__all__ = ["add", "judged", "run"]

FOLDER = "ngdm-claims"

_EPILOG = """\
Each claim has a hypothesis and a decision rule that were written before the data; the journal has them before the
first job. Its verdict is computed: holds, holds only under a named condition, does not hold, cannot be decided here.
A run that was ended goes on with --resume and comes to the same. Written: claims.json, claims.md, claims.html, a
figure for each claim (ID.svg) and journal.jsonl.
"""


def add(commands: Any) -> None:
    """Add the command to the parser."""
    command = options.long_run(
        commands, NAME, "judge the paper's claims", "Run the experiments on the paper's claims and judge each.",
        _EPILOG, run, quick="minutes", full="up to hours", resume="go on with the journal in the output folder",
        output=f"results (default {FOLDER})",
    )  # fmt: skip
    command.add_argument("--only", metavar="C3,C9", help="some of the claims")


def run(given: argparse.Namespace) -> int:
    """Judge the claims, write the ledger and print it."""
    from ngdm_lab.paper.claims.registry import claims

    chosen = _chosen(claims(), given.only)
    with begun(given.output, FOLDER, given.resume) as folder:
        made = Made(folder)
        print("\n".join(judged(made, chosen, given, folder, folder / JOURNAL)))
        made.end()
    return 0


def judged(into: Made, chosen: Sequence[Claim], given: argparse.Namespace, folder: Path, journal: Path) -> list[str]:
    """Judge claims by what a journal holds and what is missing there; write the ledger; its lines and the paths."""
    from ngdm_lab.claims import judge_all

    ledger = judge_all(chosen, given.level, journal, executor=given.executor, workers=given.workers, progress=True)
    before = len(into.paths)
    into.add(lambda: ledger.save(folder))
    return [*lines(ledger), "", *map(str, [*into.paths[before:], journal])]


def lines(ledger: Ledger) -> list[str]:
    """The ledger for a terminal: a line for each claim, then each in a sentence."""
    from ngdm_lab.claims.table import cells, opening
    from ngdm_lab.experiments.race.tables import align, wrap

    rows = [(entry.id, entry.verdict.kind, entry.registered) for entry in ledger.entries]
    table = align([("Claim", "Verdict", "Rule"), *rows], left=(0, 1, 2))
    sentences = []
    for entry in ledger.entries:
        name, _, word, effect, interval, *_ = cells(entry)
        sentences += ["", *wrap(f"{name}: {word}.")]
        if effect:
            sentences += wrap(f"  Effect: {effect}" + (f"; {interval}." if interval else "."))
        sentences += wrap(f"  {entry.verdict.sentence}")
    return [*wrap(opening(ledger.level, ledger.entries)), "", *table, *sentences]


def _chosen(known: Sequence[Claim], only: str | None) -> list[Claim]:
    """The claims that --only names, in their own order; all without it."""
    if only is None:
        return list(known)
    ids = {claim.id.lower(): claim for claim in known}
    words = [word.strip().lower() for word in only.split(",") if word.strip()]
    for word in words:
        if word not in ids:
            raise ValueError(
                f"--only must name claims out of {', '.join(claim.id for claim in known)}, got {brief(word)}"
            )
    if not words:
        raise ValueError(f"--only must name at least one claim, got {brief(only)}")
    return [claim for claim in known if claim.id.lower() in words]
