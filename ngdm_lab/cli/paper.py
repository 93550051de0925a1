"""`ngdm-lab paper`: tables about the paper's own constants."""

from __future__ import annotations

import argparse
from typing import Any

from . import options
from .folder import reserve

_EPILOG = """\
outcomes: every net of the paper under every reading of F (R1: diagonal, exact) and of i (R2: fan_in, fan_out, layer,
flat) at the paper's constants and rate, trained once at a small size: trains, fails, diverges, or impossible with the
layer and the i at which a parameter is not positive. Minutes on two cores.
"""


def add(commands: Any) -> None:
    """Add the command to the parser."""
    command = commands.add_parser(
        "paper",
        help="tables about the paper",
        description="Tables about the paper's own constants.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("table", choices=("outcomes",), help="which table")
    command.add_argument("--models", metavar="A,B", help="mlp, lenet5, cifar-cnn, lstm, gru (default: all)")
    command.add_argument("--samples", type=options.whole, help="training samples of a run (default: by model)")
    command.add_argument("--epochs", type=options.whole, help="epochs of a run (default: by model)")
    command.add_argument("--seed", type=options.whole, default=0, help="parameters, order, dropout (default 0)")
    command.add_argument("--output", metavar="DIR", help="new folder for the table (default ngdm-outcomes)")
    command.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Print the table, and write it as text and CSV."""
    from ngdm_lab.compiler.build import write_atomically
    from ngdm_lab.experiments.outcomes import outcomes
    from ngdm_lab.nets import registry

    models = None
    if given.models is not None:
        models = [registry.full_name(word) for word in given.models.split(",") if word.strip()]
        if not models:
            raise ValueError(f"--models must name at least one, got {given.models!r}")
    with reserve(given.output, f"ngdm-{given.table}") as folder:
        table = outcomes(models, samples=given.samples, epochs=given.epochs, seed=given.seed)
        print(table)
        print("\nWritten:")
        for name, text in ((f"{given.table}.txt", f"{table}\n"), (f"{given.table}.csv", table.to_csv())):
            try:
                write_atomically(folder / name, text.encode())
            except OSError as error:
                raise ValueError(f"cannot write to {folder}: {error.strerror or error}") from None
            print(f"  {folder / name}")
    return 0
