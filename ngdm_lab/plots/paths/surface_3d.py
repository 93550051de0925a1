"""`surface_3d`: a landscape as a surface in space, with trajectories on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LightSource, LinearSegmentedColormap
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike, NDArray

from landscapes import Surface
from ngdm_lab.compiler.checks import brief, check_flag, check_flags, check_number
from ngdm_lab.experiments import Trace
from ngdm_lab.plots.drawing import layout, words
from ngdm_lab.plots.drawing.field import LARGEST, Field, known, short, value_label
from ngdm_lab.plots.drawing.style import COLUMN, look, small, tone, users_style
from ngdm_lab.plots.drawing.view import leaving_point, view_box

from .traces import STAR, START, check_traces, entries, grouped, settings, surface_of_traces

__all__ = ["surface_3d"]

Array = NDArray[np.float64]
Height = Callable[[Any], Any]

# light enough everywhere for paths, in grey print too; the low ground is darker than in a contour map, for here the
# shading tells the slopes
_GROUND = LinearSegmentedColormap.from_list("relief", ["#9FB4C8", "#C9D5E0", "#EEF1F4"])
_PIXELS = 141  # of the surface along each side
_UPS = (42.0, 58.0)  # degrees: elevations and azimuths to choose from
_SIDES = (-60.0, -120.0, 30.0, 120.0, -30.0, -150.0, 60.0, 150.0)
_BOX = np.array([1.0, 1.0, 0.62])  # sides of the drawn box


def surface_3d(
    what: Surface | Trace | Sequence[Trace],
    ax: Axes | None = None,
    surface: Surface | None = None,
    *,
    view: str | ArrayLike = "paths",
    log: bool | None = None,
    elevation: float | None = None,
    azimuth: float | None = None,
    legend: bool = True,
    notes: bool = False,
) -> Axes:
    """Draw a surface of two coordinates in space, with the paths of runs lifted onto it.

    Circle, marker and star are start, end and minimum as in `trajectories`. What a hill hides from this point of view
    is faint; seen from elsewhere (a turned figure) that is not worked out anew.

    Parameters
    ----------
    what : a surface of dimension 2, or a Trace or several on one, from `lab.trace`.
    ax : three-dimensional Axes to draw on (``projection="3d"``); a new figure if it is None.
    surface : needed only where traces do not have it: a loaded run on a user's landscape.
    view : "paths" (for a surface alone the same as "bounds"), "bounds", or ((low, high), (low, high)).
    log : height as the logarithm of f - f_min, shifted so that 0 has a place; if it is None, where a tenth of the
        ground lies below a hundredth of its highest point.
    elevation, azimuth : where it is seen from, in degrees; where one is None, a direction from which little of the
        paths and minima is hidden.
    legend : False leaves out the legend.
    notes : print the caption below, in small type; `caption` gives it, and `save` writes it beside the figure.

    Returns
    -------
    Axes
        x_1 and x_2 in the surface's units; the height's ticks are values of f - f_min, or of f where that is unknown.

    Raises
    ------
    ValueError
        For another dimension than 2, an impossible view, logarithms of a surface without known f_min.
    TypeError
        For what is neither surface nor trace, and for an Axes without a third dimension.
    """
    check_flags(legend=legend, notes=notes)
    listed = [] if isinstance(what, Surface) else check_traces(what, name="what")
    s = what if isinstance(what, Surface) else surface_of_traces(listed, surface)
    if s.dim != 2:
        raise ValueError(f"what must have dimension 2, got {s.name}")
    if log is not None:
        check_flag("log", log)
    if log and not known(s):
        raise ValueError(f"log must be None or False where f_min is not known, as of {s.name}, got {brief(log)}")
    ups = _UPS if elevation is None else (check_number("elevation", elevation, least=0, most=90),)
    sides = _SIDES if azimuth is None else (check_number("azimuth", azimuth, least=-360, most=360),)
    box = view_box("bounds" if not listed and isinstance(view, str) and view == "paths" else view, listed, s)
    x1, x2, z = Field(s, box, _PIXELS).grid()
    if not z.count():
        raise ValueError(f"view must hold points where {s.name} is finite, below {LARGEST:g}, got {brief(view)}")
    base = s.f_min if known(s) else 0.0
    log = _wanted(z, s) if log is None else bool(log)
    lift, ticks = _heights(z, log, known(s))
    shown = np.concatenate([s.minima, *(trace.x for trace in listed)])
    reliefs = [_Relief(box, np.ma.filled(lift(z), np.nan), up, side) for up in ups for side in sides]
    # a higher stand must show much more, for it flattens the hills
    relief = min(reliefs, key=lambda r: r.lost(shown) + 0.015 * r.angles[0])
    groups = grouped(listed)
    with users_style():
        ax, own = _axes(ax)
        ax3: Any = ax
        _ground(ax3, x1, x2, relief)
        for (label, members), size in zip(groups.items(), np.linspace(6.5, 4.5, len(groups)), strict=True):
            for trace in members:
                _path(ax3, label, trace, lift(trace.f - base), relief, size)
        if listed:
            first = np.array([[*t.x[0], lift(t.f[0] - base)] for t in listed])
            first = first[((first[:, :2] >= box[:, 0]) & (first[:, :2] <= box[:, 1])).all(axis=1)]
            _mark(ax3, np.unique(first, axis=0), relief, START)
        inside = ((s.minima >= box[:, 0]) & (s.minima <= box[:, 1])).all(axis=1)
        lowest = np.column_stack([s.minima, np.full(len(s.minima), lift(0.0 if known(s) else s.f_min))])[inside]
        _mark(ax3, lowest, relief, {**STAR, "markersize": 9})
        _frame(ax3, relief, ticks, lift)
        ax3.set_zlabel(value_label(s), labelpad=-7)
        layout.title(ax, words.plain(s.name, 60))
        handles = entries(groups, s) if legend and listed else []
        note = "Height: logarithm, shifted to hold 0." if log else "Height: f itself."
        lines = [f"{note} Faint: hidden behind the surface.", *settings(groups)] if listed else [note]
        layout.below(ax, own, handles, lines, notes)
    return ax


def _axes(ax: Any) -> tuple[Axes, bool]:
    if ax is not None:
        if not hasattr(layout.check_axes(ax), "plot_surface"):
            raise TypeError(f"ax must be three-dimensional, made with projection='3d', got {brief(ax)}")
        return ax, False
    figure = layout.new_figure(COLUMN, 2.75)
    return figure.add_subplot(projection="3d", computed_zorder=False), True


def _wanted(z: Any, s: Surface) -> bool:
    """Whether most of the ground would be flat in the picture."""
    values = z.compressed()
    return known(s) and float(np.quantile(values, 0.1)) < 0.01 * float(values.max())


def _heights(z: Any, log: bool, shifted: bool) -> tuple[Height, Array]:
    """What lifts values of f - f_min to heights, and the values that get a tick."""
    values = z.compressed()
    low, high = float(values.min()), float(values.max())
    if not log or not high > 0:
        ticks = np.asarray(MaxNLocator(4).tick_values(min(low, 0.0) if shifted else low, high))
        return (lambda v: np.multiply(v, 1.0)), ticks[(ticks >= low - 0.02 * (high - low)) & (ticks <= high)]
    positive = values[values > 0]
    # the height of 0: below what covers a fortieth of the ground, yet no deeper than eight decades
    floor = max(float(np.quantile(positive, 0.025)), 1e-8 * high)
    last, room = int(np.floor(np.log10(high))), 0.12 * np.log10(high / floor)
    first = int(np.ceil(np.log10(floor * (10**room - 1))))  # clear of the tick at 0
    stride = max(1, -(-(last - first) // 4))
    decades = np.array([0.0, *(10.0**k for k in range(first, last + 1, stride))])
    return (lambda v: np.log10(np.maximum(v, 0.0) + floor)), decades


class _Relief:
    """The surface as it stands in the picture, and what of it hides a point."""

    def __init__(self, box: Array, heights: Array, elevation: float, azimuth: float) -> None:
        self.heights, self.angles = heights, (elevation, azimuth)
        low, high = float(np.nanmin(heights)), float(np.nanmax(heights))
        margin = 0.02 * (high - low or 1.0)
        self.limits = np.array([*box, [low - margin, high + margin]])
        up, round_ = np.radians([elevation, azimuth])
        self.towards = np.array([np.cos(up) * np.cos(round_), np.cos(up) * np.sin(round_), np.sin(up)])

    def drawn(self, points: Array) -> Array:
        """Points (k, 3) in the box as drawn: sides of `_BOX`."""
        return (points - self.limits[:, 0]) / np.ptp(self.limits, axis=1) * _BOX

    def at(self, x: Array) -> Array:
        """Heights of the drawn surface at points (..., 2) within the view, linear between its corners."""
        size = np.array(self.heights.shape[::-1]) - 1
        place = np.clip((x - self.limits[:2, 0]) / np.ptp(self.limits[:2], axis=1), 0, 1) * size
        corner = np.minimum(place.astype(int), size - 1)
        (u, v), (i, j), z = np.moveaxis(place - corner, -1, 0), np.moveaxis(corner, -1, 0), self.heights
        left = z[j, i] * (1 - v) + z[j + 1, i] * v
        return np.asarray(left * (1 - u) + (z[j, i + 1] * (1 - v) + z[j + 1, i + 1] * v) * u)

    def lost(self, x: Array) -> float:
        """The share of the cells (of 60 x 60) with a point of x (k, 2) in which the surface hides it."""
        within = x[((x >= self.limits[:2, 0]) & (x <= self.limits[:2, 1])).all(axis=1)]
        cells = np.round(60 * (within - self.limits[:2, 0]) / np.ptp(self.limits[:2], axis=1))
        some = within[np.unique(cells, axis=0, return_index=True)[1]]
        return float(self.hidden(np.column_stack([some, self.at(some)])).mean()) if len(some) else 0.0

    def hidden(self, points: Array) -> NDArray[np.bool_]:
        """Whether the surface lies between the eye, far away, and points (k, 3)."""
        way = np.linspace(0.01, 1.5, 150)[:, None, None] * self.towards
        beside = self.drawn(points) + way  # (150, k, 3)
        x = beside[..., :2] / _BOX[:2] * np.ptp(self.limits[:2], axis=1) + self.limits[:2, 0]
        inside = ((beside[..., :2] >= 0) & (beside[..., :2] <= _BOX[:2])).all(axis=-1)
        ground = self.drawn(np.concatenate([x, self.at(x)[..., None]], axis=-1))[..., 2]
        with np.errstate(invalid="ignore"):
            return np.asarray((inside & (ground > beside[..., 2] + 0.012)).any(axis=0))


def _ground(ax: Any, x1: Array, x2: Array, relief: _Relief) -> None:
    """The surface, lit from the left, with lines of equal height."""
    z = relief.heights
    low, high = relief.limits[2]
    spacing = [side / (n - 1) for side, n in zip(_BOX[:2], z.shape[::-1], strict=True)]
    level = np.nan_to_num((z - low) / (high - low))
    colours = _GROUND(level)
    light = LightSource(azdeg=300, altdeg=40)
    shade = light.hillshade(_BOX[2] * level, dx=spacing[0], dy=spacing[1])[..., None]
    colours[..., :3] *= 0.62 + 0.38 * shade
    ax.plot_surface(
        x1, x2, z, facecolors=colours, rcount=len(z), ccount=len(z), linewidth=0, antialiased=False, shade=False,
        zorder=1, rasterized=True,
    )  # fmt: skip


def _path(ax: Any, label: str, trace: Trace, heights: Array, relief: _Relief, size: float) -> None:
    """A run on the surface, cut where it leaves the view, faint where it is hidden."""
    seen, box = look(label), relief.limits[:2]
    sound = np.isfinite(trace.x).all(axis=1) & np.isfinite(heights)
    within = sound & ((trace.x >= box[:, 0]) & (trace.x <= box[:, 1])).all(axis=1)
    points = np.column_stack([trace.x, np.minimum(heights, relief.limits[2, 1])])
    points[~within] = np.nan
    if not within.any():
        return
    last = int(np.flatnonzero(within)[-1])
    whole = last == len(trace.x) - 1
    if not whole and np.isfinite(trace.x[last + 1]).all():
        edge = leaving_point(trace.x[last], trace.x[last + 1], box)
        points[last + 1] = [*edge, relief.at(edge[None])[0]]
    fine = _finer(points, relief)
    on_ground = np.nan_to_num(fine)
    on_ground[:, 2] = np.maximum(on_ground[:, 2], relief.at(on_ground[:, :2]))  # a valley is deeper than its drawing
    dark = relief.hidden(on_ground)
    ax.plot(*np.where(dark[:, None], np.nan, fine).T, color=tone(0), linewidth=seen.width + 1.2, alpha=0.8, zorder=2)
    ax.plot(*np.where(dark[:, None], fine, np.nan).T, color=seen.colour, linewidth=0.5, alpha=0.55, zorder=3)
    shown = np.where(dark[:, None], np.nan, fine).T
    ax.plot(*shown, color=seen.colour, linestyle=seen.dash, linewidth=seen.width, zorder=3.1, label=label)
    end = points[np.isfinite(points).all(axis=1)][-1:]
    fill: dict[str, Any] = {"markerfacecolor": seen.colour, "markeredgecolor": tone(0), "markeredgewidth": 0.5}
    if not whole:
        fill = {"markerfacecolor": tone(0), "markeredgecolor": seen.colour, "markeredgewidth": 1.0}
    _mark(ax, end, relief, {"linestyle": "none", "marker": seen.marker, "markersize": size, **fill})


def _finer(points: Array, relief: _Relief) -> Array:
    """The points (k, 3) with more of them between two that are far apart, at the height of the surface there."""
    size = np.ptp(relief.limits[:2], axis=1)
    with np.errstate(invalid="ignore"):
        apart = np.abs(np.diff(points[:, :2], axis=0) / size).max(axis=1, initial=0.0)
    made = [points[:1]]
    for k, count in enumerate(np.where(np.isfinite(apart), np.ceil(apart * _PIXELS), 1).astype(int)):
        shares = np.arange(1, max(count, 1))[:, None] / max(count, 1)
        between = (1 - shares) * points[k, :2] + shares * points[k + 1, :2]
        made += [np.column_stack([between, relief.at(between)]), points[k + 1 : k + 2]]
    return np.concatenate(made)


def _mark(ax: Any, points: Array, relief: _Relief, how: dict[str, Any]) -> None:
    """Markers, half transparent where the surface hides them."""
    if not len(points):
        return
    dark = relief.hidden(points)
    for part, alpha in ((points[~dark], 1.0), (points[dark], 0.45)):
        if len(part):
            ax.plot(*part.T, zorder=5, alpha=alpha, **how)


def _frame(ax: Any, relief: _Relief, ticks: Array, lift: Height) -> None:
    ax.set_proj_type("ortho")
    ax.view_init(*relief.angles)
    ax.set_box_aspect(_BOX, zoom=1.04)
    ax.set(xlim=relief.limits[0], ylim=relief.limits[1], zlim=relief.limits[2])
    ax.set_xlabel("$x_1$", labelpad=-7)
    ax.set_ylabel("$x_2$", labelpad=-7)
    ax.set_zticks(lift(ticks), [short(v) for v in ticks])
    for axis in (ax.xaxis, ax.yaxis, ax.zaxis):
        axis.set_tick_params(labelsize=small(), pad=-3)
        axis.set_pane_color((1, 1, 1, 0))
        axis._axinfo["grid"].update(color="#DDDDDD", linewidth=0.4)
    ax.locator_params(axis="x", nbins=5)
    ax.locator_params(axis="y", nbins=5)
