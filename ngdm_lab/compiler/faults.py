"""Faults of a plain function that its text alone shows: found when a landscape or a rule is made, each in one line."""

from __future__ import annotations

import ast
import builtins
import types
from collections.abc import Callable, Collection, Iterator
from typing import Any

import numpy as np

from .errors import UnsupportedSource
from .reading import as_written, known_names, where

__all__ = ["check_text"]


def check_text(
    function: Callable[..., Any], vectors: Collection[str], written: Collection[str], *, returns: bool, why: str
) -> None:
    """Refuse a function whose text shows that it is wrong; one without a readable text passes.

    Parameters
    ----------
    function : the plain function.
    vectors : those of its parameters that are vectors whatever is given.
    written : those whose entries it may write; no other parameter's.
    returns : whether it must return a value, or none.
    why : in words, what may be written, for the message.

    Raises
    ------
    UnsupportedSource
        For a vector that is written and must not be, a parameter that is assigned where it is a vector, a path without
        a value or with one too many, a function that calls itself, a loop without an end, a name without a value, and
        random numbers; the message has file and line.
    """
    function = getattr(function, "py_func", function)
    if not isinstance(function, types.FunctionType):
        return
    try:
        tree = as_written(function)
    except UnsupportedSource:
        return
    refuse, given = _refusal(function), [a.arg for a in tree.args.args]
    for node in ast.walk(tree):
        for name, part in _stored(node):
            if name in vectors and isinstance(part, ast.Name):
                raise refuse(part, f"{name} is a vector: assign to its entries, not to its name")
            if isinstance(part, ast.Subscript) and name in given and name not in written:
                raise refuse(part, f"{name} is written here, but {why}")
    if returns:
        _check_returns(tree, refuse)
    else:
        for node in ast.walk(tree):
            if isinstance(node, ast.Return) and node.value is not None and not _is_none(node.value):
                raise refuse(node, "a rule returns nothing: it leaves its results in the vectors")
    _check_calls(function, ())


def _refusal(function: Callable[..., Any]) -> Callable[[ast.AST, str], UnsupportedSource]:
    return lambda node, what: UnsupportedSource(f"{where(function, node)}: {what}")


def _stored(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """(name, target) of what a statement assigns to: a name, or the entry of one."""
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AugAssign | ast.AnnAssign | ast.For | ast.NamedExpr):
        targets = [node.target]
    else:
        return
    for target in targets:
        for part in ast.walk(target):
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
                yield part.id, part
            elif isinstance(part, ast.Subscript) and isinstance(part.ctx, ast.Store):
                base = part.value
                if isinstance(base, ast.Name):
                    yield base.id, part


def _check_returns(tree: ast.FunctionDef, refuse: Callable[[ast.AST, str], UnsupportedSource]) -> None:
    for node in ast.walk(tree):
        if isinstance(node, ast.Return) and (node.value is None or _is_none(node.value)):
            raise refuse(node, f"{tree.name} returns nothing here: it must return the value")
    if not _ends(tree.body):
        raise refuse(tree.body[-1], f"{tree.name} may end here without a value: it must return one on every path")


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _ends(body: list[ast.stmt]) -> bool:
    """Whether no path leaves a list of statements at its end."""
    for s in body:
        if isinstance(s, ast.Return | ast.Raise):
            return True
        if isinstance(s, ast.If) and s.orelse and _ends(s.body) and _ends(s.orelse):
            return True
        if isinstance(s, ast.While) and _forever(s):
            return True
    return False


def _forever(loop: ast.While) -> bool:
    return isinstance(loop.test, ast.Constant) and bool(loop.test.value) and not _leaves(loop.body)


def _leaves(body: list[ast.stmt]) -> bool:
    """Whether a break of this loop stands in a body."""
    for s in body:
        if isinstance(s, ast.Break):
            return True
        if isinstance(s, ast.If | ast.With | ast.Try):
            parts = [s.body, getattr(s, "orelse", []), getattr(s, "finalbody", [])]
            parts += [h.body for h in getattr(s, "handlers", [])]
            if any(_leaves(part) for part in parts):
                return True
    return False


def _check_calls(function: Any, above: tuple[Any, ...]) -> None:
    """Names without a value, calls that come back, loops without an end and random numbers, here and in helpers."""
    try:
        tree, known = as_written(function), known_names(function)
    except UnsupportedSource:
        return
    refuse = _refusal(function)
    local = {a.arg for a in ast.walk(tree) if isinstance(a, ast.arg)}
    local |= {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    inner = (n for n in ast.walk(tree) if n is not tree and isinstance(n, ast.FunctionDef | ast.ExceptHandler))
    local |= {n.name for n in inner if n.name}
    for node in (n for statement in tree.body for n in ast.walk(statement)):  # default values are there already
        if isinstance(node, ast.While) and _forever(node) and not _returns(node):
            raise refuse(node, "this loop never ends: give it a condition")
        if isinstance(node, ast.Attribute) and _random(node, known):
            raise refuse(node, f"{ast.unparse(node)}: random numbers of its own make a function another one at every "
                         "call; for noise use surface.noisy(sigma)")  # fmt: skip
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id not in local:
            if node.id == tree.name and node.id not in known:
                raise refuse(node, f"{node.id} calls itself, which cannot be compiled: write a loop")
            if node.id not in known and not hasattr(builtins, node.id):
                raise refuse(node, f"{node.id} has no value: define it before the function")
            value = getattr(known.get(node.id), "py_func", known.get(node.id))
            if isinstance(value, types.FunctionType):
                if value is function or value in above:
                    raise refuse(node, f"{node.id} calls itself, which cannot be compiled: write a loop")
                _check_calls(value, (*above, function))


def _random(node: ast.Attribute, known: dict[str, Any]) -> bool:
    value = known.get(node.value.id) if isinstance(node.value, ast.Name) else None
    return (value is np and node.attr == "random") or getattr(value, "__name__", "") in ("random", "numpy.random")


def _returns(loop: ast.While) -> bool:
    return any(isinstance(node, ast.Return | ast.Raise) for node in ast.walk(loop))
