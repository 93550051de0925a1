"""Collects what a block calls: scalar helpers with their arithmetic spelt out, vector functions in their lanes form."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import numpy as np

from ngdm_lab.compiler.source import Collector

from .arithmetic import Arithmetic, swapped
from .language import RESERVED

__all__ = ["Writer"]


class Writer(Collector):
    """Collects scalar helpers as they are and vector functions in their lanes form."""

    def __init__(self, inline: str) -> None:
        super().__init__(inline)
        self.blocks: dict[tuple[Any, tuple[str, ...]], tuple[str, int, bool]] = {}
        self.open: list[Any] = []
        self.names.update({name: object() for name in RESERVED}, np=np)  # no global of the user's may take these

    def resolve(self, name: str, value: Any, function: Callable[..., Any], node: ast.Name) -> None:
        ours = swapped(value)
        if ours is None:
            super().resolve(name, value, function, node)
        else:
            self.add(ours)
            if name != ours.__name__ and self.claim(name, ours):
                self.functions.append(f"{name} = {ours.__name__}")

    def text(self) -> str:
        """Everything collected, as a module text that needs `memory.VECTOR` before it."""
        return "\n\n".join([*sorted(self.imports), *self.constants, *self.functions]) + "\n"

    def arithmetic(self, known: dict[str, Any]) -> ast.NodeTransformer:
        """Spells out the arithmetic of a tree whose globals are `known`."""
        return Arithmetic(self, known)

    def prepare(self, tree: ast.FunctionDef, known: dict[str, Any]) -> None:
        """Scalar helpers too have their arithmetic spelt out."""
        tree.body = [self.arithmetic(known).visit(statement) for statement in tree.body]
