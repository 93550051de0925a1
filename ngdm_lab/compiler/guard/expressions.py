"""What is known of an expression's value; the statements are `flow`'s, and what is found `arithmetic` lists."""

from __future__ import annotations

import ast
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ngdm_lab.compiler.errors import UnsupportedSource
from ngdm_lab.compiler.reading import where

from . import ranges
from .arithmetic import Arithmetic, is_truth
from .calls import called
from .ranges import REAL, UNKNOWN, Dimension, Value, constant

__all__ = ["Expressions"]

Env = dict[str, Value]
TRUTH = ranges.whole(None, None, 0, 1)
_MIRROR = {ast.Lt: ast.Gt, ast.Gt: ast.Lt, ast.LtE: ast.GtE, ast.GtE: ast.LtE, ast.Eq: ast.Eq, ast.NotEq: ast.NotEq}
_INVERSE = {ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE, ast.LtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq}


class Expressions(Arithmetic):
    """Values of expressions in an environment; `found` has the findings by the id of a node."""

    def __init__(self, dimension: Dimension) -> None:
        super().__init__()
        self.dimension = dimension
        self.calls: dict[int, Any] = {}
        self.known: dict[str, Any] = {}
        self.above: list[Any] = []

    def refuse(self, node: ast.AST, what: str) -> None:
        if self.recording:
            raise UnsupportedSource(f"{where(self.above[-1], node)}: {what}")

    def call(self, function: Any, given: Sequence[Value]) -> Value:
        """A user's helper; `flow` walks through it."""
        raise NotImplementedError

    def value(self, node: ast.expr, env: Env) -> Value:
        """What is known of an expression's value."""
        see = getattr(self, f"see_{type(node).__name__.lower()}", None)
        if see is not None:
            made: Value = see(node, env)
            return made
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.value(child, env)
            elif isinstance(child, ast.comprehension):
                self.value(child.iter, env)
                env = {**env, **{n.id: UNKNOWN for n in ast.walk(child.target) if isinstance(n, ast.Name)}}
        return UNKNOWN

    def of_global(self, v: Any) -> Value:
        """What is known of a value from outside."""
        if isinstance(v, bool | int | np.integer | np.bool_):
            made = constant(int(v))
            return made if made.fits else replace(made, wide=True)
        if isinstance(v, float | np.floating):
            return REAL
        if isinstance(v, np.ndarray):
            length = constant(len(v)).low if v.ndim == 1 else None
            return replace(ranges.vector(length), wide=v.dtype != np.float64 or v.ndim != 1)
        if isinstance(v, tuple):
            return ranges.entries(len(v))
        return UNKNOWN

    def see_constant(self, node: ast.Constant, env: Env) -> Value:
        made = self.of_global(node.value)
        if made.wide:
            self.note(node, "float")
        return made

    def see_name(self, node: ast.Name, env: Env) -> Value:
        if node.id in env:
            return env[node.id]
        made = self.of_global(self.known.get(node.id))
        if made.kind == "whole" and made.wide:
            self.note(node, "float")
        return made

    def see_attribute(self, node: ast.Attribute, env: Env) -> Value:
        if isinstance(node.value, ast.Name) and node.value.id not in env:
            outer = self.known.get(node.value.id)
            if outer in (math, np):
                return self.of_global(getattr(outer, node.attr, None))
        base = self.value(node.value, env)
        if base.kind == "vector" and node.attr == "size":
            return self.length(base)
        return UNKNOWN

    def see_subscript(self, node: ast.Subscript, env: Env) -> Value:
        if isinstance(node.value, ast.Attribute) and node.value.attr == "shape":
            base = self.value(node.value.value, env)
            first = isinstance(node.slice, ast.Constant) and node.slice.value == 0
            return self.length(base if first else UNKNOWN)
        base = self.value(node.value, env)
        if isinstance(node.slice, ast.Slice):
            ends = [end for end in (node.slice.lower, node.slice.upper, node.slice.step) if end is not None]
            self.note_whole(ends, [self.value(end, env) for end in ends])
            return replace(ranges.vector(), wide=base.wide)
        if isinstance(node.slice, ast.Tuple):
            self.note_whole(node.slice.elts, [self.value(part, env) for part in node.slice.elts])
            self.note(node, "index", "end")
            return UNKNOWN
        index = self.value(node.slice, env)
        self.note_whole([node.slice], [index])
        if index.kind == "real":
            self.refuse(node, f"`{ast.unparse(node)}`: an index must be a whole number, as // gives it")
        if base.kind not in ("vector", "tuple") or not self.dimension.inside(index, base.low):
            self.note(node, "index", *(["end"] if index.kind != "whole" or index.least < 0 else []))
        return REAL if base.kind == "vector" and not base.wide else UNKNOWN

    def see_tuple(self, node: ast.Tuple, env: Env) -> Value:
        for part in node.elts:
            self.value(part, env)
        starred = any(isinstance(part, ast.Starred) for part in node.elts)
        return UNKNOWN if starred else ranges.entries(len(node.elts))

    def see_namedexpr(self, node: ast.NamedExpr, env: Env) -> Value:
        env[node.target.id] = self.value(node.value, env)
        return env[node.target.id]

    def see_ifexp(self, node: ast.IfExp, env: Env) -> Value:
        self.value(node.test, env)
        arms = (self.value(arm, self.narrowed(node.test, env, truth))
                for arm, truth in ((node.body, True), (node.orelse, False)))  # fmt: skip
        return self.dimension.join(*arms)

    def see_boolop(self, node: ast.BoolOp, env: Env) -> Value:
        made = None
        for part in node.values:
            one = self.value(part, env)
            made = one if made is None else self.dimension.join(made, one)
            env = self.narrowed(part, env, isinstance(node.op, ast.And))
        assert made is not None
        return made

    def see_compare(self, node: ast.Compare, env: Env) -> Value:
        for part in (node.left, *node.comparators):
            self.value(part, env)
        return TRUTH

    def see_unaryop(self, node: ast.UnaryOp, env: Env) -> Value:
        v = self.value(node.operand, env)
        if isinstance(node.op, ast.Not):
            return TRUTH
        if v.kind != "whole" or isinstance(node.op, ast.UAdd):
            return v
        if isinstance(node.op, ast.Invert):
            self.note_whole([node.operand], [v])
            return ranges.plus(ranges.negative(v), constant(1), -1)
        if is_truth(v) and not isinstance(node.operand, ast.Constant):
            self.note(node, "truth")
        return replace(ranges.negative(v), wide=v.wide)

    def see_binop(self, node: ast.BinOp, env: Env) -> Value:
        return self.operation(node, node.op, self.value(node.left, env), self.value(node.right, env), node.right)

    def see_call(self, node: ast.Call, env: Env) -> Value:
        return called(self, node, env)

    def length(self, base: Value) -> Value:
        """The length of a value."""
        end = base.low if base.kind in ("vector", "tuple") else None
        if end is not None and end[0] == 0:
            return constant(int(end[1]))
        return ranges.whole(end, end, 1 if end else 0, ranges.MOST)

    # -- conditions -------------------------------------------------------------------------------------

    def narrowed(self, test: ast.expr, env: Env, truth: bool) -> Env:
        """What is known where a condition holds, or does not."""
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            return self.narrowed(test.operand, env, not truth)
        if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) == truth:
            for part in test.values:
                env = self.narrowed(part, env, truth)
            return env
        if not isinstance(test, ast.Compare) or (not truth and len(test.ops) > 1):
            return dict(env)
        env, recording, self.recording = dict(env), self.recording, False
        sides = [test.left, *test.comparators]
        for left, op, right in zip(sides, test.ops, sides[1:], strict=False):
            kind = type(op) if truth else _INVERSE.get(type(op))
            if kind in _MIRROR:
                values = self.value(left, env), self.value(right, env)
                self.limit(left, kind, values[1], env)
                self.limit(right, _MIRROR[kind], values[0], env)
        self.recording = recording
        return env

    def limit(self, side: ast.expr, kind: Any, by: Value, env: Env) -> None:
        """``name + c kind by`` holds: what that says of the name."""
        off = 0
        if isinstance(side, ast.BinOp) and isinstance(side.op, ast.Add | ast.Sub):
            left, right = (side.left, side.right) if isinstance(side.left, ast.Name) else (side.right, side.left)
            step = self.value(right, env).known
            if step is None or (isinstance(side.op, ast.Sub) and left is side.right):
                return
            off = step if isinstance(side.op, ast.Add) else -step
            side = left
        if not isinstance(side, ast.Name) or by.kind != "whole":
            return
        v = env.get(side.id)
        if v is None or v.kind != "whole":
            return
        low, high = ((end[0], end[1] - off) if end else None for end in (by.low, by.high))
        if kind is ast.NotEq:
            if low is not None and low == high and low == v.low:
                env[side.id] = ranges.limited(v, self.dimension, low=(low[0], low[1] + 1))
            elif low is not None and low == high and low == v.high:
                env[side.id] = ranges.limited(v, self.dimension, high=(low[0], low[1] - 1))
            return
        strict = 1 if kind in (ast.Lt, ast.Gt) else 0
        if kind in (ast.Lt, ast.LtE, ast.Eq) and high is not None:
            v = ranges.limited(v, self.dimension, high=(high[0], high[1] - strict))
        if kind in (ast.Gt, ast.GtE, ast.Eq) and low is not None:
            v = ranges.limited(v, self.dimension, low=(low[0], low[1] + strict))
        env[side.id] = v
