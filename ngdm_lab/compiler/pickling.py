"""Pickling of what a decorator makes of a plain function: by its address where others can import it, else by value.

What stands in a module is pickled by address, as Python pickles functions. What stands in a notebook or a script
(``__main__``) or inside a function has no address in another process; there the frozen function travels whole: its
code and text, helpers and outer values, to be compiled to the same bits. Code travels between equal versions of Python.
"""

from __future__ import annotations

import builtins
import hashlib
import marshal
import pickle
import types
from collections.abc import Callable, Iterator
from dataclasses import fields
from functools import reduce
from importlib import import_module
from typing import Any
from weakref import WeakValueDictionary

import numpy as np

from .freeze import frozen, is_own
from .reading import remember, remembered

__all__ = ["reduced"]

Part = dict[str, Any]  # a function as plain data; see `_part`
Told = tuple[str, Any]  # how a value travels, and what travels

_made: WeakValueDictionary[str, Any] = WeakValueDictionary()  # by digest: what travelled twice, or back, is one thing


def reduced(thing: Any, find: Callable[[Any], Any]) -> Any:
    """What ``__reduce__`` returns for a dataclass with a field `function`, a frozen plain function.

    `find` goes from what stands under the function's name in its module to the thing that is meant by it.
    """
    address = thing.function.__module__, thing.function.__qualname__
    standing = _standing(*address)
    if standing is not None and find(standing) is thing:
        return _by_address, (find, *address)
    parts: list[Part] = []
    seen: list[Any] = []
    told = {field.name: _told(getattr(thing, field.name), parts, seen) for field in fields(thing)}
    digest = _digest(parts, told)
    if digest:
        _made.setdefault(digest, thing)
    return _by_value, (type(thing), parts, told, digest)


def _by_address(find: Callable[[Any], Any], module: str, name: str) -> Any:
    return find(_found(module, name))


def _by_value(kind: Callable[..., Any], parts: list[Part], told: dict[str, Told], digest: str) -> Any:
    known = _made.get(digest)
    if known is None:
        functions = _functions(parts)
        known = kind(**{name: _value(one, functions) for name, one in told.items()})
        if digest:
            _made[digest] = known
    return known


def _found(module: str, name: str) -> Any:
    found: Any = import_module(module)
    return reduce(getattr, name.split("."), found)


def _standing(module: str, name: str) -> Any:
    """What another process finds under a name in a module, or None."""
    try:
        return None if module == "__main__" else _found(module, name)
    except (ImportError, AttributeError):
        return None


def _digest(parts: list[Part], told: dict[str, Told]) -> str:
    """Of the content; "" where a value of the user's has no plain pickle."""
    try:
        return hashlib.sha256(pickle.dumps((parts, told), protocol=4)).hexdigest()
    except Exception:  # whatever that object raises
        return ""


def _told(value: Any, parts: list[Part], seen: list[Any]) -> Told:
    """A value as it travels; functions without an address join `parts`, and `seen` at the same place."""
    if isinstance(value, types.ModuleType):
        return "module", value.__name__
    if not isinstance(value, types.FunctionType):
        return "value", value
    if is_own(value):
        return "own", (value.__module__, value.__qualname__)
    if _standing(value.__module__, value.__qualname__) is value:
        return "value", value
    for k, other in enumerate(seen):
        if other is value:
            return "function", k
    seen.append(value)
    parts.append({})
    place = len(seen) - 1
    parts[place] = _part(value, parts, seen)
    return "function", place


def _part(function: types.FunctionType, parts: list[Part], seen: list[Any]) -> Part:
    """A function as plain data: what it reads from around it travels with it."""
    around = {name: function.__globals__[name] for name in _names(function.__code__) if name in function.__globals__}
    return {
        "code": marshal.dumps(function.__code__), "source": remembered(function),
        "defaults": function.__defaults__,
        "set": {name: getattr(function, name) for name in ("__module__", "__qualname__", "__doc__", "__kwdefaults__")},
        "globals": {name: _told(value, parts, seen) for name, value in around.items()},
        "cells": [[_told(content, parts, seen) for content in _content(c)] for c in function.__closure__ or ()],
    }  # fmt: skip


def _names(code: types.CodeType) -> Iterator[str]:
    """Names that a function reads, those of functions and comprehensions inside it included."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _names(constant)


def _content(cell: types.CellType) -> list[Any]:
    """What a cell holds, if anything: whoever compiles tells of a name without a value."""
    try:
        return [cell.cell_contents]
    except ValueError:
        return []


def _functions(parts: list[Part]) -> list[Any]:
    made = []
    for part in parts:
        scope = {"__builtins__": builtins, "__name__": part["set"]["__module__"]}
        cells = tuple(types.CellType() for _ in part["cells"])
        one = types.FunctionType(marshal.loads(part["code"]), scope, None, part["defaults"], cells or None)
        for name, value in part["set"].items():
            setattr(one, name, value)
        if part["source"]:
            remember(one, part["source"])
        made.append(one)
    for one, part in zip(made, parts, strict=True):
        one.__globals__.update({name: _value(told, made) for name, told in part["globals"].items()})
        for cell, content in zip(one.__closure__ or (), part["cells"], strict=True):
            for told in content:
                cell.cell_contents = _value(told, made)
    return made


def _value(told: Told, functions: list[Any]) -> Any:
    kind, travelled = told
    if kind == "function":
        return functions[travelled]
    if kind == "module":
        return import_module(travelled)
    if kind == "own":
        return frozen(_found(*travelled))
    if isinstance(travelled, np.ndarray):
        travelled.setflags(write=False)  # as freezing left it
    return travelled
