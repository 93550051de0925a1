"""`race_figures`: the figures of a race, as files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from ngdm_lab.compiler.checks import check_flags, check_instance, check_names, check_path
from ngdm_lab.compiler.files import NotWritten, each_written
from ngdm_lab.experiments import Race, ecdf, performance_profile
from ngdm_lab.plots.drawing.layout import unshown
from ngdm_lab.plots.drawing.save import save
from ngdm_lab.plots.drawing.style import look, style
from ngdm_lab.plots.maps.basins import basins
from ngdm_lab.plots.paths.trajectories import trajectories

from .convergence import convergence
from .profiles import profiles
from .success import success

__all__ = ["KINDS", "race_figures"]

KINDS = ("convergence", "profile", "ecdf", "success", "trajectories", "basins")


def race_figures(
    race: Race, folder: str | Path, only: Sequence[str] = KINDS, *, notes: bool = False, own_style: bool = False
) -> list[Path]:
    """Write the figures of a race to a folder, each as PNG and PDF at column width (85 mm), and its caption as text.

    - convergence: best f - f_min against evaluations, a panel a landscape;
    - profile: how often each optimizer is how near to the fastest, over the landscapes (races on several);
    - ecdf: how many of all runs have reached the target within how many evaluations;
    - success: arrivals of the tuning starts (where nobody arrives, the median last value) against lr and lr x
      gain, two panels a landscape, six landscapes at the most (races with tuning);
    - trajectories: on six landscapes in two dimensions at the most, one path of every optimizer at its rate of the
      race, all from one start;
    - basins: on two landscapes in two dimensions at the most, of those with several basins, a map of every optimizer
      at its rate of the race.

    What does not apply is left out. Nothing is run that the race holds: paths and maps are its `pictures`, which are
    in its file.

    Parameters
    ----------
    race : from `lab.race`, or loaded (then without paths on a user's own landscapes, and their maps without contours).
    folder : where to; it is made where it is missing.
    only : which figures; all six by default.
    notes : print the caption below each figure as well, in small type.
    own_style : draw with your Matplotlib settings rather than the package's style.

    Returns
    -------
    list of Path
        What was written: NAME.png, NAME.pdf and NAME.txt of each figure.

    Raises
    ------
    TypeError
        For what is no race.
    ValueError
        For a figure that there is not, or if the folder or a file cannot be written; other files are.
    """
    check_flags(notes=notes, own_style=own_style)
    check_instance("race", race, Race, "a Race (of lab.race)")
    only, where = check_names("only", only, KINDS), check_path("folder", folder)
    try:
        where.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NotWritten({where: error.strerror or str(error)}) from error
    for label in race.labels:
        look(label)  # here, so that labels get their colours in one order, whichever figures are drawn
    wanted = [(name, _DRAWN[name]) for name in KINDS if name in only]
    return each_written([partial(_written, draw, race, where / name, notes, own_style) for name, draw in wanted])


def _written(draw: _Draw, race: Race, base: Path, notes: bool, own_style: bool) -> list[Path]:
    with unshown():
        if own_style:
            made = draw(race, notes)
            return [] if made is None else save(made, base)
        with style():
            made = draw(race, notes)
            return [] if made is None else save(made, base)


def _convergence(race: Race, notes: bool) -> Axes:
    return convergence(race, notes=notes)[0]


def _profile(race: Race, notes: bool) -> Axes | None:
    found = performance_profile(race)
    return profiles(found, notes=notes) if len(race.surfaces) > 1 and np.isfinite(found.ratios).any() else None


def _ecdf(race: Race, notes: bool) -> Axes:
    return profiles(ecdf(race, [race.settings["target"]]), notes=notes)


def _success(race: Race, notes: bool) -> Axes | None:
    return success(race, notes=notes)[0] if any(e.tuning is not None for e in race.entries) else None


def _paths(race: Race, notes: bool) -> Axes | None:
    drawable = any(trace.surface is not None for ran in race.pictures.traces.values() for trace in ran.values())
    return trajectories(race, notes=notes)[0] if drawable else None


def _maps(race: Race, notes: bool) -> Axes | None:
    return basins(race, notes=notes)[0] if race.pictures.maps else None


_Draw = Callable[[Race, bool], Axes | None]
_DRAWN: dict[str, Any] = dict(zip(KINDS, (_convergence, _profile, _ecdf, _success, _paths, _maps), strict=True))
