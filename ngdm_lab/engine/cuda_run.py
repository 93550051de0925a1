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

from landscapes import Surface
from ngdm_lab.compiler.cuda import device as cuda_device
from ngdm_lab.compiler.cuda.source import Kernel
from ngdm_lab.compiler.errors import Unavailable
from ngdm_lab.geometry.solver import Solver
from ngdm_lab.optimizers import UpdateRule

from .cuda_kernel import kernel
from .runs import Records, Settings
from .status import RUNNING

__all__ = ["Cuda", "Part"]

Array = NDArray[np.float64]

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
    """All runs of all settings; records are by row = run * settings + setting, as in the other engines."""

    slow = ""
    pace = 2000  # times as many coordinate steps a second as run by run: an estimate, for the length of chunks

    def __init__(
        self, s: Surface, rule: UpdateRule, solver: Solver | None, x0: Array, limit: Array, settings: Settings,
        seed: int, first_run: int, target: float, steps: int, records: Records,
        paths: tuple[Array, Array] | None = None, *, precision: str = "float64",
    ) -> None:  # fmt: skip
        count = len(settings.lr)
        _check(s, x0, settings, target, precision)
        source = kernel(s, rule, solver, precision)
        real = np.dtype(precision)
        self.records, self.steps, self.count, self.target = records, steps, count, target
        self.seed, self.first_run, self.real, self.surface = seed, first_run, real, s
        self.kernel = cuda_device.compiled(source)
        hyper, packed = (np.pad(a, ((0, 0), (0, int(a.shape[1] == 0)))) for a in (settings.hyper, settings.packed))
        shared = s.packed if s.packed.size else np.zeros(1), s.program, np.array(s.bounds, order="C"), hyper, packed
        self.shared = [np.ascontiguousarray(a, dtype=real) for a in (*shared, settings.lr)]
        self.on_device: list[Any] = []
        self.told = {"engine": f"cuda, {precision}", "gpu": cuda_device.describe()}
        self.parts = self._parts(source, x0, limit)

    def _parts(self, source: Kernel, x0: Array, limit: Array) -> list[Part]:
        m, n = x0.shape
        size = self.real.itemsize
        column = size * (source.vectors * n + 2) + 17
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
            arrays = {
                "V": vectors, "F": np.full(columns, np.nan, dtype=self.real),
                "best": np.full(columns, np.inf, dtype=self.real), "hit": np.full(columns, -1),
                "code": np.full(columns, RUNNING, dtype=np.int8), "stopped": np.zeros(columns, dtype=np.int64),
                "limit": np.minimum(limit[a:b], top).astype(self.real),
            }  # fmt: skip
            made.append(Part(a, arrays, self.count))
        return made

    def go(self, t0: int, t1: int) -> None:
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
        if t1 > self.steps:
            self._collect()

    def _launch(self, part: Part, t0: int, t1: int) -> None:
        from numba import cuda

        if not self.on_device:
            self.on_device = [cuda.to_device(a) for a in self.shared]
        real, s = self.real.type, self.surface
        p, q, bounds, hyper, packed, lr = self.on_device
        threads = min(THREADS, part.runs)
        cuda_device.configured(self.kernel, (ceil(part.runs / threads), self.count), threads)(
            *part.up().values(), p, q, bounds, hyper, packed, lr, real(s.noise), real(s.f_min), real(self.target),
            np.uint64(self.seed), np.uint64(self.first_run + part.first), t0, t1, self.steps,
        )  # fmt: skip
        cuda.synchronize()  # so that Ctrl-C is heeded, and errors are told, between chunks

    def publish(self) -> None:
        """Write the best values to the records, for quantiles between chunks."""
        for part in self.parts:
            part.down("best", keep=True)
            self._rows(self.records.best, part, "best")

    def _collect(self) -> None:
        """Write the results to the records."""
        r = self.records
        for part in self.parts:
            part.down("V", "F", "best", "hit", "code", "stopped")
            rows = slice(part.first * self.count, (part.first + part.runs) * self.count)
            r.x[rows] = _columns(part.arrays["V"][0], self.count).transpose(2, 1, 0).reshape(-1, r.x.shape[1])
            for name, into in (("F", r.f), ("best", r.best), ("hit", r.hit), ("code", r.code), ("stopped", r.stopped)):
                self._rows(into, part, name)

    def _rows(self, into: NDArray[Any], part: Part, name: str) -> None:
        rows = slice(part.first * self.count, (part.first + part.runs) * self.count)
        into[rows] = _columns(part.arrays[name], self.count).T.ravel()


def _check(s: Surface, x0: Array, settings: Settings, target: float, precision: str) -> None:
    """ValueError for what a kernel cannot do, or single precision cannot tell."""
    if len(settings.lr) > MOST_SETTINGS:
        raise ValueError(f"a list of settings may hold at most {MOST_SETTINGS} on CUDA, got {len(settings.lr)}")
    if precision == "float32":
        step = float(np.spacing(np.float32(abs(s.f_min)))) if np.isfinite(s.f_min) else 0.0
        if 0 < target < 4 * step:
            raise ValueError(f"target must be at least {4 * step:.1e} in single precision, since f_min of {s.name} is "
                             f"{s.f_min:g}; got {target:g}")  # fmt: skip
        if s.program.size > EXACT:
            raise ValueError(f"{s.name} has too many coordinates for precision 'float32': use 'float64'")
        if np.abs(x0).max() > np.finfo(np.float32).max:
            raise ValueError("starts must lie within the range of single precision, about 3e38")
