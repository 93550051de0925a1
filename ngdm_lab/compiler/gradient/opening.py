"""How a derived text begins: the gradient's entries are 0 before anything is added to them, or are set at once."""

from __future__ import annotations

import ast

from ngdm_lab.compiler.syntax import parsed

from .normal import LENGTH, SLOPES
from .terms import number

__all__ = ["opened"]

Body = list[ast.stmt]


def opened(body: Body, counter: str) -> Body:
    """The statements of a function that adds to its gradient's entries, with zeros for those that are not set at once.

    A loop of zeros counts with `counter`, which must be none of the function's parameters.

    The statements that come first to an entry set it, where the text shows that they are the first and where they
    come to all.
    """
    first = next((k for k, s in enumerate(body) if _touches(s)), len(body))
    head, rest = body[:first], body[first:]
    made = None
    if rest and isinstance(rest[0], ast.For):
        made = _by_loop(rest[0], rest[1:])
    elif rest:
        made = _by_statements(rest, counter)
    zeros, rest = made if made is not None else (_zeros("0", counter), rest)
    return [*zeros, *head, *rest]  # zeros between them would be a loop between two stretches of straight statements


def _by_statements(body: Body, counter: str) -> tuple[Body, Body] | None:
    """Each entry takes its terms in one statement."""
    entries = [s for s in body if _touches(s)]
    places = [int(k) for s in entries if (k := _shift(s, "")) is not None]
    if len(set(places)) < len(entries) or min(places) < 0:
        return None
    many = max(places) + 1
    missing = [f"{SLOPES}[{k}] = 0.0" for k in range(many) if k not in places]
    return [*_read("\n".join(missing)), *_zeros(str(many), counter)], [_set(s) if s in entries else s for s in body]


def _by_loop(loop: ast.For, rest: Body) -> tuple[Body, Body] | None:
    """A loop over all coordinates, each round of which comes to one entry that no round before has come to."""
    assert isinstance(loop.target, ast.Name)
    entries = [s for s in loop.body if _touches(s)]
    shifts = [k for s in entries if (k := _shift(s, loop.target.id)) is not None]
    if len(shifts) < len(entries):
        return None
    limits, lead = ast.unparse(loop.iter), max(shifts)
    if shifts.count(lead) > 1 and not isinstance(entries[shifts.index(lead)], ast.Assign):
        return None
    backwards = limits == f"range({LENGTH} - 1, -1, -1)"
    whole = limits in (f"range({LENGTH})", f"range(0, {LENGTH})")
    if (whole or backwards) and set(shifts) == {0}:
        zeros: Body = []
    elif (limits in (f"range({LENGTH} - 1)", f"range(0, {LENGTH} - 1)") and lead == 1) or (
        limits == f"range(1, {LENGTH})" and lead == 0
    ):
        zeros = _read(f"{SLOPES}[0] = 0.0")  # there is one coordinate at least
    else:
        return None
    at = loop.body.index(entries[shifts.index(lead)])
    inner = [_set(s) if k == at else s for k, s in enumerate(loop.body)]
    return zeros, [ast.For(loop.target, loop.iter, inner, []), *rest]


def _set(s: ast.stmt) -> ast.stmt:
    return ast.Assign([s.target], s.value) if isinstance(s, ast.AugAssign) else s


def _shift(s: ast.stmt, counter: str) -> int | None:
    """k of a statement that writes entry counter + k, or entry k without a counter; None for any other."""
    target = s.targets[0] if isinstance(s, ast.Assign) else s.target if isinstance(s, ast.AugAssign) else None
    if not isinstance(target, ast.Subscript) or not _is_slopes(target):
        return None
    index = target.slice
    if counter and isinstance(index, ast.Name):
        return 0 if index.id == counter else None
    sign = 1.0
    if counter:
        if not isinstance(index, ast.BinOp) or not isinstance(index.op, ast.Add | ast.Sub):
            return None
        if not isinstance(index.left, ast.Name) or index.left.id != counter:
            return None
        sign, index = (1.0 if isinstance(index.op, ast.Add) else -1.0), index.right
    found = number(index)
    return None if found is None or found != int(found) else int(sign * found)


def _touches(s: ast.stmt) -> bool:
    return any(isinstance(n, ast.Subscript) and _is_slopes(n) for n in ast.walk(s))


def _is_slopes(node: ast.Subscript) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id == SLOPES


def _zeros(start: str, counter: str) -> Body:
    text = f"for {counter} in range({start}, {LENGTH}):\n    {SLOPES}[{counter}] = 0.0"
    return _read(text.replace("range(0, ", "range("))


def _read(text: str) -> Body:
    return parsed(text).body
