"""Which products and sums are contracted into multiply-adds, decided in the text.

Left to itself a compiler contracts a product and a sum where it sees fit, and sees it differently in another
neighbourhood: the same rule would give other last bits in another kernel. Here ``a * b + c`` has one rounding because
the text says so (`fma.fma`), and nothing else is contracted: a run has the same bits in whichever kernel it is
computed.
"""

from __future__ import annotations

import ast

from ngdm_lab.compiler.syntax import parsed

__all__ = ["FMA", "Contraction"]

FMA = "_fma"  # the name of `fma.fma` in compiled texts


class Contraction(ast.NodeTransformer):
    """a * b + c as _fma(a, b, c); an index stays as it is."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        return ast.copy_location(_contracted(node), node) if isinstance(node.op, ast.Add | ast.Sub) else node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        if isinstance(node.op, ast.Add | ast.Sub | ast.Pow):
            read = parsed(ast.unparse(node.target), mode="eval").body
            value = ast.copy_location(ast.BinOp(read, node.op, node.value), node)
            return self.visit(ast.copy_location(ast.Assign([node.target], value), node))
        return self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        node.value = self.visit(node.value)
        return node


def _contracted(node: ast.BinOp) -> ast.expr:
    """A sum or difference of which one side is a product, as one call; any other as it is."""
    left, right = _factors(node.left), _factors(node.right)
    minus = isinstance(node.op, ast.Sub)
    if left:
        return _call(*left, ast.UnaryOp(ast.USub(), node.right) if minus else node.right)
    if right:
        return _call(ast.UnaryOp(ast.USub(), right[0]) if minus else right[0], right[1], node.left)
    return node


def _factors(node: ast.expr) -> tuple[ast.expr, ast.expr] | None:
    """The two factors of a product or square."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        return node.left, node.right
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        square = isinstance(node.right, ast.Constant) and type(node.right.value) is int and node.right.value == 2
        return (node.left, node.left) if square else None
    return None


def _call(a: ast.expr, b: ast.expr, c: ast.expr) -> ast.expr:
    return ast.Call(ast.Name(FMA, ast.Load()), [a, b, c], [])
