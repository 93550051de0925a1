"""A walk through a plain function, and the helpers that it calls, with what is known of every value.

It runs no code: names have ranges (`ranges`), conditions narrow them, loops are walked until nothing new is learnt.
What it leaves are the findings of each node (`arithmetic`), such as an index that may lie outside.
"""

from __future__ import annotations

import ast
import types
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from ngdm_lab.compiler.errors import UnsupportedSource
from ngdm_lab.compiler.freeze import is_own
from ngdm_lab.compiler.reading import as_written, known_names

from . import ranges
from .expressions import Expressions
from .ranges import COUNT, REAL, UNKNOWN, Dimension, Value

__all__ = ["Walk"]

Env = dict[str, Value]


class Walk(Expressions):
    """The walk. `trees` has every function that was met, `found` the findings by node, `guards` who needs a guard."""

    def __init__(self, dimension: Dimension) -> None:
        super().__init__(dimension)
        self.trees: dict[Any, ast.FunctionDef] = {}
        self.names: dict[Any, dict[str, Any]] = {}
        self.lengths: dict[Any, dict[str, str]] = {}
        self.results: list[list[Value]] = []
        self.leaving: list[tuple[list[Env], list[Env]]] = []  # environments at continue and break of each loop
        self.above: list[Any] = []

    # -- functions --------------------------------------------------------------------------------------

    def function(self, function: Any, given: Sequence[Value]) -> Value:
        """What a function returns for arguments of which this is known."""
        if function in self.above:
            raise UnsupportedSource(f"{function.__name__} calls itself; write it as a loop")
        if function not in self.trees:
            self.trees[function] = as_written(function)
            self.names[function] = known_names(function)
        tree = self.trees[function]
        names = [a.arg for a in tree.args.args]
        defaults = [self.of_global(v) for v in function.__defaults__ or ()]
        values = [*given, *defaults[len(defaults) - (len(names) - len(given)) :]] if len(given) < len(names) else given
        env = dict(zip(names, values, strict=False))
        self.note_lengths(function, env)
        self.above.append(function)
        self.results.append([])
        kept, self.leaving, self.known = (self.leaving, self.known), [], self.names[function]
        self.body(tree.body, env)
        self.leaving, self.known = kept
        self.above.pop()
        results = self.results.pop()
        return self.joined(results) if results else UNKNOWN

    def note_lengths(self, function: Any, env: Env) -> None:
        """By a vector's name the parameter that is its length at every call, so that its text need not ask for it."""
        sizes = {name: v.low for name, v in env.items() if v.kind == "whole" and v.low is not None and v.low == v.high}
        mine = {}
        for name, v in env.items():
            if v.kind == "vector" and v.low is not None:
                if v.low[0] == 0:
                    mine[name] = str(int(v.low[1]))
                else:
                    mine.update((name, size) for size, end in sizes.items() if end == v.low)
        old = self.lengths.setdefault(function, mine)
        self.lengths[function] = {name: size for name, size in old.items() if mine.get(name) == size}

    def call(self, function: Any, given: Sequence[Value]) -> Value:
        """A user's helper."""
        plain = getattr(function, "py_func", function)
        if not isinstance(plain, types.FunctionType) or is_own(plain):
            return REAL if isinstance(plain, types.FunctionType) else UNKNOWN
        if plain not in self.trees:
            try:
                as_written(plain)
            except UnsupportedSource:  # a lambda, say: compiled as it stands
                return UNKNOWN
        return self.function(plain, given)

    def calls_of(self, function: Any) -> list[Any]:
        """The helpers that a function calls."""
        return [self.calls[id(n)] for n in ast.walk(self.trees[function]) if id(n) in self.calls]

    # -- statements -------------------------------------------------------------------------------------

    def body(self, statements: Sequence[ast.stmt], env: Env | None) -> Env | None:
        """The environment after statements; None where no path gets there."""
        for s in statements:
            if env is None:
                return None
            env = getattr(self, f"do_{type(s).__name__.lower()}", self.other)(s, env)
        return env

    def do_assign(self, s: ast.Assign, env: Env) -> Env:
        value = self.value(s.value, env)
        for target in s.targets:
            self.bind(target, s.value, value, env)
        return env

    def do_annassign(self, s: ast.AnnAssign, env: Env) -> Env:
        if s.value is not None:
            self.bind(s.target, s.value, self.value(s.value, env), env)
        return env

    def do_augassign(self, s: ast.AugAssign, env: Env) -> Env:
        target = self.value(s.target, env)
        value = self.operation(s, s.op, target, self.value(s.value, env), s.value)
        if isinstance(s.target, ast.Name):
            env[s.target.id] = value if target.kind != "vector" else target
        return env

    def bind(self, target: ast.expr, node: ast.expr | None, value: Value, env: Env) -> None:
        if isinstance(target, ast.Name):
            env[target.id] = value
        elif isinstance(target, ast.Tuple | ast.List):
            parts = node.elts if isinstance(node, ast.Tuple) and len(node.elts) == len(target.elts) else None
            values = [self.value(p, dict(env)) for p in parts] if parts else [UNKNOWN] * len(target.elts)
            for part, one in zip(target.elts, values, strict=True):
                self.bind(part, None, one, env)
        else:
            self.value(target, env)

    def do_expr(self, s: ast.Expr, env: Env) -> Env:
        self.value(s.value, env)
        return env

    def do_pass(self, s: ast.stmt, env: Env) -> Env:
        return env

    def do_return(self, s: ast.Return, env: Env) -> None:
        if s.value is not None:
            self.results[-1].append(self.value(s.value, env))

    def do_raise(self, s: ast.Raise, env: Env) -> None:
        """Nothing follows."""

    def do_assert(self, s: ast.Assert, env: Env) -> Env:
        self.value(s.test, env)
        return self.narrowed(s.test, env, True)

    def do_continue(self, s: ast.Continue, env: Env) -> None:
        self.leaving[-1][0].append(env)

    def do_break(self, s: ast.Break, env: Env) -> None:
        self.leaving[-1][1].append(env)

    def do_if(self, s: ast.If, env: Env) -> Env | None:
        self.value(s.test, env)
        arms = [self.body(s.body, self.narrowed(s.test, env, True)),
                self.body(s.orelse, self.narrowed(s.test, env, False))]  # fmt: skip
        return self.merged([arm for arm in arms if arm is not None])

    def do_for(self, s: ast.For, env: Env) -> Env | None:
        counter = UNKNOWN
        if isinstance(s.iter, ast.Call) and isinstance(s.iter.func, ast.Name) and s.iter.func.id in ("range", "prange"):
            given = [self.value(a, env) for a in s.iter.args]
            self.note_whole(s.iter.args, given)
            counter = ranges.counted(given)
        elif self.value(s.iter, env).kind == "vector":
            counter = REAL

        def once(before: Env) -> Env | None:
            self.bind(s.target, None, counter, before)
            return self.body(s.body, before)

        after = self.loop(s, env, once, lambda last: dict(last))
        return self.body(s.orelse, after) if s.orelse else after

    def do_while(self, s: ast.While, env: Env) -> Env | None:
        def once(before: Env) -> Env | None:
            self.value(s.test, before)
            return self.body(s.body, self.narrowed(s.test, before, True))

        after = self.loop(s, env, once, lambda last: self.narrowed(s.test, last, False))
        return self.body(s.orelse, after) if s.orelse else after

    def loop(self, s: ast.For | ast.While, env: Env, once: Callable[[Env], Env | None],
             end: Callable[[Env], Env | None]) -> Env | None:  # fmt: skip
        """Walk a loop without notes until its beginning is known, then once with them."""
        recording, self.recording = self.recording, False
        head = env
        for round in range(12):
            self.leaving.append(([], []))
            after = once(dict(head))
            again, _ = self.leaving.pop()
            new = self.merged([head, *again, *([after] if after is not None else [])])
            assert new is not None
            wider = self.widened(s, head, new, round < 6)
            if wider == head:
                break
            head = wider
        self.recording = recording
        self.leaving.append(([], []))
        once(dict(head))
        _, left = self.leaving.pop()
        last = end(head)
        return self.merged([*left, *([last] if last is not None else [])])

    def widened(self, s: ast.stmt, before: Env, after: Env, steps: bool) -> Env:
        """What holds however often a loop goes round: what changes by steps stays in a machine word."""
        changed = {name for name, v in after.items() if v != before.get(name, v) and v.kind == "whole"}
        free: set[str] = set()
        for name in changed if steps else ():
            if all(not {n.id for n in ast.walk(step) if isinstance(n, ast.Name)} & changed for step in _steps(s, name)):
                free.add(name)
        out = dict(after)
        for name in changed:
            old, new = before[name], after[name]
            if old.kind != "whole":
                continue
            most: float = COUNT if name in free else float("inf")
            kept = replace(new, low=old.low if old.low == new.low else None, high=old.high if old.high == new.high
                           else None, least=old.least if old.least == new.least else -most,
                           most=old.most if old.most == new.most else most)  # fmt: skip
            made = ranges.whole(kept.low, kept.high, kept.least, kept.most, new.wide or not kept.fits)
            out[name] = made
        return out

    def other(self, s: ast.stmt, env: Env) -> Env:
        """A statement of another kind: whatever it assigns is not known afterwards."""
        if isinstance(s, ast.FunctionDef) and any(isinstance(n, ast.Subscript) for n in ast.walk(s)):
            self.refuse(s, "a function inside a function may not look at vectors: write it outside")
        for node in ast.iter_child_nodes(s):
            if isinstance(node, ast.expr):
                self.value(node, env)
        for name in (n.id for n in ast.walk(s) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)):
            env[name] = UNKNOWN
        for block in ("body", "orelse", "finalbody"):
            if not isinstance(s, ast.FunctionDef | ast.ClassDef):
                self.body(getattr(s, block, []), env)
        return env

    # -- environments -----------------------------------------------------------------------------------

    def merged(self, envs: Sequence[Env]) -> Env | None:
        """What holds where one of these does; a name that is not set in all of them counts as in the others."""
        if not envs:
            return None
        values = defaultdict(list)
        for env in envs:
            for name, v in env.items():
                values[name].append(v)
        return {name: self.joined(vs) for name, vs in values.items()}

    def joined(self, values: Sequence[Value]) -> Value:
        made = values[0]
        for v in values[1:]:
            made = self.dimension.join(made, v)
        return made


def _steps(loop: ast.stmt, name: str) -> list[ast.AST]:
    """What the assignments to a name inside a loop add to it, or set it to."""
    found: list[ast.AST] = []
    for s in ast.walk(loop):
        if isinstance(s, ast.AugAssign) and isinstance(s.target, ast.Name) and s.target.id == name:
            found.append(s.value if isinstance(s.op, ast.Add | ast.Sub) else s.target)
        elif isinstance(s, ast.Assign) and any(
            isinstance(n, ast.Name) and n.id == name for t in s.targets for n in ast.walk(t)
        ):
            value = s.value
            if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add | ast.Sub) and _is(value.left, name):
                value = value.right
            elif isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add) and _is(value.right, name):
                value = value.left
            elif isinstance(value, ast.UnaryOp) and isinstance(value.op, ast.USub) and _is(value.operand, name):
                continue
            found.append(value)
    return found


def _is(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name
