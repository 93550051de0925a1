"""A rule that looks at values, in the words of lanes: its value as a row, its stacks as one vector, its branches apart.

Lanes have a number of their own as entry 0 of a vector, and one index for each vector; a loop runs in all lanes
together. So f becomes ``f[0]``, ``pairs[j, i]`` becomes ``pairs[j * n + i]``, and a branch around a loop becomes a loop
around the branch: ``for i in range(n): if c: ...`` for ``if c: for i in range(n): ...``.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ngdm_lab.compiler.made import made
from ngdm_lab.compiler.reading import definition, known_names
from ngdm_lab.compiler.syntax import parsed

__all__ = ["flat"]


def flat(function: Callable[..., Any], numbers: Sequence[str], stacks: Sequence[str]) -> Callable[..., Any]:
    """A plain function of the same parameters: `numbers` are vectors of one entry, `stacks` vectors of n entries each.

    The number of coordinates is its parameter n.
    """
    tree, known = definition(function), known_names(function)
    stored = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    own = {name: f"{name}_OWN_" for name in numbers if name in stored}  # another value from here on, and nobody else's
    entries = _Entries(numbers, stacks, own)
    copies = parsed("\n".join(f"{new} = {name}[0]" for name, new in own.items())).body
    body = [*copies, *_Apart().statements([entries.visit(s) for s in tree.body])]
    whole = ast.FunctionDef(function.__name__, tree.args, body, [])
    source = ast.unparse(ast.fix_missing_locations(ast.Module([whole], []))) + "\n"
    result: Callable[..., Any] = made(source, function.__name__, known, "flat")
    return result


class _Entries(ast.NodeTransformer):
    """Numbers as entries, pairs of indices as one."""

    def __init__(self, numbers: Sequence[str], stacks: Sequence[str], own: Mapping[str, str]) -> None:
        self.numbers, self.stacks, self.own = numbers, stacks, own

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id in self.own:
            return ast.Name(self.own[node.id], node.ctx)
        if node.id in self.numbers:
            return ast.Subscript(node, ast.Constant(0), node.ctx)
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.value, ast.Name) and node.value.id in self.stacks and isinstance(node.slice, ast.Tuple):
            which, place = node.slice.elts
            start = ast.BinOp(which, ast.Mult(), ast.Name("n", ast.Load()))
            return ast.Subscript(node.value, ast.BinOp(start, ast.Add(), place), node.ctx)
        return node


class _Apart:
    """Branches that hold loops, as loops that hold branches."""

    def __init__(self) -> None:
        self.masks = 0

    def statements(self, body: Sequence[ast.stmt], under: str = "") -> list[ast.stmt]:
        """The statements, done where the condition `under` holds; always, where there is none."""
        out: list[ast.stmt] = []
        plain: list[ast.stmt] = []

        def flush() -> None:
            if plain:
                out.extend([ast.If(_condition(under), list(plain), [])] if under else plain)
                plain.clear()

        for s in body:
            if isinstance(s, ast.For):
                flush()
                out.append(ast.For(s.target, s.iter, self.statements(s.body, under), []))
            elif isinstance(s, ast.If) and any(isinstance(n, ast.For) for n in ast.walk(s)):
                flush()
                self.masks += 1
                mask, test = f"HELD{self.masks}_", s.test
                if under:
                    test = ast.BoolOp(ast.And(), [_condition(under), test])
                out.append(ast.Assign([ast.Name(mask, ast.Store())],
                                       ast.IfExp(test, ast.Constant(1.0), ast.Constant(0.0))))  # fmt: skip
                out += self.statements(s.body, f"{mask} > 0.0")
                if s.orelse:
                    other = f"{mask} == 0.0" if not under else f"({under}) & ({mask} == 0.0)"
                    out += self.statements(s.orelse, other)
            else:
                plain.append(s)
        flush()
        return out


def _condition(text: str) -> ast.expr:
    return parsed(text, mode="eval").body
