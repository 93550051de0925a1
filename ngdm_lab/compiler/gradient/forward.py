"""The forward sweep: statements with a new name for every assignment, so that each value stays readable.

Expressions keep their form, so that a value has the bits that it has in the function itself; only operands whose
values the way back needs get names of their own, where that changes no rounding.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Sequence
from typing import Any

from ngdm_lab.compiler.errors import UnsupportedSource
from ngdm_lab.compiler.syntax import parsed

from .liveness import assigned, live_before
from .moving import moves, moving_names, read_at, stays_inside
from .normal import Normal
from .partials import PARTIALS
from .records import Branch, Choice, Code, Loop, Scopes, Set
from .terms import is_atom, load, loads, number, store

__all__ = ["Forward", "factors"]

Env = dict[str, str]

MOST = 4  # moving factors of a product whose derivative is written as products of the others


class Forward:
    """Writes statements of a normal form, as often as they are asked for, each time with new names."""

    def __init__(self, normal: Normal) -> None:
        self.normal = normal
        self.moving = moving_names(normal.body, normal.operators)  # variables
        self.names: set[str] = set()  # the names of their values
        self.visible: set[str] = set()  # all names that have been given
        self.parts: set[str] = set()  # those of operands
        self.unused = assigned(normal.body)
        self.read: dict[int, set[str]] = {}  # what is read behind each statement
        live_before(normal.body, {normal.result}, self.read)
        self.scopes: Scopes = (set(),)
        self.first = True

    def fresh(self, like: str, moving: bool = True) -> str:
        """A new name."""
        if like in self.unused:
            self.unused.discard(like)
            made = like
        else:
            made = self.normal.fresh(like)
        self.visible.add(made)
        if moving:
            self.names.add(made)
        return made

    def moves(self, node: ast.expr) -> bool:
        """Whether an expression of new names moves."""
        return moves(node, self.names, self.normal.operators)

    # -- statements -------------------------------------------------------------------------------------

    def forward(self, body: Sequence[ast.stmt], env: Env, code: Code) -> list[Any]:
        """Write statements to `code`; `env` goes from variables to the names of their values, and is kept up.

        Returns the records.
        """
        records: list[Any] = []
        for s in body:
            if isinstance(s, ast.Assign):
                self.assign(s, env, code, records)
            elif isinstance(s, ast.If):
                records.append(self.choice(s, env, code))
            elif isinstance(s, ast.For):
                records.append(self.loop(s, env, code))
        return records

    def assign(self, s: ast.Assign, env: Env, code: Code, records: list[Any]) -> None:
        assert isinstance(s.targets[0], ast.Name)
        variable, value = s.targets[0].id, renamed(s.value, env)
        self.scopes[-1].update(read_at(value))
        moving = variable in self.moving
        if moving:
            value = self.parted(value, code, records, whole=True)
        name = env[variable] = self.fresh(variable, moving)
        code.append(store(name, value))
        if moving:
            records.append(Set(name, value))

    def choice(self, s: ast.If, env: Env, code: Code) -> Choice:
        test, before, visible, ahead = renamed(s.test, env), dict(env), set(self.visible), list[Any]()
        code.append(ahead)
        self.scopes[-1].update(read_at(test))
        if any(isinstance(n, ast.Call) for n in ast.walk(test)):  # the way back asks again
            kept = self.fresh("holds", moving=False)
            code.append(store(kept, test))
            visible.add(kept)
            test = load(kept)
        sides, scopes = [], self.scopes
        for body in (s.body, s.orelse):
            names, inner = dict(before), list[Any]()
            self.scopes = (*scopes, set())
            records = self.forward(body, names, inner)
            sides.append(Branch(inner, records, names, self.scopes))
        self.scopes = scopes
        merged = {}
        for v in sorted(assigned([s])):
            if v in self.read[id(s)] and any(v in side.names for side in sides):
                merged[v] = self.fresh(v, v in self.moving)
                for side in sides:
                    if v in side.names:
                        side.code.append(store(merged[v], load(side.names[v])))
        for side in sides:
            side.code.append(side.back)
        code.append(ast.If(test, sides[0].code, sides[1].code))
        env.update(merged)
        for v in assigned([s]) - set(merged):
            env.pop(v, None)
        return Choice(s, before, visible, scopes, ahead, sides, merged, self.first)

    def loop(self, s: ast.For, env: Env, code: Code, limits: list[ast.expr] | None = None) -> Loop:
        """`limits` of the range take the place of the loop's own."""
        assert isinstance(s.iter, ast.Call)
        assert isinstance(s.target, ast.Name)
        limits = limits if limits is not None else [renamed(a, env) for a in s.iter.args]
        before, visible, ahead, back = dict(env), set(self.visible), list[Any](), list[Any]()
        behind = self.read[id(s)]
        carried = sorted(assigned(s.body) & (behind | live_before(s.body, behind)))
        code.append(ahead)
        heads, starts = {}, {}
        inner = dict(env)
        for v in carried:
            starts[v] = env.get(v, "")
            heads[v] = inner[v] = self.fresh(v, v in self.moving)
            first: ast.expr = load(starts[v]) if starts[v] else ast.Constant(0.0 if v in self.moving else 0)
            code.append(store(heads[v], first))
        counter = inner[s.target.id] = self.fresh(s.target.id, moving=False)
        rounds: Code = []
        scopes, self.scopes = self.scopes, self.rounds(limits, counter)
        records = self.forward(s.body, inner, rounds)
        inside, self.scopes = self.scopes, scopes
        if self.runs(limits):
            scopes[-1].update(inside[-1])
        ends = {v: inner[v] for v in carried}
        rounds += [back, self.passed_on([(heads[v], load(ends[v])) for v in carried])]
        code.append(ast.For(ast.Name(counter, ast.Store()), _range(limits), rounds, []))
        env.update(heads)
        env[s.target.id] = counter
        for v in assigned(s.body) - set(carried):
            env.pop(v, None)
        return Loop(s, before, visible, scopes, inside, limits, counter, heads, starts, ends, records, ahead, back,
                    self.first, len(scopes) == 1)  # fmt: skip

    def rounds(self, limits: Sequence[ast.expr], counter: str) -> Scopes:
        """The scopes of a loop's rounds."""
        return *self.scopes, {counter} if stays_inside(limits) else set()

    def runs(self, limits: Sequence[ast.expr]) -> bool:
        """Whether a range is known to have a number: its limits are, or it is that of the coordinates."""
        values = [self.normal.known.get(a.id) if isinstance(a, ast.Name) else number(a) for a in limits]
        known = [value for value in values if isinstance(value, int)]
        if len(known) == len(values) and known[2:] != [0]:
            return len(range(*known)) > 0
        return [ast.unparse(a) for a in limits] in (["n"], ["0", "n"], ["n - 1", "-1", "-1"])

    def passed_on(self, pairs: Sequence[tuple[str, ast.expr]]) -> list[ast.stmt]:
        """Assignments that happen at once."""
        pairs = [(name, value) for name, value in pairs if not (isinstance(value, ast.Name) and value.id == name)]
        targets = {name for name, _ in pairs}
        out, later = [], []
        for name, value in pairs:
            if loads(value) & (targets - {name}):
                kept = self.fresh(f"{name}_next")
                out.append(store(kept, value))
                later.append(store(name, load(kept)))
            else:
                later.append(store(name, value))
        return [*out, *later]

    # -- expressions ------------------------------------------------------------------------------------

    def parted(self, node: ast.expr, code: Code, records: list[Any], whole: bool = False) -> ast.expr:
        """An expression with names for the operands that the way back reads; `whole`: it gets a name itself."""

        def again(one: ast.expr) -> ast.expr:
            return self.parted(one, code, records)

        def named(one: ast.expr) -> ast.expr:
            return one if is_atom(one) or not self.moves(one) else self.named(
                self.parted(one, code, records, whole=True), code, records)  # fmt: skip

        if not self.moves(node):
            return node
        if isinstance(node, ast.UnaryOp):
            return ast.UnaryOp(node.op, again(node.operand))
        if isinstance(node, ast.BinOp):
            if isinstance(node.op, ast.Add | ast.Sub):
                return ast.BinOp(again(node.left), node.op, again(node.right))
            if isinstance(node.op, ast.Mult):
                many = sum(self.moves(f) for f in factors(node))

                def factor(one: ast.expr) -> ast.expr:
                    if isinstance(one, ast.BinOp) and isinstance(one.op, ast.Mult) and many <= MOST and self.moves(one):
                        return ast.BinOp(factor(one.left), one.op, factor(one.right))
                    return again(one) if many == 1 and _additive(one) else named(one)

                return ast.BinOp(factor(node.left), node.op, factor(node.right))
            if isinstance(node.op, ast.Div) and not self.moves(node.right):
                return ast.BinOp(again(node.left), node.op, node.right)
            made: ast.expr = ast.BinOp(named(node.left), node.op, named(node.right))
            square = isinstance(node.op, ast.Pow) and number(node.right) is not None
            return made if whole or square else self.named(made, code, records)
        if isinstance(node, ast.Call):
            made = ast.Call(node.func, [named(a) for a in node.args], [])
            texts = PARTIALS[self.normal.operators[ast.unparse(node.func)]]
            kept = any("v" in loads(parsed(t, mode="eval")) for t in texts)
            return self.named(made, code, records) if kept and not whole else made
        return node

    def named(self, value: ast.expr, code: Code, records: list[Any]) -> ast.expr:
        """A name for an operand."""
        name = self.fresh("part")
        self.parts.add(name)
        code.append(store(name, value))
        records.append(Set(name, value))
        return load(name)


def factors(node: ast.expr) -> list[ast.expr]:
    """The factors of a product of products."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        return factors(node.left) + factors(node.right)
    return [node]


def renamed(node: ast.expr, env: Env) -> ast.expr:
    """A copy that reads the names of values."""
    made: ast.expr = _Rename(env).visit(copy.deepcopy(node))
    return made


class _Rename(ast.NodeTransformer):
    def __init__(self, env: Env) -> None:
        self.env = env

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Name(self.env.get(node.id, node.id), node.ctx)


def _additive(node: ast.expr) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub)


def _range(limits: list[ast.expr]) -> ast.expr:
    if not limits or len(limits) > 3:
        raise UnsupportedSource("range takes one to three limits")
    return ast.Call(ast.Name("range", ast.Load()), limits, [])
