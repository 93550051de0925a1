"""`loss_slice`: a plane through the loss of a net or a landscape, with paths projected to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike

from ngdm_lab.compiler.checks import check_each, check_flags, check_instance, check_point
from ngdm_lab.experiments import LossSlice, Trace
from ngdm_lab.plots.drawing import layout, words
from ngdm_lab.plots.drawing.field import Field, colourbar, fill
from ngdm_lab.plots.drawing.style import COLUMN, INK, look, tone, users_style
from ngdm_lab.plots.paths.traces import START
from ngdm_lab.plots.paths.trajectories import trajectories

__all__ = ["loss_slice"]

_CENTRE: dict[str, Any] = {
    "linestyle": "none", "marker": "+", "markersize": 7, "markeredgecolor": INK, "markeredgewidth": 1.2,
}  # fmt: skip


def loss_slice(
    plane: LossSlice,
    paths: Trace | Sequence[Trace] | Mapping[str, ArrayLike] = (),
    ax: Axes | None = None,
    *,
    legend: bool = True,
    notes: bool = False,
    bar: bool = True,
) -> Axes:
    """Draw the loss on a plane of parameters, as any surface, and paths as their projections to it.

    The title says how the plane was made and, for principal directions, how much of the paths' squared distances from
    the centre it holds. Off the plane the loss is another: what lies below a projected path is not its values. A
    cross marks the centre.

    Parameters
    ----------
    plane : from `lab.loss_slice`.
    paths : traces on the surface that was cut; or label -> parameter vectors (k, n), a line for each, in the
        colours of optimizers where a label is the id of one.
    ax : where to draw; a new figure if it is None.
    legend, bar : leave out the legend, or the colour bar.
    notes : print the caption below, in small type; `caption` gives it, and `save` writes it beside the figure.

    Returns
    -------
    Axes

    Raises
    ------
    TypeError
        For what is no slice or no path.
    ValueError
        For traces on another surface, vectors of another length.
    """
    check_flags(legend=legend, notes=notes, bar=bar)
    check_instance("plane", plane, LossSlice, "a slice made by lab.loss_slice")
    if isinstance(paths, Mapping):
        return _with_lines(plane, dict(paths), ax, legend, notes, bar)
    listed = check_each("paths", paths, Trace, "a Trace (of lab.trace)", least=0)
    if not listed:
        return _with_lines(plane, {}, ax, legend, notes, bar)
    flat = [plane.project(trace) for trace in listed]
    ax = trajectories(flat, ax, view=plane.bounds, legend=legend, notes=notes, bar=bar)
    with users_style():
        _frame(ax, plane)
    return ax


def _with_lines(
    plane: LossSlice, lines: dict[str, ArrayLike], ax: Axes | None, legend: bool, notes: bool, bar: bool
) -> Axes:  # fmt: skip
    with users_style():
        ax, own = layout.own_axes(ax, COLUMN, 2.7)
        ground = fill(ax, Field(plane, plane.bounds))
        if ground is not None and bar:
            colourbar(ax, ground, plane)
        ax.grid(False)
        handles = [
            _line(ax, plane, label, check_point(f"paths[{label!r}]", points, len(plane.centre), axes=2))
            for label, points in lines.items()
        ]
        _frame(ax, plane)
        handles += [Line2D([], [], label="start", **START)] if lines else []
        handles.append(Line2D([], [], label="centre", **_CENTRE))
        sentences = [] if plane.seed is None else [f"Directions: seed {plane.seed}."]
        sentences += [] if plane.values is None else [f"{len(plane.values)} × {len(plane.values)} evaluations."]
        sentences += ["Paths are projected: off the plane the loss is another."] if lines else []
        layout.below(ax, own, handles if legend else [], [" ".join(sentences)], notes)
    return ax


def _frame(ax: Axes, plane: LossSlice) -> None:
    """Limits, labels, the centre, and a title that says how the plane was made."""
    held = "" if np.isnan(plane.share) else f": {100 * plane.share:.1f} % of the paths"
    ax.plot(0.0, 0.0, zorder=5.5, **_CENTRE)
    ax.set(xlim=plane.bounds[0], ylim=plane.bounds[1], xlabel=plane.labels[0], ylabel=plane.labels[1])
    layout.title(ax, f"{words.plain(plane.family.name, 60)}\n{plane.how}{held}")


def _line(ax: Axes, plane: LossSlice, label: str, points: ArrayLike) -> Line2D:
    seen, flat = look(label), plane.coordinates(points)
    ax.plot(*flat.T, color=tone(0), linewidth=seen.width + 1.2, alpha=0.7, zorder=2.9)
    ax.plot(*flat[0], zorder=5, **START)
    ax.plot(*flat.T, color=seen.colour, linestyle=seen.dash, linewidth=seen.width, zorder=3, label=label)
    last = flat[np.isfinite(flat).all(axis=1)][-1]
    ax.plot(*last, linestyle="none", marker=seen.marker, markersize=6, color=seen.colour, markeredgecolor=tone(0),
            markeredgewidth=0.5, zorder=6)  # fmt: skip
    return layout.handle(label, words.name_of(label))
