"""Double precision in the text of CUDA kernels: the lab's own functions under names that no parameter has."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from ngdm_lab.compiler.lanes.arithmetic import Arithmetic
from ngdm_lab.compiler.math import float64

__all__ = ["Double"]


class Double(Arithmetic):
    """As in lanes, except that whole exponents, such as the step's number, make a chain of products."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        made = super().visit_BinOp(node)
        if isinstance(node.op, ast.Pow) and isinstance(made, ast.Call):
            return ast.Call(ast.Name("_pow", ast.Load()), [self.own(float64.power), *made.args], [])
        return made

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        made = super().visit_Attribute(node)
        return self.own(getattr(float64, made.id)) if isinstance(made, ast.Name) else made

    def own(self, function: Callable[..., Any]) -> ast.Name:
        """The name of one of the lab's functions."""
        name = self.writer.add(function)
        if self.writer.claim(f"_own_{name}", function):
            self.writer.functions.append(f"_own_{name} = {name}")
        return ast.Name(f"_own_{name}", ast.Load())
