"""`ngdm-lab paper figures`: the paper's Figures 1 to 6."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ngdm_lab.compiler.checks import brief

from . import options
from .folder import JOURNAL, Made, begun

__all__ = ["add", "run"]

NAME, FOLDER = "figures", "ngdm-paper-figures"
_EPILOG = """\
1 back-propagation with NGDM, 2 the MLP and LeNet-5, 3 the CIFAR-10 net, 4 the noisy sinusoid, 5 and 6 forecasts of
the LSTM and the GRU by every rule. Each is written as PNG and PDF with its caption as text. Figures 4 to 6 come from
one run, kept in forecasts.json: half a minute with --quick, a quarter of an hour with --full.
"""


def add(commands: Any) -> None:
    """Add the command to the parser of `ngdm-lab paper`."""
    command = options.long_run(
        commands, NAME, "the paper's Figures 1 to 6", "Draw the paper's Figures 1 to 6, each with its caption.",
        _EPILOG, run, quick="a short run", full="the sizes of Table 4", resume="go on with the trainings in --output",
        output=f"figures (default {FOLDER})",
    )  # fmt: skip
    command.add_argument("--only", metavar="1,5", help="some of the figures (default: all)")


def run(given: argparse.Namespace) -> int:
    """Run the forecasts where they are wanted, and draw."""
    numbers = _numbers(given.only)
    with begun(given.output, FOLDER, given.resume) as folder:
        made = Made(folder)
        drawn(made, numbers, given, folder, folder / JOURNAL)
        made.end()
    return 0


def drawn(into: Made, numbers: Sequence[int], given: argparse.Namespace, folder: Path, journal: Path) -> None:
    """Draw figures into a folder, from forecasts kept in a journal, and print where they are."""
    from ngdm_lab.paper.figures.make import FROM_RUN, draw
    from ngdm_lab.paper.forecasts import forecasts

    before = len(into.paths)
    saved = None
    if any(number in FROM_RUN for number in numbers):
        saved = forecasts(given.level, journal=journal, executor=given.executor, workers=given.workers, progress=True)
        into.add(lambda: [saved.save(folder / "forecasts.json")])
    into.add(lambda: draw(numbers, folder, saved))
    print("Written:")
    for path in into.paths[before:]:
        print(f"  {path}")


def _numbers(text: str | None) -> list[int]:
    """The figures of --only, in order."""
    if text is None:
        return list(range(1, 7))
    try:
        numbers = sorted({int(word) for word in text.split(",")})
    except ValueError:
        numbers = []
    if not numbers or numbers[0] < 1 or numbers[-1] > 6:
        raise ValueError(f"--only must be numbers from 1 to 6 separated by commas, such as 1,5; got {brief(text)}")
    return numbers
