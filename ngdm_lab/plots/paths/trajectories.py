"""`trajectories`: runs on a plane surface, drawn on its contours."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from landscapes import Surface
from ngdm_lab.compiler.checks import check_flags
from ngdm_lab.experiments import Trace
from ngdm_lab.plots.drawing import layout, words
from ngdm_lab.plots.drawing.field import Field, colourbar, fill
from ngdm_lab.plots.drawing.style import COLUMN, style
from ngdm_lab.plots.drawing.view import view_box

from .traces import START, check_traces, draw_path, entries, grouped, settings, stars, surface_of_traces

__all__ = ["trajectories"]


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
    check_flags(legend=legend, notes=notes, bar=bar)
    listed = check_traces(traces)
    s = surface_of_traces(listed, surface)
    box = view_box(view, listed, s)
    groups = grouped(listed)
    with style():
        ax, own = layout.own_axes(ax, COLUMN, 2.7)
        ground = fill(ax, Field(s, box))
        if ground is not None and bar:
            colourbar(ax, ground, s)
        ax.grid(False)
        for (label, members), size in zip(groups.items(), np.linspace(7.0, 4.5, len(groups)), strict=True):
            for trace in members:
                draw_path(ax, label, trace.x, box, size)  # later markers are smaller, so that earlier ones are seen
        ax.plot(*np.unique([trace.x[0] for trace in listed], axis=0).T, zorder=5, **START)
        stars(ax, s)
        ax.set(xlim=box[0], ylim=box[1], xlabel="$x_1$", ylabel="$x_2$")
        layout.title(ax, words.plain(s.name, 60))
        layout.below(ax, own, entries(groups, s) if legend else [], settings(groups) if notes else [])
    return ax
