"""`ngdm-lab paper table` and `tables`: the paper's Tables 1 to 4 beside ours."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

from . import options
from .folder import JOURNAL, Made, begun, text_files

__all__ = ["add", "made", "rounds", "run"]

NAME = "table|tables"
_EPILOG = """\
1 the MLP and 2 LeNet-5 on MNIST, 3 the CIFAR-10 net, 4 the LSTM and the GRU on the noisy sinusoid. Two protocols side
by side: the paper's constants and rates as printed, and every rate tuned with the same budget. --quick takes minutes,
--full hours; the full ones need MNIST (1, 2) and CIFAR-10 as pictures (3) in DATA_DIR. Every training is kept in
journal.jsonl, and --resume goes on after an interrupt.
"""


def add(commands: Any) -> None:
    """Add both commands to the parser of `ngdm-lab paper`."""
    words = "beside ours"
    single = _command(commands, "table", f"one of the paper's Tables 1 to 4 {words}", "ngdm-paper-tableN")
    single.add_argument("number", type=int, choices=(1, 2, 3, 4), help="which table")
    every = _command(commands, "tables", f"the paper's Tables 1 to 4 {words}, all of them", "ngdm-paper-tables")
    every.set_defaults(number=None)


def _command(commands: Any, name: str, words: str, default: str) -> argparse.ArgumentParser:
    return options.long_run(
        commands, name, words, "Train what the paper's tables hold, and print its numbers beside ours.", _EPILOG, run,
        quick="few images", full="the sizes that are committed", resume="go on with the trainings in --output",
        output=f"tables (default {default})",
    )  # fmt: skip


def run(given: argparse.Namespace) -> int:
    """Run the tables; files first, words last."""
    numbers = [given.number] if given.number else [1, 2, 3, 4]
    default = f"ngdm-paper-table{given.number or 's'}"
    with begun(given.output, default, given.resume) as folder, rounds(given, folder / JOURNAL) as go:
        files = Made(folder)
        print("\n\n".join(made(files, numbers, given.level, folder, go)))
        files.end()
    return 0


def rounds(given: argparse.Namespace, journal: Path) -> Any:
    """What runs trainings into a journal, in which the claims' rules are registered before the first of them.

    Claims are judged by these trainings too; so that a rule made to fit them shows, it has to be there first.
    """
    from ngdm_lab.claims.runner import registrations
    from ngdm_lab.experiments.rounds import Rounds
    from ngdm_lab.paper.claims.registry import claims

    notes = registrations(claims(), given.level)
    return Rounds(journal, executor=given.executor, workers=given.workers, progress=True, notes=notes)


def made(into: Made, numbers: Iterable[int], level: str, folder: Path, go: Any) -> list[str]:
    """Run tables and write each when it is there, with its races (`lab.load` reads them); their texts."""
    from ngdm_lab.experiments.net_race.result import NetRace
    from ngdm_lab.paper.table_text import PaperTable
    from ngdm_lab.paper.tables import table

    texts = []
    for number in numbers:
        one = PaperTable(number, level, table(number, level, go=go))
        files = {"txt": f"{one}\n", "md": one.to_markdown(), "csv": one.to_csv()}
        before = len(into.paths)
        into.add(text_files(folder, {f"table{number}.{kind}": text for kind, text in files.items()}))
        for (model, protocol), race in one.races.items():
            if isinstance(race, NetRace):
                into.add(partial(_saved, race, folder / f"table{number}-{model}-{protocol}.npz"))
        print("\nWritten:", *(f"  {path}" for path in into.paths[before:]), sep="\n")
        texts.append(str(one))
    return texts


def _saved(race: Any, path: Path) -> list[Path]:
    return [race.save(path)]
