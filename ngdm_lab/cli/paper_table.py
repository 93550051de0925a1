"""`ngdm-lab paper table`: one of the paper's Tables 1 to 4 beside ours."""

from __future__ import annotations

import argparse
from typing import Any

from . import options
from .folder import begun, write_files

NAME, FOLDER = "table", "ngdm-paper-table"
_EPILOG = """\
1 the MLP and 2 LeNet-5 on MNIST, 3 the CIFAR-10 net, 4 the LSTM and the GRU on the noisy sinusoid. Two protocols side
by side: the paper's constants and rates as printed, and every rate tuned with the same budget. --quick takes minutes,
--full hours; the full ones need MNIST (1, 2) and CIFAR-10 as pictures (3) in DATA_DIR. Every training is kept in
journal.jsonl, and --resume goes on after an interrupt.
"""


def add(commands: Any) -> None:
    """Add the subcommand to the parser."""
    command = commands.add_parser(
        NAME,
        help="the paper's Tables 1 to 4 beside ours",
        description="Train what a table of the paper holds, and print its numbers beside ours.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("number", type=int, choices=(1, 2, 3, 4), help="which table")
    resume = "go on with the trainings in --output"
    options.add_levels(command, quick="few images", full="the sizes that are committed", resume=resume)
    command.add_argument("--executor", default="processes", help="processes, inline, dask or dask:ADDRESS")
    command.add_argument("--workers", type=int, help="trainings at once (default: one for each core)")
    command.add_argument("--output", metavar="DIR", help=f"new folder for the table (default {FOLDER}N)")
    command.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Run the table; files first, words last."""
    from ngdm_lab.paper.table_text import PaperTable
    from ngdm_lab.paper.tables import table

    with begun(given.output, f"{FOLDER}{given.number}", given.resume) as folder:
        races = table(
            given.number, given.level, journal=folder / "journal.jsonl", resume=given.resume,
            executor=given.executor, workers=given.workers, progress=True,
        )  # fmt: skip
        made = PaperTable(given.number, given.level, races)
        stem = f"table{given.number}"
        texts = {"txt": f"{made}\n", "md": made.to_markdown(), "csv": made.to_csv()}
        write_files(folder, {f"{stem}.{kind}": text for kind, text in texts.items()})
        print(made)
    return 0
