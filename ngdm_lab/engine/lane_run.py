"""Runs in blocks of 64 lanes: layout, chunks of steps, compaction."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landscapes import transforms
from ngdm_lab.compiler.lanes.layout import LANES

from . import blocks, fused_kernel, lane_driver
from .rows import CARRIED, starts
from .state import Blocks, Job, Records, fields

__all__ = ["Lanes"]

Array = NDArray[np.float64]
Whole = NDArray[np.int64]

FUSED_FROM = 2.5e8  # runs * steps from which a kernel of its own for few coordinates and a rule repays its compilation
COMPACT = 0.75  # blocks are packed anew once no more than this share of them is needed
ON = CARRIED.index("on")


class Lanes:
    """All runs of all settings, in blocks of one setting each. What a run does is `driver.advance_run`'s loop."""

    pace = 10  # times as many coordinate steps a second as run by run, so chunks may be as much longer

    def __init__(self, job: Job) -> None:
        self.job, self.described = job, dict[str, Any]()
        s, count, m = job.surface, len(job.setting.hyper), len(job.x0)
        parts = [blocks.landscape(s), blocks.step(job.rule, job.solver)]
        turns = [blocks.transform(f) for f in (transforms.inward, transforms.outward)]
        self.slow = "; ".join(part.slow for part in parts if part.slow)
        scratch = max(part.rows for part in [*parts, *turns])
        whole = not s.transforms and s.noise == 0.0 and job.records.path_f.size == 0
        whole = whole and m * count * job.clock.steps >= FUSED_FROM
        fused = fused_kernel.compiled(s, job.rule, job.solver) if whole else None
        linked = parts[0].function, *(turn.function for turn in turns), parts[1].function
        self.functions = *linked, fused or fused_kernel.nothing(), fused is not None, scratch
        self.advance = lane_driver.compiled()
        ids, which = np.tile(np.arange(m), count), np.repeat(np.arange(count), m)
        state = np.zeros((m * count, len(job.rule.state) * s.dim))
        self.blocks = packed(ids, which, job.x0[ids], state, starts(job.limit[ids]))

    def go(self, t0: int, t1: int) -> None:
        """Evaluations t0 ... t1 - 1."""
        job, clock = self.job, self.job.clock._replace(t0=t0, t1=t1)
        if not len(self.blocks.x):
            return
        self.advance_checked(*self.functions, self.blocks, job.problem, job.setting, job.records, clock)
        # spare lanes are dead from the start, so it is blocks that count: a packing that saves none is work for nothing
        live = np.bincount(self.blocks.setting, weights=self.blocks.rows[:, ON].sum(axis=1))
        if np.ceil(live / LANES).sum() <= COMPACT * len(self.blocks.x):
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
        self.blocks = packed(*unpacked(self.blocks))

    def publish(self) -> None:
        """Write the live lanes' rows to the records, for quantiles between chunks. Those that are over stand there."""
        b, lane = np.nonzero(self.blocks.rows[:, ON] > 0)
        rows = self.blocks.ids[b, lane] * len(self.job.setting.hyper) + self.blocks.setting[b]
        for name, field in fields(Records).items():
            if field.live:
                getattr(self.job.records, name)[rows] = self.blocks.rows[b, CARRIED.index(name), lane]


def packed(ids: Whole, which: Whole, x: Array, s: Array, rows: Array) -> Blocks:
    """Lay out runs in full blocks; spare lanes repeat a run, dead.

    Given are the runs, sorted by setting: their indices (runs,), settings (runs,), points (runs, n), states of the
    rule (runs, vectors * n) and carried rows (runs, len(CARRIED)).
    """
    places, owners = [np.empty((0, LANES), dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    for k in np.unique(which):
        mine = np.flatnonzero(which == k)
        spare = -len(mine) % LANES
        # -1 - row: a lane that repeats a row without being it
        places.append(np.concatenate([mine, np.full(spare, -1 - mine[-1])]).reshape(-1, LANES))
        owners.append(np.full(len(places[-1]), k))
    # blocks of all settings mixed, so that every thread gets its share of those that diverge early
    order = np.argsort(np.concatenate([np.arange(len(p)) for p in places]), kind="stable")
    place = np.concatenate(places)[order]
    row = np.where(place < 0, -1 - place, place)
    carried = np.ascontiguousarray(rows[row].transpose(0, 2, 1))
    carried[:, ON] = place >= 0

    def laid(a: Array) -> Array:
        return np.ascontiguousarray(a[row].transpose(0, 2, 1)).reshape(len(row), LANES * a.shape[1])

    return Blocks(laid(x), laid(s), carried, np.ascontiguousarray(ids[row]), np.concatenate(owners)[order])


def unpacked(given: Blocks) -> tuple[Whole, Whole, Array, Array, Array]:
    """The live runs of blocks, sorted by setting and index, as `packed` takes them."""
    b, lane = np.nonzero(given.rows[:, ON] > 0)
    order = np.lexsort((given.ids[b, lane], given.setting[b]))
    b, lane = b[order], lane[order]

    def lifted(a: Array) -> Array:
        return a.reshape(len(a), math.prod(a.shape[1:]) // LANES, LANES)[b, :, lane]

    return given.ids[b, lane], given.setting[b], lifted(given.x), lifted(given.s), lifted(given.rows)
