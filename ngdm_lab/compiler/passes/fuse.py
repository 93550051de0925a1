"""Fusion: several plain functions one after another as one, with their loops over the coordinates merged.

An update is a rule, a Fisher solve, the descent and the look at the bounds. Each is written on its own; run one
after another they would pass over memory four times. Fused, a coordinate is loaded once.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ngdm_lab.compiler.errors import UnsupportedSource
from ngdm_lab.compiler.made import made
from ngdm_lab.compiler.reading import definition, known_names

__all__ = ["Part", "fuse"]

Part = tuple[Callable[..., Any], Mapping[str, str]]


def fuse(parts: Sequence[Part], parameters: Sequence[str], vectors: Sequence[str]) -> Callable[..., Any]:
    """One plain function of `parameters` that does what the parts do in turn.

    Parameters
    ----------
    parts : plain functions without a result, each with the names under which it gets its parameters.
    parameters : the parameters of the whole.
    vectors : those of them that are vectors.

    Raises
    ------
    UnsupportedSource
        Where a global name means different things in two parts, or a part returns a value.
    """
    body: list[ast.stmt] = []
    known: dict[str, Any] = {}
    for k, (function, names) in enumerate(parts):
        function = getattr(function, "py_func", function)
        tree = definition(function)
        mine = known_names(function)
        for name, value in mine.items():
            if known.setdefault(name, value) is not value:
                words = f"{function.__name__}: {name} means something else in the rule or solve beside it"
                raise UnsupportedSource(words)
        stored = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        new = {**{name: f"{name}_{k}_" for name in stored}, **names}
        if any(isinstance(n, ast.Return) for n in ast.walk(tree)):
            raise UnsupportedSource(f"{function.__name__} returns: it must leave its result in its vectors")
        body += [_Rename(new).visit(s) for s in tree.body if not isinstance(s, ast.Pass)]
    named = [ast.arg(p) for p in parameters]
    arguments = ast.arguments(posonlyargs=[], args=named, kwonlyargs=[], kw_defaults=[], defaults=[])
    whole = ast.FunctionDef("fused", arguments, merge(body, set(vectors)) or [ast.Pass()], [])
    source = ast.unparse(ast.fix_missing_locations(ast.Module([whole], []))) + "\n"
    result: Callable[..., Any] = made(source, "fused", known, "fused")
    return result


def merge(body: list[ast.stmt], vectors: set[str]) -> list[ast.stmt]:
    """Merge loops over the same range that follow each other, where no step of one needs a later step of the other."""
    out: list[ast.stmt] = []
    for s in body:
        at = len(out)
        while at and _constant(out[at - 1]):  # constants are set before the loop that they stand behind
            at -= 1
        previous = out[at - 1] if at else None
        between = out[at:]
        if isinstance(s, ast.For) and isinstance(previous, ast.For):
            joined = _join(previous, s, vectors)
            if joined is not None and not _names(between) & _names([previous]):
                out[at - 1 :] = [*between, joined]
                continue
        out.append(s)
    return out


def _constant(s: ast.stmt) -> bool:
    return isinstance(s, ast.Assign) and isinstance(s.value, ast.Constant) and isinstance(s.targets[0], ast.Name)


def _join(a: ast.For, b: ast.For, vectors: set[str]) -> ast.For | None:
    """One loop for both, or None where that could change the result."""
    if not (isinstance(a.target, ast.Name) and isinstance(b.target, ast.Name)) or ast.dump(a.iter) != ast.dump(b.iter):
        return None
    second = [_Rename({b.target.id: a.target.id}).visit(copy.deepcopy(s)) for s in b.body]
    whole = [*a.body, *second]
    if any(isinstance(n, ast.For | ast.Call) and not _scalar_call(n, vectors) for s in whole for n in ast.walk(s)):
        return None
    # each vector is looked at in row i only, or in a fixed row by one of the two loops only
    fixed = [set(), set()]  # type: list[set[str]]
    moving = [set(), set()]  # type: list[set[str]]
    for side, part in enumerate((a.body, second)):
        for s in part:
            for n in ast.walk(s):
                if isinstance(n, ast.Subscript) and isinstance(n.value, ast.Name) and n.value.id in vectors:
                    row = n.slice
                    if isinstance(row, ast.Name) and row.id == a.target.id:
                        moving[side].add(n.value.id)
                    elif isinstance(row, ast.Constant):
                        fixed[side].add(n.value.id)
                    else:
                        return None
    if fixed[0] & (fixed[1] | moving[1]) or fixed[1] & moving[0]:
        return None
    # names: what one loop leaves for the other, or for its own next step, must not cross
    written = [_stored(a.body), _stored(second)]
    if written[0] & _names(second) or written[1] & _names(a.body):
        return None
    return ast.copy_location(ast.For(a.target, a.iter, whole, []), a)


def _scalar_call(n: ast.AST, vectors: set[str]) -> bool:
    return isinstance(n, ast.Call) and not any(isinstance(v, ast.Name) and v.id in vectors for v in n.args)


def _stored(body: Sequence[ast.stmt]) -> set[str]:
    return {n.id for s in body for n in ast.walk(s) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def _names(body: Sequence[ast.stmt]) -> set[str]:
    return {n.id for s in body for n in ast.walk(s) if isinstance(n, ast.Name)}


class _Rename(ast.NodeTransformer):
    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.copy_location(ast.Name(self.names.get(node.id, node.id), node.ctx), node)
