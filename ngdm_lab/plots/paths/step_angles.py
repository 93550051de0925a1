"""`step_angles`: how long the steps of a path are, and how far they turn away from the negative gradient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, NullLocator
from numpy.typing import NDArray

from landscapes import Surface
from ngdm_lab.compiler.checks import check_flags
from ngdm_lab.experiments import Trace
from ngdm_lab.plots.drawing import layout, words
from ngdm_lab.plots.drawing.style import COLUMN, dress, look, small, tone, users_style

from .traces import check_traces, entry, grouped, how_they_ended, named, settings, surface_of_traces

__all__ = ["lengths_and_angles", "step_angles"]

Array = NDArray[np.float64]


def lengths_and_angles(trace: Trace, s: Surface) -> tuple[Array, Array]:
    """Of each step of a trace: its length, and its angle to the negative gradient at the point it leaves.

    Returns
    -------
    (steps,), (steps,) float64
        Euclidean lengths in the surface's units; angles in degrees, 0 straight downhill to 180 straight uphill. An
        angle is NaN where the step or the gradient is zero or not finite, a length where the step is not finite.
    """
    # noise apart: the angle is to the gradient of f itself
    gradients = s.noisy(0).grad(np.where(np.isfinite(trace.x[:-1]), trace.x[:-1], 0.0))
    with np.errstate(over="ignore", invalid="ignore"):
        steps = trace.x[1:] - trace.x[:-1]
    lengths, ways = _split(steps)
    slopes, falls = _split(-gradients)
    defined = (lengths > 0) & np.isfinite(lengths) & (slopes > 0) & np.isfinite(slopes)
    # accurate near 0 and 180 degrees too, where an arc cosine is not (Kahan)
    halves = np.arctan2(np.linalg.norm(ways - falls, axis=1), np.linalg.norm(ways + falls, axis=1))
    return np.where(np.isfinite(lengths), lengths, np.nan), np.where(defined, np.degrees(2 * halves), np.nan)


def _split(v: Array) -> tuple[Array, Array]:
    """Lengths (k,) and directions (k, n) of vectors, without over- or underflow of squares; zero where undefined."""
    largest = np.abs(v).max(axis=1)
    sound = np.isfinite(largest) & (largest > 0)
    scaled = np.where(sound[:, None], v, 0.0) / np.where(sound, largest, 1.0)[:, None]
    norms = np.linalg.norm(scaled, axis=1)
    with np.errstate(over="ignore"):
        return np.where(sound, largest * norms, largest), scaled / np.where(norms > 0, norms, 1.0)[:, None]


def step_angles(
    traces: Trace | Sequence[Trace],
    axes: Sequence[Axes] | None = None,
    surface: Surface | None = None,
    *,
    legend: bool = True,
    notes: bool = False,
) -> tuple[Axes, Axes]:
    """Draw length (above) and angle to the negative gradient (below) of each step of one or more paths.

    At 0 degrees a step follows the gradient, above 90 it climbs to first order. Nothing is drawn where the step or
    the gradient is zero or not finite.

    Parameters
    ----------
    traces : a Trace or several on one surface, of any dimension, from `lab.trace`.
    axes : two Axes, for lengths and angles; a new figure if it is None.
    surface : needed only where the traces do not have it: a loaded run on a user's landscape.
    legend : False leaves out the legend.
    notes : print the caption below, in small type; `caption` gives it, and `save` writes it beside the figure.

    Returns
    -------
    (Axes, Axes)
        x: steps, counted from 1, logarithmic. y: Euclidean length in the surface's units, logarithmic; degrees.

    Raises
    ------
    ValueError
        For no trace, traces on several surfaces, runs of no step, another number of Axes than two.
    TypeError
        For what is no trace.
    """
    check_flags(legend=legend, notes=notes)
    listed = check_traces(traces, dim=None)
    s = surface_of_traces(listed, surface)
    if not any(len(trace.x) > 1 for trace in listed):
        raise ValueError("traces must have at least one step, got runs of 0 steps")
    if not any((np.isfinite(t.x[1:]) & (t.x[1:] != t.x[:-1])).any() for t in listed):
        raise ValueError("traces must move, got runs none of whose steps has a length" + how_they_ended(listed))
    groups = grouped(listed)
    with users_style():
        above, below, own = _axes(axes)
        for k, (label, members) in enumerate(groups.items()):
            for trace in members:
                lengths, angles = lengths_and_angles(trace, s)
                for ax, values in ((above, np.where(lengths > 0, lengths, np.nan)), (below, angles)):
                    _draw(ax, label, values, k / len(groups))
        _frame(above, below, max(len(trace.x) for trace in listed) - 1)
        layout.title(above, words.plain(s.name, 60))
        names = named(groups)
        handles = [layout.handle(label, entry(names[label], members)) for label, members in groups.items()]
        note = "Lower panel: angle between the step and the negative gradient of f at the point that it leaves."
        lines = [note, *settings(groups)]
        layout.below(below, own, handles if legend else [], lines, notes)
    return above, below


def _axes(axes: Any) -> tuple[Axes, Axes, bool]:
    if axes is None:
        made = layout.new_figure(COLUMN, 3.3).subplots(2, 1, sharex=True)
        for ax in made:
            dress(ax)
        made[0].tick_params(labelbottom=False)
        return made[0], made[1], True
    above, below = layout.several_axes(axes, 2)
    return above, below, False


def _draw(ax: Axes, label: str, values: Array, shift: float) -> None:
    """A line with the optimizer's marker some times a decade, `shift` of the way to the next: not all in one place."""
    seen, steps = look(label), np.arange(1, len(values) + 1)
    marks = np.unique(10 ** np.arange(0.5 * shift, np.log10(len(values) + 0.5), 0.5)).round().astype(int) - 1
    ax.plot(
        steps, values, color=seen.colour, linestyle=seen.dash, linewidth=0.6 * seen.width, label=label, zorder=3,
        marker=seen.marker, markersize=4, markeredgecolor=tone(0), markeredgewidth=0.4, markevery=marks.tolist(),
    )  # fmt: skip
    alone = np.isfinite(values) & ~np.isfinite(np.r_[np.nan, values[:-1]]) & ~np.isfinite(np.r_[values[1:], np.nan])
    if alone.any():  # a value between two gaps is no line
        ax.plot(steps[alone], values[alone], ".", color=seen.colour, markersize=2.5, zorder=3)


def _frame(above: Axes, below: Axes, steps: int) -> None:
    for ax in (above, below):
        ax.set_xscale("log")
        ax.set_xlim(0.95, 1.05 * max(steps, 2))
        ax.xaxis.set_major_locator(LogLocator(numticks=6))
    above.set_yscale("log")
    above.yaxis.set_major_locator(LogLocator(numticks=6))
    above.yaxis.set_minor_locator(NullLocator())
    above.set(ylabel="length of the step")
    below.axhline(90, color=tone(0.46), linewidth=0.8, linestyle=(0, (4, 2)), zorder=1)
    below.set(xlabel="step", ylabel="angle to −∇f", ylim=(-6, 186), yticks=[0, 45, 90, 135, 180])
    below.set_yticklabels([f"{v}°" for v in (0, 45, 90, 135, 180)])
    below.annotate(
        "uphill", (1, 90), (-2, 1.5), xycoords=below.get_yaxis_transform(), textcoords="offset points",
        fontsize=small(), color=tone(0.65), ha="right",
    )  # fmt: skip
