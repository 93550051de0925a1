"""Where a net's arrays lie: on the host as NumPy's, or on a GPU as CuPy's.

On Numba's simulator a GPU's arrays are NumPy's too, as `Simulated`, which refuses what CuPy's refuse (host arrays
beside them or as values) and what they may do otherwise than NumPy's (functions that are no ufuncs). All traffic
between host and device goes through `array`, `put` and `host` of a `Device`, but for single numbers: float(a sum)
waits for it.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ngdm_lab.compiler.checks import check_known
from ngdm_lab.compiler.cuda import device as cuda_device
from ngdm_lab.compiler.cuda.load import simulated
from ngdm_lab.compiler.cuda.trouble import INSTALL
from ngdm_lab.compiler.errors import Unavailable

__all__ = ["CPU", "DEVICES", "Device", "address", "get", "of", "on_device"]

DEVICES = ("cpu", "cuda")
LINE = 64  # bytes of a cache line


class Device:
    """The host: arrays are NumPy's."""

    name = "cpu"
    # of a convolution, handled together: enough for BLAS to run at speed, few enough to stay in the second cache
    patches = 1024

    def __reduce__(self) -> Any:
        return get, (self.name,)

    def __deepcopy__(self, memo: Any) -> Device:
        return self

    def zeros(self, shape: Any, dtype: Any = np.float64) -> Any:
        """A new array of zeros."""
        return np.zeros(shape, dtype)

    def lines(self, size: int, dtype: Any) -> Any:
        """A new vector of zeros that begins at a cache line, where loads of whole lines are fastest."""
        raw = np.zeros(size * np.dtype(dtype).itemsize + LINE, np.uint8)
        skip = -raw.ctypes.data % LINE
        return raw[skip : skip + raw.size - LINE].view(dtype)

    def array(self, values: Any) -> Any:
        """An array of the host's on this device; itself where it is there."""
        return np.asarray(values)

    def put(self, into: Any, values: Any) -> None:
        """into[...] = values, an array of the host's."""
        into[...] = values

    def host(self, array: Any) -> NDArray[Any]:
        """An array of this device on the host; itself where it is there. It waits for the device."""
        return np.asarray(array)

    def dot(self, a: Any, b: Any, out: Any) -> None:
        """out = a b by the device's BLAS."""
        np.dot(a, b, out=out)


class CuPy(Device):
    """A GPU: CuPy's arrays, on its current stream; kernels are launched on that too."""

    name = "cuda"
    patches = 2**17  # enough to fill a GPU; with 1152 float32 numbers each, 600 MB

    def __init__(self) -> None:
        try:
            import cupy

            tried = cupy.ones((2, 2)) + 1  # which needs its compiler, and the next its BLAS
            cupy.dot(tried, tried, out=cupy.zeros((2, 2)))
        except Exception as error:  # whatever a half-installed toolkit raises
            why = f"{type(error).__name__}: {' '.join(str(error).split())}"
            raise Unavailable(f"backend 'cuda': nets need CuPy ({why}): {INSTALL}") from None
        self.cupy = cupy

    def zeros(self, shape: Any, dtype: Any = np.float64) -> Any:
        return self.cupy.zeros(shape, dtype)

    def lines(self, size: int, dtype: Any) -> Any:
        return self.zeros(size, dtype)  # every array of a device does

    def array(self, values: Any) -> Any:
        return self.cupy.asarray(values)

    def put(self, into: Any, values: Any) -> None:
        into[...] = self.cupy.asarray(values)  # a copy first: `set` takes contiguous arrays of the same dtype only

    def host(self, array: Any) -> NDArray[Any]:
        return np.asarray(self.cupy.asnumpy(array))

    def dot(self, a: Any, b: Any, out: Any) -> None:
        self.cupy.dot(a, b, out=out)  # cuBLAS in the arrays' precision; TF32 only where CUPY_TF32 asks for it


class Simulator(Device):
    """Numba's simulator of a GPU."""

    name = "cuda"

    def zeros(self, shape: Any, dtype: Any = np.float64) -> Any:
        return np.zeros(shape, dtype).view(Simulated)

    def lines(self, size: int, dtype: Any) -> Any:
        return self.zeros(size, dtype)

    def array(self, values: Any) -> Any:
        return values if isinstance(values, Simulated) else np.array(values).view(Simulated)

    def put(self, into: Any, values: Any) -> None:
        into[...] = self.array(values)

    def host(self, array: Any) -> NDArray[Any]:
        return np.array(array.view(np.ndarray))

    def dot(self, a: Any, b: Any, out: Any) -> None:
        a, b, out = _plain((a, b, out))
        np.dot(a, b, out=out)


class Simulated(np.ndarray):
    """An array of the simulated device, no more obliging than CuPy's."""

    def __array_ufunc__(self, ufunc: Any, method: str, *given: Any, out: Any = (), **options: Any) -> Any:
        results = tuple(_plain(out))
        if results:
            options["out"] = results
        made = getattr(ufunc, method)(*_plain(given), **options)
        return out[0] if results else np.asarray(made).view(Simulated)  # as on a GPU, a sum is an array too

    def __array_function__(self, function: Any, types: Any, given: Any, options: Any) -> Any:
        raise TypeError(f"np.{function.__name__} of an array on the device")

    def __setitem__(self, index: Any, value: Any) -> None:
        super().__setitem__(index, _plain((value,))[0])


def _plain(values: Any) -> list[Any]:
    """Arrays of the simulated device as NumPy's; TypeError for those of the host."""
    for value in values:
        if isinstance(value, np.ndarray | list | tuple) and not isinstance(value, Simulated):
            raise TypeError(f"an array of the host's beside one on the device: {value!r:.60}")
    return [value.view(np.ndarray) if isinstance(value, Simulated) else value for value in values]


CPU = Device()


def get(name: str) -> Device:
    """A device by its name.

    Raises ValueError for a name that is not in `DEVICES`, Unavailable where there is no GPU or no CuPy.
    """
    check_known("device", "device", name, DEVICES)
    return CPU if name == "cpu" else _cuda()


@cache
def _cuda() -> Device:
    cuda_device.check()
    return Simulator() if simulated() else CuPy()


def on_device(array: Any) -> bool:
    """Whether an array is a GPU's."""
    return isinstance(array, Simulated) or not isinstance(array, np.ndarray)


def of(array: Any) -> Device:
    """The device of an array."""
    return get("cuda") if on_device(array) else CPU


def address(array: Any) -> int:
    """Where an array begins in its device's memory."""
    known = array.__array_interface__ if isinstance(array, np.ndarray) else array.__cuda_array_interface__
    return int(known["data"][0])
