"""The expressions of a user's function put right; `rewrite` has its statements."""

from __future__ import annotations

import ast
import copy
from typing import Any

from ngdm_lab.compiler.errors import UnsupportedSource
from ngdm_lab.compiler.reading import where
from ngdm_lab.compiler.syntax import parsed

from .flow import Walk

__all__ = ["NAN", "Repair"]

NAN = "1e999 - 1e999"
EXACT, LARGE = "9007199254740992.0", "4.6e18"


class Repair(ast.NodeTransformer):
    """Rewrites expressions of one function that a walk has been through, and collects the checks in `demands`.

    `checked` are the helpers that may end with NaN.
    """

    def __init__(self, walk: Walk, function: Any, checked: set[Any]) -> None:
        self.walk, self.function, self.checked = walk, function, checked
        self.tree = copy.deepcopy(walk.trees[function])
        self.found = dict(zip(map(id, ast.walk(self.tree)), (walk.found.get(id(n), set()) for n in
                              ast.walk(walk.trees[function])), strict=True))  # fmt: skip
        self.calls = dict(zip(map(id, ast.walk(self.tree)), (walk.calls.get(id(n)) for n in
                              ast.walk(walk.trees[function])), strict=True))  # fmt: skip
        self.alive = list(ast.walk(self.tree))  # else another node could get the id of one that is replaced
        names = {getattr(n, "id", getattr(n, "arg", "")) or "" for n in ast.walk(self.tree)}
        new = (f"_bad{k or ''}" for k in range(len(names) + 1))
        self.bad = next(name for name in new if not any(other.startswith(name) for other in names))
        self.stored = {n.id for n in ast.walk(self.tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        self.returns = any(isinstance(n, ast.Return) and n.value is not None for n in ast.walk(self.tree))
        self.demands: list[ast.expr] = []
        self.names: dict[str, str] = {}  # of whole numbers that the checks look at, by the text of each
        self.paths: list[ast.expr] = []
        self.any = False
        self.exact = False

    def statement(self, text: str, **parts: ast.AST) -> Any:
        made = parsed(text).body[0]
        return _Fill(parts).visit(made) if parts else made

    def expression(self, text: str, **parts: ast.AST) -> Any:
        return _Fill(parts).visit(parsed(text, mode="eval").body)

    def refuse(self, node: ast.AST, what: str) -> UnsupportedSource:
        return UnsupportedSource(f"{where(self.function, node)}: {what}")

    def demand(self, node: ast.AST, holds: ast.expr | None = None, below: ast.expr | None = None) -> None:
        """Whatever else happens, this must hold, or be below 0, where the node is computed."""
        self.any = True
        made = below if below is not None else self.expression("-1 if T_ else 0", T_=holds or ast.Constant(True))
        self.demands.append(self.where_computed(node, made, "-1"))

    def kept(self, node: ast.AST, number: ast.expr) -> ast.Name:
        """A name for a whole number, to be computed before the checks."""
        text = ast.unparse(self.where_computed(node, number, "0"))
        return ast.Name(self.names.setdefault(text, f"{self.bad}_{len(self.names)}"), ast.Load())

    def where_computed(self, node: ast.AST, made: ast.expr, other: str) -> ast.expr:
        """An expression on the paths that come to its node; another one elsewhere."""
        for path in reversed(self.paths):
            made = self.expression(f"M_ if P_ else {other}", M_=made, P_=path)
        if any(isinstance(n, ast.NamedExpr) for n in ast.walk(made)):
            raise self.refuse(node, "`:=` cannot be checked here: write the assignment on a line of its own")
        return made

    def visit(self, node: ast.AST) -> Any:
        findings = self.found.get(id(node), set())
        made = super().visit(node)
        if "whole" in findings:
            wrapped = self.expression("int(V_)", V_=made)
            wrapped.raw = made
            return ast.copy_location(wrapped, node)
        return made

    def within(self, path: ast.expr, node: ast.expr) -> ast.expr:
        self.paths.append(path)
        made: ast.expr = self.visit(node)
        self.paths.pop()
        return made

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        node.test = self.visit(node.test)
        node.body = self.within(node.test, node.body)
        node.orelse = self.within(self.expression("not T_", T_=node.test), node.orelse)
        return node

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        before = len(self.paths)
        for k, part in enumerate(node.values):
            node.values[k] = made = self.visit(part)
            self.paths.append(made if isinstance(node.op, ast.And) else self.expression("not T_", T_=made))
        del self.paths[before:]
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        findings = self.found.get(id(node), set())
        self.generic_visit(node)
        if "index" not in findings:
            return node
        if isinstance(node.slice, ast.Tuple):
            parts = node.slice.elts
            for k, part in enumerate(parts):
                if not isinstance(part, ast.Slice):
                    parts[k] = self.checked_index(node, part, self.expression(f"V_.shape[{k}]", V_=node.value))
        elif not (isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str)):
            node.slice = self.checked_index(node, node.slice, self.length(node.value))
        return node

    def checked_index(self, node: ast.AST, index: ast.expr, length: ast.expr) -> ast.expr:
        helpers = [self.calls.get(id(n)) for n in ast.walk(index)]
        if any(helper in self.walk.trees and _writes(self.walk.trees[helper]) for helper in helpers if helper):
            raise self.refuse(node, "this index changes a vector: give it a name on a line of its own")
        raw = getattr(index, "raw", index)
        ahead = "end" not in self.found.get(id(node), ())
        if raw is index and ahead:
            self.demand(node, below=self.expression("I_ - L_", I_=index, L_=length))
            return self.expression("min(I_, L_ - 1)", I_=index, L_=length)
        if raw is not index:  # kept as a float, which may be NaN
            holds = self.expression("(I_ >= -L_) & (I_ < L_)", I_=raw, L_=length)
            self.demand(node, holds)
            return self.expression("I_ if T_ else 0", I_=index, T_=holds)
        # counted from the start, so that what the compiler adds for an index from the end falls away
        start = self.kept(node, self.expression("I_ if I_ >= 0 else I_ + L_", I_=index, L_=length))
        holds = self.expression("(S_ >= 0) & (S_ < L_)", S_=start, L_=length)
        self.demand(node, holds)
        return self.expression("S_ if T_ else 0", S_=start, T_=holds)

    def length(self, vector: ast.expr) -> ast.expr:
        known = self.walk.lengths[self.function].get(ast.unparse(vector))
        if known and known not in self.stored and ast.unparse(vector) not in self.stored:
            return self.expression(known)
        return self.expression("len(V_)", V_=vector)

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        findings = self.found.get(id(node), set())
        self.generic_visit(node)
        if not findings - {"whole"}:
            return node
        left, right = node.left, node.right
        if "exact" in findings:
            self.exact = True
            for side in (left, right):
                if not isinstance(side, ast.Constant):
                    self.demand(node, self.expression(f"abs(S_) <= {EXACT}", S_=side))
        if "inverse" in findings:
            if "zero" in findings:
                left = self.nonzero(node, left)
            assert isinstance(right, ast.UnaryOp)
            return ast.copy_location(self.expression("1.0 / float(A_) ** B_" if "zero" in findings else
                                                     "1.0 / A_ ** B_", A_=left, B_=right.operand), node)  # fmt: skip
        if "zero" in findings:
            right = self.nonzero(node, right)
        if "bits" in findings:
            left, right = (side if isinstance(side, ast.Constant) else self.expression(
                f"int(S_ if abs(S_) <= {EXACT} else 0)", S_=side) for side in (left, right))  # fmt: skip
        if "truth" in findings:
            left = self.expression("int(V_)", V_=left)
        if "shift" in findings:
            self.demand(node, self.expression("R_ >= 0", R_=right))
            most = 62 if isinstance(node.op, ast.RShift) else 1100  # beyond, all bits are gone, or it is infinite
            right = self.expression(f"int(min(max(R_, 0), {most}))", R_=right)
        if "float" in findings:
            left = self.expression("float(A_)", A_=left)
            if isinstance(node.op, ast.LShift):
                return ast.copy_location(self.expression("A_ * 2.0 ** B_", A_=left, B_=right), node)
        node.left, node.right = left, right
        return node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        findings = self.found.get(id(node), set())
        self.generic_visit(node)
        if "truth" in findings:
            node.operand = self.expression("int(V_)", V_=node.operand)
        return node

    def nonzero(self, node: ast.AST, divisor: ast.expr) -> ast.expr:
        self.demand(node, self.expression("D_ != 0", D_=divisor))
        made: ast.expr = self.expression("D_ if D_ != 0 else 1", D_=divisor)
        return made

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        return self.as_float(node, node.value) if "float" in self.found.get(id(node), ()) else node

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if "float" in self.found.get(id(node), ()) and isinstance(node.ctx, ast.Load):
            return self.as_float(node, self.walk.names[self.function][node.id])
        return node

    def as_float(self, node: ast.AST, number: Any) -> ast.AST:
        try:
            return ast.copy_location(self.expression(repr(float(number))), node)
        except OverflowError:
            raise self.refuse(node, "a whole number beyond 1.8e308 cannot be computed with") from None

    def visit_Call(self, node: ast.Call) -> ast.AST:
        findings, helper = self.found.get(id(node), set()), self.calls.get(id(node))
        self.generic_visit(node)
        if "large" in findings and node.args:
            self.exact, given = True, node.args[0]
            node.args[0] = self.expression(f"A_ if abs(A_) < {LARGE} else {LARGE}", A_=node.args[0])
            self.demand(node, self.expression(f"abs(A_) < {LARGE}", A_=given))
        if helper in self.checked:
            if _writes(self.walk.trees[helper]):
                words = "write its call on a line of its own, since an index in it may lie outside"
                raise self.refuse(node, f"{ast.unparse(node.func)} changes a vector: {words}")
            self.demand(node, self.expression("C_ == C_", C_=node))
        return node

    def visit_scope(self, node: Any) -> ast.AST:
        before, text = len(self.demands), ast.unparse(node)
        self.generic_visit(node)
        if len(self.demands) > before:
            raise self.refuse(node, f"`{text}` cannot be checked: write a loop")
        made: ast.AST = node
        return made

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = visit_Lambda = visit_scope


def _writes(tree: ast.FunctionDef) -> bool:
    given = {a.arg for a in tree.args.args}
    entries = (n for n in ast.walk(tree) if isinstance(n, ast.Subscript) and isinstance(n.ctx, ast.Store))
    return any(isinstance(n.value, ast.Name) and n.value.id in given for n in entries)


class _Fill(ast.NodeTransformer):
    """Names of a template as the expressions that they stand for, each a copy."""

    def __init__(self, parts: dict[str, ast.AST]) -> None:
        self.parts = parts

    def visit_Name(self, node: ast.Name) -> Any:
        return copy.deepcopy(self.parts[node.id]) if node.id in self.parts else node
