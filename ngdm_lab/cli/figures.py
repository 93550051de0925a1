"""The figures of a race, drawn by two processes: Matplotlib uses one core, and takes as long as the runs before it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from ngdm_lab.compiler.files import each_written

__all__ = ["draw", "draw_theirs"]

THEIRS = ("convergence", "basins")  # with its imports, the second process is done with these when the first is done

Process = subprocess.Popen[str]


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
            _end(other)
        raise


def draw_theirs(saved: str, folder: str, notes: bool) -> None:
    """What the second process does: draw THEIRS, print their paths as JSON. It exits with 1 where it cannot."""
    # its own end is a SIGTERM: a shell's background job ignores SIGINT, and so would this process from the start
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    from ngdm_lab import experiments, plots

    race = experiments.load(saved)
    assert isinstance(race, experiments.Race)
    if any(e.runs.optimizer is None or e.runs.surface is None for e in race.entries):  # a user's own
        raise SystemExit(1)
    print(json.dumps([str(path) for path in plots.race_figures(race, folder, THEIRS, notes=notes)]))


def _end_with(parent: int) -> None:
    """End this process when its parent is gone: who killed that one wants no more files."""
    while os.getppid() == parent:
        time.sleep(0.2)
    os._exit(1)


def _start(saved: Path, folder: Path, notes: bool) -> Process | None:
    if (os.cpu_count() or 1) < 2 or not sys.executable:
        return None
    # the modules of this process, whatever lies in the current folder
    code = f"import sys; sys.path[:] = {sys.path!r}\n"
    code += f"from ngdm_lab.cli.figures import draw_theirs; draw_theirs({str(saved)!r}, {str(folder)!r}, {notes!r})"
    quiet: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    try:  # in a session of its own: it shall hear of a Ctrl-C once, from us
        return subprocess.Popen(
            [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, start_new_session=True, **quiet
        )
    except OSError:
        return None


def _written(other: Process) -> list[Path] | None:
    """The paths that the second process wrote, or None if it failed."""
    output, _ = other.communicate()
    try:
        return None if other.returncode else [Path(path) for path in json.loads(output)]
    except ValueError:
        return None


def _end(other: Process) -> None:
    """End the second process, gently at first, so that it removes the file that it is writing."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        if other.poll() is None:
            other.terminate()
        other.communicate(timeout=10)
    other.kill()
    other.communicate()
