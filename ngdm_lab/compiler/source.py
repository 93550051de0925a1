"""From a plain Python function to a self-contained module text.

A landscape, an update rule and a Fisher solve are plain functions: loops, arithmetic, ``math``. Their
source is gathered here together with every helper they call, so that the text (and its hash) says all
that the compiled code depends on. Numba's own cache looks at one file's date only and would miss a
change in a helper.
"""

from __future__ import annotations

import ast
import builtins
import math
import types
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ngdm_lab.compiler.syntax import parsed

from .contract import FMA
from .errors import UnsupportedSource
from .passes import order
from .reading import definition, known_names, where

__all__ = ["Collector", "gather"]

_MODULES = {"math": math, "numpy": np}


def gather(
    function: Callable[..., Any], *, inline: str = "", helpers: tuple[Any, ...] = (),
    instead: Mapping[str, str] | None = None, texts: Mapping[Any, str] | None = None,
) -> tuple[str, str]:  # fmt: skip
    """Collect a function and its helpers.

    Parameters
    ----------
    function : a plain function: written with ``def`` in a file or a notebook cell.
    inline : decorator line put above each helper (the function itself stays undecorated).
    helpers : plain functions to collect besides those that the function calls.
    instead : by a helper's name, the decorator line put above it instead of `inline`.
    texts : what follows the name in the ``def`` of a helper that has another text here.

    Returns
    -------
    (text, name) : module text that defines the function, and the name it has there.

    Raises
    ------
    UnsupportedSource : for a lambda, a function without source, or a global that is neither a number, a module
        ``math`` or ``numpy``, a function of ``math``, nor a plain function.
    """
    collector = Collector(inline, texts=texts)
    collector.instead.update(instead or {})
    name = collector.add(function, entry=True)
    for helper in helpers:
        collector.add(helper)
    return "\n\n".join([*sorted(collector.imports), *collector.constants, *collector.functions]) + "\n", name


class Collector:
    """Collects functions and what they refer to, callees first.

    Parameters
    ----------
    inline : decorator line put above each helper.
    target : what the text is for, one of `passes.order.TARGETS`.
    texts : what follows the name in the ``def`` of a function that has another text here.
    """

    def __init__(self, inline: str, target: str = order.PLAIN, texts: Mapping[Any, str] | None = None) -> None:
        self.inline, self.target, self.texts = inline, target, texts or {}
        self.instead: dict[str, str] = {}
        self.imports: set[str] = set()
        self.constants: list[str] = []
        self.functions: list[str] = []
        self.names: dict[str, Any] = {FMA: object()}

    def add(self, function: Any, *, entry: bool = False) -> str:
        function = getattr(function, "py_func", function)  # an @njit helper is as good as its source
        tree = definition(function)
        name = self.claim(tree.name, function)
        if name is None:
            return tree.name
        tree.args.defaults = [] if entry else [_literal(function, value) for value in function.__defaults__ or ()]
        known = self.known(function)
        if any(FMA in (getattr(node, "id", ""), getattr(node, "arg", "")) for node in ast.walk(tree)):
            raise UnsupportedSource(f"{tree.name} uses the name {FMA}, which is taken: use another")
        self.prepare(tree, known)
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in known:
                self.resolve(node.id, known[node.id], function, node)
        source = ast.unparse(tree)
        above = self.instead.get(name, self.inline)
        self.functions.append(source if entry or not above else f"{above}\n{source}")
        return name

    def known(self, function: Callable[..., Any]) -> dict[str, Any]:
        """The builtins, globals and closed-over names that a function reads, with their values."""
        return known_names(function)

    def prepare(self, tree: ast.FunctionDef, known: dict[str, Any]) -> None:
        """Change a function's tree before it is written: the passes of the target, in order."""
        tree.body = order.rewritten(self.target, tree.body, known, self)

    def claim(self, name: str, value: Any) -> str | None:
        """Reserve a global name; None when it already stands for this very value."""
        if name in self.names:
            other = self.names[name]
            # `==` alone would take True for 1, 0.0 for -0.0 and arrays for anything
            alike = type(other) is type(value) and type(value) in (int, float) and repr(other) == repr(value)
            if other is value or alike:
                return None
            raise UnsupportedSource(f"the name {name!r} stands for two different things in the functions called here")
        self.names[name] = value
        return name

    def replaced(self, name: str, value: Any) -> bool:
        """Whether a function has another text here, which is added."""
        if not isinstance(value, types.FunctionType) or value not in self.texts:
            return False
        if self.claim(name, value):
            self.functions.append(f"{self.inline}\ndef {name}{self.texts[value]}")
        return True

    def resolve(self, name: str, value: Any, function: Callable[..., Any], node: ast.Name) -> None:
        if getattr(builtins, name, None) is value:
            return
        if self.replaced(name, value):
            return
        value = _number(getattr(value, "py_func", value))
        if isinstance(value, types.FunctionType):
            if value is function:
                raise UnsupportedSource(f"{where(function, node)}: {name} calls itself; write it as a loop")
            if value.__name__ != name:
                raise UnsupportedSource(f"{where(function, node)}: call {value.__name__} by its own name, not {name}")
            self.add(value)
        elif isinstance(value, types.ModuleType) and value in _MODULES.values():
            if self.claim(name, value):
                self.imports.add(f"import {value.__name__} as {name}")
        elif getattr(math, getattr(value, "__name__", ""), None) is value and callable(value):
            if self.claim(name, value):
                self.imports.add(f"from math import {value.__name__} as {name}")
        elif isinstance(value, bool | int | float):
            if self.claim(name, value):
                self.constants.append(f"{name} = {_text(value)}")
        elif name == "prange" and str(getattr(value, "__module__", "")).startswith("numba"):
            if self.claim(name, value):
                self.imports.add("from numba import prange as prange")
        else:
            raise UnsupportedSource(
                f"{where(function, node)}: {name} is a {type(value).__name__}; a plain function may use numbers, "
                "functions of math and other plain functions, and takes arrays as parameters"
            )


def _number(value: Any) -> Any:
    """NumPy's default numbers as Python's, which mean the same to Numba and have a plain repr."""
    return value.item() if isinstance(value, np.float64 | np.int64 | np.bool_) else value


def _text(value: float) -> str:
    return repr(value) if math.isfinite(value) else f'float("{value}")'


def _literal(function: Callable[..., Any], value: Any) -> ast.expr:
    """A helper's default value as an expression that needs no names."""
    value = _number(value)
    if not isinstance(value, bool | int | float):
        raise UnsupportedSource(f"{function.__name__}: the default value {value!r} of a helper is not a number")
    return parsed(_text(value), mode="eval").body
