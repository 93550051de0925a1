"""Element-wise kernels of nets: one plain function each, compiled for float32 and float64.

A kernel is a plain function ``(low, high, x, ...)`` that does the items low, ..., high - 1 of its work: elements, rows
or columns, each by itself. On the CPU one call does them all, as a loop that becomes vector code; a device gives one
item to each thread. So a sum over several items is no kernel, and a result does not depend on how items are shared out.

Literals and the functions of `elementary` are meant in the arrays' precision: for float32 each float literal is made
one, and `elementary`'s functions are replaced by those of the same names in `single`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from landscapes.compile import INLINE, PLAIN, build_text
from landscapes.plain import Collector

from . import elementary, single

__all__ = ["Kernel", "kernel"]


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

    def __call__(self, items: int, first: Any, *rest: Any) -> None:
        """Do items 0, ..., items - 1."""
        run = self._compiled.get(first.dtype)
        if run is None:
            run = self._compiled[first.dtype] = self.compiled(first.dtype)
        run(0, items, first, *rest)

    def text(self, dtype: Any) -> tuple[str, str]:
        """The kernel as a module text in a precision, and its name there."""
        collector = Single(INLINE) if np.dtype(dtype) == np.float32 else Collector(INLINE)
        name = collector.add(self.function, entry=True)
        return "\n\n".join([*sorted(collector.imports), *collector.constants, *collector.functions]) + "\n", name

    def compiled(self, dtype: Any) -> Any:
        """The kernel for float32 or float64 arrays."""
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


class Literals(ast.NodeTransformer):
    """1.5 as np.float32(1.5): otherwise a product with it would be float64."""

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if type(node.value) is not float:
            return node
        return ast.copy_location(ast.parse(f"_numba.float32({node.value!r})", mode="eval").body, node)


class Single(Collector):
    """Collects a plain function for float32."""

    def known(self, function: Callable[..., Any]) -> dict[str, Any]:
        return {name: self._in_single(name, value) for name, value in super().known(function).items()}

    @staticmethod
    def _in_single(name: str, value: Any) -> Any:
        doubled = getattr(elementary, name, None)
        return getattr(single, name) if doubled is not None and doubled is value else value

    def prepare(self, tree: ast.FunctionDef, known: dict[str, Any]) -> None:
        super().prepare(tree, known)
        tree.body = [Literals().visit(statement) for statement in tree.body]

    def resolve(self, name: str, value: Any, function: Callable[..., Any], node: ast.Name) -> None:
        if type(value) is float:
            if self.claim(name, value):
                self.constants.append(f"{name} = _numba.float32({value!r})")
            return
        super().resolve(name, value, function, node)
