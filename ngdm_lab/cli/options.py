"""Options that several commands share."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

import landscapes as ls
from landscapes import Surface
from ngdm_lab import optimizers
from ngdm_lab.compiler.checks import brief
from ngdm_lab.compiler.words import check_words
from ngdm_lab.optimizers import Optimizer

__all__ = [
    "add_common",
    "add_tag",
    "choose_surfaces",
    "long_run",
    "parse_numbers",
    "parse_optimizers",
    "parse_tags",
    "whole",
]  # fmt: skip


def whole(text: str) -> int:
    """A whole number, 1e3 allowed."""
    try:
        number = float(text)
        if number != int(number):
            raise ValueError
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(f"must be a whole number, got {brief(text)}") from None
    return int(number)


def add_common(command: argparse.ArgumentParser, *, steps: int) -> None:
    """--steps, --seed, --target, --backend, --output."""
    command.add_argument("--steps", type=whole, default=steps, help="updates of each run (default %(default)s)")
    command.add_argument("--seed", type=whole, default=0, help="chooses starts and noise (default 0)")
    command.add_argument("--target", type=float, default=1e-3, help="f - f_min that counts as there (default 1e-3)")
    command.add_argument("--backend", choices=("cpu", "cuda", "auto"), default="cpu", help="where to run (default cpu)")
    default = f"ngdm-{command.prog.split()[-1]}"
    command.add_argument("--output", metavar="DIR", help=f"new folder for the results (default {default})")


def add_levels(command: argparse.ArgumentParser, *, quick: str, full: str, resume: str) -> None:
    """--quick, --full and --resume of a long run; the texts say what each means for it."""
    level = command.add_mutually_exclusive_group()
    level.add_argument("--quick", dest="level", action="store_const", const="quick", help=f"{quick} (default)")
    level.add_argument("--full", dest="level", action="store_const", const="full", help=full)
    command.add_argument("--resume", action="store_true", help=resume)
    command.set_defaults(level="quick")


def add_executor(command: argparse.ArgumentParser) -> None:
    """--executor and --workers of a run of many jobs."""
    command.add_argument("--executor", default="processes", metavar="WHERE",
                         help="processes, inline, dask or dask:ADDRESS (default %(default)s)")  # fmt: skip
    command.add_argument("--workers", type=whole, metavar="N", help="jobs at once (default: one for each core)")


def long_run(
    commands: Any, name: str, words: str, description: str, epilog: str, run: Callable[[argparse.Namespace], int], *,
    quick: str, full: str, resume: str, output: str,
) -> argparse.ArgumentParser:  # fmt: skip
    """Add a command of many jobs, with its levels, executor and folder; `output` says what the folder is for."""
    command: argparse.ArgumentParser = commands.add_parser(
        name, help=words, description=description, epilog=epilog, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_levels(command, quick=quick, full=full, resume=resume)
    add_executor(command)
    command.add_argument("--output", metavar="DIR", help=f"new folder for the {output}")
    command.set_defaults(run=run)
    return command


def add_tag(command: argparse.ArgumentParser, help_text: str) -> None:
    """--tag, which may be given several times or with a list."""
    command.add_argument("--tag", metavar="A,B", action="append", help=help_text)


def parse_tags(given: list[str] | None) -> list[str]:
    """The tags of all --tag options."""
    return [tag for text in given or [] for tag in check_words("--tag", text)]


def choose_surfaces(landscapes: str | None, tag: list[str] | None, every: bool) -> list[Surface] | None:
    """What --landscapes, --tag and --all mean together; None where none of them is given.

    A list such as rosenbrock:2,styblinski-tang:10:flipped; of it, or of all families at their default dimension,
    the surfaces that carry all the tags.
    """
    if every and landscapes is not None:
        raise ValueError("--all and --landscapes exclude each other: leave one out")
    tags = parse_tags(tag)
    if landscapes is None:
        return [ls.get(name) for name in ls.names(tags)] if tags or every else None
    surfaces = [ls.parse(word) for word in check_words("--landscapes", landscapes)]
    if not tags:
        return surfaces
    ls.names(tags)  # refuses a tag that is not there
    chosen = [s for s in surfaces if s.tags.issuperset(tags)]
    if not chosen:
        raise ValueError(f"none of --landscapes {landscapes} has the tag {' and '.join(tags)}")
    return chosen


def parse_optimizers(text: str) -> dict[str, Optimizer]:
    """Optimizers from a comma-separated list such as sgd,ngdm-dirichlet:alpha=4; the texts are their labels."""
    words = check_words("--optimizers", text)
    for word in words:
        if words.count(word) > 1:
            raise ValueError(f"--optimizers names {word} twice")
    return {word: optimizers.parse(word) for word in words}


def parse_numbers(name: str, text: str) -> NDArray[np.float64]:
    """Comma-separated numbers."""
    try:
        return np.array([float(word) for word in text.split(",")])
    except ValueError:
        raise ValueError(f"{name} must be numbers separated by commas, such as -1.2,1; got {brief(text)}") from None
