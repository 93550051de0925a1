"""The loops of an update, rewritten for the long vectors of a net.

Three things change, none of them a formula:

- In float32 the arithmetic inside loops is float32 too. What does not depend on a coordinate, such as 1 - beta2 or
  lr / (1 - beta1^t), is computed in float64 before the loop and rounded once.
- A sum over coordinates is kept in float64 and may be added in any order (`sums.plus`).
- A gradient entry that is overwritten by the direction and read again in the same loop stays in a register.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterable, Sequence
from typing import Any

from ngdm_lab.compiler.syntax import parsed

__all__ = ["keep_in_register", "narrow"]

WHOLE = {"n", "t"}  # parameters that are whole numbers: an index or a power, never a factor to be rounded

def narrow(body: list[ast.stmt], vectors: Sequence[str], single: bool) -> list[ast.stmt]:
    """The statements with their sums in any order and, where `single`, with loops in single precision."""
    made = _Loops(set(vectors), single).statements(body)
    for s in made:
        ast.fix_missing_locations(s)
    return made


class _Loops:
    """Rewrites the outermost loops of a function."""

    def __init__(self, vectors: set[str], narrow: bool) -> None:
        self.vectors, self.narrow = vectors, narrow
        self.count = 0

    def statements(self, body: Iterable[ast.stmt]) -> list[ast.stmt]:
        out: list[ast.stmt] = []
        for s in body:
            if isinstance(s, ast.For):
                out += self.loop(s)
            elif isinstance(s, ast.If):
                s.body, s.orelse = self.statements(s.body), self.statements(s.orelse)
                out.append(s)
            else:
                out.append(s)
        return out

    def loop(self, s: ast.For) -> list[ast.stmt]:
        """The loop with what it needs before it."""
        changing = stored([s])
        sums = {name for name in changing if _only_summed(name, s.body)}
        hoist = _Hoist(changing | self.vectors, counters([s]), self)
        for k, child in enumerate(s.body):
            if isinstance(child, ast.AugAssign) and isinstance(child.target, ast.Name) and child.target.id in sums:
                term = _Wide(changing | self.vectors).visit(child.value) if self.narrow else child.value
                if isinstance(child.op, ast.Sub):
                    term = ast.UnaryOp(ast.USub(), term)
                name = child.target.id
                call = ast.Call(ast.Name("_plus", ast.Load()), [ast.Name(name, ast.Load()), term], [])
                s.body[k] = ast.Assign([ast.Name(name, ast.Store())], call)
            elif self.narrow:
                s.body[k] = hoist.statement(child)
        return [*hoist.before, s]


class _Hoist(ast.NodeTransformer):
    """Puts every largest part that is the same for all coordinates before the loop, rounded to float32."""

    def __init__(self, changing: set[str], whole: set[str], owner: _Loops) -> None:
        self.changing, self.whole, self.owner = changing, whole | WHOLE, owner
        self.before: list[ast.stmt] = []
        self.known: dict[str, str] = {}

    def statement(self, s: ast.stmt) -> ast.stmt:
        if isinstance(s, ast.Assign | ast.AugAssign):
            s.value = self.visit(s.value)
        elif isinstance(s, ast.If):
            s.test = self.visit(s.test)
            s.body, s.orelse = [self.statement(c) for c in s.body], [self.statement(c) for c in s.orelse]
        elif isinstance(s, ast.For):
            s.body = [self.statement(c) for c in s.body]
        return s

    def visit(self, node: ast.AST) -> Any:
        if not isinstance(node, ast.expr) or isinstance(node, ast.Subscript):
            return node
        names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
        if not names & self.changing:
            return self.rounded(node) if self.fraction(node) else node
        if isinstance(node, ast.Call):
            node.args = [self.visit(a) for a in node.args]
            return node
        return self.generic_visit(node)

    def fraction(self, node: ast.expr) -> bool:
        """Whether the value is a number to compute with, not a truth or a whole number."""
        if isinstance(node, ast.Compare | ast.BoolOp) or isinstance(getattr(node, "op", None), ast.Not):
            return False
        if any(isinstance(n, ast.Div | ast.Call | ast.Attribute) for n in ast.walk(node)):
            return True
        leaves = [n for n in ast.walk(node) if isinstance(n, ast.Name | ast.Constant)]
        return any(n.id not in self.whole if isinstance(n, ast.Name) else isinstance(n.value, float) for n in leaves)

    def rounded(self, node: ast.expr) -> ast.expr:
        text = ast.unparse(node)
        if text not in self.known:
            self.known[text] = f"_c{self.owner.count}"
            self.owner.count += 1
            call = ast.Call(ast.Name("_real", ast.Load()), [node], [])
            self.before.append(ast.Assign([ast.Name(self.known[text], ast.Store())], call))
        return ast.copy_location(ast.Name(self.known[text], ast.Load()), node)


class _Wide(ast.NodeTransformer):
    """Numbers of coordinates as float64, for the terms of a sum."""

    def __init__(self, changing: set[str]) -> None:
        self.changing = changing

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        return _wide(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return _wide(node) if node.id in self.changing else node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        node.args = [self.visit(a) for a in node.args]
        return node


def _wide(node: ast.expr) -> ast.expr:
    return parsed(f"_numba.float64({ast.unparse(node)})", mode="eval").body


def stored(body: Iterable[ast.stmt]) -> set[str]:
    """The names that statements assign to."""
    return {n.id for s in body for n in ast.walk(s) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def counters(body: Iterable[ast.stmt]) -> set[str]:
    """The names that count loops."""
    return {s.target.id for b in body for s in ast.walk(b) if isinstance(s, ast.For) and isinstance(s.target, ast.Name)}


def _only_summed(name: str, body: Sequence[ast.stmt]) -> bool:
    """Whether a loop does nothing with a name but add to it."""
    adding = [s for s in body if isinstance(s, ast.AugAssign) and isinstance(s.op, ast.Add | ast.Sub)
              and isinstance(s.target, ast.Name) and s.target.id == name]  # fmt: skip
    uses = sum(isinstance(n, ast.Name) and n.id == name for s in body for n in ast.walk(s))
    return uses == len(adding) > 0


def keep_in_register(body: list[ast.stmt], vector: str) -> None:
    """In place: replace the vector by a name in the last loop that writes it, if that loop looks at entry i only."""
    users = [s for s in body if _uses(s, vector)]
    if not users or not isinstance(users[-1], ast.For) or not isinstance(users[-1].target, ast.Name):
        return
    last = users[-1]
    assert isinstance(last.target, ast.Name)
    counter, name = last.target.id, f"_{vector}_i"
    entries = [n for n in ast.walk(last) if isinstance(n, ast.Subscript) and _is(n.value, vector)]
    if sum(_is(n, vector) for n in ast.walk(last)) != len(entries) or any(not _is(e.slice, counter) for e in entries):
        return
    if any(isinstance(n, ast.For) for s in last.body for n in ast.walk(s)):
        return
    rename = _Entry(vector, name)
    load = parsed(f"{name} = {vector}[{counter}]").body[0]
    last.body = [load, *[rename.visit(copy.deepcopy(s)) for s in last.body]]


class _Entry(ast.NodeTransformer):
    def __init__(self, vector: str, name: str) -> None:
        self.vector, self.name = vector, name

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        self.generic_visit(node)
        return ast.copy_location(ast.Name(self.name, node.ctx), node) if _is(node.value, self.vector) else node


def _uses(s: ast.stmt, name: str) -> bool:
    return any(_is(n, name) for n in ast.walk(s))


def _is(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name
