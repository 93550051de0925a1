"""Panels of a figure with one legend and one caption: what every figure of a race stands on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from . import layout
from .caption import tell
from .style import COLUMN, dress, larger, small

__all__ = ["Sheet"]

class Sheet:
    """A figure of a column's width with `count` panels, row by row, each `height` inches high; or given Axes.

    Attributes
    ----------
    panels : the Axes.
    columns : how many stand side by side.
    own : whether the figure is ours.
    """

    def __init__(
        self, count: int, axes: Any, height: float, columns: int = 2, cells: Sequence[int] | None = None,
        beside: float = 36,
    ):  # fmt: skip
        self.own, self.columns = axes is None, min(columns, count)
        self.beside = beside  # points that labels take beside a panel
        self.cells = list(range(count)) if cells is None else list(cells)  # places, row by row, where some stay empty
        if axes is not None:
            self.panels = layout.several_axes([axes] if isinstance(axes, Axes) else axes, count)
            return
        rows = self.cells[-1] // self.columns + 1
        with mpl.rc_context({"figure.constrained_layout.use": False, "figure.autolayout": False}):
            figure = layout.new_figure(COLUMN, rows * height)
        # the panels are near their final places at once: what hangs below one is fitted to its width
        figure.subplots_adjust(left=0.13, right=0.98, wspace=0.15)
        self.panels = [figure.add_subplot(rows, self.columns, k + 1) for k in self.cells]
        figure.set_layout_engine("constrained")
        for ax in self.panels:
            dress(ax)

    @property
    def figure(self) -> Any:
        """That of the panels."""
        return self.panels[0].figure

    def title(self, ax: Axes, text: str) -> None:
        """A title that does not run into its neighbour's."""
        width = 72 * self.figure.get_figwidth() / self.columns - self.beside * larger() if self.own else None
        layout.title(ax, text, width, small())

    def finish(self, handles: Sequence[Artist], lines: Sequence[str], notes: bool) -> list[Axes]:
        """Labels at the outer edges only, one legend, and the caption; returns the panels."""
        if not self.own:
            layout.below(self.panels[-1], False, handles, lines, notes)
            return self.panels
        at = dict(zip(self.cells, self.panels, strict=True))
        for k, ax in sorted(at.items()):
            if k + self.columns in at and ax.get_xlabel() == at[k + self.columns].get_xlabel():
                ax.set_xlabel("")
        for k, ax in sorted(at.items(), reverse=True):
            if k % self.columns and ax.get_ylabel() == at[k - 1].get_ylabel():
                ax.set_ylabel("")
        tell(self.figure, lines, anew=True)
        layout.footer(self.figure, handles, lines if notes else [])
        return self.panels
