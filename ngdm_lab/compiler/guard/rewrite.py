"""A user's function with what was found in it put right: indices are checked, whole numbers do not wrap.

A check stands before its statement, ``_bad = max(_bad, <at least 0 where it fails>)``, and what would go wrong takes
the nearest value that does not. A function ends with NaN where `_bad` has come to 0: the run diverges, and the engine
calls the function in Python there, which says what happened (`ngdm_lab.compiler.probe`). So compiled code raises
nothing and leaves no vector. Checks are summed up as a largest whole number, which a compiler turns into vector code.
"""

from __future__ import annotations

import ast
import copy
from typing import Any

from .repair import NAN, Repair

__all__ = ["Rewriter"]


class Rewriter(Repair):
    """Rewrites one function."""

    def written(self, poisoned: str) -> ast.FunctionDef:
        """The function; one without a result leaves NaN in the first entry of a vector, or returns it."""
        self.poisoned = poisoned
        self.tree.body = self.block(self.tree.body)
        if not self.any:
            return ast.fix_missing_locations(self.tree)
        body = _Ends(self).block(self.tree.body)
        if not self.returns and not isinstance(body[-1], ast.Return):
            body += self.end()
        self.tree.body = [ast.copy_location(self.statement(f"{self.bad} = -1"), self.tree.body[0]), *body]
        return ast.fix_missing_locations(self.tree)

    def end(self) -> list[ast.stmt]:
        """How a function without a result ends."""
        if not self.poisoned:
            return [self.statement(f"return {self.bad}")]
        entry = f"{self.poisoned}[0]"
        return [self.statement(f"{entry} = {entry} if {self.bad} < 0 else {NAN}")]

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
            self.any = True
            left: list[ast.stmt] = [ast.Return(self.expression(NAN))] if self.returns else [
                self.statement(f"{self.bad} = 0"), ast.Return()]  # fmt: skip
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
        self.any = True
        if isinstance(s, ast.Expr):
            name = f"{self.bad}_of" if not self.of_result(helper) else f"{self.bad}_value"
            s, test = ast.Assign([ast.Name(name, ast.Store())], s.value), (
                f"{name} < 0" if not self.of_result(helper) else f"{name} == {name}")  # fmt: skip
        else:
            assert isinstance(s, ast.Assign)
            name = ast.unparse(s.targets[0])
            test = f"{name} == {name}"
        return [*before, s, self.statement(f"{self.bad} = max({self.bad}, -1 if {test} else 0)")]

    def names_one(self, s: ast.stmt) -> bool:
        return isinstance(s, ast.Assign) and len(s.targets) == 1 and isinstance(s.targets[0], ast.Name)

    def of_result(self, helper: Any) -> bool:
        return any(isinstance(n, ast.Return) and n.value is not None for n in ast.walk(self.walk.trees[helper]))

    def flush(self) -> list[ast.stmt]:
        """The checks of the statement at hand."""
        texts = dict.fromkeys(ast.unparse(ast.fix_missing_locations(d)) for d in self.demands)
        used = {n.id for d in self.demands for n in ast.walk(d) if isinstance(n, ast.Name)}
        self.demands = []
        numbers = [f"{name} = {text}" for text, name in self.names.items() if name in used]
        checks = [f"{self.bad} = max({self.bad}, {text})" for text in texts]
        return [self.statement(line) for line in (*numbers, *checks)]


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
            node.value = self.writer.expression(f"V_ if {bad} < 0 else {NAN}", V_=node.value)
            return node
        made = self.writer.end()
        return made if isinstance(made[-1], ast.Return) else [*made, node]

    def visit_While(self, node: ast.While) -> ast.AST:
        self.generic_visit(node)
        stop = self.writer.statement(f"if {self.writer.bad} >= 0:\n    break")
        node.body = [stop, *node.body]
        return node
