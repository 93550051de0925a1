"""Element-wise kernels of nets: one plain function each, compiled for float32 and float64.

A kernel is a plain function ``(low, high, x, ...)`` that does the items low, ..., high - 1 of its work: elements, rows
or columns, each by itself. On the CPU it is a loop that becomes vector code, and a few threads share the items of large
arrays; for arrays on a GPU the same function is compiled for it (`launch`), and every thread does one item. So a sum
over several items is no kernel, and a result does not depend on how items are shared out.

Literals and the functions of `elementary` are meant in the arrays' precision: for float32 each float literal is made
one, and `elementary`'s functions are replaced by those of the same names in `compiler.math.float32`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from ngdm_lab.compiler.build import INLINE, PLAIN, build_text
from ngdm_lab.compiler.cuda.source import Kernel as Source
from ngdm_lab.compiler.math import float32 as single
from ngdm_lab.compiler.passes import order
from ngdm_lab.compiler.source import Collector
from ngdm_lab.nets.cuda.launch import DEVICE, frame, launch

from . import elementary
from .device import on_device
from .share import share

__all__ = ["Kernel", "kernel"]

WORTH = 2**19  # bytes, some 50 microseconds: less is not worth another thread


class Kernel:
    """A plain function with its argument types, compiled on the first call for a precision.

    Parameters
    ----------
    function : plain function (low, high, first, ...); low and high are uint64, so that indices need no test of
        their sign. The first further argument is an array of the precision.
    kinds : Numba types of the arguments after low and high; T stands for float32 or float64. A number of type T may be
        given as any Python float.
    """

    def __init__(self, function: Callable[..., Any], kinds: tuple[str, ...]) -> None:
        self.function, self.kinds = function, kinds
        self.__name__, self.__doc__ = function.__name__, function.__doc__
        self._compiled: dict[Any, Any] = {}
        self.sources: dict[str, Source] = {}

    def __call__(self, items: int, first: Any, *rest: Any) -> None:
        """Do items 0, ..., items - 1."""
        if on_device(first):
            launch(self.source(first.dtype), items, (first, *rest))
            return
        run = self._compiled.get(first.dtype)
        if run is None:
            run = self._compiled[first.dtype] = self.compiled(first.dtype)
        share(items, first.nbytes / WORTH, lambda low, high: run(low, high, first, *rest))

    def text(self, dtype: Any, inline: str = INLINE) -> tuple[str, str]:
        """The kernel as a module text in a precision, and its name there; `inline` stands above its helpers."""
        narrow = np.dtype(dtype) == np.float32
        collector = Single(inline, order.KERNEL_SINGLE) if narrow else Collector(inline)
        name = collector.add(self.function, entry=True)
        return "\n\n".join([*sorted(collector.imports), *collector.constants, *collector.functions]) + "\n", name

    def source(self, dtype: Any) -> Source:
        """The kernel for a GPU, for float32 or float64 arrays."""
        precision = np.dtype(dtype).name
        if precision not in self.sources:
            text, name = self.text(dtype, DEVICE)
            text = re.sub(rf"^(?=def {name}\()", f"{DEVICE}\n", text, count=1, flags=re.MULTILINE)
            names = [f"a{i}" for i in range(len(self.kinds))]
            given = [f"_real({a})" if kind == "T" else a for a, kind in zip(names, self.kinds, strict=True)]
            kinds = ["float64" if kind == "T" else re.sub(r"\bT\b", precision, kind) for kind in self.kinds]
            call = f"_plain(low, high, {', '.join(given)})"
            self.sources[precision] = frame(name, f"{text}\n_entry = {name}\n", call, names, kinds, precision)
        return self.sources[precision]

    def compiled(self, dtype: Any) -> Any:
        """The kernel for float32 or float64 arrays of the host."""
        precision = np.dtype(dtype).name
        text, name = self.text(dtype)
        kinds = [re.sub(r"\bT\b", precision, kind) for kind in self.kinds]
        names = [f"a{i}" for i in range(len(kinds))]
        given = [f"_numba.{precision}({a})" if kind == "T" else a for a, kind in zip(names, self.kinds, strict=True)]
        outer = ["float64" if kind == "T" else typed for kind, typed in zip(self.kinds, kinds, strict=True)]
        text = re.sub(rf"^(?=def {name}\()", f"{PLAIN}\n", text, count=1, flags=re.MULTILINE)
        adaptor = f"def adaptor(low, high, {', '.join(names)}):\n    {{name}}(low, high, {', '.join(given)})\n"
        return build_text(text, name, f"void(uint64, uint64, {', '.join(outer)})", adaptor=adaptor, nogil=True)


def kernel(*kinds: str) -> Callable[[Callable[..., Any]], Kernel]:
    """Decorator: a plain function with these argument types as a `Kernel`."""
    return lambda function: Kernel(function, kinds)


class Single(Collector):
    """Collects a plain function for float32."""

    def known(self, function: Callable[..., Any]) -> dict[str, Any]:
        return {name: self._in_single(name, value) for name, value in super().known(function).items()}

    @staticmethod
    def _in_single(name: str, value: Any) -> Any:
        doubled = getattr(elementary, name, None)
        return getattr(single, name) if doubled is not None and doubled is value else value

    def resolve(self, name: str, value: Any, function: Callable[..., Any], node: ast.Name) -> None:
        if type(value) is float:
            if self.claim(name, value):
                self.constants.append(f"{name} = _numba.float32({value!r})")
            return
        super().resolve(name, value, function, node)
