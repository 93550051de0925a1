"""Single precision in the text: numbers and whole numbers meet single-precision values as such.

To the compiler ``2.0 * x`` and ``i * x`` are double precision for a single-precision x, whose arithmetic on most GPUs
is many times slower. Here literals are written as single-precision ones, and sums, differences, products, quotients
and powers as calls that see the types of both sides (`arithmetic`).
"""

from __future__ import annotations

import ast
import math
import types
from typing import Any

import numpy as np

from ngdm_lab.compiler.syntax import parsed

__all__ = ["NAMES", "Single"]

_CALLS = {ast.Add: "_add", ast.Sub: "_sub", ast.Mult: "_mul", ast.Div: "_div", ast.Pow: "_pow"}
_WHOLE = {"gcd": slice(None), "ldexp": slice(1, None)}  # functions of ``math``: which arguments are whole numbers
# what the texts of kernels call their own things
NAMES = ("_f32", "_powf", *_CALLS.values(), "_device", "_real", "_nan", "_cuda", "_entry", "_plain",
         "_math", "_whole_power")  # fmt: skip


# numbers that stand for the digits of a double, and those that do for a single: 1.5 * 2^52 and 2^52, which round to a
# whole number when they are added and subtracted, 1.5 * 2^51, which does to half of one, 2^53, from which all numbers
# are even, and pi less what it is rounded to
_DIGITS = {6755399441055744.0: 12582912.0, 4503599627370496.0: 8388608.0, 3377699720527872.0: 6291456.0,
           9007199254740992.0: 16777216.0, 1.2246467991473532e-16: -8.742278012618954e-08}  # fmt: skip


class Single(ast.NodeTransformer):
    """Rewrites a tree whose globals are `known`; indices and the ends of loops stay as they are."""

    def __init__(self, known: dict[str, Any]) -> None:
        self.known = known

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if type(node.value) is not float:
            return node
        return _call("_f32", [ast.Constant(_DIGITS.get(node.value, node.value))])

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        node.value = self.visit(node.value)
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        whole = isinstance(node.op, ast.Pow) and isinstance(_unsigned(node.right), ast.Constant)
        if type(node.op) not in _CALLS or whole:  # a whole power is a chain of products
            return self.generic_visit(node)
        self.generic_visit(node)
        # by exponents that are not whole too, the CUDA library's power raises
        first = [ast.Name("_powf", ast.Load())] if isinstance(node.op, ast.Pow) else []
        return ast.copy_location(_call(_CALLS[type(node.op)], [*first, node.left, node.right]), node)

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        if type(node.op) not in _CALLS:
            return self.generic_visit(node)
        read = parsed(ast.unparse(node.target), mode="eval").body
        value = ast.copy_location(ast.BinOp(read, node.op, node.value), node)
        return self.visit(ast.copy_location(ast.Assign([node.target], value), node))

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if isinstance(node.func, ast.Name) and node.func.id == "range":
            return node
        self.generic_visit(node)
        name = self.math_name(node.func)
        if name:  # else the root of a whole number would be double precision
            whole = _WHOLE.get(name, slice(0))
            kept = set(range(len(node.args))[whole])
            node.args = [a if k in kept else _call("_f32", [a]) for k, a in enumerate(node.args)]
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        module = self.known.get(node.value.id) if isinstance(node.value, ast.Name) else None
        value = getattr(module, node.attr, None) if isinstance(module, types.ModuleType) else None
        return _call("_f32", [node]) if type(value) is float else node

    def math_name(self, node: ast.expr) -> str:
        """The name of a function of ``math``, or of NumPy's of the same name, that is called; "" for any other."""
        if isinstance(node, ast.Name):
            name, value = node.id, self.known.get(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            name, value = node.attr, getattr(self.known.get(node.value.id), node.attr, None)
        else:
            return ""
        ours = getattr(math, getattr(value, "__name__", name), None)
        found = value is not None and (value is ours or (isinstance(value, np.ufunc) and ours is not None))
        return getattr(ours, "__name__", name) if found else ""


def _unsigned(node: ast.expr) -> ast.expr:
    """Without its sign."""
    node = node.operand if isinstance(node, ast.UnaryOp) else node
    whole = isinstance(node, ast.Constant) and type(node.value) is int
    return node if whole else ast.Name("", ast.Load())


def _call(name: str, arguments: list[ast.expr]) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), arguments, [])

