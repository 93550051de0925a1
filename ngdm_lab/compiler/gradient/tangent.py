"""Second derivatives times a vector: forward mode over a derived gradient, on its source.

The derived function ``f(x, g, n, ...)`` becomes ``f(x, g, v, h, n, ...)``, which writes the gradient to g and the
product of the second derivatives with v to h. Beside each number that moves with the point stands its derivative along
v; control flow stays.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from ngdm_lab.compiler.reading import definition, known_names
from ngdm_lab.compiler.syntax import parsed

from .along import Along
from .derive import derived, made_function
from .liveness import needed
from .moving import moves, moving_names
from .normal import LENGTH, POINT, SLOPES
from .partials import USED, elementary
from .terms import load, store

__all__ = ["product_of"]

ALONG, PRODUCT = "v", "h"


_made: WeakKeyDictionary[Any, Callable[..., Any]] = WeakKeyDictionary()  # by derived gradients


def product_of(function: Callable[..., Any]) -> Callable[..., Any]:
    """The plain function ``(x, g, v, h, n, ...)`` that writes second derivatives of a function times v to h.

    Raises UnsupportedSource where no gradient can be derived.
    """
    gradient = derived(function)
    if gradient not in _made:
        _made[gradient] = _Tangent(gradient).made()
    return _made[gradient]


class _Tangent:
    """The text of one function and its derivative along v."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function, self.known = function, known_names(function)
        tree = definition(function)
        words = {getattr(n, "id", getattr(n, "arg", "")) for n in ast.walk(tree)}
        self.taken = words | set(self.known) | {ALONG, PRODUCT}
        self.own = [a.arg for a in tree.args.args if a.arg not in (POINT, SLOPES, LENGTH)]
        new = {name: self.fresh(f"{name}_1") for name in sorted({ALONG, PRODUCT} & words)}
        self.own = [new.get(name, name) for name in self.own]  # engines pass them by their place
        self.known = {new.get(name, name): value for name, value in self.known.items()}
        self.body = [_Renamed(new).visit(s) for s in tree.body]
        calls = (n.func for s in self.body for n in ast.walk(s) if isinstance(n, ast.Call))
        self.operators = {ast.unparse(func): elementary(self.value_of(func)) for func in calls}
        self.moving = moving_names(self.body, self.operators)
        self.names = {name: self.fresh(f"{name}_along") for name in sorted(self.moving)}
        self.expressions = Along(self.moves, lambda name: load(self.names[name]), _along, self.word, self.operators)

    def value_of(self, node: ast.expr) -> Any:
        if isinstance(node, ast.Name):
            return self.known.get(node.id, getattr(builtins, node.id, None))
        return getattr(self.value_of(node.value), node.attr, None) if isinstance(node, ast.Attribute) else None

    def fresh(self, name: str) -> str:
        made, k = name, 0
        while made in self.taken:
            k += 1
            made = f"{name}_{k}"
        self.taken.add(made)
        return made

    def made(self) -> Callable[..., Any]:
        body = self.block(self.body)
        body = parsed(ast.unparse(ast.fix_missing_locations(ast.Module(body, [])))).body
        body, _ = needed(body, set())
        names = [POINT, SLOPES, ALONG, PRODUCT, LENGTH, *self.own]
        return made_function(self.function, names, body, self.known, f"curvature of {self.function.__name__}")

    def moves(self, node: ast.expr) -> bool:
        return moves(node, self.moving, self.operators)

    # -- statements -------------------------------------------------------------------------------------

    def block(self, body: Sequence[ast.stmt]) -> list[ast.stmt]:
        return [made for s in body for made in self.one(s)]

    def one(self, s: ast.stmt) -> list[ast.stmt]:
        if isinstance(s, ast.For):
            return [ast.For(s.target, s.iter, self.block(s.body), [])]
        if isinstance(s, ast.If):
            return [ast.If(s.test, self.block(s.body), self.block(s.orelse))]
        if isinstance(s, ast.AugAssign):
            assert isinstance(s.target, ast.Subscript)
            along = ast.Subscript(ast.Name(PRODUCT, ast.Load()), s.target.slice, ast.Store())
            return [ast.AugAssign(along, s.op, self.expressions.of(s.value)), s]
        if isinstance(s, ast.Assign):
            target = s.targets[0]
            if isinstance(target, ast.Subscript):
                along = ast.Subscript(ast.Name(PRODUCT, ast.Load()), target.slice, ast.Store())
                return [ast.Assign([along], self.expressions.of(s.value)), s]
            assert isinstance(target, ast.Name)
            if target.id in self.moving:
                return [store(self.names[target.id], self.expressions.of(s.value)), s]
        return [s]

    def word(self, name: str) -> str:
        """What an elementary function is called in the text."""
        for known, value in self.known.items():
            if value is USED[name]:
                return known
        used = name if name not in self.taken else self.fresh(name)
        self.taken.add(used)
        self.known[used] = USED[name]
        return used


def _along(node: ast.Subscript) -> ast.expr:
    """What belongs to an entry of the point, or of the gradient."""
    assert isinstance(node.value, ast.Name)
    return ast.Subscript(load(ALONG if node.value.id == POINT else PRODUCT), node.slice, ast.Load())


class _Renamed(ast.NodeTransformer):
    def __init__(self, names: dict[str, str]) -> None:
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.copy_location(ast.Name(self.names.get(node.id, node.id), node.ctx), node)
