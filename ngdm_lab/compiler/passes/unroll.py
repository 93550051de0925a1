"""Plain statements straightened for one n: loops written out, whole numbers and the conditions on them decided.

What is left are assignments to names and to entries whose index is a literal, and conditions that only a run knows.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from ngdm_lab.compiler.errors import UnsupportedSource
from ngdm_lab.compiler.syntax import parsed

__all__ = ["constant_value", "straight"]

MOST = 300  # statements; a longer text has no use for being one loop
_FOLDED = (ast.Add, ast.Sub, ast.Mult, ast.FloorDiv, ast.Mod)


def straight(body: Sequence[ast.stmt], known: dict[str, int], varying: set[str]) -> list[ast.stmt]:
    """The statements written out.

    Parameters
    ----------
    body : statements in the language of lanes.
    known : names with constant whole values, n among them.
    varying : names whose values differ between lanes, so that they are nobody's to know.

    Raises
    ------
    UnsupportedSource
        Where the length of a loop is not known, or for more than 300 statements.
    """
    made = _Straight(dict(known), varying)
    made.walk(body)
    return made.out


class _Straight:
    def __init__(self, known: dict[str, int], varying: set[str]) -> None:
        self.known, self.varying = known, varying
        self.out: list[ast.stmt] = []
        self.lost: set[str] = set()  # names whose statement was decided in one arm of a condition only

    def walk(self, body: Sequence[ast.stmt]) -> None:
        for s in body:
            if isinstance(s, ast.For):
                self.loop(s)
            elif isinstance(s, ast.If):
                self.condition(s)
            elif isinstance(s, ast.Assign):
                self.assign(s)
            elif isinstance(s, ast.AugAssign):
                read = parsed(ast.unparse(s.target), mode="eval").body
                self.assign(ast.Assign([s.target], ast.BinOp(read, s.op, s.value)))
            elif not isinstance(s, ast.Pass):
                raise UnsupportedSource(f"`{ast.unparse(s)}` cannot be written out")
            if len(self.out) > MOST:
                raise UnsupportedSource(f"more than {MOST} statements when written out")

    def loop(self, s: ast.For) -> None:
        assert isinstance(s.iter, ast.Call)
        assert isinstance(s.target, ast.Name)
        ends = [constant_value(self.fold(a)) for a in s.iter.args]
        known = [end for end in ends if end is not None]
        if len(known) < len(ends):
            raise UnsupportedSource(f"`{ast.unparse(s.iter)}` has a length that only a run knows")
        for i in range(*known):
            self.know(s.target.id, i)
            self.walk(s.body)

    def condition(self, s: ast.If) -> None:
        test = self.fold(s.test)
        decided = constant_value(test)
        if decided is not None:
            self.walk(s.body if decided else s.orelse)
            return
        arms = []
        before = dict(self.known)
        for body in (s.body, s.orelse):
            arm = _Straight(dict(before), self.varying)
            arm.lost = set(self.lost)
            arm.walk(body)
            arms.append(arm)
        for arm in arms:  # a whole number that one arm sets has a value after it that only a run knows
            self.lost |= arm.lost | {name for name, value in arm.known.items() if before.get(name) != value}
            self.lost |= set(before) - set(arm.known)
        for name in self.lost:
            self.known.pop(name, None)
        self.out.append(ast.If(test, arms[0].out or [ast.Pass()], arms[1].out))

    def assign(self, s: ast.Assign) -> None:
        value = self.fold(s.value)
        number = constant_value(value)
        target = s.targets[0]
        alone = isinstance(target, ast.Name) and len(s.targets) == 1
        if number is not None and alone and ast.unparse(target) not in self.varying:
            self.know(ast.unparse(target), number)
            return
        targets = [self.fold(t) for t in s.targets]
        for t in targets:
            for name in (n.id for n in ast.walk(t) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)):
                self.known.pop(name, None)
                self.lost.discard(name)
        self.out.append(ast.Assign(targets, value))

    def know(self, name: str, number: int) -> None:
        self.known[name] = number
        self.lost.discard(name)

    def fold(self, node: ast.expr) -> ast.expr:
        for n in ast.walk(node):
            if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load) and n.id in self.lost:
                raise UnsupportedSource(f"{n.id} in `{ast.unparse(node)}` is a whole number that only a run knows")
        folded: ast.expr = _Fold(self.known).visit(parsed(ast.unparse(node), mode="eval").body)
        if isinstance(node, ast.Name | ast.Subscript | ast.Tuple) and isinstance(node.ctx, ast.Store):
            _store(folded)
        return folded


def _store(node: ast.expr) -> None:
    """Mark a target, which was read anew from its text, as one."""
    if isinstance(node, ast.Name | ast.Subscript | ast.Tuple):
        node.ctx = ast.Store()
    for part in node.elts if isinstance(node, ast.Tuple) else []:
        _store(part)


class _Fold(ast.NodeTransformer):
    """Known names as their numbers; sums, products and comparisons of whole numbers as theirs."""

    def __init__(self, known: dict[str, int]) -> None:
        self.known = known

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return literal(self.known[node.id]) if node.id in self.known else node

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        return self.decided(node) if isinstance(node.op, _FOLDED) else node

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        self.generic_visit(node)
        return self.decided(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.expr:
        self.generic_visit(node)
        return self.decided(node)

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        self.generic_visit(node)
        test = constant_value(node.test)
        return node if test is None else node.body if test else node.orelse

    def decided(self, node: ast.expr) -> ast.expr:
        number = constant_value(node)
        return node if number is None else literal(number)


def literal(number: int) -> ast.expr:
    """A number as Python writes it: a negative one has a sign."""
    made: ast.expr = ast.Constant(abs(number))
    return made if number >= 0 else ast.UnaryOp(ast.USub(), made)


def constant_value(node: ast.expr) -> int | None:
    """The value of an expression of whole literals; None for any other, and for a division by zero."""
    allowed = (ast.Constant, ast.BinOp, ast.UnaryOp, ast.Compare, ast.BoolOp, ast.operator, ast.unaryop, ast.cmpop,
               ast.boolop)  # fmt: skip
    for part in ast.walk(node):
        if not isinstance(part, allowed) or (isinstance(part, ast.Constant) and type(part.value) not in (int, bool)):
            return None
        if isinstance(part, ast.BinOp) and not isinstance(part.op, _FOLDED):
            return None
    try:
        return int(eval(compile(ast.fix_missing_locations(ast.Expression(node)), "<fold>", "eval")))
    except ZeroDivisionError:
        return None
