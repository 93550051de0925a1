"""The figures of a race, drawn by two processes: Matplotlib uses one core, and takes as long as the runs before it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from ngdm_lab.compiler.files import each_written

from . import second

__all__ = ["draw", "draw_theirs"]

THEIRS = ("convergence", "basins")  # with its imports, the second process is done with these when the first is done


def draw(race: Any, saved: Path, folder: Path, notes: bool = False) -> list[Path]:
    """The figures of a race that was saved, as of `plots.race_figures`; half of them come from a second process.

    Whatever hinders that process, such as a landscape that its user defined, its figures are drawn here instead.
    """
    other = _start(saved, folder, notes)
    try:
        from ngdm_lab import plots
        from ngdm_lab.plots.race.figures import KINDS

        def theirs() -> list[Path]:
            written = None if other is None else _written(other)
            return plots.race_figures(race, folder, THEIRS, notes=notes) if written is None else written

        ours = [kind for kind in KINDS if kind not in THEIRS]
        made = each_written([lambda: plots.race_figures(race, folder, ours, notes=notes), theirs])
        return sorted(made, key=lambda path: KINDS.index(path.stem))
    except BaseException:
        if other is not None:
            second.end(other)
        raise


def draw_theirs(saved: str, folder: str, notes: bool) -> None:
    """What the second process does: draw THEIRS, print their paths as JSON. It exits with 1 where it cannot."""
    second.begin()
    from ngdm_lab import experiments, plots

    race = experiments.load(saved)
    assert isinstance(race, experiments.Race)
    if any(e.runs.optimizer is None or e.runs.surface is None for e in race.entries):  # a user's own
        raise SystemExit(1)
    print(json.dumps([str(path) for path in plots.race_figures(race, folder, THEIRS, notes=notes)]))


def _start(saved: Path, folder: Path, notes: bool) -> second.Process | None:
    code = f"from ngdm_lab.cli.figures import draw_theirs; draw_theirs({str(saved)!r}, {str(folder)!r}, {notes!r})"
    return second.start(code, stdout=subprocess.PIPE)


def _written(other: second.Process) -> list[Path] | None:
    """The paths that the second process wrote, or None if it failed."""
    output, _ = other.communicate()
    try:
        return None if other.returncode else [Path(path) for path in json.loads(output)]
    except ValueError:
        return None
