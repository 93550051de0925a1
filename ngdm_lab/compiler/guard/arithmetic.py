"""Ranges of sums, products and powers of whole numbers, and what is found at their nodes.

Findings, by node: "index" may lie outside, and "end": may count from there; "float": a product or power that a machine
word may not hold; "zero": the divisor may be 0; "exact": operands that a float may not hold exactly; "inverse": a power
below 0; "shift": by less than 0 or too far; "large": a real number that may have no whole number in a word; "whole":
kept as a float, and used as an index; "truth": truth values as numbers; "bits": operands kept as floats.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from . import ranges
from .ranges import REAL, UNKNOWN, WORD, Value, constant

__all__ = ["Arithmetic", "is_truth"]


class Arithmetic:
    """What is known of an operation's result; `found` has the findings by the id of a node, where `recording`."""

    def __init__(self) -> None:
        self.found: defaultdict[int, set[str]] = defaultdict(set)
        self.recording = True

    def note(self, node: ast.AST, *findings: str) -> None:
        if self.recording:
            self.found[id(node)].update(findings)

    def refuse(self, node: ast.AST, what: str) -> None:
        """Raise UnsupportedSource with the node's line, where `recording`."""
        raise NotImplementedError

    def note_whole(self, nodes: Sequence[ast.expr], values: Sequence[Value]) -> None:
        """Uses of values as indices or counts."""
        for node, v in zip(nodes, values, strict=False):
            if v.wide:
                self.note(node, "whole")

    def operation(self, node: ast.AST, op: ast.operator, a: Value, b: Value, right: ast.expr) -> Value:
        """a op b; `right` is the node of b."""
        if isinstance(op, ast.Pow) and isinstance(right, ast.UnaryOp) and b.kind == "whole" and (b.known or 0) < 0:
            self.note(node, "inverse", *(["zero"] if a.kind == "whole" and _zero(a) else []))
            return a if a.kind == "vector" else REAL
        if a.kind == "vector" or b.kind == "vector":
            one = a.low if a.kind == "vector" else b.low
            same = a.kind != b.kind or a.low == b.low
            return replace(ranges.vector(one if same else None), wide=a.wide or b.wide)
        if {"unknown", "tuple"} & {a.kind, b.kind}:
            return REAL if "real" in (a.kind, b.kind) else UNKNOWN
        if "real" in (a.kind, b.kind):
            if isinstance(op, ast.LShift | ast.RShift | ast.BitAnd | ast.BitOr | ast.BitXor):
                self.refuse(node, "shifts, &, | and ^ want whole numbers, and a side of this may be a real one")
            return REAL
        return self.of_wholes(node, op, a, b)

    def of_wholes(self, node: ast.AST, op: ast.operator, a: Value, b: Value) -> Value:
        wide, inexact = a.wide or b.wide, not (a.exact and b.exact)
        if isinstance(op, ast.Add | ast.Sub | ast.Mult) and is_truth(a) and is_truth(b):
            self.note(node, "truth")
        if isinstance(op, ast.Add | ast.Sub):
            made = ranges.plus(a, b, 1 if isinstance(op, ast.Add) else -1)
            other = b if isinstance(op, ast.Add) else ranges.negative(b)
            apart = not (min(a.least, other.least) >= 0 or max(a.most, other.most) <= 0)
            if (wide or not made.fits) and apart and inexact:
                self.note(node, "exact")
        elif isinstance(op, ast.Mult):
            made = ranges.times(a, b)
        elif isinstance(op, ast.Div | ast.FloorDiv | ast.Mod):
            if _zero(b):
                self.note(node, "zero")
            if isinstance(op, ast.Div):
                return REAL
            if wide and inexact:
                self.note(node, "exact")
            made = (ranges.divided if isinstance(op, ast.FloorDiv) else ranges.remainder)(a, b)
            return replace(made, wide=wide)
        elif isinstance(op, ast.Pow):
            if b.least < 0:
                self.note(node, "float")
                return REAL
            made = ranges.raised(a, b)
        elif isinstance(op, ast.LShift):
            made = ranges.times(a, ranges.raised(constant(2), replace(b, least=max(b.least, 0))))
            if b.least < 0 or b.wide:
                self.note(node, "shift")
        elif isinstance(op, ast.RShift | ast.BitAnd | ast.BitOr | ast.BitXor):
            return self.bits(node, op, a, b)
        else:
            return UNKNOWN
        if not made.fits or (isinstance(op, ast.LShift) and wide):
            self.note(node, "float")
        return replace(made, wide=wide or not made.fits)

    def bits(self, node: ast.AST, op: ast.operator, a: Value, b: Value) -> Value:
        if a.wide or b.wide:
            self.note(node, "bits", *([] if a.exact and b.exact else ["exact"]))
        if isinstance(op, ast.RShift):
            if b.least < 0 or b.most > 62 or b.wide:
                self.note(node, "shift")
            return ranges.whole(None, None, min(a.least, 0), max(a.most, 0))
        size = max(-a.least, -b.least, a.most, b.most)
        top = 2 ** int(size).bit_length() if size <= WORD else WORD
        return ranges.whole(None, None, 0 if min(a.least, b.least) >= 0 else -top, top)


def _zero(v: Value) -> bool:
    return v.least <= 0 <= v.most


def is_truth(v: Value) -> bool:
    """Whether a whole number is 0 or 1."""
    return v.least >= 0 and v.most <= 1
