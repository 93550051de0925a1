"""`ngdm-lab paper outcomes`: the paper's constants under every reading."""

from __future__ import annotations

import argparse
from typing import Any

from ngdm_lab.compiler.checks import brief

from . import options
from .folder import Made, reserve, text_files

NAME = "outcomes"
_WORDS = "the constants under every reading of F and of i"
_EPILOG = """\
Every net of the paper under every reading of F (R1: diagonal, exact) and of i (R2: fan_in, fan_out, layer, flat) at the
paper's constants and rate, trained once at a small size: trains, fails, diverges, or impossible with the layer and the
i at which a parameter is not positive. Minutes on two cores.
"""


def add(commands: Any) -> None:
    """Add the subcommand to the parser."""
    command = commands.add_parser(
        NAME,
        help=_WORDS,
        description=f"{_WORDS[0].upper()}{_WORDS[1:]}.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("--models", metavar="A,B", help="mlp, lenet5, cifar-cnn, lstm, gru (default: all)")
    command.add_argument("--samples", type=options.whole, help="training samples of a run (default: by model)")
    command.add_argument("--epochs", type=options.whole, help="epochs of a run (default: by model)")
    command.add_argument("--seed", type=options.whole, default=0, help="parameters, order, dropout (default 0)")
    command.add_argument("--output", metavar="DIR", help="new folder for the table (default ngdm-outcomes)")
    command.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Print the table, and write it as text and CSV."""
    from ngdm_lab.experiments.outcomes import outcomes
    from ngdm_lab.nets import registry

    models = None
    if given.models is not None:
        models = [registry.full_name(word) for word in given.models.split(",") if word.strip()]
        if not models:
            raise ValueError(f"--models must name at least one, got {brief(given.models)}")
    with reserve(given.output, f"ngdm-{NAME}") as folder:
        table = outcomes(models, samples=given.samples, epochs=given.epochs, seed=given.seed)
        made = Made(folder)
        made.add(text_files(folder, {f"{NAME}.txt": f"{table}\n", f"{NAME}.csv": table.to_csv()}))
        print(table, "\nWritten:", *(f"  {path}" for path in made.paths), sep="\n")
        made.end()
    return 0
