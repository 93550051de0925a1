"""Powers of a net's update on a GPU: a chain of products where the exponent is whole, else the CUDA library's."""

from __future__ import annotations

import ast

__all__ = ["Powers"]


class Powers(ast.NodeTransformer):
    """a ** b as _pow(_powf, a, b), which sees the type of b; a literal exponent stays as it is."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.op, ast.Pow) or isinstance(node.right, ast.Constant):
            return node
        return ast.Call(ast.Name("_pow", ast.Load()), [ast.Name("_powf", ast.Load()), node.left, node.right], [])
