"""Arrays that a layer keeps between steps, so that a training loop allocates nothing after its first step."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .device import CPU, Device

__all__ = ["Workspace"]


class Workspace:
    """Named arrays of any shape; a name's memory grows to its largest shape and stays.

    Parameters
    ----------
    dtype : of arrays for which no other is asked.
    device : where they lie.

    Arrays of one name share their memory: the last, smaller batch of an epoch lies in the full batch's.
    """

    def __init__(self, dtype: Any, device: Device = CPU) -> None:
        self.dtype, self.device = np.dtype(dtype), device
        self._memory: dict[str, NDArray[Any]] = {}
        self._views: dict[tuple[str, tuple[int, ...]], NDArray[Any]] = {}

    def __call__(self, name: str, shape: tuple[int, ...], dtype: Any = None) -> NDArray[Any]:
        """The array of this name in this shape, C-contiguous; what it holds is what was last written there."""
        view = self._views.get((name, shape))
        if view is None:
            view = self._views[name, shape] = self._new(name, shape, dtype or self.dtype)
        return view

    def _new(self, name: str, shape: tuple[int, ...], dtype: Any) -> NDArray[Any]:
        size = prod(shape)
        if name not in self._memory or self._memory[name].size < size:
            self._memory[name] = self.device.lines(size, dtype)
            for key in [key for key in self._views if key[0] == name]:
                del self._views[key]
        return self._memory[name][:size].reshape(shape)

    @property
    def nbytes(self) -> int:
        """Bytes held."""
        return sum(memory.nbytes for memory in self._memory.values())
