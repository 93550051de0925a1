"""Powers and elementary functions spelt out as the lab's own, which become vector code."""

from __future__ import annotations

import ast
import math
from typing import Any, Protocol

import numpy as np

from ngdm_lab.compiler.math import float64 as elementary

__all__ = ["Arithmetic", "Collects", "swapped"]

_SWAPPED = {
    math.sin: elementary.sin,
    math.cos: elementary.cos,
    math.exp: elementary.exp,
    math.expm1: elementary.expm1,
    math.log: elementary.log,
    math.tanh: elementary.tanh,
    math.pow: elementary.power,
}
_NUMPY = {np.sin: math.sin, np.cos: math.cos, np.exp: math.exp, np.expm1: math.expm1, np.log: math.log,
          np.power: math.pow, np.tanh: math.tanh}  # fmt: skip


class Collects(Protocol):
    """Where the functions go that a pass has put into a text: a `source.Collector`."""

    functions: list[str]

    def add(self, function: Any) -> str:
        """Collect a plain function; returns its name."""

    def claim(self, name: str, value: Any) -> str | None:
        """Reserve a global name; None when it stands for this very value already."""


class Arithmetic(ast.NodeTransformer):
    """a ** b as power(a, b) unless b is a whole literal; math.cos and np.cos as cos; an index stays as it is."""

    def __init__(self, writer: Collects, known: dict[str, Any]) -> None:
        self.writer, self.known = writer, known

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        node.value = self.visit(node.value)
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.op, ast.Pow) or _is_whole(node.right):
            return node
        self.writer.add(elementary.power)
        return ast.copy_location(ast.Call(ast.Name("power", ast.Load()), [node.left, node.right], []), node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.value, ast.Name) and self.known.get(node.value.id) in (math, np):
            ours = swapped(getattr(self.known[node.value.id], node.attr, None))
            if ours is not None:
                self.writer.add(ours)
                return ast.copy_location(ast.Name(ours.__name__, ast.Load()), node)
        return node


def _is_whole(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) is int


def swapped(value: Any) -> Any:
    """The lab's own function that stands for one of ``math`` or ``numpy``; None where there is none."""
    try:
        return _SWAPPED.get(_NUMPY.get(value, value))
    except TypeError:  # not hashable
        return None
