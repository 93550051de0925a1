"""`trajectories`: runs on a plane surface, drawn on its contours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, overload

import numpy as np
from matplotlib.axes import Axes
from matplotlib.contour import QuadContourSet
from numpy.typing import ArrayLike

from landscapes import Surface
from ngdm_lab.compiler.checks import check_flags
from ngdm_lab.experiments import Race, Trace
from ngdm_lab.experiments.race.pictures import MOST_PATHS, telling
from ngdm_lab.plots.drawing import layout, words
from ngdm_lab.plots.drawing.field import Field, colourbar, fill
from ngdm_lab.plots.drawing.grid import Sheet
from ngdm_lab.plots.drawing.style import COLUMN, users_style
from ngdm_lab.plots.drawing.view import view_box
from ngdm_lab.plots.race import legend as shared

from .traces import ENDS, START, check_traces, draw_path, entries, grouped, marks, settings, stars, surface_of_traces

__all__ = ["trajectories"]


@overload
def trajectories(
    traces: Race, ax: Axes | Sequence[Axes] | None = ..., *, view: str | ArrayLike = ..., legend: bool = ...,
    notes: bool = ...,
) -> list[Axes]: ...  # fmt: skip
@overload
def trajectories(
    traces: Trace | Sequence[Trace], ax: Axes | None = ..., surface: Surface | None = ..., *,
    view: str | ArrayLike = ..., legend: bool = ..., notes: bool = ..., bar: bool = ...,
) -> Axes: ...  # fmt: skip
def trajectories(
    traces: Race | Trace | Sequence[Trace],
    ax: Any = None,
    surface: Surface | None = None,
    *,
    view: str | ArrayLike = "paths",
    legend: bool = True,
    notes: bool = False,
    bar: bool = True,
) -> Any:
    """Draw the paths of one or more runs in two dimensions over filled contours of f - f_min.

    Each optimizer has its own colour; a white circle is a start, the optimizer's marker an end, a star a minimum.
    A path is cut at the edge of the view. A hollow marker says that it does not end there: it left the view for
    good, or the run diverged. Of an optimizer that looks at values the iterates are drawn, without trials that brought
    nothing (`Trace.iterates`). The legend names optimizer, learning rate and status; all other options are printed
    below. On an Axes of your own both hang below it if its figure has a layout (``layout="constrained"``).

    Parameters
    ----------
    traces : a Trace or several on one surface, from `lab.trace`; or a Race, for a panel without colour bar for each of
        at most six landscapes in two dimensions, those on which its optimizers differ most: one path of each
        optimizer but the control, at its rate, all from one start of the race (see `Race.pictures`).
    ax : where to draw, for a race as many Axes as there are panels; a new figure if it is None.
    surface : needed only where the traces do not have it: a loaded run on a user's landscape.
    view : "paths" (the runs, their starts and the nearest minima), "bounds", or ((low, high), (low, high)).
    legend, bar : leave out the legend, or the colour bar.
    notes : print the caption below, in small type; `caption` gives it, and `save` writes it beside the figure.

    Returns
    -------
    Axes, or a list of them for a Race
        With labels x_1 and x_2 in the surface's units.

    Raises
    ------
    ValueError
        For no trace, a race without a landscape in two dimensions, traces on several surfaces, a surface of another
        dimension than 2, an impossible view.
    TypeError
        For what is no trace.
    """
    check_flags(legend=legend, notes=notes, bar=bar)
    if isinstance(traces, Race):
        return _of_race(traces, ax, view, legend, notes)
    listed = check_traces(traces)
    s = surface_of_traces(listed, surface)
    groups = grouped(listed)
    with users_style():
        ax, own = layout.own_axes(ax, COLUMN, 2.7)
        ground = _paths(ax, groups, s, view)
        if ground is not None and bar:
            colourbar(ax, ground, s)
        layout.title(ax, words.plain(s.name, 60))
        layout.below(ax, own, entries(groups, s) if legend else [], settings(groups), notes)
    return ax


def _paths(ax: Axes, groups: dict[str, list[Trace]], s: Any, view: Any) -> QuadContourSet | None:
    """One surface with all paths; returns its filled contours."""
    listed = [trace for members in groups.values() for trace in members]
    box = view_box(view, listed, s)
    ground = fill(ax, Field(s, box))
    ax.grid(False)
    for (label, members), size in zip(groups.items(), np.linspace(7.0, 4.5, len(groups)), strict=True):
        for trace in members:
            draw_path(ax, label, trace.iterates, box, size)  # later markers are smaller, so that earlier ones are seen
    ax.plot(*np.unique([trace.x[0] for trace in listed], axis=0).T, zorder=5, **START)
    stars(ax, s)
    ax.set(xlim=box[0], ylim=box[1], xlabel="$x_1$", ylabel="$x_2$")
    return ground


def _of_race(race: Race, axes: Any, view: str | ArrayLike, legend: bool, notes: bool) -> list[Axes]:
    # without its function, which is not in a file, a user's own landscape has no contours to draw paths on
    every = {name: ran for name, ran in race.pictures.traces.items() if next(iter(ran.values())).surface is not None}
    if not every:
        raise ValueError("traces must be a race with a landscape in two dimensions, got none that can be drawn")
    shown = telling(race, every, MOST_PATHS)
    with users_style():
        sheet = Sheet(len(shown), axes, 1.75)
        for name, ax in zip(shown, sheet.panels, strict=True):
            ran = every[name]
            _paths(ax, {label: [trace] for label, trace in ran.items()}, next(iter(ran.values())).surface, view)
            start = words.point(next(iter(ran.values())).x[0])
            sheet.title(ax, f"{words.plain(name, 60)}\nfrom {start}")
        s = every[shown[0]][next(iter(every[shown[0]]))].surface
        note = "One path of each optimizer at its rate of the race, all from one start: of those from which many "
        note += "arrive, that with the longest ways. Circle: start; star: minimum; filled marker: end; hollow: the "
        note += "path goes on."
        planes = [n for n in race.surfaces if race.on(n)[0].runs.x0.shape[1] == 2]
        note += shared.left_out(planes, shown, "in two dimensions, but optimizers differ less there")
        ended = [f"On {words.plain(name)} {said}." for name in shown if (said := _others(race, every[name]))]
        all_but = " but these" if ended else ""
        lines = [shared.settings(race), note, " ".join([f"All{all_but} ended within the target.", *ended])]
        handles = [*shared.handles(race, control=False), *marks(s)] if legend else []
        return sheet.finish(handles, lines, notes)


def _others(race: Race, ran: dict[str, Trace]) -> str:
    """Who did not end within the target, and how."""
    named = shared.names(race)
    ends: dict[str, list[str]] = {}
    for label, trace in ran.items():
        if trace.status != "done":
            ends.setdefault(ENDS[trace.status], []).append(words.unbroken(named[label]))
    parts = []
    for end, names in ends.items():
        others = [words.unbroken(named[label]) for label in ran if words.unbroken(named[label]) not in names]
        who = ", ".join(names) if len(names) <= len(others) else f"all but {', '.join(others)}" if others else "all"
        parts.append(f"{who} {end}")
    return "; ".join(parts)
