"""What kernels' texts need under Numba's CUDA simulator, which runs them as Python.

Its arithmetic is then the CPU engine's, bit for bit, but for functions of ``math`` that the lab has none of its own
for: multiply-adds have one rounding, whole powers are Numba's chains of products.
"""

from __future__ import annotations

import ast
import math
import warnings
from typing import Any

import numpy as np

from .arithmetic import whole_power

__all__ = ["names", "prepared"]

_OTHER_NAMES = {"asin": "arcsin", "acos": "arccos", "atan": "arctan", "atan2": "arctan2", "asinh": "arcsinh",
                "acosh": "arccosh", "atanh": "arctanh", "pow": "power"}  # fmt: skip


def __getattr__(name: str) -> Any:
    """``math``'s function of that name as a GPU has it: NaN and inf where Python raises an error."""
    found = getattr(np, _OTHER_NAMES.get(name, name), None)
    return found if found is not None else getattr(math, name)


class _Powers(ast.NodeTransformer):
    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        power = node.right.operand if isinstance(node.right, ast.UnaryOp) else node.right
        if isinstance(node.op, ast.Pow) and isinstance(power, ast.Constant) and type(power.value) is int:
            return ast.Call(ast.Name("_whole_power", ast.Load()), [node.left, node.right], [])
        return node


def prepared(text: str) -> str:
    """A module text for the simulator."""
    # NumPy's, for what a compiled kernel does silently
    warnings.filterwarnings("ignore", "(overflow|invalid value|divide by zero) encountered", RuntimeWarning)
    text = text.replace("from math import", "from ngdm_lab.compiler.cuda.simulation import")
    text = text.replace("import math as", "import ngdm_lab.compiler.cuda.simulation as")
    return ast.unparse(ast.fix_missing_locations(_Powers().visit(ast.parse(text))))


def names() -> dict[str, Any]:
    """What prepared texts call; the simulator's own device functions would cost 50 microseconds a call."""
    return {"_whole_power": whole_power, "_device": lambda function: function}
