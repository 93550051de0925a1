"""What a forward sweep leaves for the way back: one record for each statement that may move."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Bars", "Branch", "Choice", "Loop", "Scopes", "Set", "flat"]

Code = list[Any]  # statements, and lists of them that are still being filled
Scopes = tuple[set[str], ...]  # of a block and those around it: indices at which the point is read whatever happens


@dataclass
class Set:
    """name = value."""

    name: str
    value: ast.expr


@dataclass
class Branch:
    """One side of a condition: its code, the records of its statements, and the place for its way back."""

    code: Code
    records: list[Any]
    names: dict[str, str]
    scopes: Scopes
    back: Code = field(default_factory=list)


@dataclass
class Choice:
    """A condition; `merged` has for each variable that it sets the name that the code behind reads."""

    statement: ast.If
    before: dict[str, str]
    visible: set[str]
    scopes: Scopes
    ahead: Code
    sides: list[Branch]
    merged: dict[str, str]
    first: bool


@dataclass
class Loop:
    """A loop; `heads` has the name of each variable that goes from one round to the next, and of it behind the loop.

    starts, ends : by the variable its name before the loop, and at the end of a round.
    scopes, inside : around the loop, and in its rounds.
    back : the place for the way back of a round, before the next one begins.
    ahead : the place for what stands before the loop.
    """

    statement: ast.For
    before: dict[str, str]
    visible: set[str]
    scopes: Scopes
    inside: Scopes
    limits: list[ast.expr]
    counter: str
    heads: dict[str, str]
    starts: dict[str, str]
    ends: dict[str, str]
    records: list[Any]
    ahead: Code
    back: Code
    first: bool
    outermost: bool


class Bars:
    """What adjoints are made of: for each name, and each entry of the gradient, the terms found so far."""

    def __init__(self) -> None:
        self.names: dict[str, list[ast.expr]] = {}
        self.entries: dict[str, tuple[ast.expr, list[ast.expr]]] = {}

    def add(self, name: str, term: ast.expr) -> None:
        """A term of a name's adjoint."""
        self.names.setdefault(name, []).append(term)

    def add_entry(self, index: ast.expr, term: ast.expr) -> None:
        """A term of the gradient's entry at an index."""
        self.entries.setdefault(ast.unparse(index), (index, []))[1].append(term)

    def join(self, other: Bars) -> None:
        """The terms of another one as well."""
        for name, terms in other.names.items():
            self.names.setdefault(name, []).extend(terms)
        for key, (index, terms) in other.entries.items():
            self.entries.setdefault(key, (index, []))[1].extend(terms)

    def pop(self, name: str) -> list[ast.expr]:
        """The terms of a name, which is done."""
        return self.names.pop(name, [])


def flat(code: Sequence[Any]) -> list[ast.stmt]:
    """Code as statements alone."""
    out: list[ast.stmt] = []
    for s in code:
        if isinstance(s, list):
            out += flat(s)
        elif isinstance(s, ast.For):
            out.append(ast.For(s.target, s.iter, flat(s.body) or [ast.Pass()], []))
        elif isinstance(s, ast.If):
            out.append(ast.If(s.test, flat(s.body) or [ast.Pass()], flat(s.orelse)))
        else:
            out.append(s)
    return out
