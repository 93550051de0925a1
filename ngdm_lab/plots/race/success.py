"""`success`: how often runs arrive, against the learning rate and against the effective rate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, overload

from matplotlib.axes import Axes

from ngdm_lab.compiler.checks import check_each, check_flags
from ngdm_lab.experiments import Entry, Race
from ngdm_lab.experiments.race.pictures import telling
from ngdm_lab.plots.drawing import layout, words
from ngdm_lab.plots.drawing.grid import Sheet
from ngdm_lab.plots.drawing.style import COLUMN, dress, users_style

from . import legend as shared
from .tuning import Curve, draw_curves, gain_line, settings_line, what_is_drawn

__all__ = ["MOST", "success"]

MOST = 6  # landscapes of a race


@overload
def success(
    entries: Race, axes: Sequence[Axes] | None = ..., *, legend: bool = ..., notes: bool = ...
) -> list[Axes]: ...
@overload
def success(
    entries: Entry | Sequence[Entry], axes: Sequence[Axes] | None = ..., *, legend: bool = ..., notes: bool = ...
) -> tuple[Axes, Axes]: ...
def success(
    entries: Race | Entry | Sequence[Entry],
    axes: Sequence[Axes] | None = None,
    *,
    legend: bool = True,
    notes: bool = False,
) -> Any:
    """Share of tuning starts that arrive, against the learning rate (left) and lr x gain (right).

    As `tuning_curve`, with arrivals in place of running times, in two panels: on the right, diagonal NGDM with a
    constant alpha falls on SGD, for it is the same rule (erratum E7). Where nobody arrives, the median last value.

    Parameters
    ----------
    entries : a Race with tuning, of which the six landscapes are drawn on which optimizers differ most; or what
        `race.on(surface)` gives.
    axes : two Axes for each landscape; a new figure if it is None.
    legend : False leaves out the legend.
    notes : print the caption below, in small type; `caption` gives it, and `save` writes it beside the figure.

    Returns
    -------
    (Axes, Axes), or for a Race a list with two Axes for each landscape
        x: learning rate and effective rate, logarithmic; y: arrivals in percent of the starts.

    Raises
    ------
    ValueError
        For no entry, entries on several surfaces, entries without tuning, another number of Axes than two.
    TypeError
        For what is no entry of a race.
    """
    check_flags(legend=legend, notes=notes)
    if isinstance(entries, Race):
        return _of_race(entries, axes, legend, notes)
    tuned = _tuned(entries)
    with users_style():
        left, right, own = _axes(axes)
        curves = Curve.all(tuned)
        _pair(left, right, curves, tuned[0])
        layout.title(left, words.plain(tuned[0].surface_name, 60))
        if own:
            right.tick_params(labelleft=False)
        handles = [layout.handle(c.label, c.name) for c in curves] if legend else []
        layout.below(left, own, handles, _notes(tuned, own), notes, last=right)
    return left, right


def _of_race(race: Race, axes: Any, legend: bool, notes: bool) -> list[Axes]:
    every = [s for s in race.surfaces if any(e.tuning is not None for e in race.on(s))]
    if not every:
        raise ValueError("entries must be a race with tuning, got one without")
    surfaces = telling(race, every, MOST)
    with users_style():
        sheet = Sheet(2 * len(surfaces), axes, 1.2)
        drawn = []
        for k, name in enumerate(surfaces):
            tuned, (left, right) = _tuned(race.on(name)), sheet.panels[2 * k : 2 * k + 2]
            drawn += (curves := Curve.all(tuned))
            _pair(left, right, curves, tuned[0])
            sheet.title(left, words.plain(name, 60))
            right.tick_params(labelleft=False)
        note = "Arrivals of the tuning starts, or the median last value where nobody arrives. "
        note += what_is_drawn(drawn, "arrival")
        note += " Gain: mean of a diagonal F⁻¹, largest eigenvalue of an exact one, 1 without F."
        note += shared.left_out(every, surfaces, "since optimizers differ less there")
        return sheet.finish(shared.handles(race) if legend else [], [shared.settings(race), note], notes)


def _pair(left: Axes, right: Axes, curves: list[Curve], first: Entry) -> None:
    for ax, effective in ((left, False), (right, True)):
        draw_curves(ax, curves, first.runs.surface, effective, "arrival")
    right.set_ylabel("")


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
        made = layout.new_figure(COLUMN, 1.9).subplots(1, 2, sharey=True)
        for ax in made:
            dress(ax)
        return made[0], made[1], True
    left, right = layout.several_axes(axes, 2)
    return left, right, False


def _notes(tuned: list[Entry], options: bool) -> list[str]:
    curves, runs = Curve.all(tuned), tuned[0].runs
    settings = {"steps": runs.steps, "seed": runs.seed, "target": runs.target}
    lines = [settings_line(curves, settings) + what_is_drawn(curves, "arrival"), gain_line(curves)]
    return lines + (words.option_lines((e.label, e.runs) for e in tuned) if options else [])
