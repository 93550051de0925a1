"""From a kernel's texts to the function that Numba compiles, or that its simulator runs."""

from __future__ import annotations

import contextlib
import hashlib
import linecache
import warnings
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import numpy as np

from ngdm_lab.compiler.complaint import reason

from . import arithmetic as cuda_arithmetic
from .source import Kernel, device_text

__all__ = ["compiler_errors", "definitions", "device_function", "load", "simulated"]


def simulated() -> bool:
    """Whether Numba simulates CUDA in this process (NUMBA_ENABLE_CUDASIM=1)."""
    from numba import config

    return bool(config.ENABLE_CUDASIM)


def definitions(text: str, label: str, precision: str, scope: dict[str, Any] | None = None) -> dict[str, Any]:
    """Run the text of a `Kernel`'s part or frame; returns its names. `scope` holds further names that it uses."""
    from numba import cuda

    real = np.dtype(precision).type
    names = {"np": np, "_cuda": cuda, "_real": real, "_nan": real(np.nan), **cuda_arithmetic.names()}
    if simulated():
        from . import simulation as cuda_simulation

        text = cuda_simulation.prepared(text)
        names.update(cuda_simulation.names())
    else:
        from . import overloads as cuda_overloads  # noqa: F401

        names["_device"] = cuda.jit(device=True, forceinline=True)
    names.update(scope or {})
    file = f"<cuda {label}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)  # for messages of the compiler
    exec(compile(text, file, "exec"), names)
    return names


@cache
def _entry(part: str, text: str, precision: str) -> Any:
    """A part's entry; kernels with the same rule share one, which is compiled once."""
    return definitions(text, f"{part} {hashlib.sha256(text.encode()).hexdigest()[:16]}", precision)["_entry"]


def device_function(function: Callable[..., Any], precision: str = "float64") -> Any:
    """A plain function of numbers, such as `trigamma_source`, as a device function for kernels of your own.

    Raises UnsupportedSource for a function that is no plain text.
    """
    return _entry(function.__name__, device_text(function, precision=precision), precision)


def load(k: Kernel) -> Callable[..., None]:
    """The kernel as a Python function that calls device functions, not yet compiled."""
    entries = {part: _entry(part, text, k.precision) for part, text in k.parts.items()}
    kernel: Callable[..., None] = definitions(k.frame, k.key, k.precision, entries)["_kernel"]
    return kernel


@contextlib.contextmanager
def compiler_errors(k: Kernel) -> Iterator[None]:
    """Compile inside this: the compiler's errors come out as a TypeError of one line that names the function."""
    try:
        with warnings.catch_warnings():
            # device functions that take functions: to Numba an experiment, here resolved when the kernel is compiled
            warnings.filterwarnings("ignore", "First-class function type", category=Warning)
            yield
    except Exception as error:
        if not any(kind.__name__ == "NumbaError" for kind in type(error).__mro__):
            raise
        words = str(error)
        at = [(words.rfind(f"<cuda {part} "), name) for part, name in k.functions.items()]
        found, name = max(at)
        where = name if found >= 0 else k.name
        raise TypeError(f"{where} cannot be compiled for CUDA: {reason(words)}; backend='cpu' may run it") from None
