"""A device whose kernels are real PTX, run on this processor by `ptx_cpu`; its memory is the host's.

What the lab asks a GPU for is answered here: kernels compiled and launched, arrays carried there and back. PTX is made
as for a launch on a device of capability 9.0, and kept in pytest's cache.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numba import cuda

from ngdm_lab.compiler.cuda import device as cuda_device
from ngdm_lab.compiler.cuda import ptx as cuda_ptx
from ngdm_lab.compiler.cuda.load import compiler_errors, load
from ngdm_lab.compiler.cuda.source import Kernel
from ngdm_lab.nets import device as nets_device
from ngdm_lab.nets.cuda import launch as nets_launch
from ptx_cpu import Program

__all__ = ["program", "take"]

_TOOLS = ("numba", "numba-cuda", "nvidia-nvvm", "nvidia-nvjitlink")
_programs: dict[str, Program] = {}
_device = nets_device.Simulator()
_jit = cuda.jit


def take(monkeypatch: Any, kept: Any = None) -> None:
    """Answer in a GPU's place until the test ends; `kept` is pytest's cache."""
    folder = Path(kept.mkdir("ptx")) if kept else None
    answers: dict[Any, dict[str, Any]] = {
        cuda_device: {
            "reason": lambda: "", "describe": lambda: "PTX on the CPU", "free_memory": lambda: 8e9,
            "compiled": lambda k: program(k, folder),
        },
        cuda: {"jit": _jitted, "to_device": _array, "synchronize": lambda: None},
        nets_device: {"_cuda": lambda: _device},
        nets_launch: {"_wrap": lambda: lambda array: array.view(np.ndarray), "_stream": lambda: 0, "_ready": {}},
    }  # fmt: skip
    for module, names in answers.items():
        for name, answer in names.items():
            monkeypatch.setattr(module, name, answer)


def program(k: Kernel, folder: Path | None = None) -> Program:
    """A kernel, ready to be launched; its PTX from the folder where that has it."""
    if k.key not in _programs:
        path = folder / f"{hashlib.sha256(f'{k.key} {_tools()}'.encode()).hexdigest()[:32]}.ptx" if folder else None
        if path and path.exists():
            text = path.read_text()
        else:
            function = load(k)
            with compiler_errors(k):
                text = _short(cuda_ptx.linked(function, k.signature))
            if path:
                making = path.with_suffix(f".{os.getpid()}")  # so that another process finds all of it or nothing
                making.write_text(text)
                making.replace(path)
        _programs[k.key] = Program(text, k.name)
    return _programs[k.key]


def _short(text: str) -> str:
    """The text with the kernel's mangled name, of hundreds of letters and in every parameter, made short."""
    name = text.split(".entry", 1)[1].split("(", 1)[0].strip()
    return text.replace(name, "kernel")


@cache
def _tools() -> str:
    """What a kernel's PTX depends on beside its texts."""
    versions = [importlib.metadata.version(package) for package in _TOOLS]
    files = sorted(Path(cuda_ptx.__file__).parent.glob("*.py"))
    return " ".join([*versions, hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()])


class Array(np.ndarray):
    """An array on the device."""

    def copy_to_host(self, into: Any = None) -> Any:
        """As Numba's."""
        if into is None:
            return np.array(self.view(np.ndarray))
        into[...] = self
        return into


def _array(values: Any) -> Any:
    return np.array(values, order="C", copy=True).view(Array)


def _jitted(*given: Any, **options: Any) -> Any:
    """``cuda.jit`` of a test's own kernel; its types are those of the first arguments."""
    return _jit(*given, **options) if options.get("device") else _Lazy(given[0])


class _Lazy:
    def __init__(self, function: Any) -> None:
        self.function, self.made = function, None

    def __getitem__(self, grid: Any) -> Any:
        def run(*given: Any) -> None:
            if self.made is None:
                kinds = [f"{a.dtype}[{', '.join([':'] * (a.ndim - 1) + ['::1'])}]" for a in given]
                self.made = Program(cuda_ptx.linked(self.function, f"void({', '.join(kinds)})"))
            self.made[grid](*given)

        return run
