"""`success`: how often runs arrive, against the learning rate and against the effective rate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from ngdm_lab.compiler.checks import check_each, check_flags
from ngdm_lab.experiments import Entry
from ngdm_lab.plots.drawing import layout, words
from ngdm_lab.plots.drawing.style import COLUMN, dress, style

from .tuning import Curve, draw_curves, gain_line, settings_line, what_is_drawn

__all__ = ["success"]


def success(
    entries: Entry | Sequence[Entry],
    axes: Sequence[Axes] | None = None,
    *,
    legend: bool = True,
    notes: bool = True,
) -> tuple[Axes, Axes]:
    """Share of tuning starts that arrive, against the learning rate (left) and lr x gain (right).

    As `tuning_curve`, with arrivals in place of running times, in two panels: on the right, diagonal NGDM with a
    constant alpha falls on SGD, for it is the same rule (erratum E7). Where nobody arrives, the median last value.

    Parameters
    ----------
    entries : what `race.on(surface)` gives, of a race with tuning.
    axes : two Axes; a new figure if it is None.
    legend, notes : leave out the legend, or the settings in small type.

    Returns
    -------
    (Axes, Axes)
        x: learning rate and effective rate, logarithmic; y: arrivals in percent of the starts.

    Raises
    ------
    ValueError
        For no entry, entries on several surfaces, entries without tuning, another number of Axes than two.
    TypeError
        For what is no entry of a race.
    """
    check_flags(legend=legend, notes=notes)
    tuned = _tuned(entries)
    with style():
        left, right, own = _axes(axes)
        curves = [Curve.of(e) for e in tuned]
        for ax, effective in ((left, False), (right, True)):
            draw_curves(ax, curves, tuned[0].runs.surface, effective, "arrival")
        right.set_ylabel("")
        layout.title(left, words.plain(tuned[0].surface_name, 60))
        if own:
            right.tick_params(labelleft=False)
        handles = [layout.handle(c.label, c.name) for c in curves]
        below = (handles if legend else [], _notes(tuned, own) if notes else [])
        layout.below(left, own, *below, last=right)
    return left, right


def _tuned(entries: Any) -> list[Entry]:
    listed = check_each("entries", entries, Entry, "what race.on(surface) gives")
    names = dict.fromkeys(e.surface_name for e in listed)
    if len(names) > 1:
        raise ValueError(f"entries must be on one surface, got {', '.join(names)}")
    tuned = [e for e in listed if e.tuning is not None]
    if not tuned:
        raise ValueError("entries must come from a race with tuning, got none with a tuning curve")
    return tuned


def _axes(axes: Any) -> tuple[Axes, Axes, bool]:
    if axes is None:
        _, made = plt.subplots(1, 2, figsize=(COLUMN, 1.9), sharey=True)
        for ax in made:
            dress(ax)
        return made[0], made[1], True
    left, right = layout.several_axes(axes, 2)
    return left, right, False


def _notes(tuned: list[Entry], options: bool) -> list[str]:
    curves, runs = [Curve.of(e) for e in tuned], tuned[0].runs
    settings = {"steps": runs.steps, "seed": runs.seed, "target": runs.target}
    lines = [settings_line(curves, settings) + what_is_drawn(curves, "arrival"), gain_line(curves)]
    return lines + (words.option_lines((e.label, e.runs) for e in tuned) if options else [])
