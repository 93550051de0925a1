"""Runs in blocks of 64 lanes: layout, chunks of steps, compaction."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from landscapes import Surface, transforms
from ngdm_lab.compiler.lanes.layout import LANES
from ngdm_lab.geometry.solver import Solver
from ngdm_lab.optimizers import UpdateRule

from . import blocks, lane_driver
from . import fused_kernel as pair
from .runs import Records, Settings

__all__ = ["Lanes"]

Array = NDArray[np.float64]

PAIRED_FROM = 2.5e8  # runs * steps from which a kernel of its own for a pair of few coordinates repays its compilation
COMPACT = 0.75  # blocks are packed anew once no more than this share of them is needed


class Lanes:
    """All runs of all settings, in blocks of one setting each."""

    pace = 10  # times as many coordinate steps a second as run by run, so chunks may be as much longer

    def __init__(
        self, s: Surface, rule: UpdateRule, solver: Solver | None, x0: Array, limit: Array, settings: Settings,
        seed: int, first_run: int, target: float, steps: int, records: Records,
        paths: tuple[Array, Array] | None = None,
    ) -> None:  # fmt: skip
        self.paths = paths if paths is not None else (np.empty((0, 0, 0)), np.empty((0, 0)))
        self.records, self.settings, self.target, self.steps = records, settings, target, steps
        self.surface, self.rule, self.seed, self.first_run = s, rule, seed, first_run
        parts = [blocks.landscape(s), blocks.step(rule, solver)]
        turns = [blocks.transform(f) for f in (transforms.inward, transforms.outward)]
        self.functions: tuple[Any, ...] = (parts[0].function, *(t.function for t in turns), parts[1].function)
        self.slow = "; ".join(part.slow for part in parts if part.slow)
        self.rows = max(part.rows for part in [*parts, *turns])
        work = len(x0) * len(settings.lr) * steps
        whole = not s.transforms and s.noise == 0.0 and paths is None and work >= PAIRED_FROM
        both = pair.pair(s, rule, solver) if whole else None
        self.functions += (both or pair.nothing(), both is not None)
        self.advance = lane_driver.compiled()
        count, m = len(settings.lr), len(x0)
        ids = np.tile(np.arange(m), count)
        which = np.repeat(np.arange(count), m)
        start = np.full(m * count, np.inf), np.full(m * count, -1.0)
        self.pack(ids, which, x0[ids], np.zeros((m * count, len(rule.state) * s.dim)), *start, limit[ids])

    def pack(
        self, ids: NDArray[np.int64], which: NDArray[np.int64], x: Array, s: Array, best: Array, hit: Array,
        limit: Array,
    ) -> None:  # fmt: skip
        """Lay out runs, given one a row and sorted by setting, in full blocks; spare lanes repeat a run, dead."""
        places, owners = [], []
        for k in np.unique(which):
            mine = np.flatnonzero(which == k)
            spare = -len(mine) % LANES
            # -1 - row: a lane that repeats a row without being it
            rows = np.concatenate([mine, np.full(spare, -1 - mine[-1])])
            places.append(rows.reshape(-1, LANES))
            owners.append(np.full(len(places[-1]), k))
        # blocks of all settings mixed, so that every thread gets its share of those that diverge early
        order = np.argsort(np.concatenate([np.arange(len(p)) for p in places]), kind="stable")
        place = np.concatenate(places)[order]
        self.setting = np.concatenate(owners)[order]
        row = np.where(place < 0, -1 - place, place)
        self.alive = (place >= 0).astype(np.float64)
        self.ids = np.ascontiguousarray(ids[row])
        self.best, self.hit, self.limit = best[row], hit[row], limit[row]
        self.x = _lay(x, row)
        self.s = _lay(s, row)

    def go(self, t0: int, t1: int) -> None:
        """Evaluations t0 ... t1 - 1."""
        r, s, k = self.records, self.surface, self.settings
        if not len(self.x):
            return
        self.advance_checked(
            *self.functions, self.x, self.s, self.best, self.hit, self.alive, self.limit, self.ids, self.setting,
            s.packed, s.program, transforms.factor(s.program), s.noise, *np.array(s.bounds.T, order="C"), s.f_min,
            self.target, np.column_stack([k.hyper, k.lr]), k.packed,
            np.uint64(self.seed), np.uint64(self.first_run), t0, t1, self.steps, self.rows,
            r.x, r.f, r.best, r.hit, r.code, r.stopped, *self.paths,
        )  # fmt: skip
        # spare lanes are dead from the start, so it is blocks that count: a packing that saves none is work for nothing
        live = np.bincount(self.setting, weights=self.alive.sum(axis=1))
        if np.ceil(live / LANES).sum() <= COMPACT * len(self.x):
            self.compact()

    def advance_checked(self, *arguments: object) -> None:
        """The compiled driver; an index error of the checked form comes out as itself."""
        try:
            self.advance(*arguments)
        except SystemError as error:  # Numba's word for an exception inside a parallel loop
            if isinstance(error.__cause__, IndexError):
                raise IndexError(f"in a landscape or rule: {error.__cause__}") from None
            raise

    def compact(self) -> None:
        """Leave out the lanes that are over."""
        b, lane = np.nonzero(self.alive > 0)
        order = np.lexsort((self.ids[b, lane], self.setting[b]))
        b, lane = b[order], lane[order]
        cubes = [a.reshape(len(a), -1, LANES)[b, :, lane] for a in (self.x, self.s)]
        if len(b) == 0:
            self.x = np.empty((0, self.x.shape[1]))
            self.alive = np.ones((0, LANES))
            return
        lanes = [a[b, lane] for a in (self.best, self.hit, self.limit)]
        self.pack(self.ids[b, lane], self.setting[b], *cubes, *lanes)

    def publish(self) -> None:
        """Write the live lanes' best values to the records, for quantiles between chunks."""
        b, lane = np.nonzero(self.alive > 0) if len(self.x) else (np.empty(0, int), np.empty(0, int))
        rows = self.ids[b, lane] * len(self.settings.lr) + self.setting[b] if len(b) else b
        self.records.best[rows] = self.best[b, lane] if len(b) else 0.0


def _lay(a: Array, row: NDArray[np.int64]) -> Array:
    """Rows (runs, columns) as blocks (blocks, columns * LANES)."""
    return np.ascontiguousarray(a[row].transpose(0, 2, 1)).reshape(len(row), -1)
