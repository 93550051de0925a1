"""What every script here does when it is run: read --output, print its table, draw, write PNG, PDF and a caption."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ngdm_lab import plots
from ngdm_lab.paper.figures.make import write

__all__ = ["command"]


def command(
    script: str,
    about: str,
    make: Callable[[argparse.Namespace], Any],
    options: Callable[[argparse.ArgumentParser], Any] | None = None,
    argv: Sequence[str] | None = None,
) -> int:
    """Run a script; its exit status: 0, or 2 with one line for bad input.

    Parameters
    ----------
    script : its path; figures bear its name.
    about : its docstring, of which the first line is shown by --help.
    make : prints the numbers and returns the figure, or figure and caption; takes what was parsed, raises ValueError
        for bad input.
    options : adds options of its own.
    argv : arguments; the command line's if left out.
    """
    parser = argparse.ArgumentParser(description=about.splitlines()[0])
    parser.add_argument("--output", type=Path, default=Path(), metavar="DIR", help="default: here")
    if options is not None:
        options(parser)
    given = parser.parse_args(argv)
    try:
        given.output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        print(f"--output must be a folder that can be written: {error}", file=sys.stderr)
        return 2
    try:
        made, base = make(given), given.output / Path(script).stem
        written = write(*made, base) if isinstance(made, tuple) else plots.save(made, base)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    for path in written:
        print(f"wrote {path}")
    return 0
