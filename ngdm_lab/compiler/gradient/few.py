"""Loops on which few numbers act, in forward mode: iterations of a map, powers by products, steps of a simulation.

Beside each number of the loop stands its derivative by each of the numbers that act on it, so rounds are gone through
once, in their order, however many they are.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .along import Along
from .liveness import assigned
from .moving import moves
from .normal import POINT
from .records import Bars, Code, Loop, flat
from .slopes import Slopes, is_read
from .terms import load, loads, plus, store, times

__all__ = ["FewInputs"]

MOST = 6  # numbers that act on a loop


@dataclass
class Inputs:
    """A loop's text, the names of what moves in it, and what acts on it: names, and entries of the point."""

    text: list[ast.stmt]
    inner: set[str]
    heads: dict[str, str]
    names: list[str]
    entries: list[ast.expr]


class FewInputs(Slopes):
    """Adjoints of loops on which few numbers act."""

    def inputs(self, record: Loop) -> Inputs | None:
        """What acts on a loop; None where that is more than a few numbers, or others in each round."""
        code: Code = []
        visible = set(self.visible)
        made = self.loop(record.statement, dict(record.before), code)
        text = flat(code)
        inner = assigned(text) & self.names
        names = sorted({name for s in text for name in loads(s)} & self.names - inner)
        entries: dict[str, ast.expr] = {}
        for node in (n for s in text for n in ast.walk(s)):
            if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == POINT:
                if not self.is_early(node.slice, visible) or not is_read(node.slice, record.scopes):
                    return None
                entries[ast.unparse(node.slice)] = node.slice
        if len(names) + len(entries) > MOST:
            return None
        return Inputs(text, inner, made.heads, names, list(entries.values()))

    def in_step(self, given: Inputs, seeds: Mapping[str, ast.expr], bars: Bars, code: Code) -> None:
        """The loop once more with its derivatives, and what they give to the adjoints of what acts on it."""
        sides: list[tuple[Along, dict[str, str]]] = []
        for one in [*given.names, *map(ast.unparse, given.entries)]:
            names = {name: self.fresh(f"{name}_by", moving=False) for name in sorted(given.inner)}
            sides.append((self.by(one, given, names), names))
        code += self.beside(given.text, sides)
        for k, (_, names) in enumerate(sides):
            term = plus([times(seed, load(names[given.heads[v]])) for v, seed in seeds.items()])
            if k < len(given.names):
                bars.add(given.names[k], term)
            else:
                bars.add_entry(given.entries[k - len(given.names)], term)

    def by(self, one: str, given: Inputs, names: Mapping[str, str]) -> Along:
        """Derivatives by a name, or by the point's entry at an index."""

        def of_name(name: str) -> ast.expr:
            return load(names[name]) if name in names else ast.Constant(1.0 if name == one else 0.0)

        def of_entry(node: ast.Subscript) -> ast.expr:
            return ast.Constant(1.0 if ast.unparse(node.slice) == one else 0.0)

        among = given.inner | {one}
        return Along(lambda node: moves(node, among, self.normal.operators), of_name, of_entry, self.word,
                     self.normal.operators)  # fmt: skip

    def beside(self, body: Sequence[ast.stmt], sides: Sequence[tuple[Along, dict[str, str]]]) -> list[ast.stmt]:
        out: list[ast.stmt] = []
        for s in body:
            if isinstance(s, ast.For):
                s = ast.For(s.target, s.iter, self.beside(s.body, sides), [])
            elif isinstance(s, ast.If):
                s = ast.If(s.test, self.beside(s.body, sides), self.beside(s.orelse, sides))
            elif isinstance(s, ast.Assign) and isinstance(s.targets[0], ast.Name):
                name = s.targets[0].id
                out += [store(names[name], along.of(s.value)) for along, names in sides if name in names]
            out.append(s)
        return out
