"""Which engine a call of `ensemble` runs on."""

from __future__ import annotations

import os
from collections.abc import Callable

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
    if backend == "cpu" or (backend == "auto" and (work < LARGE or cuda_device.reason())):
        return ours(job)
    try:
        return Cuda(job, precision)
    except (Unavailable, TypeError, ValueError):
        if backend == "cuda":
            raise
        return ours(job)  # the GPU has no room for this work, or the functions are not for it


def per_run() -> bool:
    """Whether NGDM_LAB_ENGINE asks for the per-run engine. Raises ValueError for another word than lanes or runs."""
    word = os.environ.get("NGDM_LAB_ENGINE", "lanes")
    if word not in ("lanes", "runs"):
        raise ValueError(f"NGDM_LAB_ENGINE must be 'lanes' or 'runs', got {brief(word)}")
    return word == "runs"
