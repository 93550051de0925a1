"""Float literals of a net's kernels in single precision."""

from __future__ import annotations

import ast

from ngdm_lab.compiler.syntax import parsed

__all__ = ["Literals"]


class Literals(ast.NodeTransformer):
    """1.5 as np.float32(1.5): otherwise a product with it would be float64."""

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if type(node.value) is not float:
            return node
        return ast.copy_location(parsed(f"_numba.float32({node.value!r})", mode="eval").body, node)
