"""What kernels' texts need under Numba's CUDA simulator, which runs them as Python.

Its arithmetic is then the CPU engine's, bit for bit, but for functions of ``math`` that the lab has none of its own
for: multiply-adds have one rounding, whole powers are Numba's chains of products.
"""

from __future__ import annotations

import ast
import math
import types
import warnings
from typing import Any

import numpy as np

from ngdm_lab.compiler.syntax import parsed

from .arithmetic import whole_power

__all__ = ["MATH", "Simulated", "names", "prepared"]

_OTHER_NAMES = {"asin": "arcsin", "acos": "arccos", "atan": "arctan", "atan2": "arctan2", "asinh": "arcsinh",
                "acosh": "arccosh", "atanh": "arctanh", "pow": "power"}  # fmt: skip

# ``math`` as a GPU has it: NaN and inf where Python raises an error
MATH = types.SimpleNamespace(
    **{name: getattr(np, _OTHER_NAMES.get(name, name), value) for name, value in vars(math).items() if name[0] != "_"}
)


class Simulated(ast.NodeTransformer):
    """``math`` is `MATH`, and powers by whole numbers are products."""

    def visit_Import(self, node: ast.Import) -> Any:
        return _bound({a.asname or a.name: "_math" for a in node.names}) if node.names[0].name == "math" else node

    def visit_ImportFrom(self, node: ast.ImportFrom) -> Any:
        names = {a.asname or a.name: f"_math.{a.name}" for a in node.names}
        return _bound(names) if node.module == "math" else node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        power = node.right.operand if isinstance(node.right, ast.UnaryOp) else node.right
        if isinstance(node.op, ast.Pow) and isinstance(power, ast.Constant) and type(power.value) is int:
            return ast.Call(ast.Name("_whole_power", ast.Load()), [node.left, node.right], [])
        return node


def _bound(names: dict[str, str]) -> list[ast.stmt]:
    return [parsed(f"{name} = {value}").body[0] for name, value in names.items()]


def prepared(text: str) -> str:
    """A module text for the simulator; its names are `names`."""
    # NumPy's, for what a compiled kernel does silently
    warnings.filterwarnings("ignore", "(overflow|invalid value|divide by zero) encountered", RuntimeWarning)
    return ast.unparse(ast.fix_missing_locations(Simulated().visit(parsed(text))))


def names() -> dict[str, Any]:
    """What prepared texts call; the simulator's own device functions would cost 50 microseconds a call."""
    return {"_math": MATH, "_whole_power": whole_power, "_device": lambda function: function}
