"""What moves with the point: which names and expressions have a derivative that is not 0 everywhere."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from ngdm_lab.compiler.errors import UnsupportedSource

from .normal import LENGTH, POINT, SLOPES
from .partials import LEVEL
from .terms import number, same

__all__ = ["is_sum", "moves", "moving_names", "read_at", "stays_inside"]

ROUNDS = 2.0**48  # adding and subtracting a number from this on rounds


def moves(node: ast.expr, names: set[str], operators: Mapping[str, str]) -> bool:
    """Whether an expression moves; `names` are those that do, `operators` as in `normal.Normal`."""

    def any_of(*nodes: ast.expr) -> bool:
        return any(moves(n, names, operators) for n in nodes)

    if isinstance(node, ast.Name):
        return node.id in names
    if isinstance(node, ast.Subscript):
        return isinstance(node.value, ast.Name) and node.value.id in (POINT, SLOPES)
    if isinstance(node, ast.BinOp):
        if isinstance(node.op, ast.FloorDiv) or _rounds(node):
            return False
        return any_of(node.left, node.right)
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.op, ast.USub | ast.UAdd) and any_of(node.operand)
    if isinstance(node, ast.IfExp):
        return any_of(node.body, node.orelse)
    if isinstance(node, ast.Call):
        return operators.get(ast.unparse(node.func)) not in LEVEL and any_of(*node.args)
    if isinstance(node, ast.BoolOp) and any_of(*node.values):
        raise UnsupportedSource(f"the gradient of `{ast.unparse(node)}` is not derived: write a condition")
    return False


def moving_names(body: Sequence[ast.stmt], operators: Mapping[str, str]) -> set[str]:
    """The names that move somewhere in statements in normal form."""
    found: set[str] = set()
    before = -1
    while before != len(found):
        before = len(found)
        for s in (n for part in body for n in ast.walk(part) if isinstance(n, ast.Assign)):
            target = s.targets[0]
            if isinstance(target, ast.Name) and target.id not in found and moves(s.value, found, operators):
                found.add(target.id)
    return found


def is_sum(name: str, body: Sequence[ast.stmt]) -> bool:
    """Whether the statements of a loop only add to a name: its derivative passes through them unchanged."""
    reads = sum(isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Load)
                for s in body for n in ast.walk(s))  # fmt: skip
    used = 0
    for s in (n for part in body for n in ast.walk(part) if isinstance(n, ast.Assign)):
        if isinstance(s.targets[0], ast.Name) and s.targets[0].id == name:
            here = _added(s.value, name)
            if here == 0:
                return False
            used += here
    return used == reads


def _added(node: ast.expr, name: str) -> int:
    """How often a name is read where an expression is the name plus something; 0 where it is anything else."""
    if isinstance(node, ast.Name):
        return int(node.id == name)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _added(node.left, name) or _added(node.right, name)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
        return _added(node.left, name)
    if isinstance(node, ast.IfExp):
        first, second = _added(node.body, name), _added(node.orelse, name)
        return first + second if first and second else 0
    return 0


def read_at(node: ast.expr) -> set[str]:
    """The indices at which an expression reads the point whatever is chosen in it."""
    if isinstance(node, ast.IfExp):
        return read_at(node.test)
    if isinstance(node, ast.BoolOp):
        return read_at(node.values[0])
    mine = isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == POINT
    found = {ast.unparse(node.slice)} if isinstance(node, ast.Subscript) and mine else set()
    return found.union(*(read_at(child) for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)))


def stays_inside(limits: Sequence[ast.expr]) -> bool:
    """Whether the numbers of a range are indices of the point."""
    start, end = (limits[0], limits[1]) if len(limits) > 1 else (ast.Constant(0), limits[0])
    step = number(limits[2]) if len(limits) > 2 else 1
    if step is None or step == 0:
        return False
    low, high, under = (start, end, 0) if step > 0 else (end, start, 1)
    least, lengths = number(low), (LENGTH, f"len({POINT})", f"{POINT}.shape[0]")
    most = high.left if isinstance(high, ast.BinOp) and isinstance(high.op, ast.Sub) else high
    less = number(high.right) if isinstance(high, ast.BinOp) else 0
    return least is not None and least >= -under and ast.unparse(most) in lengths and less is not None and less >= under


def _rounds(node: ast.BinOp) -> bool:
    """Whether it is (a + C) - C for a C so large that the sum has no bits for a fraction."""
    inner, opposite = node.left, {ast.Add: ast.Sub, ast.Sub: ast.Add}.get(type(node.op))
    if opposite is None or not isinstance(inner, ast.BinOp) or not isinstance(inner.op, opposite):
        return False
    size = number(node.right)
    return size is not None and abs(size) >= ROUNDS and same(inner.right, node.right)
