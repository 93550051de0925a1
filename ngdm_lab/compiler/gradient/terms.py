"""Expressions as syntax trees, put together with what is trivial in them left out: 0 + a, 1 * a, -(-a)."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

from ngdm_lab.compiler.syntax import parsed

__all__ = ["filled", "is_atom", "load", "loads", "negative", "number", "over", "plus", "same", "store", "times"]

ZERO = ast.Constant(0.0)


def load(name: str) -> ast.expr:
    """A name that is read."""
    return ast.Name(name, ast.Load())


def store(name: str, value: ast.expr) -> ast.stmt:
    """name = value."""
    return ast.Assign([ast.Name(name, ast.Store())], value)


def number(node: ast.expr) -> float | None:
    """The value of a literal with or without a sign; None for anything else."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = number(node.operand)
        return None if inner is None else -inner
    value = node.value if isinstance(node, ast.Constant) else None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def is_atom(node: ast.expr) -> bool:
    """Whether an expression may stand in several places at no cost: a name, a number, an entry of a vector."""
    if isinstance(node, ast.Subscript):
        return isinstance(node.value, ast.Name)
    return isinstance(node, ast.Name) or number(node) is not None


def same(a: ast.expr, b: ast.expr) -> bool:
    """Whether two expressions are written alike."""
    return a is b or ast.dump(a) == ast.dump(b)


def negative(a: ast.expr) -> ast.expr:
    """-a."""
    if isinstance(a, ast.UnaryOp) and isinstance(a.op, ast.USub):
        return a.operand
    if isinstance(a, ast.BinOp) and isinstance(a.op, ast.Mult | ast.Div) and number(a.left) is not None:
        return ast.BinOp(negative(a.left), a.op, a.right)
    if number(a) == 0:
        return a
    return ast.UnaryOp(ast.USub(), a)


def times(a: ast.expr, b: ast.expr) -> ast.expr:
    """a * b."""
    first, second = number(a), number(b)
    if first is not None and second is not None:
        product = float(first * second)
        return ast.Constant(product) if product >= 0 else ast.UnaryOp(ast.USub(), ast.Constant(-product))
    if second is not None:
        return times(b, a)
    if first == 1:
        return b
    if first == -1:
        return negative(b)
    if first is not None and isinstance(b, ast.BinOp) and isinstance(b.op, ast.Mult) and number(b.left) is not None:
        return times(times(a, b.left), b.right)
    if isinstance(b, ast.UnaryOp) and isinstance(b.op, ast.USub):
        return negative(times(a, b.operand))
    if isinstance(a, ast.UnaryOp) and isinstance(a.op, ast.USub) and first is None:
        return negative(times(a.operand, b))
    return ast.BinOp(a, ast.Mult(), b)


def over(a: ast.expr, b: ast.expr) -> ast.expr:
    """a / b."""
    return a if number(b) == 1 else ast.BinOp(a, ast.Div(), b)


def plus(terms: Iterable[ast.expr]) -> ast.expr:
    """The sum; equal terms become one."""
    found: list[list[ast.expr]] = []
    for term in terms:
        alike = next((group for group in found if same(group[0], term)), None)
        if alike is not None:
            alike.append(term)
        elif number(term) != 0:
            found.append([term])
    total: ast.expr | None = None
    for group in found:
        one = group[0] if len(group) == 1 else times(ast.Constant(float(len(group))), group[0])
        if total is None:
            total = one
        elif isinstance(one, ast.UnaryOp) and isinstance(one.op, ast.USub):
            total = ast.BinOp(total, ast.Sub(), one.operand)
        else:
            total = ast.BinOp(total, ast.Add(), one)
    return ZERO if total is None else total


def filled(text: str, parts: Mapping[str, ast.expr]) -> ast.expr:
    """An expression read from its text, with expressions in the place of names."""
    filler = _Fill(parts)
    made: ast.expr = filler.visit(parsed(text, mode="eval").body)
    return made


def loads(node: ast.AST) -> set[str]:
    """The names that are read in a tree."""
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}


class _Fill(ast.NodeTransformer):
    def __init__(self, parts: Mapping[str, ast.expr]) -> None:
        self.parts = parts

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return self.parts.get(node.id, node)
