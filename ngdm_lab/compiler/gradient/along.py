"""Forward mode on expressions: the derivative along a direction, of what moves by what its parts have."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ngdm_lab.compiler.errors import UnsupportedSource
from ngdm_lab.compiler.syntax import parsed

from .partials import PARTIALS, USED
from .terms import filled, load, loads, negative, number, over, plus, times

__all__ = ["Along"]


@dataclass
class Along:
    """Derivatives of expressions.

    Attributes
    ----------
    moves : whether an expression has any.
    name, entry : the derivatives of a name that moves, and of an entry of a vector.
    word : what an elementary function is called in the text.
    operators : as in `normal.Normal`.
    """

    moves: Callable[[ast.expr], bool]
    name: Callable[[str], ast.expr]
    entry: Callable[[ast.Subscript], ast.expr]
    word: Callable[[str], str]
    operators: Mapping[str, str]

    def of(self, node: ast.expr) -> ast.expr:
        """The derivative of an expression."""
        if not self.moves(node):
            return ast.Constant(0.0)
        if isinstance(node, ast.Name):
            return self.name(node.id)
        if isinstance(node, ast.Subscript):
            return self.entry(node)
        if isinstance(node, ast.UnaryOp):
            return negative(self.of(node.operand)) if isinstance(node.op, ast.USub) else self.of(node.operand)
        if isinstance(node, ast.IfExp):
            return ast.IfExp(node.test, self.of(node.body), self.of(node.orelse))
        if isinstance(node, ast.Call):
            return self.called(self.operators[ast.unparse(node.func)], node.args, node)
        if isinstance(node, ast.BinOp):
            return self.operation(node)
        raise UnsupportedSource(f"the second derivative of `{ast.unparse(node)}` is not derived")

    def operation(self, node: ast.BinOp) -> ast.expr:
        a, b = node.left, node.right
        left, right = self.of(a), self.of(b)
        if isinstance(node.op, ast.Add):
            return plus([left, right])
        if isinstance(node.op, ast.Sub):
            return plus([left, negative(right)])
        if isinstance(node.op, ast.Mult):
            return plus([*([times(left, b)] if number(left) != 0 else []),
                         *([times(right, a)] if number(right) != 0 else [])])  # fmt: skip
        if isinstance(node.op, ast.Div):
            if number(right) == 0:
                return over(left, b)
            return over(plus([left, negative(times(node, right))]), b)
        if isinstance(node.op, ast.Mod) and number(right) == 0:
            return left
        exponent = number(b)
        if isinstance(node.op, ast.Pow) and exponent is not None:
            text = "1.0" if exponent == 1 else "a" if exponent == 2 else f"a ** {exponent - 1!r}"
            if 0 < exponent < 2 and exponent != 1:
                text += " if a != 0.0 else 0.0"
            return times(times(ast.Constant(float(exponent)), filled(text, {"a": a})), left)
        if isinstance(node.op, ast.Pow):
            return self.called("pow", [a, b], node)
        raise UnsupportedSource(f"the second derivative of `{ast.unparse(node)}` is not derived")

    def called(self, operator: str, given: list[ast.expr], value: ast.expr) -> ast.expr:
        texts = PARTIALS.get(operator, ())
        if len(texts) != len(given):
            raise UnsupportedSource(f"the derivative of {operator} with {len(given)} arguments is not known")
        moving = [self.moves(a) for a in given]
        parts = {**dict(zip("ab", given, strict=False)), "v": value}
        terms = []
        for text, argument, moved in zip(texts, given, moving, strict=True):
            if moved:
                if operator in ("max", "min") and not all(moving):
                    text = text.replace("0.5", "0.0")
                words = {name: load(self.word(name)) for name in loads(parsed(text, mode="eval")) & set(USED)}
                terms.append(times(filled(text, {**parts, **words}), self.of(argument)))
        return plus(terms)
