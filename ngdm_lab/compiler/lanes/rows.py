"""The last pass for lanes: entries of vectors become entries of their rows."""

from __future__ import annotations

import ast
from typing import Protocol

from ngdm_lab.compiler.errors import UnsupportedSource
from ngdm_lab.compiler.syntax import parsed

from .language import lower_bound
from .layout import Layout

__all__ = ["Rows"]


class Form(Protocol):
    """What the pass asks of the function that it rewrites, a `block.Block`."""

    vectors: tuple[str, ...]
    numbers: tuple[str, ...]
    layout: Layout
    ends: dict[str, float]

    def varies(self, node: ast.AST) -> bool:
        """Whether an expression differs between lanes."""

    def refuse(self, node: ast.AST, what: str) -> UnsupportedSource:
        """The error for a node, with its line."""


class Rows(ast.NodeTransformer):
    """Entries of vectors as entries of their rows, numbers of lanes and the result as entries of theirs."""

    def __init__(self, block: Form, s: ast.stmt) -> None:
        self.block, self.s = block, s

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.value, ast.Name) and node.value.id in self.block.vectors:
            if self.block.varies(node.slice):
                raise self.block.refuse(self.s, f"the index {ast.unparse(node.slice)} differs between lanes")
            index = ast.unparse(node.slice)
            if lower_bound(node.slice, self.block.ends) < 0:  # Python counts from the end there
                index = f"({index}) + ({self.block.layout.coordinates(node.value.id)} if ({index}) < 0 else 0)"
            node.slice = parsed(f"np.uint64({index}) * {self.block.layout.stride} + L_", mode="eval").body
        return node

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id in self.block.numbers or node.id == "OUT_":
            return parsed(f"{node.id}[L_]", mode="eval").body
        return node
