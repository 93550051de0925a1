"""The package's style, and one look (colour, dash, marker) for each optimizer in every figure."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from zlib import crc32

import matplotlib as mpl
import matplotlib.style
from matplotlib.axes import Axes

from ngdm_lab.compiler.checks import check_instance
from ngdm_lab.optimizers.registry import Look, names, row

__all__ = ["COLUMN", "PAGE", "SMALL", "WIDEST", "colour", "dress", "look", "style"]

COLUMN, PAGE, WIDEST = 3.4, 7.0, 40.0  # widths in inches
SMALL = 7.0  # points: notes below a figure
INK, FAINT = "#333333", "#8A8A8A"  # text and reference lines

_KNOWN = {name: row(name).look for name in names()} | {"control": Look("#646464", (0, (1, 2)), "p")}
_RESERVE = ("#290E8A", "#7FAE5A", "#5A3A1E", "#8F8EFF", "#AE5447")
_DASHES: tuple[Any, ...] = ((0, (4, 1.2)), (0, (7, 1.2, 1, 1.2)), (0, (1.6, 1.1)), (0, (10, 1)))
_MARKERS = ("d", "H", "8", "s", "^", "o", "v")
_given: dict[str, Look] = {}  # what other labels got in this process


def style() -> AbstractContextManager[None]:
    """The package's style as a context: ``with lab.plots.style(): ...``; afterwards the settings are as before."""
    return matplotlib.style.context(Path(__file__).with_name("ngdm_lab.mplstyle"), after_reset=True)


def look(label: str) -> Look:
    """The look of an optimizer by its label (an id of the command line, "control", or any other).

    Another label gets a colour of a reserve palette: by its hash, so that it is the same in every process, or
    the next free one where an earlier label of this process has that colour.
    """
    check_instance("label", label, str, "a str such as 'adam'")
    if label in _KNOWN:
        return _KNOWN[label]
    if label not in _given:
        hashed, count = crc32(label.encode(errors="surrogatepass")), len(_RESERVE)
        used = [sum(known.colour == colour for known in _given.values()) for colour in _RESERVE]
        k = min(range(count), key=lambda k: (used[k], (k - hashed) % count))
        turn = hashed // count + used[k]
        _given[label] = Look(_RESERVE[k], _DASHES[turn % len(_DASHES)], _MARKERS[turn % len(_MARKERS)])
    return _given[label]


def colour(label: str) -> str:
    """The colour of an optimizer, the same in every figure; see `look`."""
    return look(label).colour


def dress(ax: Axes) -> None:
    """Fix the style of ticks and grid on an Axes of ours: Matplotlib makes them late, with the settings of then."""
    rc: Any = mpl.rcParams
    ax.grid(True, which="major", color=rc["grid.color"], linewidth=rc["grid.linewidth"], linestyle="-")
    for name in ("x", "y"):
        for which in ("major", "minor"):
            ax.tick_params(
                axis=name,
                which=which,
                length=rc[f"{name}tick.{which}.size"],
                width=rc[f"{name}tick.{which}.width"],
                pad=rc["xtick.major.pad"],
                color=rc[f"{name}tick.color"],
                labelcolor=rc[f"{name}tick.labelcolor"],
                labelsize=rc[f"{name}tick.labelsize"],
                labelfontfamily=rc["font.sans-serif"][0],
            )
