"""Numba's simulator without negative indices: NumPy counts them from the end, and so does a compiled kernel, silently.

A kernel of the lab means none. On a GPU such an access reads another element of the same array, which no check of
bounds can see.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["Guarded", "check", "refuse"]


def check(index: Any) -> None:
    """IndexError for an index or an end of a slice that is below 0."""
    for part in index if isinstance(index, tuple) else (index,):
        for number in (part.start, part.stop) if isinstance(part, slice) else (part,):
            if isinstance(number, int | np.integer) and number < 0:
                raise IndexError(f"a kernel takes the negative index {number}, which counts from the end")


class Guarded(np.ndarray):
    """An array within a kernel."""

    def __getitem__(self, index: Any) -> Any:
        check(index)
        return super().__getitem__(index)

    def __setitem__(self, index: Any, value: Any) -> None:
        check(index)
        super().__setitem__(index, value)


def refuse(monkeypatch: Any) -> None:
    """In a process on the simulator: kernels' arrays and their local and shared ones refuse negative indices."""
    from numba.cuda.simulator import kernelapi
    from numba.cuda.simulator.cudadrv.devicearray import FakeWithinKernelCUDAArray as Given

    get, put = Given.__getitem__, Given.__setitem__
    monkeypatch.setattr(Given, "__getitem__", lambda self, index: (check(index), get(self, index))[1])
    monkeypatch.setattr(Given, "__setitem__", lambda self, index, value: (check(index), put(self, index, value))[1])
    for kind in (kernelapi.FakeCUDALocal, kernelapi.FakeCUDAShared):
        made = kind.array
        monkeypatch.setattr(kind, "array", lambda self, *a, _made=made, **k: _made(self, *a, **k).view(Guarded))
