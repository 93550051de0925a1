"""What a plain function is, as text: its own, that of the functions it calls, and the values that it reads.

Two functions with the same content compute the same. It holds no line numbers and no names of files, so that it stays
as it is where something else in a file changes.
"""

from __future__ import annotations

import ast
import hashlib
import re
import sysconfig
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from .errors import UnsupportedSource
from .freeze import is_own
from .reading import as_written, known_names

__all__ = ["content"]

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
_INSTALLED = tuple({sysconfig.get_path(kind) for kind in ("stdlib", "purelib", "platlib")})


def content(function: Callable[..., Any]) -> str:
    """The text of a plain function and of all that it reads; helpers that are installed, and the lab's, by name."""
    parts: list[str] = []
    _add(getattr(function, "py_func", function), parts, [])
    return "\n".join(parts)


def _add(function: Any, parts: list[str], seen: list[Any]) -> str:
    """Put a function's content into `parts`, and return what stands for it."""
    for k, other in enumerate(seen):
        if other is function:
            return f"function {k}"
    seen.append(function)
    place = len(seen) - 1
    try:
        text = ast.unparse(as_written(function))
    except UnsupportedSource:
        text = _bytes(function.__code__)
    try:
        known = known_names(function)
    except UnsupportedSource:
        known = {}
    given = {"defaults": function.__defaults__, "of keywords": function.__kwdefaults__}
    read = {name: _value(value, parts, seen) for name, value in sorted((known | given).items())}
    parts.append(f"function {place}: {text}\n{read}")
    return f"function {place}"


def _bytes(code: types.CodeType) -> str:
    """Of a lambda, say, whose text cannot be had."""
    constants = [_bytes(c) if isinstance(c, types.CodeType) else repr(c) for c in code.co_consts]
    return f"{code.co_code.hex()} {constants} {code.co_names} {code.co_varnames}"


def _value(value: Any, parts: list[str], seen: list[Any]) -> str:
    value = getattr(value, "py_func", value)
    if isinstance(value, np.ndarray):
        return f"{value.dtype} {value.shape} {hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()}"
    if isinstance(value, types.ModuleType):
        return value.__name__
    if isinstance(value, list | tuple):
        return f"{type(value).__name__} {[_value(one, parts, seen) for one in value]}"
    if isinstance(value, types.FunctionType) and not (
        is_own(value) or value.__code__.co_filename.startswith(_INSTALLED)
    ):
        return _add(value, parts, seen)
    if isinstance(value, type | types.FunctionType | types.BuiltinFunctionType):
        return f"{value.__module__}.{value.__qualname__}"
    return _ADDRESS.sub("", repr(value))
