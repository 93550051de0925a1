"""Where legends and notes go: below the picture, so that nothing covers the data."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.transforms import Bbox, ScaledTranslation

from ngdm_lab.compiler.checks import check_each, check_instance

from .caption import tell
from .style import COLUMN, dress, larger, look, small, tone
from .words import shorten

__all__ = [
    "below", "check_axes", "footer", "handle", "laid_out", "new_figure", "own_axes", "several_axes", "title", "unshown",
]  # fmt: skip

_GAP = 4.0  # points between axis, legend and notes
_unshown: ContextVar[bool] = ContextVar("unshown", default=False)


@contextmanager
def unshown() -> Iterator[None]:
    """Figures made in here are for files: pyplot does not know them, and no window or notebook shows them."""
    before = _unshown.set(True)
    try:
        yield
    finally:
        _unshown.reset(before)


def new_figure(width: float, height: float) -> Figure:
    """A figure of so many inches, or more where the user has larger type."""
    size = (larger() * width, larger() * height)
    if not _unshown.get():
        return plt.figure(figsize=size)
    figure = Figure(figsize=size, dpi=mpl.rcParams["savefig.dpi"])  # texts are measured as saved
    FigureCanvasAgg(figure)  # keeps one renderer: without it each measured text makes one of its own
    return figure


def check_axes(ax: Any, name: str = "ax") -> Axes:
    """`ax` if it is an Axes, else TypeError."""
    return check_instance(name, ax, Axes, "a Matplotlib Axes or None")


def several_axes(axes: Any, count: int) -> list[Axes]:
    """`axes` as a list of `count` Axes; TypeError for what is none, ValueError for another number."""
    listed = check_each("axes", list(axes.flat) if isinstance(axes, np.ndarray) else axes, Axes, "a Matplotlib Axes")
    if len(listed) != count:
        raise ValueError(f"axes must be {count} Axes, got {len(listed)}")
    return listed


@contextmanager
def laid_out(figure: Figure) -> Iterator[None]:
    """Lay a figure out, once: within this context nothing is moved any more, and equal figures are equal to the bit.

    The solver of Matplotlib's constrained layout adds in the order of addresses, so the last bits of its positions
    differ from call to call, which a pixel at the edge of a line shows. They are rounded off.
    """
    engine = figure.get_layout_engine()
    # else no engine means the one of these settings, here and after each savefig: it would lay out anew
    with mpl.rc_context({"figure.autolayout": False, "figure.constrained_layout.use": False}):
        if engine is None:
            yield
            return
        try:
            if figure.axes:  # nothing else is laid out
                engine.execute(figure)
            figure.set_layout_engine(None)
            for ax in figure.axes:
                counted = ax.get_in_layout()
                ax.set_position(Bbox(ax.get_position(original=True).get_points().round(9)))
                ax.set_in_layout(counted)
            yield
        finally:
            figure.set_layout_engine(engine)


def own_axes(ax: Any, width: float = COLUMN, height: float = 2.5) -> tuple[Axes, bool]:
    """(the given Axes, False), or (that of a new figure of width x height inches, True)."""
    if ax is not None:
        return check_axes(ax), False
    made = new_figure(width, height).add_subplot()
    dress(made)
    return made, True


def handle(label: str, text: str, *, line: bool = True, marker: bool = True) -> Line2D:
    """A legend entry in an optimizer's look."""
    seen = look(label)
    return Line2D(
        [], [], color=seen.colour, linewidth=seen.width, linestyle=seen.dash if line else "none",
        marker=seen.marker if marker else "none", markeredgecolor=tone(0), markeredgewidth=0.4, label=text,
    )  # fmt: skip


def title(ax: Axes, text: str, width: float | None = None, size: float | None = None) -> None:
    """A title with lines shortened to `width` points (default: the Axes'), so that none runs into its neighbour."""
    room = 72 * ax.bbox.width / ax.figure.dpi if width is None else width
    shown = ax.set_title(text, fontsize=size)
    lines = text.split("\n")
    for most in range(max(map(len, lines)), 8, -1):
        if _points(ax.figure, shown)[0] <= room:
            break
        shown.set_text("\n".join(shorten(line, most) for line in lines))


def below(
    ax: Axes, own: bool, handles: Sequence[Artist], lines: Sequence[str], notes: bool, last: Axes | None = None
) -> None:
    """A legend below an Axes, of its figure if it is ours, else hung on the Axes itself; `lines` are its caption.

    With `notes` the caption is printed there too, in small type. `last` is the Axes beside it up to which they may
    reach.
    """
    tell(ax, lines)
    lines = lines if notes else []
    if own:
        figure = ax.figure
        assert isinstance(figure, Figure)
        footer(figure, handles, lines)
    elif handles or lines:
        _hang(ax, handles, lines, last or ax)


def footer(figure: Figure, handles: Sequence[Artist], lines: Sequence[str]) -> None:
    """A legend and notes at the foot of a figure of ours, which grows by what they need."""
    width = 72 * figure.get_figwidth() - 2 * _GAP
    text = _wrapped(figure, lines, width)
    note = figure.text(0, 0, text, fontsize=small(), color=tone(0.8), va="bottom", linespacing=1.15)
    note_height = _points(figure, note)[1] if note.get_text() else 0.0
    legend = _fitting(figure, handles, width) if handles else None
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
        # in coordinates of the whole figure, and seen by a tight bounding box: notebooks crop figures to it
        legend.set_bbox_to_anchor((0, foot / whole, 1, legend_height / whole), figure.transFigure)


def _hang(ax: Axes, handles: Sequence[Artist], lines: Sequence[str], last: Axes) -> None:
    """Below the axis label of somebody's Axes; constrained and tight layouts make room for the height of it.

    Where nothing lays the figure out, the legend goes into the Axes: below, it would be cut off.
    """
    figure: Any = ax.figure
    point = figure.dpi / 72
    frame, bottom, side = ax.bbox, ax.xaxis.get_tightbbox(), ax.yaxis.get_tightbbox()
    down = _GAP + ((frame.y0 - bottom.y0) / point if bottom is not None else 0.0)
    # 8 points less than the labels take now: with another size they may become shorter
    back = max(0.0, (frame.x0 - side.x0) / point - 8) if side is not None else 0.0
    width = (last.bbox.x1 - frame.x0) / point + back  # from the axis label on
    if handles and figure.get_layout_engine() is None:
        ax.legend(handles=list(handles), loc="best", frameon=True, framealpha=0.8, edgecolor="none")
    elif handles:
        legend = _fitting(ax, handles, width)
        shift = ScaledTranslation(-back / 72, -down / 72, figure.dpi_scale_trans)
        legend.set_loc("upper left")
        legend.set_bbox_to_anchor((0, 0), transform=ax.transAxes + shift)
        legend.set_in_layout(False)
        down += _points(figure, legend)[1] + _GAP
    text = _wrapped(figure, lines, width)
    if text:
        note = _small(ax, text, -back, -down)
        note.set_in_layout(False)
        down += _points(figure, note)[1] + _GAP
    if handles or text:
        # as wide as nothing: it keeps the height free, and leaves the width alone
        _small(ax, " ", 0.0, -down + small())


def _small(ax: Axes, text: str, x: float, y: float) -> Any:
    """Text in small type, its upper left corner (x, y) points from the lower left corner of an Axes."""
    return ax.annotate(
        text, (0, 0), (x, y), xycoords="axes fraction", textcoords="offset points", va="top", fontsize=small(),
        color=tone(0.8), annotation_clip=False, linespacing=1.15,
    )  # fmt: skip


def _fitting(parent: Any, handles: Sequence[Artist], width: float) -> Legend:
    """The legend with as many columns as fit into `width` points, evenly filled; too long labels get more lines."""
    figure = parent if isinstance(parent, Figure) else parent.figure
    for columns in range(min(4, len(handles)), 1, -1):
        rows = -(-len(handles) // columns)
        legend = parent.legend(handles=list(handles), ncols=-(-len(handles) // rows), loc="lower center")
        if _points(figure, legend)[0] <= width:
            return legend
        legend.remove()
    for entry in handles:
        entry.set_label(_wrapped(figure, [str(entry.get_label())], width - 4.5 * small()))
    return parent.legend(handles=list(handles), loc="lower center")


def _points(figure: Any, artist: Any) -> tuple[float, float]:
    """Width and height of an artist in points."""
    box = artist.get_window_extent()
    return 72 * box.width / figure.dpi, 72 * box.height / figure.dpi


def _wrapped(figure: Any, lines: Sequence[str], width: float) -> str:
    """Lines filled with words as far as `width` points hold them, by the words' own widths."""
    trial = figure.text(0, 0, "", fontsize=small())

    def wide(text: str) -> float:
        trial.set_text(text)
        return _points(figure, trial)[0]

    try:
        space = wide("n n") - wide("nn")
        rows: list[str] = []
        for line in lines:
            room = 0.0
            words = [part for word in line.split(" ") for part in _pieces(word, width, wide)]
            for word in words:  # not split at the no-break spaces inside a value
                needed = wide(word)
                if room >= needed + space:
                    rows[-1] += f" {word}"
                    room -= needed + space
                else:
                    rows.append(word)
                    room = width - needed
        return "\n".join(rows)
    finally:
        trial.remove()


def _pieces(word: str, width: float, wide: Callable[[str], float]) -> list[str]:
    """The word, cut where it alone is wider than a line."""
    count = int(np.ceil(wide(word) / width))
    size = max(1, -(-len(word) // max(1, count)))
    return [word[k : k + size] for k in range(0, len(word), size)]
