"""Derivatives of one expression: what its adjoint gives to the adjoints of its operands."""

from __future__ import annotations

import ast

from ngdm_lab.compiler.errors import UnsupportedSource
from ngdm_lab.compiler.syntax import parsed

from .forward import Forward, factors
from .partials import PARTIALS, USED
from .records import Bars, Code, Scopes
from .terms import filled, is_atom, load, loads, negative, number, over, plus, same, store, times

__all__ = ["Slopes", "is_read"]


class Slopes(Forward):
    """Adjoints of expressions; those of statements are `backward`'s."""

    def back(self, node: ast.expr, seed: ast.expr, value: ast.expr, bars: Bars, code: Code) -> None:
        """Give the terms of an expression whose adjoint is `seed`; `value` stands for the expression itself."""
        if not self.moves(node):
            return
        if isinstance(node, ast.Name):
            bars.add(node.id, seed)
        elif isinstance(node, ast.Subscript):
            bars.add_entry(node.slice, seed)
        elif isinstance(node, ast.UnaryOp):
            self.back(node.operand, negative(seed) if isinstance(node.op, ast.USub) else seed, node.operand, bars, code)
        elif isinstance(node, ast.IfExp):
            self.chosen(node, self.light(seed, code), bars, code)
        elif isinstance(node, ast.Call):
            self.call(node, seed, value, bars, code)
        elif isinstance(node, ast.BinOp):
            self.operation(node, seed, value, bars, code)
        else:
            raise UnsupportedSource(f"the gradient of `{ast.unparse(node)}` is not derived")

    def light(self, node: ast.expr, code: Code) -> ast.expr:
        """An expression that may stand in several places: as it is, or a name for it."""
        inner = node.operand if isinstance(node, ast.UnaryOp) else node
        if is_atom(inner) or (isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Mult)
                              and number(inner.left) is not None and is_atom(inner.right)):  # fmt: skip
            return node
        name = self.fresh("d", moving=False)
        code.append(store(name, node))
        return load(name)

    def operation(self, node: ast.BinOp, seed: ast.expr, value: ast.expr, bars: Bars, code: Code) -> None:
        left, right, op = node.left, node.right, node.op
        if isinstance(op, ast.Pow):
            self.power(left, right, seed, value, bars, code)
            return
        if self.moves(left) and self.moves(right):
            seed = self.light(seed, code)
        if isinstance(op, ast.Add | ast.Sub):
            self.back(left, seed, left, bars, code)
            self.back(right, negative(seed) if isinstance(op, ast.Sub) else seed, right, bars, code)
        elif isinstance(op, ast.Mult):
            self.product(factors(node), seed, bars, code)
        elif isinstance(op, ast.Div):
            share = over(seed, right)
            if self.moves(right):
                share = self.light(share, code)
                self.back(right, negative(times(share, value)), right, bars, code)
            self.back(left, share, left, bars, code)
        elif isinstance(op, ast.Mod):
            self.back(left, seed, left, bars, code)
            if self.moves(right):
                self.back(right, times(seed, filled(f"-{self.word('floor')}(a / b)", {"a": left, "b": right})), right,
                          bars, code)  # fmt: skip
        else:
            raise UnsupportedSource(f"the gradient of `{ast.unparse(node)}` is not derived")

    def product(self, found: list[ast.expr], seed: ast.expr, bars: Bars, code: Code) -> None:
        groups: dict[str, list[ast.expr]] = {}
        for one in found:
            groups.setdefault(ast.dump(one), []).append(one)
        for key, alike in groups.items():
            if self.moves(alike[0]):
                others = [one for k, group in groups.items() for one in (group if k != key else group[1:])]
                term = seed
                for one in [*others, ast.Constant(float(len(alike)))]:
                    term = times(term, one)
                self.back(alike[0], term, alike[0], bars, code)

    def power(self, a: ast.expr, b: ast.expr, seed: ast.expr, v: ast.expr, bars: Bars, code: Code) -> None:
        exponent = number(b)
        if exponent is None:
            self.partial("pow", [a, b], seed, v, bars, code)
            return
        lower = exponent - 1
        if lower == 0:
            slope: ast.expr = ast.Constant(1.0)
        elif lower == 1:
            slope = a
        else:  # 0 where the slope is infinite, at 0
            text = f"a ** {lower!r}" if not -1 < lower < 0 else f"a ** {lower!r} if a != 0.0 else 0.0"
            slope = filled(text, {"a": a})
        factor = parsed(repr(float(exponent)), mode="eval").body
        self.back(a, times(seed, times(factor, slope)), a, bars, code)

    def call(self, node: ast.Call, seed: ast.expr, value: ast.expr, bars: Bars, code: Code) -> None:
        self.partial(self.normal.operators[ast.unparse(node.func)], node.args, seed, value, bars, code)

    def partial(
        self, operator: str, given: list[ast.expr], seed: ast.expr, value: ast.expr, bars: Bars, code: Code
    ) -> None:
        texts = PARTIALS.get(operator, ())
        if len(texts) != len(given):
            raise UnsupportedSource(f"the derivative of {operator} with {len(given)} arguments is not known")
        moving = [self.moves(a) for a in given]
        seed = self.light(seed, code) if sum(moving) > 1 else seed
        parts = {**dict(zip("ab", given, strict=False)), "v": value}
        for text, argument, moved in zip(texts, given, moving, strict=True):
            if not moved:
                continue
            if operator in ("max", "min") and not all(moving):
                text = text.replace("0.5", "0.0")
            words = {name: load(self.word(name)) for name in loads(parsed(text, mode="eval")) & set(USED)}
            self.back(argument, times(seed, filled(text, {**parts, **words})), argument, bars, code)

    def word(self, name: str) -> str:
        """What an elementary function is called in the text."""
        used = self.normal.use(name, USED[name])
        self.normal.operators[used] = name
        return used

    # -- conditions -------------------------------------------------------------------------------------

    def chosen(self, node: ast.IfExp, seed: ast.expr, bars: Bars, code: Code) -> None:
        """A conditional expression: each side gives its terms where it is chosen."""
        arms = [node.body, node.orelse]
        only = _only(node)
        if only is not None:
            self.back(only, seed, only, bars, code)
            return
        visible = set(self.visible)
        inner: list[tuple[Bars, Code]] = [(Bars(), []), (Bars(), [])]
        for arm, (mine, lines) in zip(arms, inner, strict=True):
            self.back(arm, seed, arm, mine, lines)
        code.append(ast.If(node.test, inner[0][1], inner[1][1]))
        self.merge(inner, visible, self.scopes, bars)

    def merge(self, sides: list[tuple[Bars, Code]], visible: set[str], scopes: Scopes, bars: Bars) -> None:
        """Hand on what two sides of a condition have found, to names and entries that stand outside."""
        for name in dict.fromkeys(n for mine, _ in sides for n in mine.names):
            bars.add(name, self.joined([(plus(mine.pop(name)), lines) for mine, lines in sides]))
        keys = dict.fromkeys(k for mine, _ in sides for k in mine.entries)
        for key in keys:
            found = [mine.entries.get(key) for mine, _ in sides]
            index = next(f[0] for f in found if f is not None)
            terms = [(plus(f[1] if f is not None else []), lines) for f, (_, lines) in zip(found, sides, strict=True)]
            if self.is_early(index, visible) and (all(found) or is_read(index, scopes)):
                bars.add_entry(index, self.joined(terms))
            else:
                for term, lines in terms:
                    if number(term) != 0:
                        lines.append(self.entry(index, term))

    def joined(self, sides: list[tuple[ast.expr, Code]]) -> ast.expr:
        """What a term is behind a condition that has two for it."""
        (first, _), (second, _) = sides
        if same(first, second):  # of names that stand outside, since each side has its own
            return first
        name = self.fresh("d", moving=False)
        for term, lines in sides:
            lines.append(store(name, term))
        return load(name)

    def is_early(self, node: ast.expr, visible: set[str]) -> bool:
        """Whether all names of an expression were known where `visible` were."""
        return not (loads(node) & self.visible) - visible

    def entry(self, index: ast.expr, term: ast.expr) -> ast.stmt:
        """The gradient's entry at an index takes a term."""
        self.flushed = True
        target = ast.Subscript(ast.Name("g", ast.Load()), index, ast.Store())
        return ast.AugAssign(target, ast.Add(), term)


def is_read(index: ast.expr, scopes: Scopes) -> bool:
    """Whether the point is read at an index in one of the scopes: else its place is none to write to."""
    return any(ast.unparse(index) in scope for scope in scopes)


def _only(node: ast.IfExp) -> ast.expr | None:
    """The side that counts where the other is for a value that is NaN: a guard's NaN, or a choice by ``a == a``."""
    if _is_nan(node.orelse):
        return node.body
    if _is_nan(node.body):
        return node.orelse
    test = node.test
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and same(test.left, test.comparators[0]):
        return {ast.Eq: node.body, ast.NotEq: node.orelse}.get(type(test.ops[0]))
    return None


def _is_nan(node: ast.expr) -> bool:
    """Whether it is how the guard writes NaN."""
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub) and all(
        isinstance(side, ast.Constant) and side.value == float("inf") for side in (node.left, node.right))  # fmt: skip
