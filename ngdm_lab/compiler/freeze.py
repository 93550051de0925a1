"""Plain functions frozen: text, helpers and outer values as they are now, whatever a later notebook cell does to them.

A landscape or a rule is read once, when it is made. Every engine, evaluation, trace and a step by hand compile what was
read then, so that one function has one meaning.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from .errors import UnsupportedSource
from .reading import known_names, remember

__all__ = ["frozen", "is_own"]

_OWN = ("landscapes.", "ngdm_lab.")


def is_own(function: Any) -> bool:
    """Whether a function is one of the lab's own: its tests hold it, and nobody edits its file while it is in use."""
    return f"{getattr(function, '__module__', '')}.".startswith(_OWN)


def frozen(function: Callable[..., Any]) -> Any:
    """A copy of a plain function that nothing outside can change: helpers frozen too, numbers and arrays by value.

    An ``@njit`` function is taken for its plain one. Names without a value are left out: whoever compiles refuses
    them, with their line.
    """
    return _frozen(function, {})


def _frozen(function: Any, made: dict[int, Any]) -> Any:
    plain = getattr(function, "py_func", function)
    if not isinstance(plain, types.FunctionType):
        return function
    if id(plain) in made:
        return made[id(plain)]
    try:
        known = known_names(plain)
    except UnsupportedSource:  # a name of the function around it that has no value yet
        return plain
    outer: dict[str, Any] = {"__builtins__": plain.__globals__.get("__builtins__"), "__name__": plain.__module__}
    cells = tuple(types.CellType() for _ in plain.__code__.co_freevars)
    copy = types.FunctionType(plain.__code__, outer, plain.__name__, plain.__defaults__, cells or None)
    made[id(plain)] = copy
    for name in ("__doc__", "__qualname__", "__module__", "__kwdefaults__", "__annotations__"):
        setattr(copy, name, getattr(plain, name))
    if not is_own(plain):
        remember(plain)
    for name, cell in zip(plain.__code__.co_freevars, cells, strict=True):
        if name in known:
            cell.cell_contents = _value(known[name], made)
    for name in set(known) & set(plain.__globals__):
        outer[name] = _value(known[name], made)
    return copy


def _value(value: Any, made: dict[int, Any]) -> Any:
    if isinstance(value, np.ndarray):
        kept = value.copy()
        kept.setflags(write=False)
        return kept
    plain = getattr(value, "py_func", value)
    if inspect.isfunction(plain):
        return _frozen(plain, made)
    return value
