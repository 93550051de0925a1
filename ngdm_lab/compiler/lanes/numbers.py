"""Numbers that differ from lane to lane: parameters that are one number each in the plain function.

They have the bits that they have in the uniform form of the same function. There a statement of uniform values alone
is computed once, with the arithmetic of plain functions, powers among them; here it stands in a loop over the lanes,
and keeps that arithmetic (`spelt`). A whole power in such a statement would be a loop of its own in every lane: it
becomes a call of `whole_power`, which multiplies all lanes side by side (`powers_apart`).
"""

from __future__ import annotations

import ast
from typing import Protocol

from ngdm_lab.compiler.passes import order

from .writer import Writer

__all__ = ["power_call", "powers_apart", "spelt", "whole_power"]

CUT = 0x10000  # beyond this exponent Numba's power is the C library's
POWER = "POWER_"  # what a call of `whole_power` is called: a reserved word


class Form(Protocol):
    """What is asked of the function that is rewritten, a `block.Block`."""

    numbers: tuple[str, ...]
    moving: set[str]
    known: dict[str, object]
    writer: Writer

    def varies(self, node: ast.AST) -> bool:
        """Whether an expression differs between lanes."""

    def is_varying(self, s: ast.AST, among: set[str] | None = None) -> bool:
        """Whether a statement stands in a lane loop as a whole."""

    def has_varying(self, s: ast.stmt, among: set[str] | None = None) -> bool:
        """Whether a statement or one that it holds stands in a lane loop."""


def whole_power(a, e):  # type: ignore[no-untyped-def]
    """a ** e for a whole e >= 0: the products that Numba's power forms, in its order."""
    r = 1.0
    b = a
    if e > CUT:
        r = a ** float(e)
    else:
        for k in range(17):
            rest = e >> k
            if rest > 0:
                if rest % 2 == 1:
                    r = r * b
                b = b * b
    return r


def powers_apart(form: Form, body: list[ast.stmt]) -> list[ast.stmt]:
    """The statements, with powers of numbers by the step apart where the uniform form computes them once."""
    made = []
    for s in body:
        if isinstance(s, ast.For) or (isinstance(s, ast.If) and not form.varies(s.test)):
            s.body, s.orelse = powers_apart(form, s.body), powers_apart(form, s.orelse)
        elif isinstance(s, ast.Assign | ast.AugAssign) and not form.is_varying(s, form.moving):
            apart = _Apart(form.numbers)
            s.value = apart.visit(s.value)
            made += [ast.fix_missing_locations(ast.copy_location(call, s)) for call in apart.calls]
            if apart.calls:
                form.known[POWER] = whole_power
        made.append(s)
    return made


class _Apart(ast.NodeTransformer):
    """number ** t as a name, and the call that gives it."""

    def __init__(self, numbers: tuple[str, ...]) -> None:
        self.numbers = numbers
        self.calls: list[ast.stmt] = []

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        # of the parameters t alone is known to be whole, and at least 1
        base, exponent = node.left, node.right
        if not (isinstance(node.op, ast.Pow) and isinstance(base, ast.Name) and base.id in self.numbers):
            return node
        if not (isinstance(exponent, ast.Name) and exponent.id == "t"):
            return node
        name = f"{base.id}_to_the_{exponent.id}_"
        call = ast.Call(ast.Name(POWER, ast.Load()), [base, exponent], [])
        self.calls.append(ast.Assign([ast.Name(name, ast.Store())], call))
        return ast.Name(name, ast.Load())


def power_call(node: ast.AST) -> ast.Call | None:
    """The call, if the node is one that `powers_apart` has made."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return node if node.func.id == POWER else None
    return None


def spelt(form: Form, s: ast.stmt) -> ast.stmt:
    """A statement of a lane loop, spelt as in the uniform form: of lanes, or of uniform values."""
    if not form.numbers or form.is_varying(s, form.moving):
        return form.writer.spell(s, form.known)
    if isinstance(s, ast.For | ast.If) and form.has_varying(s, form.moving):
        s.body = [spelt(form, child) for child in s.body]
        s.orelse = [spelt(form, child) for child in s.orelse]
        return s
    [made] = order.rewritten(order.PLAIN, [s], form.known, form.writer)
    return made
