"""The basin maps of a race: optimizers side by side, a group of panels for each landscape."""

from __future__ import annotations

import textwrap
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from ngdm_lab.experiments import Basins, Race
from ngdm_lab.plots.drawing import words
from ngdm_lab.plots.drawing.field import known
from ngdm_lab.plots.drawing.grid import Sheet
from ngdm_lab.plots.drawing.style import users_style
from ngdm_lab.plots.paths.traces import STAR
from ngdm_lab.plots.race import legend as shared

from .basin_map import ENDS_REST, draw_map, end_colours
from .basin_panels import common_ends

__all__ = ["of_race"]

_COLUMNS, _LETTERS = 3, 18  # panels side by side, letters of a line above one


def of_race(race: Race, axes: Any, shade: bool, legend: bool, notes: bool) -> list[Axes]:
    """`basins` of a race."""
    maps = race.pictures.maps
    if not maps:
        raise ValueError("result must be a race with a landscape of several basins in two dimensions, got none")
    cells: list[int] = []
    first = 0
    for found in maps.values():
        cells += range(first, first + len(found))
        first += -(-len(found) // _COLUMNS) * _COLUMNS
    named = shared.names(race)
    with users_style():
        sheet = Sheet(len(cells), axes, 1.35, _COLUMNS, cells, beside=14)
        panels, drawn = iter(sheet.panels), []
        for name, found in maps.items():
            surface = next(iter(found.values())).runs.surface
            common, minima = common_ends(list(found.values()), 0 if surface is None else len(surface.minima))
            for k, (label, one) in enumerate(zip(found, common, strict=True)):
                ax = next(panels)
                draw_map(ax, one, surface, shade)
                above = textwrap.wrap(named[label], _LETTERS, max_lines=2, placeholder="…")
                sheet.title(ax, "\n".join([*above, *_arrivals(one)]))
                ax.set_ylabel(f"{words.plain(name)}\n$x_2$" if not k else "$x_2$")
                ax.tick_params(labelleft=not k % _COLUMNS, labelbottom=k + _COLUMNS >= len(found))
                if k % _COLUMNS:
                    ax.set_ylabel("")
                if k + _COLUMNS < len(found):
                    ax.set_xlabel("")
                drawn.append((one, minima))
        return sheet.finish(_handles(drawn) if legend else [], _lines(race, shade), notes)


def _arrivals(one: Basins) -> list[str]:
    """The share of a map's starts that arrive, as the table counts arrivals; none where f_min is not known."""
    return [f"{100 * float(one.runs.arrived.mean()):.1f} % arrive"] if known(one.runs.surface) else []


def _handles(drawn: list[tuple[Basins, int]]) -> list[Artist]:
    """What colours mean: stars tell which minimum has which."""
    made: list[Artist] = []
    if any(minima for _, minima in drawn):
        made.append(Line2D([], [], label="global minimum, in its basin's colour", **STAR))
    if any((one.index >= minima).any() for one, minima in drawn):
        pale = end_colours(1, 0)[0]
        made.append(Patch(facecolor=tuple(pale.tolist()), label="pale: another end"))
    for k, (word, colour, hatch) in ENDS_REST.items():
        if any((one.index == k).any() for one, _ in drawn):
            made.append(Patch(facecolor=colour, hatch=hatch, edgecolor="#6E6E6E" if hatch else None, label=word))
    return made


def _lines(race: Race, shade: bool) -> list[str]:
    """The caption."""
    maps = race.pictures.maps
    first = next(iter(next(iter(maps.values())).values()))
    grid = f"{first.resolution} x {first.resolution}"
    note = f"Colour: where the run that starts there ended after {first.runs.steps} steps at the rate of the race, "
    note += f"from {grid} starts on a grid. "
    note += "Darker: more evaluations to the target. " if shade else ""
    note += "Above: share of these starts that arrive, which the table counts from "
    note += f"{race.settings['starts']} random ones."
    return [shared.settings(race), note]
