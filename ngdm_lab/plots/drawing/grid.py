"""Panels of a page-wide figure."""

from __future__ import annotations

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from .style import PAGE, dress

__all__ = ["columns_for", "grid", "title_width"]


def grid(count: int, columns: int, height: float) -> tuple[Figure, list[Axes]]:
    """A figure of page width with `count` panels, row by row, each `height` inches high."""
    rows = -(-count // columns)
    # the panels are near their final places at once: what hangs below one is fitted to its width
    with mpl.rc_context({"figure.constrained_layout.use": False}):
        figure = Figure(figsize=(PAGE, rows * height), dpi=mpl.rcParams["savefig.dpi"])  # texts are measured as saved
    FigureCanvasAgg(figure)  # keeps one renderer: without it each measured text makes one of its own
    figure.subplots_adjust(left=0.06, right=0.99, wspace=0.08)
    panels = [figure.add_subplot(rows, columns, k + 1) for k in range(count)]
    figure.set_layout_engine("constrained")
    for ax in panels:
        dress(ax)
    return figure, panels


def columns_for(count: int, most: int) -> int:
    """How many panels stand side by side: four as 2 x 2 rather than 3 + 1."""
    return count if count <= most else 2 if (count, most) == (4, 3) else most


def title_width(columns: int) -> float:
    """Points that the title of a panel may take."""
    return 72 * PAGE / columns - 12
