"""`contact_sheet`: many surfaces in one figure, a small map of each."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

import landscapes as ls
from landscapes import Surface
from ngdm_lab.compiler.checks import check_each, check_number
from ngdm_lab.plots.drawing import layout
from ngdm_lab.plots.drawing.caption import tell
from ngdm_lab.plots.drawing.field import Field, fill
from ngdm_lab.plots.drawing.style import PAGE, SMALL, WIDEST, tone, users_style
from ngdm_lab.plots.paths.traces import STAR

__all__ = ["contact_sheet"]

_PANEL = 0.98  # inches that a panel and the gap beside it take at least
_GAP, _TITLE, _FOOT = 0.09, 0.25, 0.15  # inches: between panels, two lines above one, one line below it
_LETTER = 0.56 * SMALL / 72  # inches: a letter's width, of a wide word
_PIXELS, _FEW = 241, 9  # of a map's side; as many stars are of full size
_PLAIN, _BUSY, _CLOSER = 0.88, 0.3, 0.2  # see `_view`
_NOTE = (
    "Contours at evenly spread logarithms of f minus its smallest value, low is light. Star: a global minimum. "
    "Slice: along the first two coordinates, through the first minimum listed. The line below a panel tells the bounds "
    "of these two, or how far around the star is shown where the whole would show nothing."
)


def contact_sheet(surfaces: Sequence[Surface] | Surface | None = None, width: float = PAGE) -> Figure:
    """Small maps of many surfaces, in as many rows as they need.

    Parameters
    ----------
    surfaces : what to show, in this order; all families at their default dimension if it is None. A surface of more
        than two dimensions is shown as a slice along its first two coordinates through its first minimum, or through
        the middle of its bounds where it has none; one of one dimension as a curve.
    width : of the figure, in inches; a page has room for seven panels, a column (3.34) for three.

    Returns
    -------
    Figure
        Its type is 7 pt at this width.

    Raises
    ------
    ValueError
        For no surface, or a width with no room for a panel.
    TypeError
        For what is no surface.
    """
    if surfaces is None:
        surfaces = [ls.get(name) for name in ls.names()]
    listed = check_each("surfaces", surfaces, Surface, "a Surface such as ls.rosenbrock(2)")
    width = check_number("width", width, least=_PANEL + 0.02, most=WIDEST)
    columns = int((width - _GAP) / (_PANEL - 0.001))
    rows = -(-len(listed) // columns)
    side = (width - (columns + 1) * _GAP) / columns
    row = side + _TITLE + _FOOT + 0.04
    height = rows * row + 0.05
    with users_style():
        figure = Figure(figsize=(width, height))
        FigureCanvasAgg(figure)  # keeps one renderer, by which titles are measured
        figure.set_layout_engine("none")
        for k, s in enumerate(listed):
            left = _GAP + (k % columns) * (side + _GAP)
            bottom = height - (k // columns + 1) * row + _FOOT + 0.04
            ax = figure.add_axes((left / width, bottom / height, side / width, side / height))
            _panel(ax, s, int(side / _LETTER))
    tell(figure, [_NOTE])
    return figure


def _panel(ax: Axes, s: Surface, letters: int) -> None:
    """One surface: its map, its minima, its name above and its bounds below."""
    if s.dim == 1:
        low, high = s.bounds[0]
        x = np.linspace(low, high, 400)
        ax.plot(x, s.noisy(0).value(x[:, None]), color=tone(0.8), linewidth=0.8)
        points = np.column_stack([s.minima, np.full(len(s.minima), s.f_min)])
        ax.set_xlim(low, high)
    else:
        through = s.minima[0] if len(s.minima) else s.bounds.mean(axis=1)
        view = _view(s, through)
        ground = fill(ax, Field(s, view, _PIXELS, through if s.dim > 2 else None))
        if ground is not None:
            for artist in ax.collections:
                artist.set_rasterized(True)  # a page of these as vectors takes tens of megabytes
        size = s.bounds[:, 1] - s.bounds[:, 0]
        here = (np.abs(s.minima - through)[:, 2:] <= 1e-9 * size[2:]).all(axis=1)
        points = s.minima[here, :2]
        points = points[((points >= view[:, 0]) & (points <= view[:, 1])).all(axis=1)]
        ax.set(xlim=view[0], ylim=view[1])
    if len(points):
        large = len(points) <= _FEW
        look = {"markersize": 5.5 if large else 3.0, "markeredgewidth": 0.45 if large else 0.25}
        ax.plot(*points.T, zorder=4, clip_on=False, **{**STAR, **look})
    ax.grid(False)
    ax.set(xticks=[], yticks=[])
    for spine in ax.spines.values():
        spine.set(visible=True, linewidth=0.4)
    name = s.name.removesuffix(f"-{s.dim}d").replace("_", " ")
    lines = textwrap.wrap(name, letters, max_lines=2, placeholder="…")
    with mpl.rc_context({"axes.titlepad": 2}):
        layout.title(ax, "\n".join(lines), 72 * ax.bbox.width / ax.figure.dpi + 4, SMALL)
    below = _interval(s.bounds[:2] if s.dim > 1 else s.bounds)
    if s.dim > 1 and not np.array_equal(view, s.bounds[:2]):
        below = f"star ±{np.ptp(view[0]) / 2:.2g}"
    caption = f"{s.dim}-D slice, {below}" if s.dim > 2 else below
    ax.set_xlabel(caption, fontsize=SMALL, labelpad=2, color=tone(0.8), loc="left")


def _view(s: Surface, through: NDArray[np.float64]) -> NDArray[np.float64]:
    """(2, 2) the bounds of the first two coordinates, or nearer around the minimum: where one band of the contours
    fills nearly all of the map, or so many of them cross that neighbouring pixels often differ."""
    bounds = view = np.array(s.bounds[:2])
    for _ in range(3 if len(s.minima) else 0):
        field = Field(s, view, _PIXELS, through if s.dim > 2 else None)
        z = field.grid()[2]
        levels = field.levels(z)
        if len(levels) < 2:
            break
        band = np.digitize(np.ma.filled(z, np.inf), levels)
        busy = max(float((np.diff(band, axis=axis) != 0).mean()) for axis in (0, 1))
        if np.bincount(band.ravel()).max() < _PLAIN * band.size and busy < _BUSY:
            break
        half = _CLOSER * np.ptp(view, axis=1) / 2
        view = np.stack([np.maximum(through[:2] - half, bounds[:, 0]), np.minimum(through[:2] + half, bounds[:, 1])], 1)
    return view


def _interval(bounds: NDArray[np.float64]) -> str:
    """±5 for [-5, 5]^2, [-5, 10] for [-5, 10]^2, both intervals where they differ."""
    parts = list(dict.fromkeys(_one(low, high) for low, high in bounds))
    return ", ".join(parts)


def _one(low: float, high: float) -> str:
    return f"±{high:.4g}" if low == -high else f"[{low:.4g}, {high:.4g}]".replace("-", "−")
