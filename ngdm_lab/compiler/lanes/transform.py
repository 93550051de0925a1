"""From a plain function of one run to a function of a block of 64 runs, by a transform of its source.

A block stores a vector of n coordinates as n rows of 64 lanes, ``x[i * 64 + lane]``. The transform puts one loop
over the lanes around each straight stretch of statements, so that LLVM turns every statement into vector code
whatever n is. It is legal by construction: lanes never look at each other.

The language:

- assignments to names and to entries of vectors, ``a = ...``, ``x[i] = ...``, ``a += ...``;
- ``for i in range(...)`` whose ends are uniform; ``if``, ``else`` and conditional expressions, on uniform or varying
  values; ``pass``;
- arithmetic, comparisons, ``abs``, ``min``, ``max``, functions of ``math``, calls of other plain functions;
- a call that passes a vector stands alone, ``helper(x, n)`` or ``a = helper(x, n)``;
- one ``return``, at the end.

A name is varying, that is a lane's own, if it depends on a vector, else it is uniform. What is not in the language is
refused by a message that names the line; such a function runs lane by lane, slower and with the same result.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .block import lanes_form
from .layout import BLOCK, Layout
from .writer import Writer

__all__ = ["LaneText", "lane_text"]


@dataclass
class LaneText:
    """A module text with the lanes form of a function.

    Attributes
    ----------
    text : the module; needs ``numba``, ``numpy as np`` and ``LANES`` (uint64) in scope.
    name : the function, which takes the plain one's parameters, then the row for its result if it returns one,
        then its scratch and the layout's parameters.
    rows : rows of the layout's pitch, 64 numbers in a block, that the scratch must have.
    returns : True if the plain function returns a value.
    """

    text: str
    name: str
    rows: int
    returns: bool


def lane_text(
    function: Callable[..., Any], vectors: Sequence[str], inline: str, layout: Layout = BLOCK,
    numbers: Sequence[str] = (),
) -> LaneText:  # fmt: skip
    """Transform a plain function; `vectors` names its parameters that have a row for each coordinate.

    `numbers` names those that are a number with a value of its own in each lane, and one row then. What a lane
    computes has the bits of the form in which they are uniform.

    Raises UnsupportedSource for what is outside the language, naming the line and what to write instead.
    """
    writer = Writer(inline, layout=layout)
    name, rows, returns = lanes_form(writer, getattr(function, "py_func", function), tuple(vectors), tuple(numbers))
    return LaneText(writer.text(), name, rows, returns)
