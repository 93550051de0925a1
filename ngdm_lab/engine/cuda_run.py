"""Runs on a GPU, a thread for each, in chunks of steps.

The runs of all settings stay on the device where they fit. Where they do not, they are split into parts that take
turns: a part is carried to the device, goes its chunk of steps and is carried back. A run's result does not depend on
it.
"""

from __future__ import annotations

from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ngdm_lab.compiler.cuda import device as cuda_device
from ngdm_lab.compiler.cuda.source import Kernel
from ngdm_lab.compiler.cuda.trouble import explained
from ngdm_lab.compiler.errors import Unavailable

from .cuda_kernel import COLUMNS, kernel
from .state import Clock, Job, Records, allocated

__all__ = ["Cuda", "Part"]

THREADS = 128  # of a block
MOST_SETTINGS = 65535  # of CUDA's grid along its second axis
SHARE = 0.9  # of the free memory that is planned with
EXACT = 2**24  # whole numbers up to here are exact in single precision


class Part:
    """Runs first ... last - 1 with all settings: their arrays, on the host or on the device.

    Column run + setting * runs of every array belongs to one run.
    """

    def __init__(self, first: int, arrays: dict[str, NDArray[Any]], count: int) -> None:
        self.first, self.arrays, self.count = first, arrays, count
        self.device: dict[str, Any] | None = None

    @property
    def runs(self) -> int:
        """How many runs, each with all settings."""
        return len(self.arrays["limit"])

    def up(self) -> dict[str, Any]:
        """The arrays on the device."""
        from numba import cuda

        if self.device is None:
            self.device = {k: cuda.to_device(a) for k, a in self.arrays.items()}
        return self.device

    def down(self, *names: str, keep: bool = False) -> None:
        """Bring arrays (default: all) back; unless `keep`, the device's are given up."""
        if self.device is not None:
            for name in names or tuple(self.arrays):
                self.device[name].copy_to_host(self.arrays[name])
            if not keep:
                self.device = None

    def halves(self) -> list[Part]:
        """Two parts with half the runs each."""
        cut = self.runs // 2
        made = []
        for at, mine in ((0, slice(None, cut)), (cut, slice(cut, None))):
            arrays = {"limit": self.arrays["limit"][mine].copy()}  # copies, so that the whole can go
            for k in self.arrays.keys() - {"limit"}:
                a = self.arrays[k]
                arrays[k] = np.array(_columns(a, self.count)[..., mine]).reshape(*a.shape[:-1], -1)
            made.append(Part(self.first + at, {k: arrays[k] for k in self.arrays}, self.count))
        return made


def _columns(a: NDArray[Any], count: int) -> NDArray[Any]:
    """The last axis as (settings, runs)."""
    return a.reshape(*a.shape[:-1], count, -1)


class Cuda:
    """All runs of all settings, a thread each through `driver.advance_run`.

    Records are by row = run * settings + setting, as in the other engines.
    """

    slow = ""
    untouched = True  # as long as no results have been written to the records
    pace = 2000.0  # times as many coordinate steps a second as run by run: an estimate, for the length of chunks

    def __init__(self, job: Job, precision: str = "float64") -> None:
        _check(job, precision)
        source = kernel(job.surface, job.rule, job.solver, precision)
        self.job, self.count, self.real = job, len(job.setting.hyper), np.dtype(precision)
        self.kernel = cuda_device.compiled(source)
        self.shared = [self._given(value) for value in (*job.problem, *job.setting)]
        self.on_device: list[Any] = []
        self.described = {"engine": f"cuda, {precision}", "gpu": cuda_device.describe()}
        self.parts = self._parts(source)

    def _given(self, value: Any) -> Any:
        """A field of problem or setting as a kernel takes it; an array without entries has no place on a device."""
        if not isinstance(value, np.ndarray):
            return self.real.type(value) if isinstance(value, np.floating) else value
        if not value.size:
            value = np.zeros([max(size, 1) for size in value.shape])
        return np.ascontiguousarray(value, dtype=self.real)

    def _parts(self, source: Kernel) -> list[Part]:
        x0, limit = self.job.x0, self.job.limit
        m, n = x0.shape
        size = self.real.itemsize
        kept = allocated(Records, {"row": 1})
        column = size * source.vectors * n + sum(self._real(getattr(kept, name)).nbytes for name in COLUMNS)
        room = SHARE * cuda_device.free_memory() - sum(a.nbytes for a in self.shared)
        most = room / (column * self.count + size)
        if most < 1:
            free = cuda_device.free_memory() / 2**20
            raise Unavailable(f"the GPU has {free:.0f} MiB free, too little for one run of {self.count} settings")
        most = int(min(most, m))
        most -= most % THREADS if most > THREADS else 0
        top = np.finfo(self.real).max
        made = []
        for a in range(0, m, most):
            b = min(a + most, m)
            columns = (b - a) * self.count
            vectors = np.zeros((source.vectors, n, columns), dtype=self.real)
            vectors[0] = np.tile(x0[a:b].T, self.count)
            records = allocated(Records, {"row": columns})
            arrays = {"V": vectors, "limit": np.minimum(limit[a:b], top).astype(self.real),
                      **{name: self._real(getattr(records, name)) for name in COLUMNS}}  # fmt: skip
            made.append(Part(a, arrays, self.count))
        return made

    def _real(self, a: NDArray[Any]) -> NDArray[Any]:
        """Real numbers in the kernel's precision, all others as they are."""
        return a.astype(self.real) if a.dtype == np.float64 else a

    def go(self, t0: int, t1: int) -> None:
        """Evaluations t0 ... t1 - 1, with a halt after each mark, at which each run's best is brought down.

        Raises Unavailable where the driver gives up.
        """
        with explained():
            self._go(t0, t1)

    def _go(self, t0: int, t1: int) -> None:
        marks = self.job.records.marks
        for at in np.flatnonzero((marks >= t0) & (marks < t1)):
            self._advance(t0, int(marks[at]) + 1)
            for part in self.parts:
                part.down("best", keep=True)
                self.job.records.best_at[at, self._rows(part)] = self._by_row(part, "best")
            t0 = int(marks[at]) + 1
        if t0 < t1:
            self._advance(t0, t1)

    def _advance(self, t0: int, t1: int) -> None:
        """Evaluations t0 ... t1 - 1. A part for which the device's memory does not do is split."""
        at = 0
        while at < len(self.parts):
            part = self.parts[at]
            try:
                self._launch(part, t0, t1)
            except Exception as error:
                if not cuda_device.is_out_of_memory(error):
                    raise
                if part.runs <= THREADS:
                    raise Unavailable(f"the GPU's memory is full: {part.runs} runs of {self.count} settings do not fit "
                                      "beside what else it holds") from None  # fmt: skip
                if part.device is not None and len(part.device) == len(part.arrays):
                    part.down()
                self.parts[at : at + 1] = part.halves()
                continue
            if len(self.parts) > 1:
                part.down()
            at += 1
        if t1 > self.job.clock.steps:
            self._collect()

    def _launch(self, part: Part, t0: int, t1: int) -> None:
        from numba import cuda

        if not self.on_device:
            self.on_device = [cuda.to_device(a) if np.ndim(a) else a for a in self.shared]
        threads, up, clock = min(THREADS, part.runs), part.up(), self.job.clock
        clock = Clock.of(int(clock.seed), int(clock.first) + part.first, int(clock.steps))._replace(t0=t0, t1=t1)
        problem, setting = self.on_device[: len(self.job.problem)], self.on_device[len(self.job.problem) :]
        cuda_device.configured(self.kernel, (ceil(part.runs / threads), self.count), threads)(
            up["V"], up["limit"], *problem, *setting, *(up[name] for name in COLUMNS), *clock
        )
        cuda.synchronize()  # so that Ctrl-C is heeded, and errors are raised, between chunks

    def _collect(self) -> None:
        """Write the results to the records."""
        x = self.job.records.x
        for part in self.parts:
            part.down("V", *COLUMNS)
            self.untouched = False
            x[self._rows(part)] = _columns(part.arrays["V"][0], self.count).transpose(2, 1, 0).reshape(-1, x.shape[1])
            for name in COLUMNS:
                getattr(self.job.records, name)[self._rows(part)] = self._by_row(part, name)

    def _by_row(self, part: Part, name: str) -> NDArray[Any]:
        return _columns(part.arrays[name], self.count).T.ravel()

    def _rows(self, part: Part) -> slice:
        return slice(part.first * self.count, (part.first + part.runs) * self.count)


def _check(job: Job, precision: str) -> None:
    """ValueError for what a kernel cannot do, or single precision cannot tell."""
    s, target, count = job.surface, job.problem.target, len(job.setting.hyper)
    if count > MOST_SETTINGS:
        raise ValueError(f"a list of settings may hold at most {MOST_SETTINGS} on CUDA, got {count}")
    if precision == "float32":
        step = float(np.spacing(np.float32(abs(s.f_min)))) if np.isfinite(s.f_min) else 0.0
        if 0 < target < 4 * step:
            raise ValueError(f"target must be at least {4 * step:.1e} in single precision, since f_min of {s.name} is "
                             f"{s.f_min:g}; got {target:g}")  # fmt: skip
        if s.program.size > EXACT:
            raise ValueError(f"{s.name} has too many coordinates for precision 'float32': use 'float64'")
        if np.abs(job.x0).max() > np.finfo(np.float32).max:
            raise ValueError("starts must lie within the range of single precision, about 3e38")
