"""`trajectories`: runs on a plane surface, drawn on its contours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike, NDArray

from landscapes import Surface
from ngdm_lab.experiments import Trace

from . import layout, words
from .field import Field, colourbar, fill
from .style import COLUMN, look, style

__all__ = ["trajectories"]

Array = NDArray[np.float64]

_ENDS = {
    "done": "ended within the target",
    "budget": "not within the target after all steps",
    "diverged": "became infinite or NaN, or grew without end",
    "escaped": "ended outside the bounds and below f_min",
}
_START = {"marker": "o", "color": "white", "markeredgecolor": "black", "markeredgewidth": 1.0, "markersize": 5.5}
STAR = {"marker": "*", "color": "#FFE45C", "markeredgecolor": "black", "markeredgewidth": 0.6, "markersize": 11}


def trajectories(
    traces: Trace | Sequence[Trace],
    ax: Axes | None = None,
    surface: Surface | None = None,
    *,
    view: str | ArrayLike = "paths",
    legend: bool = True,
    notes: bool = True,
    bar: bool = True,
) -> Axes:
    """Draw the paths of one or more runs in two dimensions over filled contours of f - f_min.

    Each optimizer has its own colour; a white circle is a start, the optimizer's marker an end, a star a minimum.
    A path is cut at the edge of the view; its end marker is hollow where it was last seen if it does not end
    inside. The legend names optimizer, learning rate and status; all other options are printed below.

    Parameters
    ----------
    traces : a Trace or several on one surface, from `lab.trace`.
    ax : where to draw; a new figure if it is None.
    surface : needed only where the traces do not have it: a loaded run on a user's landscape.
    view : "paths" (the runs, their starts and the nearest minima), "bounds", or ((low, high), (low, high)).
    legend, notes, bar : leave out the legend, the options in small type, or the colour bar.

    Returns
    -------
    Axes
        With labels x_1 and x_2 in the surface's units.

    Raises
    ------
    ValueError
        For no trace, traces on several surfaces, a surface of another dimension than 2, an impossible view.
    TypeError
        For what is no trace.
    """
    listed = _listed(traces)
    s = _surface(listed, surface)
    box = _view(view, listed, s)
    with style():
        ax, own = layout.own_axes(ax, COLUMN, 2.7)
        ground = fill(ax, Field(s, box))
        if ground is not None and bar:
            colourbar(ax, ground, s)
        ax.grid(False)
        groups = _groups(listed)
        sizes = np.linspace(7.0, 4.5, len(groups)) if len(groups) > 1 else [6.0]  # later ones let earlier ones show
        for (label, members), size in zip(groups.items(), sizes, strict=True):
            for trace in members:
                _path(ax, label, trace, box, size)
        starts = np.unique([trace.x[0] for trace in listed], axis=0)
        ax.plot(*starts.T, linestyle="none", zorder=5, **_START)
        ax.plot(*s.minima.T, linestyle="none", zorder=4, **STAR)
        ax.set(xlim=box[0], ylim=box[1], xlabel="$x_1$", ylabel="$x_2$", title=words.plain(s.name))
        handles = [layout.handle(k, _entry(k, members)) for k, members in groups.items()]
        handles.append(Line2D([], [], linestyle="none", label="start", **_START))
        if len(s.minima):
            handles.append(Line2D([], [], linestyle="none", label="minimum", **{**STAR, "markersize": 7}))
        layout.below(ax, own, handles if legend else [], _notes(groups) if notes else [])
    return ax


def _listed(traces: Any) -> list[Trace]:
    listed = [traces] if isinstance(traces, Trace) else list(traces) if np.iterable(traces) else [traces]
    if not listed:
        raise ValueError("traces must hold at least one trace, got an empty list")
    for trace in listed:
        if not isinstance(trace, Trace):
            raise TypeError(f"traces must be a Trace (of lab.trace) or a list of them, got {trace!r}")
    names = dict.fromkeys(words.surface_of(trace.runs) for trace in listed)
    if len(names) > 1:
        raise ValueError(f"traces must lie on one surface, got {', '.join(names)}")
    if listed[0].x.shape[1] != 2:
        raise ValueError(f"traces must be on a surface of dimension 2, got {next(iter(names))}")
    return listed


def _surface(listed: list[Trace], surface: Any) -> Surface:
    if surface is not None and not isinstance(surface, Surface):
        raise TypeError(f"surface must be a Surface such as ls.rosenbrock(2) or None, got {surface!r}")
    s = next((t.surface for t in listed if t.surface is not None), None) if surface is None else surface
    name = words.surface_of(listed[0].runs)
    if s is None:
        raise ValueError(f"surface must be given: {name} was defined by a user and is not in the file")
    if s.name != name:
        raise ValueError(f"surface must be the one of the traces, {name}, got {s.name}")
    return s


def _groups(listed: list[Trace]) -> dict[str, list[Trace]]:
    """Traces by label: runs of one optimizer with equal options share a label, and so a colour."""
    settings: dict[Any, list[Trace]] = {}
    for trace in listed:
        key = (words.identity(trace.runs), words.rate_of(trace.runs), str(words.options_of(trace.runs)))
        settings.setdefault(key, []).append(trace)
    return dict(zip(words.numbered(key[0] for key in settings), settings.values(), strict=True))


def _entry(label: str, members: list[Trace]) -> str:
    """Legend text: name, rate, how the runs ended."""
    rate = words.rate_of(members[0].runs)
    counts = Counter(trace.status for trace in members)
    if len(members) == 1:
        [ended] = counts
        if ended == "diverged":
            ended += f" after {int(members[0].runs.evaluations[0]) - 1} steps"
    else:
        ended = ", ".join(f"{count} {word}" for word, count in counts.items())
    named = words.name_of(label, members[0].optimizer)
    return f"{named}{'' if rate is None else f', lr {words.number(rate)}'}: {ended}"


def _notes(groups: dict[str, list[Trace]]) -> list[str]:
    first = [members[0] for members in groups.values()]
    steps, seeds = sorted({t.runs.steps for t in first}), sorted({t.runs.seed for t in first})
    told = f"{' or '.join(map(str, steps))} steps, seed {', '.join(map(str, seeds))}"
    told += f", target {words.number(first[0].runs.target)}."
    ends = {t.status for members in groups.values() for t in members}
    told += "".join(f" {word.capitalize()}: {said}." for word, said in _ENDS.items() if word in ends)
    options = [(words.name_of(k, m[0].optimizer), words.options_of(m[0].runs)) for k, m in groups.items()]
    return [told, *words.option_lines(options)]


def _path(ax: Axes, label: str, trace: Trace, box: Array, size: float) -> None:
    seen = look(label)
    x = trace.x[np.isfinite(trace.x).all(axis=1)]
    # halos of all paths lie below all paths, so that the dashes of one show what runs beneath
    ax.plot(*x.T, color="white", linewidth=seen.width + 1.2, alpha=0.7, zorder=2.9)
    ax.plot(*x.T, color=seen.colour, linestyle=seen.dash, linewidth=seen.width, zorder=3, label=label)
    inside = ((x >= box[:, 0]) & (x <= box[:, 1])).all(axis=1)
    if inside.any():  # the last point in view; hollow if the run went on outside, or diverged
        last = int(np.flatnonzero(inside)[-1])
        colours = {"markerfacecolor": seen.colour, "markeredgecolor": "white", "markeredgewidth": 0.5}
        if last < len(trace.x) - 1:
            colours = {"markerfacecolor": "white", "markeredgecolor": seen.colour, "markeredgewidth": 1.0}
        ax.plot(*x[last], linestyle="none", marker=seen.marker, zorder=6, markersize=size, **colours)


def _view(view: Any, listed: list[Trace], s: Surface) -> Array:
    """(2, 2) lower and upper end of each axis."""
    bounds = np.array(s.bounds)
    if isinstance(view, str):
        if view not in ("paths", "bounds"):
            raise ValueError(f"view must be 'paths', 'bounds' or ((low, high), (low, high)), got {view!r}")
        return _around(listed, s) if view == "paths" else bounds
    try:
        box = np.array(view, dtype=np.float64)
    except (TypeError, ValueError):
        box = np.empty(0)
    if box.shape != (2, 2) or not np.isfinite(box).all() or not (box[:, 0] < box[:, 1]).all():
        raise ValueError(f"view must be 'paths', 'bounds' or ((low, high), (low, high)), got {view!r}")
    return box


def _around(listed: list[Trace], s: Surface) -> Array:
    """A box around all starts, the iterates inside the bounds, and the minimum next to each path's best point."""
    low, high = s.bounds.T
    points = [trace.x[:1] for trace in listed]
    for trace in listed:
        inside = ((trace.x >= low) & (trace.x <= high)).all(axis=1)  # False for NaN
        points.append(trace.x[inside])
        best = trace.x[np.argmin(np.where(inside, trace.f, np.inf))]
        if len(s.minima):
            points.append(s.minima[[np.argmin(np.linalg.norm((s.minima - best) / (high - low), axis=1))]])
    cloud = np.concatenate(points)
    span = (cloud.max(axis=0) - cloud.min(axis=0)) / (high - low)
    span = 1.2 * np.maximum(span, max(0.4 * span.max(), 0.01))  # a margin, and no slivers
    middle = (cloud.max(axis=0) + cloud.min(axis=0)) / 2
    box = np.stack([middle - span * (high - low) / 2, middle + span * (high - low) / 2], axis=1)
    # no more of what lies outside the bounds than the starts need
    edge = 0.02 * (high - low)
    floor = np.minimum(low, np.min([t.x[0] for t in listed], axis=0)) - edge
    ceiling = np.maximum(high, np.max([t.x[0] for t in listed], axis=0)) + edge
    return np.stack([np.maximum(box[:, 0], floor), np.minimum(box[:, 1], ceiling)], axis=1)
