"""From a plain function of one run to a function of a block of 64 runs, by a transform of its source.

A block stores a vector of n coordinates as n rows of 64 lanes, ``x[i * 64 + lane]``. The transform puts one loop
over the lanes around each straight stretch of statements, so that LLVM turns every statement into vector code
whatever n is. It is legal by construction: lanes never look at each other.

The language:

- assignments to names and to entries of vectors, ``a = ...``, ``x[i] = ...``, ``a += ...``;
- ``for i in range(...)`` whose ends are the same for all lanes; ``if``, ``else`` and conditional expressions, on
  shared values or on values of a lane; ``pass``;
- arithmetic, comparisons, ``abs``, ``min``, ``max``, functions of ``math``, calls of other plain functions;
- a call that passes a vector stands alone, ``helper(x, n)`` or ``a = helper(x, n)``;
- one ``return``, at the end.

A name belongs to a lane if it depends on a vector, else it is shared. What is not in the language is refused by a
message that names the line; such a function runs lane by lane, slower and with the same result.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from landscapes import elementary
from landscapes.plain import Collector, NotPlain

from .lane_block import LANES, Block
from .lane_language import RESERVED

__all__ = ["LANES", "LaneText", "lane_text"]

_SWAPPED = {
    math.sin: elementary.sin,
    math.cos: elementary.cos,
    math.exp: elementary.exp,
    math.expm1: elementary.expm1,
    math.log: elementary.log,
    math.pow: elementary.power,
}
_NUMPY = {np.sin: math.sin, np.cos: math.cos, np.exp: math.exp, np.expm1: math.expm1, np.log: math.log,
          np.power: math.pow}  # fmt: skip


@dataclass
class LaneText:
    """A module text with the lanes form of a function.

    Attributes
    ----------
    text : the module; needs ``numba``, ``numpy as np`` and ``LANES`` (uint64) in scope.
    name : the function, which takes the plain one's parameters, then the row for its result if it returns one,
        then its scratch.
    rows : rows of 64 numbers that the scratch must have.
    returns : True if the plain function returns a value.
    """

    text: str
    name: str
    rows: int
    returns: bool


def lane_text(function: Callable[..., Any], vectors: Sequence[str], inline: str) -> LaneText:
    """Transform a plain function; `vectors` names its parameters that have a row for each coordinate.

    Raises NotPlain for what is outside the language, naming the line and what to write instead.
    """
    writer = Writer(inline)
    name, rows, returns = writer.block(getattr(function, "py_func", function), tuple(vectors))
    parts = [*sorted(writer.imports), *writer.constants, *writer.functions]
    return LaneText("\n\n".join(parts) + "\n", name, rows, returns)


class Writer(Collector):
    """Collects scalar helpers as they are and vector functions in their lanes form."""

    def __init__(self, inline: str) -> None:
        super().__init__(inline)
        self.blocks: dict[tuple[Any, tuple[str, ...]], tuple[str, int, bool]] = {}
        self.open: list[Any] = []
        self.names.update({name: object() for name in RESERVED}, np=np)  # no global of the user's may take these

    def resolve(self, name: str, value: Any, function: Callable[..., Any], node: ast.Name) -> None:
        swapped = _swapped(value)
        if swapped is None:
            super().resolve(name, value, function, node)
        else:
            self.add(swapped)
            if name != swapped.__name__ and self.claim(name, swapped):
                self.functions.append(f"{name} = {swapped.__name__}")

    def powers(self, known: dict[str, Any]) -> ast.NodeTransformer:
        """Replaces powers and elementary functions in a tree whose globals are `known`."""
        return _Powers(self, known)

    def prepare(self, tree: ast.FunctionDef, known: dict[str, Any]) -> None:
        """Scalar helpers too call the lab's own powers and elementary functions."""
        tree.body = [_Powers(self, known).visit(statement) for statement in tree.body]

    def block(self, function: Callable[..., Any], vectors: tuple[str, ...]) -> tuple[str, int, bool]:
        """Write the lanes form of a function, once; returns its name, rows and whether it returns a value."""
        key = (function, vectors)
        if key not in self.blocks:
            if function in self.open:
                raise NotPlain(f"{function.__name__} calls itself; write it as a loop")
            self.open.append(function)
            self.blocks[key] = Block(self, function, vectors).write(f"{function.__name__}_lanes{len(self.blocks)}_")
            self.open.pop()
        return self.blocks[key]


class _Powers(ast.NodeTransformer):
    """a ** b as power(a, b) unless b is a whole literal; math.cos and np.cos as cos."""

    def __init__(self, writer: Writer, known: dict[str, Any]) -> None:
        self.writer, self.known = writer, known

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.op, ast.Pow) or _is_whole(node.right):
            return node
        self.writer.add(elementary.power)
        return ast.copy_location(ast.Call(ast.Name("power", ast.Load()), [node.left, node.right], []), node)

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        if isinstance(node.op, ast.Pow):
            read = ast.parse(ast.unparse(node.target), mode="eval").body
            value = ast.copy_location(ast.BinOp(read, ast.Pow(), node.value), node)
            return self.visit(ast.copy_location(ast.Assign([node.target], value), node))
        return self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.value, ast.Name) and self.known.get(node.value.id) in (math, np):
            swapped = _swapped(getattr(self.known[node.value.id], node.attr, None))
            if swapped is not None:
                self.writer.add(swapped)
                return ast.copy_location(ast.Name(swapped.__name__, ast.Load()), node)
        return node


def _is_whole(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) is int


def _swapped(value: Any) -> Any:
    try:
        return _SWAPPED.get(_NUMPY.get(value, value))
    except TypeError:  # not hashable
        return None
