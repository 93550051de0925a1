"""Returns in the middle of a function, and `continue` in a loop, as conditions around what follows."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Sequence

__all__ = ["settled"]

Refusal = Callable[[ast.AST, str], Exception]


def settled(body: Sequence[ast.stmt], result: str, refuse: Refusal) -> list[ast.stmt]:
    """A function's statements with each ``return e`` as ``result = e`` and nothing behind it on its path."""
    made, _ = _settle(body, ast.Return, lambda s: _result(s, result), refuse)
    return _loops(made, refuse)


def _result(s: ast.stmt, result: str) -> list[ast.stmt]:
    assert isinstance(s, ast.Return)
    value = s.value if s.value is not None else ast.Constant(None)
    return [ast.copy_location(ast.Assign([ast.Name(result, ast.Store())], value), s)]


def _loops(body: Sequence[ast.stmt], refuse: Refusal) -> list[ast.stmt]:
    out = []
    for s in body:
        if isinstance(s, ast.For):
            inner, _ = _settle(s.body, ast.Continue, lambda s: [], refuse)
            s = ast.copy_location(ast.For(s.target, s.iter, _loops(inner, refuse), s.orelse), s)
        elif isinstance(s, ast.If):
            s = ast.copy_location(ast.If(s.test, _loops(s.body, refuse), _loops(s.orelse, refuse)), s)
        out.append(s)
    return out


def _settle(
    body: Sequence[ast.stmt], kind: type[ast.stmt], ending: Callable[[ast.stmt], list[ast.stmt]], refuse: Refusal
) -> tuple[list[ast.stmt], bool]:
    """The statements, and whether every path through them ends with one of the kind."""
    out: list[ast.stmt] = []
    for k, s in enumerate(body):
        if isinstance(s, kind):
            return [*out, *ending(s)], True
        if not _holds(s, kind):
            out.append(s)
            continue
        if not isinstance(s, ast.If):
            raise refuse(s, f"the gradient of a `{kind.__name__.lower()}` inside a loop is not derived: "
                            "let the loop end, and choose the value by conditions")  # fmt: skip
        rest = list(body[k + 1 :])
        arms, ends = [], []
        for arm in (s.body, s.orelse):
            made, end = _settle(arm, kind, ending, refuse)
            if not end:
                made, end = _settle([*arm, *copy.deepcopy(rest)], kind, ending, refuse)
            arms.append(made)
            ends.append(end)
        return [*out, ast.copy_location(ast.If(s.test, arms[0] or [ast.Pass()], arms[1]), s)], all(ends)
    return out, False


def _holds(s: ast.stmt, kind: type[ast.stmt]) -> bool:
    """Whether a statement of a kind stands inside, of this loop where the kind is that of loops."""
    if isinstance(s, kind):
        return True
    if isinstance(s, ast.For | ast.While) and kind is ast.Continue:
        return False
    return any(_holds(child, kind) for child in ast.iter_child_nodes(s) if isinstance(child, ast.stmt))
