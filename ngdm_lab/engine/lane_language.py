"""The language of lanes: what a plain function may contain, and the words with which the rest is refused."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from landscapes.plain import NotPlain, where

__all__ = ["Language"]


class Language:
    """Checks the statements of one function; `vectors` are its parameters with a row for each coordinate."""

    def __init__(self, function: Callable[..., Any], vectors: tuple[str, ...]) -> None:
        self.function, self.vectors = function, vectors

    def refuse(self, node: ast.AST, what: str) -> NotPlain:
        """The error for a node, with its line."""
        return NotPlain(f"{where(self.function, node)}: {what}")

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
            raise self.refuse(target, f"{target.value.id} is shared by all lanes: it cannot be written")

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
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
            if any(isinstance(a, ast.Name) and a.id in self.vectors for a in node.args):
                return node
        return None
