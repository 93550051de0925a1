"""Which engine a call of `ensemble` runs on."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable
from typing import Any

from ngdm_lab.compiler.checks import brief, check_choice
from ngdm_lab.compiler.cuda import device as cuda_device
from ngdm_lab.compiler.cuda.source import PRECISIONS
from ngdm_lab.compiler.errors import Unavailable

from .cuda_run import Cuda
from .lane_run import Lanes
from .per_run import Alone, PerRun
from .protocol import Engine
from .state import Job

__all__ = ["BACKENDS", "check_backend", "engine", "per_run"]

BACKENDS = ("cpu", "cuda", "auto")
LARGE = 1e10  # coordinate steps, some 10 s of one core: below, compiling for the GPU costs more than it can save


def check_backend(backend: str, precision: str = "float64") -> None:
    """ValueError for an unknown backend or precision, Unavailable where "cuda" is asked for and cannot run."""
    check_choice("backend", backend, BACKENDS)
    check_choice("precision", precision, tuple(PRECISIONS))
    if precision == "float32" and backend != "cuda":
        raise ValueError(f"precision 'float32' needs backend 'cuda', got {brief(backend)}")
    if backend == "cuda":
        cuda_device.check()


def engine(backend: str, precision: str, job: Job) -> Engine:
    """The engine that a job goes through."""
    ours: Callable[[Job], Engine] = PerRun if per_run() else Alone if Alone.suits(job) else Lanes
    work = job.records.x.size * (job.clock.steps + 1.0)  # coordinate steps
    if backend == "cuda":
        return Cuda(job, precision)
    if backend == "cpu" or work < LARGE or importlib.util.find_spec("numba_cuda") is None:
        return ours(job)
    return _Auto(job, ours)


class _Auto:
    """The GPU; or where there is none that can be used, or it fails before it has results, the CPU, with a note."""

    def __init__(self, job: Job, ours: Callable[[Job], Engine]) -> None:
        self.job, self.ours, self.note = job, ours, cuda_device.reason()
        self.engine: Engine | None = None
        if not self.note:
            try:
                self.engine = Cuda(job)
            except Unavailable as error:  # there is no room for this work, or the kernel cannot be loaded
                self.note = str(error)
            except (TypeError, ValueError):  # the functions are not for it
                pass
        self.engine = self.engine or ours(job)

    @property
    def pace(self) -> float:
        return self._now.pace

    @property
    def slow(self) -> str:
        return self._now.slow

    @property
    def described(self) -> dict[str, Any]:
        return {**self._now.described, **({"note": f"on the CPU, since {self.note}"} if self.note else {})}

    @property
    def _now(self) -> Engine:
        assert self.engine is not None
        return self.engine

    def go(self, t0: int, t1: int) -> None:
        try:
            self._now.go(t0, t1)
        except Unavailable as error:
            if not (isinstance(self.engine, Cuda) and self.engine.untouched):
                raise
            self.note, self.engine = str(error), self.ours(self.job)
            self.engine.go(0, t1)  # from the starts on


def per_run() -> bool:
    """Whether NGDM_LAB_ENGINE asks for the per-run engine. Raises ValueError for another word than lanes or runs."""
    word = os.environ.get("NGDM_LAB_ENGINE", "lanes")
    if word not in ("lanes", "runs"):
        raise ValueError(f"NGDM_LAB_ENGINE must be 'lanes' or 'runs', got {brief(word)}")
    return word == "runs"
