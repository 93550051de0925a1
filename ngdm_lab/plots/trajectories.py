"""`trajectories`: runs on a plane surface, drawn on its contours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
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
from .view import leaving_point, view_box

__all__ = ["STAR", "stars", "trajectories", "what_ends_mean"]

Array = NDArray[np.float64]

_ENDS = {
    "done": "ended within the target",
    "budget": "not within the target after all steps",
    "diverged": "became infinite or NaN, or grew without end",
    "escaped": "ended outside the bounds and below f_min",
}
_START: dict[str, Any] = {
    "linestyle": "none", "marker": "o", "markersize": 5.5, "color": "white", "markeredgecolor": "black",
    "markeredgewidth": 1.0,
}  # fmt: skip
STAR: dict[str, Any] = {
    "linestyle": "none", "marker": "*", "markersize": 8, "color": "#FFE45C", "markeredgecolor": "black",
    "markeredgewidth": 0.6,
}  # fmt: skip


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
    A path is cut at the edge of the view. A hollow marker says that it does not end there: it left the view for
    good, or the run diverged. The legend names optimizer, learning rate and status; all other options are printed
    below. On an Axes of your own both hang below it if its figure has a layout (``layout="constrained"``).

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
    box = view_box(view, listed, s)
    groups = _groups(listed)
    with style():
        ax, own = layout.own_axes(ax, COLUMN, 2.7)
        ground = fill(ax, Field(s, box))
        if ground is not None and bar:
            colourbar(ax, ground, s)
        ax.grid(False)
        for (label, members), size in zip(groups.items(), np.linspace(7.0, 4.5, len(groups)), strict=True):
            for trace in members:
                _path(ax, label, trace, box, size)  # later markers are smaller, so that earlier ones are seen
        ax.plot(*np.unique([trace.x[0] for trace in listed], axis=0).T, zorder=5, **_START)
        stars(ax, s)
        ax.set(xlim=box[0], ylim=box[1], xlabel="$x_1$", ylabel="$x_2$")
        layout.title(ax, words.plain(s.name, 60))
        handles = [layout.handle(label, _entry(label, members)) for label, members in groups.items()]
        handles.append(Line2D([], [], label="start", **_START))
        if len(s.minima):
            handles.append(Line2D([], [], label="minimum", **STAR))
        layout.below(ax, own, handles if legend else [], _notes(groups) if notes else [])
    return ax


def stars(ax: Axes, s: Surface) -> None:
    """The minima of a surface; smaller stars on a small Axes."""
    large = ax.bbox.width / ax.figure.dpi > 1.9
    ax.plot(*s.minima.T, zorder=4, **{**STAR, "markersize": 11 if large else 8})


def what_ends_mean(traces: Iterable[Trace]) -> str:
    """A sentence for each word that says how one of these runs ended."""
    met = {trace.status for trace in traces}
    return "".join(f" {word.capitalize()}: {said}." for word, said in _ENDS.items() if word in met)


def _listed(traces: Any) -> list[Trace]:
    listed = list(traces) if np.iterable(traces) else [traces]
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
    name = words.surface_of(listed[0].runs)
    s = next((t.surface for t in listed if t.surface is not None), None) if surface is None else surface
    if s is None:
        raise ValueError(f"surface must be given: {name} was defined by a user and is not in the file")
    if not isinstance(s, Surface):
        raise TypeError(f"surface must be a Surface such as ls.rosenbrock(2) or None, got {s!r}")
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
    told = ", ".join(word if len(members) == 1 else f"{count} {word}" for word, count in counts.items())
    if told == "diverged":
        told += f" after {int(members[0].runs.evaluations[0]) - 1} steps"
    named = words.name_of(label, members[0].optimizer)
    return f"{named}{'' if rate is None else f', lr {words.number(rate)}'}: {told}"


def _notes(groups: dict[str, list[Trace]]) -> list[str]:
    every = [trace for members in groups.values() for trace in members]
    steps, seeds = sorted({t.runs.steps for t in every}), sorted({t.runs.seed for t in every})
    targets = sorted({t.runs.target for t in every})
    told = f"{' or '.join(map(str, steps))} steps, seed {', '.join(map(str, seeds))}, "
    told += f"target {', '.join(map(words.number, targets))}.{what_ends_mean(every)}"
    return [told, *words.option_lines((label, members[0].runs) for label, members in groups.items())]


def _path(ax: Axes, label: str, trace: Trace, box: Array, size: float) -> None:
    seen = look(label)
    x = trace.x[np.isfinite(trace.x).all(axis=1)]
    # halos of all paths lie below all paths, so that the dashes of one show what runs beneath
    ax.plot(*x.T, color="white", linewidth=seen.width + 1.2, alpha=0.7, zorder=2.9)
    ax.plot(*x.T, color=seen.colour, linestyle=seen.dash, linewidth=seen.width, zorder=3, label=label)
    inside = ((x >= box[:, 0]) & (x <= box[:, 1])).all(axis=1)
    if inside.any():
        last = int(np.flatnonzero(inside)[-1])
        point = x[last] if last == len(x) - 1 else leaving_point(x[last], x[last + 1], box)
        edge: dict[str, Any] = {"markerfacecolor": seen.colour, "markeredgecolor": "white", "markeredgewidth": 0.5}
        if last < len(trace.x) - 1:
            edge = {"markerfacecolor": "white", "markeredgecolor": seen.colour, "markeredgewidth": 1.0}
        ax.plot(*point, linestyle="none", marker=seen.marker, markersize=size, zorder=6, clip_on=False, **edge)
