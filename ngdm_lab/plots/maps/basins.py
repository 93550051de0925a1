"""`basins`: where runs end, as a map of their starts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, overload

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from landscapes import Surface
from ngdm_lab.compiler.checks import check_flags, check_instance, check_integer
from ngdm_lab.experiments import Basins, Race
from ngdm_lab.plots.drawing import layout, words
from ngdm_lab.plots.drawing.style import COLUMN, users_style
from ngdm_lab.plots.paths.traces import STAR

from .basin_map import ENDS_REST, Array, draw_map, end_colours, minima_of, surface_of_map
from .race_maps import of_race

__all__ = ["basins"]


@overload
def basins(
    result: Race, ax: Sequence[Axes] | None = ..., *, shade: bool = ..., legend: bool = ..., notes: bool = ...
) -> list[Axes]: ...
@overload
def basins(
    result: Basins, ax: Axes | None = ..., surface: Surface | None = ..., *, shade: bool = ...,
    legend: bool | int = ..., notes: bool = ...,
) -> Axes: ...  # fmt: skip
def basins(
    result: Race | Basins,
    ax: Any = None,
    surface: Surface | None = None,
    *,
    shade: bool = True,
    legend: bool | int = True,
    notes: bool = False,
) -> Any:
    """Draw a basin map: each start in the colour of the point where its run ended.

    Saturated colours are minima of the surface (stars), muted ones other ends; light grey is elsewhere, dark grey
    diverged, hatched ended outside the bounds. Thin lines are contours of f. The legend gives the shares.

    Parameters
    ----------
    result : from `lab.basins`; or a Race, for a map of every optimizer but the control at its rate, on at most two
        landscapes that have several basins (see `Race.pictures`).
    ax : where to draw, for a race as many Axes as it has maps; a new figure if it is None.
    surface : needed for minima and contours where the result does not have it: a user's landscape, loaded.
    shade : darker where a run took more evaluations to come within the target.
    legend : False for none; a number for at most so many entries, shares only.
    notes : print the caption below, in small type; `caption` gives it, and `save` writes it beside the figure.

    Returns
    -------
    Axes, or a list of them for a Race
        With labels x_1 and x_2 in the surface's units.

    Raises
    ------
    TypeError
        For what is no Basins.
    ValueError
        For another surface than that of the map, or a race without a landscape that has several basins.
    """
    check_flags(shade=shade, notes=notes)
    if isinstance(result, Race):
        return of_race(result, ax, shade, bool(legend), notes)
    check_instance("result", result, Basins, "a Basins map (of lab.basins)")
    shown_ends = int(legend) if isinstance(legend, bool) else check_integer("legend", legend)
    s = surface_of_map(result, surface)
    runs = result.runs
    ends = minima_of(result, s)
    colours = end_colours(len(result.ends), ends)
    with users_style():
        ax, own = layout.own_axes(ax, COLUMN, 2.9)
        draw_map(ax, result, s, shade)
        rate = words.rate_of(runs)
        title = words.name_of(words.identity(runs), runs.optimizer)
        layout.title(ax, title + ("" if rate is None else f", lr {words.number(rate)}"))
        most = 9 if legend is True else shown_ends
        handles = _handles(result, colours, ends, most) if most else []
        if legend is True and s is not None and len(s.minima):
            handles.append(Line2D([], [], label="minimum", **STAR))
        layout.below(ax, own, handles, _notes(result, shade, own), notes)
    return ax


def _handles(result: Basins, colours: list[Array], minima: int, most: int) -> list[Any]:
    """Legend entries with the share of each end, at most `most`; the smaller ones are summed up."""
    shares = result.shares()
    listed = [k for k in range(len(shares)) if k < minima or shares[k] > 0]
    room = max(1, most - sum(bool((result.index == k).any()) for k in ENDS_REST))
    if len(listed) > room:
        kept = sorted(listed, key=lambda k: (k >= minima, -shares[k]))[: room - 1]
        left = [k for k in listed if k not in kept]
    else:
        kept, left = listed, []
    handles = []
    for k in sorted(kept):
        label = f"{words.point(result.ends[k])}: {_percent(shares[k])}"
        handles.append(Patch(facecolor=tuple(colours[k].tolist()), label=label))
    if left:
        word = "ends" if all(k >= minima for k in left) else "minima and ends" if max(left) >= minima else "minima"
        label = f"{len(left)} more {word}: {_percent(shares[left].sum())}"
        handles.append(Patch(facecolor="none", edgecolor="#999999", linewidth=0.5, label=label))
    for k, (word, colour, hatch) in ENDS_REST.items():
        share = float((result.index == k).mean())
        if share:
            label = f"{word}: {_percent(share)}"
            handles.append(Patch(facecolor=colour, hatch=hatch, edgecolor="#6E6E6E" if hatch else None, label=label))
    return handles


def _percent(share: float) -> str:
    return "< 0.1 %" if 0 < share < 0.001 else f"{100 * share:.1f} %"


def _notes(result: Basins, shade: bool, options: bool) -> list[str]:
    runs = result.runs
    note = f"{words.plain(words.surface_of(runs))}, {result.resolution} x {result.resolution} starts, "
    note += f"{runs.steps} steps, seed {runs.seed}, target {words.number(runs.target)}."
    if shade and (runs.hit >= 0).any():
        note += " Darker: more evaluations to the target."
    return [note, *(words.option_lines([(words.identity(runs), runs)]) if options else [])]
