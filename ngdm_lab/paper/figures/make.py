"""Figures 1 to 6 by number: drawn, and written with their captions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from ngdm_lab.compiler.checks import brief
from ngdm_lab.compiler.files import each_written
from ngdm_lab.paper.forecasts import Forecasts
from ngdm_lab.plots.drawing.caption import tell
from ngdm_lab.plots.drawing.save import save

from .nets import figure2, figure3
from .scheme import figure1
from .series import figure4, figure5, figure6

__all__ = ["FIGURES", "FROM_RUN", "draw", "write"]

# number -> (name of its files, what makes figure and caption); those of FROM_RUN take the saved run
FIGURES: dict[int, tuple[str, Callable[..., tuple[Figure, str]]]] = {
    1: ("figure1_backpropagation", figure1), 2: ("figure2_mlp_lenet5", figure2), 3: ("figure3_cifar_cnn", figure3),
    4: ("figure4_sinusoid", figure4), 5: ("figure5_lstm", figure5), 6: ("figure6_gru", figure6),
}  # fmt: skip
FROM_RUN = (4, 5, 6)


def write(figure: Figure, caption: str, base: str | Path) -> list[Path]:
    """Write base.png, base.pdf and the caption as base.txt; returns their paths. ValueError for those that cannot be
    written, after the others."""
    tell(figure, [caption], anew=True)
    return save(figure, base)


def draw(numbers: Iterable[int], folder: str | Path, run: Forecasts | None = None) -> list[Path]:
    """Draw figures into a folder; returns the files.

    Parameters
    ----------
    numbers : 1 to 6.
    folder : where to; it exists.
    run : the saved run behind Figures 4 to 6.

    Raises
    ------
    ValueError
        For another number, a figure that needs the run without it, or a file that cannot be written.
    """
    makers = []
    for number in numbers:
        if number not in FIGURES:
            raise ValueError(f"numbers must be 1 to {len(FIGURES)}, got {brief(number)}")
        if number in FROM_RUN and run is None:
            raise ValueError(f"run must be given for Figure {number}, which shows its forecasts")
        name, make = FIGURES[number]
        given: tuple[Any, ...] = (run,) if number in FROM_RUN else ()
        makers.append(partial(_made, make, given, Path(folder) / name))
    return each_written(makers)


def _made(make: Callable[..., tuple[Figure, str]], given: tuple[Any, ...], base: Path) -> list[Path]:
    return write(*make(*given), base)
