"""Runs in blocks of 64 lanes: layout, chunks of steps, compaction."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landscapes import transforms
from landscapes.blocks import landscape, transform
from ngdm_lab.compiler.lanes.layout import LANES
from ngdm_lab.compiler.linked import link

from . import blocks, fused_kernel, lane_driver
from .mixing import UNIFORM, Mixed
from .rows import CARRIED, starts
from .state import Blocks, Job

__all__ = ["Lanes"]

Array = NDArray[np.float64]
Whole = NDArray[np.int64]

PACE = 10.0  # coordinate steps a second of full blocks, times those run by run, so chunks may be as much longer
FUSED_FROM = 2.5e8  # runs * steps from which a kernel of its own for few coordinates and a rule repays its compilation
COMPACT = 0.75  # blocks are packed anew once no more than this share of them is needed
MIXED = 0.7  # settings are mixed where they then need no more than this share of the blocks of one setting each,
MIXED_FROM = 3e7  # and that saves so many coordinate steps, so that it repays the compilation of an update;
MIXED_LATER = 10.0  # times as many where full blocks have emptied: ordinary calls compile nothing for that
TURNS = 64  # mixed blocks are dealt out in so many turns: more than there are threads
ON = CARRIED.index("on")


class Lanes:
    """All runs of all settings, in blocks. What a run does is `driver.advance_run`'s loop.

    A block holds runs of one setting, or where that would leave most lanes empty, of several.
    """

    mixed = UNIFORM

    def __init__(self, job: Job) -> None:
        self.job, self.described = job, dict[str, Any]()
        s, count, m = job.surface, len(job.setting.hyper), len(job.x0)
        self.parts = [landscape(s), *(transform(f) for f in (transforms.inward, transforms.outward))]
        self.advance = lane_driver.compiled()
        ids, which = np.tile(np.arange(m), count), np.repeat(np.arange(count), m)
        state = np.zeros((m * count, job.rule.rows(s.dim) * s.dim))
        self.lay(ids, which, job.x0[ids], state, starts(job.limit[ids]), float(job.clock.steps))
        if self.mixed == UNIFORM:
            self.link(len(which) * float(job.clock.steps))
        self.pace = PACE * len(which) / (LANES * len(self.blocks.x))  # a block takes its time whoever is in it

    def link(self, work: float) -> None:
        """Compile what blocks need for so many steps of runs."""
        job, s = self.job, self.job.surface
        step = blocks.step(job.rule, job.solver, self.mixed)
        self.slow = "; ".join(part.slow for part in [self.parts[0], step] if part.slow)
        scratch = max(part.rows for part in [*self.parts, step])
        whole = not s.transforms and s.noise == 0.0 and job.records.path_f.size == 0 and work >= FUSED_FROM
        fused = fused_kernel.compiled(s, job.rule, job.solver, self.mixed) if whole else None
        linked = *(part.function for part in self.parts), step.function
        self.functions = *map(link, (*linked, fused or fused_kernel.nothing())), fused is not None, scratch

    def lay(self, ids: Whole, which: Whole, x: Array, s: Array, rows: Array, steps: float) -> None:
        """Lay out runs, given as to `packed`, that have so many steps before them."""
        if self.worth_mixing(np.bincount(which), steps):
            self.mixed = self.differing
            self.link(len(which) * steps)
            s = np.hstack([s, self.mixed.columns(self.job.setting, which)])
        self.blocks = packed(ids, which, x, s, rows, mixed=self.mixed != UNIFORM)

    def worth_mixing(self, counts: Whole, steps: float) -> bool:
        """Whether to mix now what is not mixed yet: so many runs of each setting, with so many steps before them."""
        apart, together = needed(counts), needed(counts.sum(keepdims=True))
        saved = (apart - together) * LANES * self.job.records.x.shape[1] * steps
        if self.mixed != UNIFORM or together > MIXED * apart or saved < MIXED_FROM:
            return False
        return self.differing != UNIFORM

    @cached_property
    def differing(self) -> Mixed:
        """What to mix; nothing where an update goes lane by lane only if its settings are mixed."""
        rule, solver = self.job.rule, self.job.solver
        mixed = Mixed.of(self.job.setting, len(solver.arrays) if solver else 0)
        slow = blocks.step(rule, solver, mixed).slow
        return UNIFORM if slow and not blocks.step(rule, solver).slow else mixed

    def go(self, t0: int, t1: int) -> None:
        """Evaluations t0 ... t1 - 1."""
        job, clock = self.job, self.job.clock._replace(t0=t0, t1=t1)
        if not len(self.blocks.x):
            return
        self.advance_checked(*self.functions, self.blocks, job.problem, job.setting, job.records, clock)
        if t1 > clock.steps:
            return
        # spare lanes are dead from the start, so it is blocks that count: a packing that saves none is work for nothing
        on = self.blocks.rows[:, ON]
        counts = np.bincount(self.blocks.setting.ravel(), on.ravel()).astype(np.int64)
        wanted = needed(counts if self.mixed == UNIFORM else counts.sum(keepdims=True))
        left = (int(clock.steps) + 1 - t1) / MIXED_LATER
        if wanted <= COMPACT * len(self.blocks.x) or self.worth_mixing(counts, left):
            self.compact(left)

    def advance_checked(self, *arguments: object) -> None:
        """The compiled driver; an index error of the checked form comes out as itself."""
        try:
            self.advance(*arguments)
        except SystemError as error:  # Numba's word for an exception inside a parallel loop
            if isinstance(error.__cause__, IndexError):
                raise IndexError(f"in a landscape or rule: {error.__cause__}") from None
            raise

    def compact(self, steps: float) -> None:
        """Leave out the lanes that are over; what is left is worth mixing as if so many steps were before it."""
        self.lay(*unpacked(self.blocks), steps)


def needed(counts: Whole) -> int:
    """Blocks for so many runs of each kind."""
    return int((-(-counts // LANES)).sum())


def packed(ids: Whole, which: Whole, x: Array, s: Array, rows: Array, *, mixed: bool = False) -> Blocks:
    """Lay out runs in full blocks, of one setting each unless they are `mixed`; spare lanes repeat a run, dead.

    Given are the runs, sorted by setting: their indices (runs,), settings (runs,), points (runs, n), states of the
    rule (runs, vectors * n, and what `Mixed.columns` adds) and carried rows (runs, len(CARRIED)).
    """
    kinds = np.zeros_like(which) if mixed else which
    places = [np.empty((0, LANES), dtype=np.int64)]
    for k in np.unique(kinds):
        mine = np.flatnonzero(kinds == k)
        # -1 - row: a lane that repeats a row without being it
        places.append(np.concatenate([mine, np.full(-len(mine) % LANES, -1 - mine[-1])]).reshape(-1, LANES))
    # of all settings in turn, so that every thread gets its share of those that diverge early
    turns = [np.arange(len(p)) % TURNS if mixed else np.arange(len(p)) for p in places]
    place = np.concatenate(places)[np.argsort(np.concatenate(turns), kind="stable")]
    row = np.where(place < 0, -1 - place, place)
    carried = np.ascontiguousarray(rows[row].transpose(0, 2, 1))
    carried[:, ON] = place >= 0

    def laid(a: Array) -> Array:
        return np.ascontiguousarray(a[row].transpose(0, 2, 1)).reshape(len(row), LANES * a.shape[1])

    return Blocks(laid(x), laid(s), carried, np.ascontiguousarray(ids[row]), np.ascontiguousarray(which[row]))


def unpacked(given: Blocks) -> tuple[Whole, Whole, Array, Array, Array]:
    """The live runs of blocks, sorted by setting and index, as `packed` takes them."""
    b, lane = np.nonzero(given.rows[:, ON] > 0)
    ids, which = given.ids[b, lane], given.setting[b, lane]
    order = np.lexsort((ids, which))
    b, lane = b[order], lane[order]

    def lifted(a: Array) -> Array:
        return a.reshape(len(a), math.prod(a.shape[1:]) // LANES, LANES)[b, :, lane]

    return ids[order], which[order], lifted(given.x), lifted(given.s), lifted(given.rows)
