"""Collects what a block calls: scalar helpers with their arithmetic spelt out, vector functions in their lanes form."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import numpy as np

from ngdm_lab.compiler.passes import order
from ngdm_lab.compiler.source import Collector

from .arithmetic import swapped
from .language import RESERVED
from .layout import BLOCK, Layout

__all__ = ["Writer"]


class Writer(Collector):
    """Collects scalar helpers as they are and vector functions in their lanes form."""

    def __init__(self, inline: str, target: str = order.LANES, layout: Layout = BLOCK) -> None:
        super().__init__(inline, target)
        self.layout = layout
        self.blocks: dict[tuple[Any, tuple[str, ...], tuple[str, ...]], tuple[str, int, bool]] = {}
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

    def spell(self, statement: ast.stmt, known: dict[str, Any]) -> ast.stmt:
        """A varying statement, whose globals are `known`, rewritten as scalar helpers are."""
        [made] = order.rewritten(self.target, [statement], known, self)
        return made
