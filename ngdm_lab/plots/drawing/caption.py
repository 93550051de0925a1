"""What a figure shows, in words: told by the code that draws it, and written beside the picture."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ngdm_lab.compiler.checks import brief

__all__ = ["caption", "tell", "whole"]

_told: WeakKeyDictionary[Figure, list[str]] = WeakKeyDictionary()


def caption(figure: Figure | Axes) -> str:
    """What a figure shows: settings, what lines, bands and colours are, all options. Empty for one of your own.

    `save` writes it beside the figure, as NAME.txt.

    Parameters
    ----------
    figure : the Figure, or an Axes of it, as the plot functions return.

    Raises
    ------
    TypeError
        For what is neither Figure nor Axes.
    """
    lines = [line.replace("\u00a0", " ").replace(r"\$", "$") for line in _told.get(whole(figure), [])]
    return "\n".join(textwrap.fill(line, 100, break_on_hyphens=False) for line in lines)


def tell(figure: Figure | Axes, lines: Sequence[str], *, anew: bool = False) -> None:
    """Add sentences to the caption of a figure, each said once; or put them in place of what was told."""
    told = _told.setdefault(whole(figure), [])
    if anew:
        told.clear()
    told += [line for line in dict.fromkeys(lines) if line and line not in told]


def whole(figure: Any) -> Figure:
    """The figure that an Axes belongs to, maybe through a part of it; TypeError for what is neither."""
    found = figure
    while not isinstance(found, Figure) and getattr(found, "figure", found) is not found:
        found = found.figure
    if not isinstance(found, Figure):
        raise TypeError(f"figure must be a Matplotlib Figure or Axes, got {brief(figure)}")
    return found
