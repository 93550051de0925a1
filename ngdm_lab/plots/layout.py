"""Where legends and notes go: below the picture, so that nothing covers the data."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.transforms import ScaledTranslation

from .style import COLUMN, INK, SMALL, dress, look

__all__ = ["below", "check_axes", "footer", "handle", "own_axes"]

_GAP = 4.0  # points between axis, legend and notes


def check_axes(ax: Any, name: str = "ax") -> Axes:
    """`ax` if it is an Axes, else TypeError."""
    if not isinstance(ax, Axes):
        raise TypeError(f"{name} must be a Matplotlib Axes or None, got {ax!r}")
    return ax


def own_axes(ax: Any, width: float = COLUMN, height: float = 2.5) -> tuple[Axes, bool]:
    """(the given Axes, False), or (that of a new figure of width x height inches, True)."""
    if ax is not None:
        return check_axes(ax), False
    _, made = plt.subplots(figsize=(width, height))
    dress(made)
    return made, True


def handle(label: str, text: str, *, line: bool = True, marker: bool = True) -> Line2D:
    """A legend entry in an optimizer's look."""
    seen = look(label)
    return Line2D(
        [], [], color=seen.colour, linewidth=seen.width, linestyle=seen.dash if line else "none", marker=seen.marker if marker else "none",
        markeredgecolor="white", markeredgewidth=0.4, label=text,
    )  # fmt: skip


def below(ax: Axes, own: bool, handles: Sequence[Artist], lines: Sequence[str]) -> None:
    """A legend and small notes below an Axes: of its figure if it is ours, else hung on the Axes itself."""
    if own:
        figure = ax.get_figure()
        assert isinstance(figure, Figure)
        footer(figure, handles, lines)
    else:
        _hang(ax, handles, lines)


def footer(figure: Figure, handles: Sequence[Artist], lines: Sequence[str]) -> None:
    """A legend and notes at the foot of a figure of ours, which grows by what they need."""
    width = 72 * figure.get_figwidth() - 2 * _GAP
    note = figure.text(0, 0, _wrapped(figure, lines, width), fontsize=SMALL, color=INK, va="bottom", linespacing=1.15)
    note_height = _points(figure, note)[1] if note.get_text() else 0.0
    legend = _fitting(figure, handles, width)
    legend_height = _points(figure, legend)[1] if legend else 0.0
    extra = sum(height + _GAP for height in (note_height, legend_height) if height)
    figure.set_figheight(figure.get_figheight() + extra / 72)
    whole = 72 * figure.get_figheight()
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.set(rect=(0, extra / whole, 1, 1 - extra / whole))  # type: ignore[call-arg]
    note.set_position((_GAP / (72 * figure.get_figwidth()), _GAP / 2 / whole))
    if legend is not None:
        foot = (note_height + _GAP if note_height else 0.0) + _GAP / 2
        legend.set_bbox_to_anchor((0, foot / whole, 1, legend_height / whole))
        legend.set_in_layout(False)


def _hang(ax: Axes, handles: Sequence[Artist], lines: Sequence[str]) -> None:
    """Below the axis label of somebody's Axes; constrained and tight layouts make room for it."""
    figure = ax.get_figure(root=True) if "root" in ax.get_figure.__code__.co_varnames else ax.figure
    assert isinstance(figure, Figure)
    axis = ax.xaxis.get_tightbbox()
    down = _GAP + (72 * (ax.bbox.y0 - axis.y0) / figure.dpi if axis is not None else 0.0)
    width = 72 * ax.bbox.width / figure.dpi
    legend = _fitting(ax, handles, width)
    if legend is not None:
        shift = ScaledTranslation(0, -down / 72, figure.dpi_scale_trans)
        legend.set_bbox_to_anchor((0.5, 0), transform=ax.transAxes + shift)
        legend.set_loc("upper center")
        down += _points(figure, legend)[1] + _GAP
    text = _wrapped(figure, lines, width)
    if text:
        ax.annotate(
            text, (0, 0), (0, -down), xycoords="axes fraction", textcoords="offset points", va="top",
            fontsize=SMALL, color=INK, annotation_clip=False, linespacing=1.15,
        )  # fmt: skip


def _fitting(parent: Any, handles: Sequence[Artist], width: float) -> Legend | None:
    """The legend with as many columns as fit into `width` points, evenly filled."""
    if not handles:
        return None
    figure = parent if isinstance(parent, Figure) else parent.figure
    for columns in range(min(4, len(handles)), 0, -1):
        rows = -(-len(handles) // columns)
        legend = parent.legend(handles=list(handles), ncols=-(-len(handles) // rows), loc="lower center")
        if columns == 1 or _points(figure, legend)[0] <= width:
            return legend
        legend.remove()
    return None


def _points(figure: Any, artist: Any) -> tuple[float, float]:
    """Width and height of an artist in points."""
    box = artist.get_window_extent()
    return 72 * box.width / figure.dpi, 72 * box.height / figure.dpi


def _wrapped(figure: Any, lines: Sequence[str], width: float) -> str:
    """Lines broken so that small type stays within `width` points."""
    trial = figure.text(0, 0, "", fontsize=SMALL)
    try:
        for characters in range(max(20, int(width / (0.42 * SMALL))), 12, -2):
            broken = [textwrap.fill(line, characters, subsequent_indent="  ") for line in lines if line]
            trial.set_text("\n".join(broken))
            if not broken or _points(figure, trial)[0] <= width:
                break
        return str(trial.get_text())
    finally:
        trial.remove()
