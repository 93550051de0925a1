"""Which updates can be shared out over threads, and where they must wait for each other's sums.

A function of vectors can be shared out where its loops are ``for i in range(n)`` over vectors at i alone, n occurs
nowhere else, and no loop reads a name that it, or another, has left there. Sums over coordinates may be among what its
loops leave: then it is cut behind every loop that sums. Each stage begins with the statements between the loops before
it, which every thread does for itself, and with the sums of all threads.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterable, Sequence

from ngdm_lab.compiler.syntax import parsed

__all__ = ["stages"]


def stages(tree: ast.FunctionDef, vectors: Sequence[str]) -> tuple[list[ast.FunctionDef], int] | None:
    """The function in stages and how many sums there are; None where it cannot be shared out.

    With sums, stages take three parameters more: ``_totals`` of all threads, ``_parts`` (sums, threads), where a thread
    leaves its own, and ``_thread``, its number.
    """
    loops = [s for s in tree.body if isinstance(s, ast.For)]
    outside = [s for s in tree.body if not isinstance(s, ast.For)]
    further = ast.For | ast.While | ast.Return | ast.Break
    if any(isinstance(n, further) for s in [*outside, *_bodies(loops)] for n in ast.walk(s)):
        return None
    if {*vectors, "n"} & _names(outside) or not all(_apart(loop, vectors) for loop in loops):
        return None
    sums = [_sums(loop) for loop in loops]
    left = {name for loop, own in zip(loops, sums, strict=True) for name in _stored(loop) - set(own)}
    every = {name for own in sums for name in own}
    if left & (_names(outside) | every) or not all(_own(loop, left) for loop in loops):
        return None
    # a name summed by two loops, or read by the loop that sums it, is none that a cut behind the loop explains
    if len(every) < sum(map(len, sums)):
        return None
    return _cut(tree, sums), len(every)


def _cut(tree: ast.FunctionDef, sums: Sequence[list[str]]) -> list[ast.FunctionDef]:
    slots = {name: k for k, name in enumerate(name for own in sums for name in own)}
    made: list[list[ast.stmt]] = []
    before: list[ast.stmt] = []  # with what every stage begins
    body: list[ast.stmt] = []  # of the present one
    of_loops = iter(sums)
    for statement in tree.body:
        body.append(statement)
        if not isinstance(statement, ast.For):
            before.append(statement)
        elif own := next(of_loops):
            body[-1:] = [*_parsed(f"{name} = 0.0" for name in own), statement]
            body += _parsed(f"_parts[{slots[name]}, _thread] = {name}" for name in own)
            made.append(body)
            before += _parsed(f"{name} = {name} + _totals[{slots[name]}]" for name in own)
            body = list(before)
    made.append(body)
    out = []
    for body in made:
        stage = copy.deepcopy(tree)
        stage.body = [copy.deepcopy(s) for s in body] or [ast.Pass()]
        if slots:
            stage.args.args += [ast.arg(word) for word in ("_totals", "_parts", "_thread")]
        out.append(ast.fix_missing_locations(stage))
    return out


def _parsed(lines: Iterable[str]) -> list[ast.stmt]:
    return parsed("\n".join(lines)).body


def _sums(loop: ast.For) -> list[str]:
    """The names that a loop does nothing with but ``s = _plus(s, term)``."""
    words = [n.id for s in loop.body for n in ast.walk(s) if isinstance(n, ast.Name)]
    found = []
    for s in loop.body:
        if isinstance(s, ast.Assign) and isinstance(s.targets[0], ast.Name) and isinstance(s.value, ast.Call):
            name, call = s.targets[0].id, s.value
            if ast.unparse(call.func) == "_plus" and ast.unparse(call.args[0]) == name and words.count(name) == 2:
                found.append(name)
    return found


def _apart(loop: ast.For, vectors: Sequence[str]) -> bool:
    """Whether a loop over all coordinates looks at vectors at its counter only, and at its counter there only."""
    if not isinstance(loop.target, ast.Name) or ast.unparse(loop.iter) != "range(n)" or loop.orelse:
        return False
    entries = [n for s in loop.body for n in ast.walk(s) if isinstance(n, ast.Subscript)]
    words = [n.id for s in loop.body for n in ast.walk(s) if isinstance(n, ast.Name)]
    if any(not isinstance(e.value, ast.Name) or e.value.id not in vectors for e in entries) or "n" in words:
        return False
    at_counter = all(ast.unparse(e.slice) == loop.target.id for e in entries)
    return at_counter and len(entries) == words.count(loop.target.id) == sum(word in vectors for word in words)


def _own(loop: ast.For, left: set[str]) -> bool:
    """Whether every name of those that loops leave is set in this one, in a statement of its own, before it is read."""
    known = {ast.unparse(loop.target)}
    for statement in loop.body:
        read = {n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
        if isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
            read.add(statement.target.id)
        if isinstance(statement, ast.If):  # set there and read there is enough, in whatever order: seldom, and refused
            read |= _stored(statement) & left
        if read & left - known:
            return False
        if isinstance(statement, ast.Assign):
            known |= _stored(statement)
    return True


def _bodies(loops: Sequence[ast.For]) -> list[ast.stmt]:
    return [s for loop in loops for s in loop.body]


def _names(body: Sequence[ast.AST]) -> set[str]:
    return {n.id for s in body for n in ast.walk(s) if isinstance(n, ast.Name)}


def _stored(tree: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
