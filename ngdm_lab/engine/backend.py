"""Which engine a call of `ensemble` runs on."""

from __future__ import annotations

import os
from functools import partial
from typing import Any

from ngdm_lab.compiler.cuda import device as cuda_device
from ngdm_lab.compiler.cuda.source import PRECISIONS
from ngdm_lab.compiler.errors import Unavailable

from .cuda_run import Cuda
from .lane_run import Lanes
from .per_run import PerRun

__all__ = ["BACKENDS", "check_backend", "engine", "per_run"]

BACKENDS = ("cpu", "cuda", "auto")
LARGE = 1e10  # coordinate steps, some 10 s of one core: below, compiling for the GPU costs more than it can save


def check_backend(backend: str, precision: str = "float64") -> None:
    """ValueError for an unknown backend or precision, Unavailable where "cuda" is asked for and cannot run."""
    if backend not in BACKENDS:
        raise ValueError(f"backend must be 'cpu', 'cuda' or 'auto', got {backend!r}")
    if precision not in PRECISIONS:
        raise ValueError(f"precision must be 'float64' or 'float32', got {precision!r}")
    if precision == "float32" and backend != "cuda":
        raise ValueError(f"precision 'float32' needs backend 'cuda', got {backend!r}")
    if backend == "cuda":
        cuda_device.check()


def engine(backend: str, precision: str, work: float) -> Any:
    """What makes the engine for `work` coordinate steps; its arguments are those of `PerRun`."""
    ours = PerRun if per_run() else Lanes
    gpu = partial(Cuda, precision=precision)
    if backend == "cuda":
        return gpu
    if backend == "cpu" or work < LARGE or cuda_device.reason():
        return ours

    def either(*arguments: Any) -> Any:
        """The GPU, unless it has no room for this work or the functions are not for it."""
        try:
            return gpu(*arguments)
        except (Unavailable, TypeError, ValueError):
            return ours(*arguments)

    return either


def per_run() -> bool:
    """Whether NGDM_LAB_ENGINE asks for the per-run engine. Raises ValueError for another word than lanes or runs."""
    word = os.environ.get("NGDM_LAB_ENGINE", "lanes")
    if word not in ("lanes", "runs"):
        raise ValueError(f"NGDM_LAB_ENGINE must be 'lanes' or 'runs', got {word!r}")
    return word == "runs"
