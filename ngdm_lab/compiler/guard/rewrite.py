"""A user's function with what was found in it put right: indices are checked, whole numbers do not wrap.

A check stands before its statement, ``_bad = _bad if <holds> else NaN``, and what would go wrong takes a harmless value
instead. A function ends with NaN where `_bad` is: the run diverges, and the engine calls the function in Python there,
which says what happened (`ngdm_lab.compiler.probe`). So compiled code raises nothing and leaves no vector.
"""

from __future__ import annotations

import ast
import copy
from typing import Any

from ngdm_lab.compiler.errors import UnsupportedSource
from ngdm_lab.compiler.reading import where

from .flow import Walk

__all__ = ["Rewriter"]

NAN = "1e999 - 1e999"
EXACT, LARGE = "9007199254740992.0", "4.6e18"


class Rewriter(ast.NodeTransformer):
    """Rewrites one function that a walk has been through; `checked` are the helpers that may end with NaN."""

    def __init__(self, walk: Walk, function: Any, checked: set[Any]) -> None:
        self.walk, self.function, self.checked = walk, function, checked
        self.tree = copy.deepcopy(walk.trees[function])
        self.found = dict(zip(map(id, ast.walk(self.tree)), (walk.found.get(id(n), set()) for n in
                              ast.walk(walk.trees[function])), strict=True))  # fmt: skip
        self.calls = dict(zip(map(id, ast.walk(self.tree)), (walk.calls.get(id(n)) for n in
                              ast.walk(walk.trees[function])), strict=True))  # fmt: skip
        self.alive = list(ast.walk(self.tree))  # else another node could get the id of one that is replaced
        names = {getattr(n, "id", getattr(n, "arg", "")) for n in ast.walk(self.tree)}
        self.bad = next(name for k in range(len(names) + 1) if (name := f"_bad{k or ''}") not in names)
        self.stored = {n.id for n in ast.walk(self.tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        self.returns = any(isinstance(n, ast.Return) and n.value is not None for n in ast.walk(self.tree))
        self.demands: list[ast.expr] = []
        self.paths: list[ast.expr] = []
        self.any = self.changed = False
        self.exact = False

    def written(self, poisoned: str) -> ast.FunctionDef:
        """The function; one without a result leaves NaN in the first entry of a vector, or returns it."""
        self.poisoned = poisoned
        self.tree.body = self.block(self.tree.body)
        if not self.any:
            return ast.fix_missing_locations(self.tree)
        body = _Ends(self).block(self.tree.body)
        if not self.returns and not isinstance(body[-1], ast.Return):
            body += self.end()
        self.tree.body = [ast.copy_location(self.statement(f"{self.bad} = 0.0"), self.tree.body[0]), *body]
        return ast.fix_missing_locations(self.tree)

    def end(self) -> list[ast.stmt]:
        """How a function without a result ends."""
        if not self.poisoned:
            return [self.statement(f"return {self.bad}")]
        entry = f"{self.poisoned}[0]"
        return [self.statement(f"{entry} = {entry} if {self.bad} == 0.0 else {self.bad}")]

    def statement(self, text: str, **parts: ast.AST) -> Any:
        made = ast.parse(text).body[0]
        return _Fill(parts).visit(made) if parts else made

    def expression(self, text: str, **parts: ast.AST) -> Any:
        return _Fill(parts).visit(ast.parse(text, mode="eval").body)

    def refuse(self, node: ast.AST, what: str) -> UnsupportedSource:
        return UnsupportedSource(f"{where(self.function, node)}: {what}")

    # -- statements -------------------------------------------------------------------------------------

    def block(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        out: list[ast.stmt] = []
        for s in statements:
            out += [m if m is s else ast.copy_location(m, s) for m in self.one(s)]
        return out

    def one(self, s: ast.stmt) -> list[ast.stmt]:
        self.demands = []
        if isinstance(s, ast.For):
            s.iter = self.visit(s.iter)
            before = self.flush()
        elif isinstance(s, ast.If | ast.While):
            s.test = self.visit(s.test)
            before = self.flush()
        elif isinstance(s, ast.Raise):
            self.any = self.changed = True
            left: list[ast.stmt] = [ast.Return(self.expression(NAN))] if self.returns else [
                self.statement(f"{self.bad} = {NAN}"), ast.Return()]  # fmt: skip
            return left
        elif isinstance(s, ast.Assert):
            s.test = self.visit(s.test)
            before = self.flush()
            return [*before, *self.block([ast.copy_location(self.statement("if not T_:\n    raise", T_=s.test), s)])]
        elif isinstance(s, ast.FunctionDef | ast.ClassDef | ast.With | ast.Try | ast.Match):
            if any(self.found.get(id(n)) for n in ast.walk(s)):
                raise self.refuse(s, "this cannot be checked: use assignments, for and if")
            return [s]
        else:
            return self.simple(s)
        for name in ("body", "orelse"):
            setattr(s, name, self.block(getattr(s, name)))
        if isinstance(s, ast.While) and before:
            if s.orelse:
                raise self.refuse(s, "a while with else cannot be checked here: write what follows after the loop")
            stop = self.statement("if not T_:\n    break", T_=s.test)
            s.test, s.body, before = ast.Constant(True), [*before, stop, *s.body], []
        return [*before, s]

    def simple(self, s: ast.stmt) -> list[ast.stmt]:
        call = getattr(s, "value", None)
        helper = self.calls.get(id(call)) if isinstance(s, ast.Expr | ast.Assign) else None
        alone = helper in self.checked and (isinstance(s, ast.Expr) or self.names_one(s))
        if alone:
            assert isinstance(call, ast.Call)
            call.args = [self.visit(a) for a in call.args]
        elif isinstance(s, ast.AugAssign) and self.found[id(s)]:
            operation = ast.BinOp(copy.deepcopy(s.target), s.op, s.value)
            for n in ast.walk(operation.left):
                if hasattr(n, "ctx") and (n is operation.left or isinstance(n.ctx, ast.Store)):
                    n.ctx = ast.Load()
            pairs = zip(ast.walk(s.target), ast.walk(operation.left), strict=True)
            self.found |= {id(new): self.found[id(old)] for old, new in pairs}
            self.found[id(operation)] = self.found[id(s)]
            s = ast.Assign([self.visit(s.target)], self.visit(ast.copy_location(operation, s)))
        else:
            self.generic_visit(s)
        before = self.flush()
        if not alone:
            return [*before, s]
        self.any = self.changed = True
        if isinstance(s, ast.Expr):
            name = f"{self.bad}_of" if not self.of_result(helper) else f"{self.bad}_value"
            s, test = ast.Assign([ast.Name(name, ast.Store())], s.value), (
                f"{name} == 0.0" if not self.of_result(helper) else f"{name} == {name}")  # fmt: skip
        else:
            assert isinstance(s, ast.Assign)
            name = ast.unparse(s.targets[0])
            test = f"{name} == {name}"
        return [*before, s, self.statement(f"{self.bad} = {self.bad} if {test} else {NAN}")]

    def names_one(self, s: ast.stmt) -> bool:
        return isinstance(s, ast.Assign) and len(s.targets) == 1 and isinstance(s.targets[0], ast.Name)

    def of_result(self, helper: Any) -> bool:
        return any(isinstance(n, ast.Return) and n.value is not None for n in ast.walk(self.walk.trees[helper]))

    def flush(self) -> list[ast.stmt]:
        """The checks of the statement at hand."""
        texts = dict.fromkeys(ast.unparse(ast.fix_missing_locations(d)) for d in self.demands)
        self.demands = []
        return [self.statement(text) for text in texts]

    def demand(self, node: ast.AST, holds: ast.expr) -> None:
        """Whatever else happens, this must hold where the node is computed."""
        self.any = self.changed = True
        made = self.expression(f"{self.bad} if T_ else {NAN}", T_=holds)
        for path in reversed(self.paths):
            made = self.expression(f"M_ if P_ else {self.bad}", M_=made, P_=path)
        if any(isinstance(n, ast.NamedExpr) for n in ast.walk(made)):
            raise self.refuse(node, "`:=` cannot be checked here: write the assignment on a line of its own")
        self.demands.append(ast.Assign([ast.Name(self.bad, ast.Store())], made))

    # -- expressions ------------------------------------------------------------------------------------

    def visit(self, node: ast.AST) -> Any:
        findings = self.found.get(id(node), set())
        made = super().visit(node)
        if "whole" in findings:
            self.changed = True
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
        raw = getattr(index, "raw", index)
        constant = isinstance(raw, ast.Constant)
        holds = self.expression("I_ < L_" if constant else "-L_ <= I_ < L_", I_=raw, L_=length)
        self.demand(node, holds)
        made: ast.expr = self.expression("I_ if T_ else 0", I_=index, T_=holds)
        return made

    def length(self, vector: ast.expr) -> ast.expr:
        known = self.walk.lengths[self.function].get(ast.unparse(vector))
        if known and known not in self.stored and ast.unparse(vector) not in self.stored:
            made: ast.expr = self.expression(known)
            return made
        return self.expression("len(V_)", V_=vector)  # type: ignore[no-any-return]

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        findings = self.found.get(id(node), set())
        self.generic_visit(node)
        if not findings - {"whole"}:
            return node
        self.changed = True
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
            right = self.expression("min(max(R_, 0), 62)", R_=right)
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
            self.exact = True
            holds = self.expression(f"abs(A_) <= {LARGE}", A_=node.args[0])
            self.demand(node, holds)
            node.args[0] = self.expression("A_ if T_ else 0.0", A_=node.args[0], T_=holds)
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
        return node  # type: ignore[no-any-return]

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


class _Ends(ast.NodeTransformer):
    """A function's results as NaN where a check failed; its endless loops end there."""

    def __init__(self, writer: Rewriter) -> None:
        self.writer = writer

    def block(self, body: list[ast.stmt]) -> list[ast.stmt]:
        module = ast.Module(body, [])
        self.visit(module)
        return module.body

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return node

    def visit_Return(self, node: ast.Return) -> Any:
        bad = self.writer.bad
        if node.value is not None and self.writer.returns:
            node.value = self.writer.expression(f"V_ if {bad} == 0.0 else {bad}", V_=node.value)
            return node
        made = self.writer.end()
        return made if isinstance(made[-1], ast.Return) else [*made, node]

    def visit_While(self, node: ast.While) -> ast.AST:
        self.generic_visit(node)
        stop = self.writer.statement(f"if not {self.writer.bad} == 0.0:\n    break")
        node.body = [stop, *node.body]
        return node
