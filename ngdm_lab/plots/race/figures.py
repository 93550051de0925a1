"""`race_figures`: the figures of a race, as files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from ngdm_lab.compiler.checks import check_instance, check_names, check_path
from ngdm_lab.compiler.files import NotWritten, each_written
from ngdm_lab.experiments import Race
from ngdm_lab.experiments.race.plan import CONTROL
from ngdm_lab.experiments.race.tune import starts_in_words
from ngdm_lab.plots.drawing import layout, words
from ngdm_lab.plots.drawing.grid import columns_for, grid, title_width
from ngdm_lab.plots.drawing.save import save
from ngdm_lab.plots.drawing.style import SMALL, look, style
from ngdm_lab.plots.maps.basins import basins
from ngdm_lab.plots.paths.traces import what_ends_mean
from ngdm_lab.plots.paths.trajectories import trajectories

from .convergence import convergence
from .success import success

__all__ = ["KINDS", "race_figures"]

KINDS = ("convergence", "success", "trajectories", "basins")


def race_figures(race: Race, folder: str | Path, only: Sequence[str] = KINDS) -> list[Path]:
    """Write the figures of a race to a folder, each as PNG and PDF at page width (7 in).

    - convergence: best f - f_min against evaluations, a panel a surface;
    - success: arrivals of the tuning starts (where nobody arrives, the median last value) against lr and lr x
      gain, two panels a surface (races with tuning);
    - trajectories: on each surface in two dimensions one path of every optimizer at its rate of the race, all from
      one start, the first of those from which most optimizers arrive;
    - basins: on the first surface in two dimensions, a map of every optimizer at its rate of the race.

    What does not apply is left out. The settings of the race are printed below each figure. Nothing is run that the
    race holds: paths and maps are its `pictures`, which are in its file.

    Parameters
    ----------
    race : from `lab.race`, or loaded (then without paths on a user's own landscapes, and their maps without contours).
    folder : where to; it is made where it is missing.
    only : which figures; all four by default.

    Returns
    -------
    list of Path
        What was written.

    Raises
    ------
    TypeError
        For what is no race.
    ValueError
        For a figure that there is not, or if the folder or a file cannot be written; other files are.
    """
    check_instance("race", race, Race, "a Race (of lab.race)")
    only, where = check_names("only", only, KINDS), check_path("folder", folder)
    try:
        where.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NotWritten({where: error.strerror or str(error)}) from error
    for label in race.labels:
        look(label)  # here, so that labels get their colours in one order, whichever figures are drawn
    drawn: tuple[Callable[[Race], Figure | None], ...] = (_convergence, _success, _paths, _maps)
    wanted = [(name, draw) for name, draw in zip(KINDS, drawn, strict=True) if name in only]
    return each_written([partial(_drawn, draw, race, where / name) for name, draw in wanted])


def _drawn(draw: Callable[[Race], Figure | None], race: Race, base: Path) -> list[Path]:
    with style():
        figure = draw(race)
        return [] if figure is None else save(figure, base)


def _convergence(race: Race) -> Figure | None:
    surfaces = race.surfaces
    columns = columns_for(len(surfaces), 3)
    figure, panels = grid(len(surfaces), columns, 1.75)
    for k, (name, ax) in enumerate(zip(surfaces, panels, strict=True)):
        convergence(race.on(name), ax, legend=False, notes=False)
        layout.title(ax, words.plain(name, 60), title_width(columns))
        if k + columns < len(surfaces):
            ax.set_xlabel("")
    for k in reversed(range(len(panels))):
        if k % columns and panels[k].get_ylabel() == panels[k - 1].get_ylabel():
            panels[k].set_ylabel("")
    note = "Line: median; band: 10 to 90 % of the runs."
    layout.footer(figure, _handles(race, marker=False), [_settings(race), note])
    return figure


def _success(race: Race) -> Figure | None:
    surfaces = [s for s in race.surfaces if any(e.tuning is not None for e in race.on(s))]
    if not surfaces:
        return None
    figure, panels = grid(2 * len(surfaces), 4 if len(surfaces) > 1 else 2, 1.45)
    for k, name in enumerate(surfaces):
        left, right = success(race.on(name), panels[2 * k : 2 * k + 2], legend=False, notes=False)
        layout.title(left, words.plain(name, 60), title_width(2))
        right.tick_params(labelleft=False)
        if k % 2 and left.get_ylabel() == panels[2 * k - 2].get_ylabel():
            left.set_ylabel("")
        if k + 2 < len(surfaces):
            left.set_xlabel("")
            right.set_xlabel("")
    note = "Arrivals of the tuning starts, or the median last value where nobody arrives. Band: Wilson 95 %, from 3 "
    note += "arrivals. Marker: chosen rate, hollow at the edge of all that were tried. Gain: mean of a diagonal F⁻¹, "
    note += "largest eigenvalue of an exact one, 1 without F."
    layout.footer(figure, _handles(race), [_settings(race), note])
    return figure


def _paths(race: Race) -> Figure | None:
    # without its function, which is not in a file, a user's own landscape has no contours to draw paths on
    every = {name: list(found.values()) for name, found in race.pictures.traces.items()}
    drawable = {name: ran for name, ran in every.items() if ran[0].surface is not None}
    if not drawable:
        return None
    columns, most = columns_for(len(drawable), 2), max(map(len, drawable.values()))
    figure, panels = grid(len(drawable), columns, 2.1 + 0.14 * (most + 2))  # a row of the legend for each optimizer
    for (name, ran), ax in zip(drawable.items(), panels, strict=True):
        trajectories(ran, ax, notes=False)
        layout.title(ax, f"{words.plain(name)}, from {words.point(ran[0].x[0])}", title_width(columns))
    note = "One start for all: the race's first from which most optimizers arrive. Hollow marker: the path goes on."
    layout.footer(figure, [], [_settings(race), note + what_ends_mean(chain(*drawable.values()))])
    return figure


def _maps(race: Race) -> Figure | None:
    if not race.pictures.maps:
        return None
    [(name, maps)] = race.pictures.maps.items()
    columns = columns_for(len(maps), 4)
    figure, panels = grid(len(maps), columns, 2.6)
    for k, ((label, found), ax) in enumerate(zip(maps.items(), panels, strict=True)):
        basins(found, ax, legend=5, notes=False)
        title = f"{words.name_of(label, found.runs.optimizer)}\nlr {words.number(race.entry(label, name).lr)}"
        layout.title(ax, title, title_width(columns) - 8, SMALL if columns == 4 else None)
        if k % columns:
            ax.set_ylabel("")
    first = next(iter(maps.values()))
    starts = f"{first.resolution} x {first.resolution} starts, {first.runs.steps} steps"
    stars = "" if first.runs.surface is None else " stars: minima;"
    note = f"{words.plain(name, 60)}: {starts}, at the rates of the race. Colour: where the run from there ended;"
    note += f"{stars} darker: more evaluations to the target."
    layout.footer(figure, [], [_settings(race), note])
    return figure


def _handles(race: Race, *, marker: bool = True) -> list[Any]:
    named = {e.label: words.name_of(e.label, e.runs.optimizer) for e in race.entries}
    if race.control in named and CONTROL in named:
        named[CONTROL] = f"control = {named[race.control]}"
    return [layout.handle(label, named[label], marker=marker) for label in race.labels]


def _settings(race: Race) -> str:
    """The race in one sentence."""
    o = race.settings
    how = "the optimizers' own learning rates"
    if o["tuning"]:
        how = f"each rate tuned in rounds of {starts_in_words(o['tuning_starts'])} other starts"
    elif o["same_lr"] is not None:
        how = f"one learning rate for all, {words.number(o['same_lr'])}"
    counted = f"{o['starts']} starts, {o['steps']} steps, seed {o['seed']}, target {words.number(o['target'])}"
    return f"Race: {counted}; {how}.{race.progress and f' {race.progress}'}"
