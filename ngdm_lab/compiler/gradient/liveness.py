"""Which names are still read, and which statements nobody needs."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from .terms import loads

__all__ = ["assigned", "live_before", "needed"]


def assigned(body: Sequence[ast.stmt]) -> set[str]:
    """The names that statements assign."""
    return {n.id for s in body for n in ast.walk(s) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def live_before(body: Sequence[ast.stmt], after: set[str], at: dict[int, set[str]] | None = None) -> set[str]:
    """The names whose values are read by statements or, being in `after`, behind them.

    `at` takes by the id of every statement what is read behind it.
    """
    live = set(after)
    for s in reversed(body):
        if at is not None:
            at[id(s)] = at.get(id(s), set()) | live
        if isinstance(s, ast.For):
            assert isinstance(s.target, ast.Name)
            inner = live | loads(s.iter)
            while True:
                more = inner | (live_before(s.body, inner, at) - {s.target.id})
                if more == inner:
                    break
                inner = more
            live = inner
        elif isinstance(s, ast.If):
            live = live_before(s.body, live, at) | live_before(s.orelse, live, at) | loads(s.test)
        elif isinstance(s, ast.Assign) and isinstance(s.targets[0], ast.Name):
            live = (live - {s.targets[0].id}) | loads(s.value)
        else:
            live |= loads(s)
    return live


def needed(body: Sequence[ast.stmt], after: set[str]) -> tuple[list[ast.stmt], set[str]]:
    """The statements without those whose results nobody reads, and the names that are read before them.

    A statement that writes an entry of a vector or returns is needed.
    """
    live, out = set(after), []
    for s in reversed(body):
        kept: ast.stmt | None = s
        if isinstance(s, ast.Pass):
            kept = None
        elif isinstance(s, ast.For):
            assert isinstance(s.target, ast.Name)
            inner = set(live)
            while True:
                statements, before = needed(s.body, inner)
                more = inner | (before - {s.target.id})
                if more == inner:
                    break
                inner = more
            kept = ast.For(s.target, s.iter, statements, []) if statements else None
            live = inner | loads(s.iter) if statements else live
        elif isinstance(s, ast.If):
            first, before = needed(s.body, live)
            second, also = needed(s.orelse, live)
            if first or second:
                test = s.test if first else ast.UnaryOp(ast.Not(), s.test)
                kept = ast.If(test, first or second, second if first else [])
                live = before | also | loads(s.test)
            else:
                kept = None
        elif isinstance(s, ast.Assign) and isinstance(s.targets[0], ast.Name):
            name = s.targets[0].id
            idle = isinstance(s.value, ast.Name) and s.value.id == name
            kept = s if name in live and not idle else None
            live = (live - {name}) | loads(s.value) if kept else live
        else:
            live |= loads(s)
        if kept is not None:
            out.append(kept)
    return out[::-1], live
