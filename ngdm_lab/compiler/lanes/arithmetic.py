"""The arithmetic of the language of lanes, spelt out: multiply-adds as everywhere, powers, elementary functions."""

from __future__ import annotations

import ast
import math
from typing import Any

import numpy as np

from ngdm_lab.compiler.contract import Fused
from ngdm_lab.compiler.math import float64 as elementary
from ngdm_lab.compiler.source import Collector

__all__ = ["Arithmetic", "swapped"]

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


class Arithmetic(Fused):
    """Beside that, a ** b as power(a, b) unless b is a whole literal; math.cos and np.cos as cos."""

    def __init__(self, writer: Collector, known: dict[str, Any]) -> None:
        self.writer, self.known = writer, known

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        made = super().visit_BinOp(node)
        if made is not node or not isinstance(node.op, ast.Pow) or _is_whole(node.right):
            return made
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
