"""What Numba says of a function that it cannot compile, in one line with the user's file and line."""

from __future__ import annotations

import ast
import re
import types
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from .errors import UnsupportedSource
from .reading import as_written, known_names, where

__all__ = ["complaint", "failures", "reason"]

# how lines of a long error begin that say nothing
_SKIPPED = ("Failed in", "During", "File", "-", "<source", "There are", "Overload", "Rejected", "raised", "^", ">>>",
            "Of which", "This error", "Enable", "* For", "No implementation")  # fmt: skip


@cache
def failures() -> tuple[type[Exception], ...]:
    """What says that a function cannot be compiled: our own refusals, and what Numba raises."""
    from numba.core.errors import NumbaError, UnsupportedBytecodeError

    return UnsupportedSource, NumbaError, UnsupportedBytecodeError


def reason(words: str) -> str:
    """The line of a long error that says what is wrong."""
    lines = [line.strip() for line in words.splitlines()]
    for k, line in enumerate(lines):
        if line.startswith("No implementation"):
            call = next((one[4:] for one in lines[k:] if one.startswith(">>> ")), "")
            if call and "<" not in call:
                return f"there is no {call}"
    chosen = [line for line in lines if line and not line.startswith(_SKIPPED)] or lines
    line = re.split(r", operation:|, location:|\.? Raised from", chosen[0])[0]
    return re.sub(r" '\$\S+'", "", line).rstrip(".:")  # names that the compiler gave


def complaint(function: Callable[..., Any], error: Exception) -> UnsupportedSource:
    """One of the `failures` of a plain function, or a helper of it, as one that names the line.

    What Numba compiled is the text after all passes, so the line is the one of the user's that shares most with what it
    points at.
    """
    if isinstance(error, UnsupportedSource):
        return error
    plain = getattr(function, "py_func", function)
    words = str(error)
    shown = [line.strip() for line in words.splitlines()]
    pointed = next((shown[k - 1] for k, line in enumerate(shown) if line and not line.strip("^") and k), "")
    best, at = 0, getattr(plain, "__name__", repr(plain))
    for owner, node in _parts(plain, set()):
        text = ast.unparse(node)
        if len(text) > best and text in pointed:
            best, at = len(text), where(owner, node)
    if not best and isinstance(plain, types.FunctionType):
        at = where(plain, ast.Pass())
    return UnsupportedSource(f"{at}: {getattr(plain, '__name__', plain)} cannot be compiled: {reason(words)}")


def _parts(function: Any, seen: set[Any]) -> Iterator[tuple[Any, ast.expr]]:
    """(function, expression) of all that stands in a function and in what it calls."""
    if not isinstance(function, types.FunctionType) or function in seen:
        return
    seen.add(function)
    try:
        tree, known = as_written(function), known_names(function)
    except UnsupportedSource:
        return
    for node in (n for s in tree.body for n in ast.walk(s)):
        if isinstance(node, ast.Call | ast.Attribute | ast.Subscript | ast.BinOp | ast.Compare | ast.UnaryOp):
            yield function, node
    for value in known.values():
        yield from _parts(getattr(value, "py_func", value), seen)
