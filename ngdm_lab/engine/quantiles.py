"""Quantiles over the runs of the best value so far, at marks spread over the steps.

The drivers keep each run's best at the marks, in `Records.best_at`. There is room for so many numbers and no more:
where the runs are many, their steps are cut wherever it is full, and what it holds is reduced to quantiles.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from .order_statistics import order_statistics
from .state import Records
from .status import DIVERGED, RUNNING

__all__ = ["LEVELS", "Quantiles", "snapshot_steps"]

LEVELS = (0.1, 0.25, 0.5, 0.75, 0.9)  # the quantiles that are kept
ROOM = 2**23  # numbers that the drivers keep at a time: 64 MiB, or one for each run where that is more
# of numbers: from 4 MiB on NumPy asks the system for large pages, whose first use costs a third; what is not used of
# so much room costs nothing
SEVERAL_PAGES, LARGE_PAGES = 2**17, 3 * 2**18
NEVER = -1  # in place of a mark: no evaluation has this number


def snapshot_steps(steps: int, most: int = 48) -> NDArray[np.int64]:
    """About `most` evaluations from 0 to `steps`, spread evenly over the logarithm."""
    return _spread(steps, most).copy()


@lru_cache(maxsize=64)
def _spread(steps: int, most: int) -> NDArray[np.int64]:
    if steps == 0:
        return np.array([0])
    return np.unique(np.r_[0, np.round(np.geomspace(1, steps, most)).astype(np.int64)])


class Quantiles:
    """The marks of a call, the room in which the drivers keep bests there, and the quantiles so far.

    Parameters
    ----------
    records : of the runs; those to be passed on are in `records` below.
    steps, settings : of each run, and how many settings share the call.

    Attributes
    ----------
    records : with the room and its marks.
    marks, curves : (k,) evaluations, and (settings, k, levels) the quantiles there, as far as they are taken.
    stops : those of them at which the room is full: there, and nowhere else, `take` must be called.
    """

    def __init__(self, records: Records, steps: int, settings: int) -> None:
        rows = len(records.code)
        self.marks, self.settings, self.taken = snapshot_steps(steps), settings, 0
        self.curves = np.empty((settings, len(self.marks), len(LEVELS)))
        most = min(len(self.marks), max(1, ROOM // max(rows, 1)))
        self.stops = np.append(self.marks[most - 1 : -1 : most], steps)
        size = most * rows
        room = np.empty(max(size, LARGE_PAGES) if size >= SEVERAL_PAGES else size)[:size].reshape(most, rows)
        self.records = records._replace(marks=np.empty(most, dtype=np.int64), best_at=room)
        self._next()

    def take(self) -> None:
        """Reduce what the room holds, and make it ready for the next marks."""
        kept = self.records
        marks = self.marks[self.taken :][: len(kept.marks)]
        early = (kept.code != RUNNING) & (kept.stopped < self.marks[-1])
        over = np.flatnonzero(early | (kept.code == DIVERGED))
        for at in range(len(marks) if len(over) else 0):
            gone = over[kept.stopped[over] <= marks[at]]  # whose last best the drivers do not repeat
            kept.best_at[at, gone] = kept.best[gone]
        runs = len(kept.code) // self.settings
        ranks = np.maximum(np.ceil(runs * np.array(LEVELS) - 1.0), 0.0).astype(np.int64)  # `np.quantile`'s inverted_cdf
        of_marks = order_statistics(kept.best_at[: len(marks)], self.settings, ranks)
        self.curves[:, self.taken : self.taken + len(marks)] = of_marks.swapaxes(0, 1)
        self.taken += len(marks)
        self._next()

    def _next(self) -> None:
        ahead = self.marks[self.taken :][: len(self.records.marks)]
        self.records.marks[:] = NEVER
        self.records.marks[: len(ahead)] = ahead

