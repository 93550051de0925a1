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
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from landscapes.plain import Collector, NotPlain

from .arithmetic import Arithmetic, swapped
from .lane_block import LANES, Block
from .lane_language import RESERVED

__all__ = ["LANES", "LaneText", "Writer", "lane_text"]


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
    return LaneText(writer.text(), name, rows, returns)


class Writer(Collector):
    """Collects scalar helpers as they are and vector functions in their lanes form."""

    def __init__(self, inline: str) -> None:
        super().__init__(inline)
        self.blocks: dict[tuple[Any, tuple[str, ...]], tuple[str, int, bool]] = {}
        self.open: list[Any] = []
        self.names.update({name: object() for name in RESERVED}, np=np)  # no global of the user's may take these

    def resolve(self, name: str, value: Any, function: Callable[..., Any], node: ast.Name) -> None:
        ours = swapped(value)
        if ours is None:
            super().resolve(name, value, function, node)
        else:
            self.add(ours)
            if name != ours.__name__ and self.claim(name, ours):
                self.functions.append(f"{name} = {ours.__name__}")

    def text(self) -> str:
        """Everything collected, as a module text that needs `memory.VECTOR` before it."""
        return "\n\n".join([*sorted(self.imports), *self.constants, *self.functions]) + "\n"

    def arithmetic(self, known: dict[str, Any]) -> ast.NodeTransformer:
        """Spells out the arithmetic of a tree whose globals are `known`."""
        return Arithmetic(self, known)

    def prepare(self, tree: ast.FunctionDef, known: dict[str, Any]) -> None:
        """Scalar helpers too have their arithmetic spelt out."""
        tree.body = [self.arithmetic(known).visit(statement) for statement in tree.body]

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
