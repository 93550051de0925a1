"""The language of lanes: what a plain function may contain, and the words with which the rest is refused."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Iterator
from typing import Any

from ngdm_lab.compiler.contract import FMA
from ngdm_lab.compiler.errors import UnsupportedSource
from ngdm_lab.compiler.reading import where

__all__ = ["RESERVED", "Language", "lower_bound", "lower_ends"]

# what the generated text calls its own things
RESERVED = ("LANES", "L_", "OUT_", "POWER_", "SIZE", "STRIDE_", "W_", "WIDE_", FMA, "_vector")


class Language:
    """Checks the statements of one function; `vectors` are its parameters with a row for each coordinate."""

    def __init__(self, function: Callable[..., Any], vectors: tuple[str, ...]) -> None:
        self.function, self.vectors = function, vectors

    def refuse(self, node: ast.AST, what: str) -> UnsupportedSource:
        """The error for a node, with its line."""
        return UnsupportedSource(f"{where(self.function, node)}: {what}")

    def check(self, s: ast.stmt) -> None:
        """Refuse what is outside the language."""
        if isinstance(s, ast.For):
            call = s.iter
            if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "range"):
                raise self.refuse(s, "a loop must be written `for i in range(...)`")
            if s.orelse or not isinstance(s.target, ast.Name):
                raise self.refuse(s, "a loop has one name to count with and no else")
            inner = s.body
        elif isinstance(s, ast.If):
            inner = s.body + s.orelse
        elif isinstance(s, ast.Assign | ast.AugAssign):
            targets = s.targets if isinstance(s, ast.Assign) else [s.target]
            for target in targets:
                for part in target.elts if isinstance(target, ast.Tuple) else [target]:
                    self.check_target(part)
            inner = []
        elif isinstance(s, ast.Pass) or (isinstance(s, ast.Expr) and self.vector_call(s.value)):
            inner = []
        elif isinstance(s, ast.Return):
            raise self.refuse(s, "return stands once, at the end: assign to a name before")
        else:
            kind = type(s).__name__.lower()
            raise self.refuse(s, f"`{kind}` is not in the language of lanes: use assignments, for and if")
        for child in inner:
            self.check(child)
        self.check_reads(s)

    def check_target(self, target: ast.expr) -> None:
        if isinstance(target, ast.Name):
            if target.id in self.vectors:
                raise self.refuse(target, f"{target.id} is a vector: assign to its entries")
        elif not (isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name)):
            raise self.refuse(target, "assign to a name or to an entry of a vector")
        elif target.value.id not in self.vectors:
            raise self.refuse(target, f"{target.value.id} is uniform, one for all lanes: it cannot be written")

    def check_counters(
        self, body: list[ast.stmt], result: ast.expr | None, varying: set[str], varies: Callable[[ast.AST], bool]
    ) -> None:
        """Refuse counters that would vary: all lanes count together."""
        alone: set[str] = set()  # counters of loops under a condition of a lane

        def loops(statements: list[ast.stmt], within: bool, outer: tuple[str, ...]) -> None:
            for s in statements:
                if isinstance(s, ast.For):
                    assert isinstance(s.target, ast.Name)
                    name = s.target.id
                    if name in varying or (within and name in outer):
                        raise self.refuse(s, f"{name} counts a loop and is a value of a lane as well: use two names")
                    if within:
                        alone.add(name)
                    loops(s.body, within, (*outer, name))
                elif isinstance(s, ast.If):
                    loops(s.body + s.orelse, within or varies(s.test), outer)

        loops(body, False, ())
        for part in [*body, *([result] if result is not None else [])]:
            for node in _read_outside(part, ()):
                if node.id in alone:
                    raise self.refuse(node, f"{node.id} counts a loop under a condition of a lane and is read outside "
                                      "it: use two names")  # fmt: skip

    def check_reads(self, s: ast.stmt) -> None:
        call = self.vector_call(s.value) if isinstance(s, ast.Expr | ast.Assign) else None
        allowed = {id(a) for a in call.args} if call else set()
        own = [s.test] if isinstance(s, ast.If) else [s.iter] if isinstance(s, ast.For) else [s]
        for node in (n for part in own for n in ast.walk(part)):
            if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id in self.vectors:
                allowed.add(id(node.value))
                index = node.slice
                if isinstance(index, ast.Slice | ast.Tuple):
                    raise self.refuse(node, f"{node.value.id} takes one index, not a slice: write a loop")
                negative = isinstance(index, ast.UnaryOp) and isinstance(index.op, ast.USub)
                if negative and isinstance(index, ast.UnaryOp) and isinstance(index.operand, ast.Constant):
                    raise self.refuse(node, f"the index {ast.unparse(index)} is negative: count from 0, as in n - 1")
            elif isinstance(node, ast.Lambda | ast.ListComp | ast.GeneratorExp | ast.NamedExpr):
                raise self.refuse(node, f"`{ast.unparse(node)}` is not in the language of lanes: write a loop")
        for node in (n for part in own for n in ast.walk(part)):
            if isinstance(node, ast.Name) and node.id in self.vectors and id(node) not in allowed:
                raise self.refuse(node, f"the vector {node.id} stands alone: use its entries, and n for its length")

    def vector_call(self, node: ast.AST) -> ast.Call | None:
        """The call, if the node is one that passes a vector."""
        node = node.value if isinstance(node, ast.Expr) else node
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.keywords:
            return None
        return node if any(isinstance(a, ast.Name) and a.id in self.vectors for a in node.args) else None


def _read_outside(node: ast.AST, counters: tuple[str, ...]) -> Iterator[ast.Name]:
    """The names that are read outside the loops that count with them."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id not in counters:
        yield node
    if isinstance(node, ast.For) and isinstance(node.target, ast.Name):
        yield from _read_outside(node.iter, counters)
        counters = (*counters, node.target.id)
        for s in node.body:
            yield from _read_outside(s, counters)
    else:
        for child in ast.iter_child_nodes(node):
            yield from _read_outside(child, counters)


def lower_ends(tree: ast.FunctionDef, known: dict[str, float]) -> dict[str, float]:
    """The smallest value of every name that only counts loops, and of the `known` ones that are never assigned."""
    stored = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    ends = {name: value for name, value in known.items() if name not in stored}
    assigned: set[str] = set()
    for s in ast.walk(tree):
        if isinstance(s, ast.Assign | ast.AugAssign):
            for target in s.targets if isinstance(s, ast.Assign) else [s.target]:
                assigned |= {n.id for n in ast.walk(target) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    for s in [*ast.walk(tree)] * 3:  # again, for loops that begin where a later one's counter stands
        if isinstance(s, ast.For) and isinstance(s.target, ast.Name) and isinstance(s.iter, ast.Call):
            name, given = s.target.id, s.iter.args
            low = lower_bound(given[0], ends) if len(given) > 1 else 0.0
            if len(given) == 3:
                step = lower_bound(given[2], ends)
                low = low if step > 0 else lower_bound(given[1], ends) + 1 if _number(given[2]) == -1 else -math.inf
            ends[name] = min(low, ends.get(name, low)) if name not in assigned else -math.inf
    return ends


def lower_bound(node: ast.expr, ends: dict[str, float]) -> float:
    """A number that the whole number `node` is never below; minus infinity where it is not known."""
    if isinstance(node, ast.Name):
        return ends.get(node.id, -math.inf)
    if isinstance(node, ast.BinOp):
        low, right = lower_bound(node.left, ends), node.right
        if isinstance(node.op, ast.Add):
            return low + lower_bound(right, ends)
        if isinstance(node.op, ast.Sub):
            return low - _number(right)
        if isinstance(node.op, ast.Mult | ast.FloorDiv) and low >= 0 and lower_bound(right, ends) >= 0:
            return 0.0
        if isinstance(node.op, ast.Mod) and lower_bound(right, ends) > 0:
            return 0.0
        return -math.inf
    value = _number(node)
    return value if value < math.inf else -math.inf


def _number(node: ast.expr) -> float:
    """The value of a whole literal with or without a sign; infinity for anything else."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_number(node.operand)
    return node.value if isinstance(node, ast.Constant) and type(node.value) is int else math.inf
