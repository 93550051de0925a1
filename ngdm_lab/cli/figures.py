"""The figures of a race, drawn by two processes: Matplotlib uses one core, and takes as long as the runs before it.

The second one is begun ahead of the runs, which do not use all of two cores, and imports Matplotlib meanwhile. It draws
what shows runs and tunings alone; paths and maps have to be run first, and are drawn by the process that ran them.
"""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from ngdm_lab.compiler.files import each_written

from . import second

__all__ = ["Drawing", "draw_theirs"]

THEIRS = ("convergence", "profile", "ecdf", "success")  # half of the work that is left after the runs


class Drawing:
    """The figures of a race, as of `plots.race_figures`; some of them come from a second process.

    Whatever hinders that process, its figures are drawn here instead. A context manager, which ends it.
    """

    def __init__(self, folder: Path, notes: bool = False):
        self.folder, self.notes = folder, notes
        self._other: second.Process | None = None

    def __enter__(self) -> Drawing:
        code = "from ngdm_lab.cli.figures import draw_theirs; draw_theirs()"
        self._other = second.start(code, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        return self

    def __exit__(self, *_: object) -> None:
        if self._other is not None:
            second.end(self._other)

    def begin(self, race: Any) -> None:
        """Hand the race to the second process, which begins to draw."""
        if self._other is None:
            return
        pipe, self._other.stdin = self._other.stdin, None  # `communicate` would close what the thread writes to
        arrays: list[pickle.PickleBuffer] = []
        try:
            head = pickle.dumps((race, str(self.folder), self.notes), protocol=5, buffer_callback=arrays.append)
        except Exception:  # a user's own landscape or rule may hold anything: without a word the other process ends
            head = b""
        parts = [head, *(array.raw() for array in arrays)]
        # it reads when it has imported: what is handed over are arrays that nobody changes, so we need not wait
        threading.Thread(target=_write, args=(pipe, parts), daemon=True).start()

    def draw(self, race: Any) -> list[Path]:
        """All figures, those of the second process too; the paths in the order of `plots.race_figures`."""
        from ngdm_lab import plots
        from ngdm_lab.plots.race.figures import KINDS

        def drawn(kinds: Sequence[str]) -> Callable[[], list[Path]]:
            return lambda: plots.race_figures(race, self.folder, kinds, notes=self.notes)

        def theirs() -> list[Path]:
            written = self._written()
            return drawn(THEIRS)() if written is None else written

        made = each_written([drawn([kind for kind in KINDS if kind not in THEIRS]), theirs])
        return sorted(made, key=lambda path: KINDS.index(path.stem))

    def _written(self) -> list[Path] | None:
        """The paths that the second process wrote, or None if it failed."""
        if self._other is None:
            return None
        output, _ = self._other.communicate()
        try:
            return None if self._other.returncode else [Path(path) for path in json.loads(output)]
        except ValueError:
            return None


def draw_theirs() -> None:
    """What the second process does: draw THEIRS of the race on standard input, print their paths as JSON."""
    second.begin()
    from ngdm_lab import plots

    draw = plots.race_figures  # imports Matplotlib, while the runs go on
    head, *arrays = _read(sys.stdin.buffer)
    if not head:
        raise SystemExit(1)
    race, folder, notes = pickle.loads(head, buffers=arrays)
    print(json.dumps([str(path) for path in draw(race, folder, THEIRS, notes=notes)]))


def _write(pipe: Any, parts: Sequence[bytes | memoryview]) -> None:
    """Write parts so that `_read` has them again; in vain where nobody reads."""
    with suppress(OSError, ValueError), pipe:  # ValueError: closed at the end of the command
        raw = pipe.buffer
        raw.write(json.dumps([len(part) for part in parts]).encode() + b"\n")
        for part in parts:
            raw.write(part)


def _read(pipe: Any) -> list[bytearray]:
    """The parts, which can be written to as arrays of a run can."""
    parts = [bytearray(size) for size in json.loads(pipe.readline() or b"[0]")]
    for part in parts:
        if pipe.readinto(part) != len(part):
            raise EOFError("the race ended")
    return parts
