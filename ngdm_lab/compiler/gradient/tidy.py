"""The derived text made short: names of operands that are read once go back to their place."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Sequence

from .liveness import assigned
from .normal import SLOPES
from .terms import loads

__all__ = ["put_back"]


def put_back(body: list[ast.stmt], parts: set[str]) -> list[ast.stmt]:
    """`parts`, names of operands, that are read once: each in the place where it stood before it had a name.

    A name that is read once, for a copy of its value, is the copy's.
    """
    nodes = [n for s in body for n in ast.walk(s)]
    reads = Counter(n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load))
    writes = Counter(n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
    plain = [n.value for n in nodes if isinstance(n, ast.Return)
             or (isinstance(n, ast.Assign) and isinstance(n.targets[0], ast.Name))]  # fmt: skip
    copied = {value.id for value in plain if isinstance(value, ast.Name)}
    return _put_back(body, {name for name in parts | copied if reads[name] == 1 and writes[name] == 1})


def _put_back(body: Sequence[ast.stmt], single: set[str]) -> list[ast.stmt]:
    out: list[ast.stmt] = []
    waiting: dict[str, ast.expr] = {}
    for s in body:
        wanted = waiting.keys() & (loads(s.iter if isinstance(s, ast.For) else s.test if isinstance(s, ast.If) else s))
        if wanted:
            put = _Put(waiting)
            if isinstance(s, ast.For):
                s.iter = put.visit(s.iter)
            elif isinstance(s, ast.If):
                s.test = put.visit(s.test)
            else:
                put.visit(s)
            for name in wanted:
                del waiting[name]
        changed = assigned([s])
        stale = [name for name, value in waiting.items()
                 if isinstance(s, ast.For | ast.If) or loads(value) & changed]  # fmt: skip
        out += [ast.Assign([ast.Name(name, ast.Store())], waiting.pop(name)) for name in stale]
        name = s.targets[0].id if isinstance(s, ast.Assign) and isinstance(s.targets[0], ast.Name) else ""
        if isinstance(s, ast.Assign) and name in single and SLOPES not in loads(s.value):
            waiting[name] = s.value
            continue
        if isinstance(s, ast.For):
            s.body = _put_back(s.body, single)
        elif isinstance(s, ast.If):
            s.body, s.orelse = _put_back(s.body, single), _put_back(s.orelse, single)
        out.append(s)
    return [*out, *(ast.Assign([ast.Name(name, ast.Store())], value) for name, value in waiting.items())]


class _Put(ast.NodeTransformer):
    def __init__(self, values: dict[str, ast.expr]) -> None:
        self.values = values

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return self.values[node.id] if isinstance(node.ctx, ast.Load) and node.id in self.values else node
