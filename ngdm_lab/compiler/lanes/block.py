"""One function in lanes form: which names vary, which need a row, and the text of the lane loops.

A value is uniform where all lanes share it, varying where each lane has its own (ispc's words).
"""

from __future__ import annotations

import ast
import types
from collections.abc import Callable
from typing import Any

from ngdm_lab.compiler.errors import UnsupportedSource
from ngdm_lab.compiler.passes import order
from ngdm_lab.compiler.reading import definition
from ngdm_lab.compiler.syntax import parsed

from .flow import flow
from .language import RESERVED, Language, lower_ends
from .memory import APART
from .numbers import power_call, powers_apart, spelt
from .rows import Rows
from .writer import Writer

__all__ = ["Block", "assigned", "lanes_form"]


def lanes_form(
    writer: Writer, function: Callable[..., Any], vectors: tuple[str, ...], numbers: tuple[str, ...] = ()
) -> tuple[str, int, bool]:
    """Give the writer the lanes form of a function, once; returns its name, rows and whether it returns a value."""
    key = (function, vectors, numbers)
    if key not in writer.blocks:
        if function in writer.open:
            raise UnsupportedSource(f"{function.__name__} calls itself; write it as a loop")
        writer.open.append(function)
        name = f"{function.__name__}_lanes{len(writer.blocks)}_"
        writer.blocks[key] = Block(writer, function, vectors, numbers).write(name)
        writer.open.pop()
    return writer.blocks[key]


class Block(Language):
    """The lanes form of one function; `numbers` are its parameters with one number for each lane."""

    def __init__(
        self, writer: Writer, function: Callable[..., Any], vectors: tuple[str, ...], numbers: tuple[str, ...] = ()
    ) -> None:
        super().__init__(function, vectors)
        self.numbers = numbers
        self.writer, self.layout = writer, writer.layout
        self.tree = definition(function)
        self.known = writer.known(function)
        self.varying: set[str] = set()
        self.moving: set[str] = set()  # those of them that vary in the uniform form too, with uniform numbers
        self.groups: list[list[ast.stmt]] = []
        self.rows: dict[str, int] = {}
        self.inner = 0  # rows that called blocks need
        self.result = ""  # the name whose row is the result
        entry = not writer.open[1:]  # n is the number of coordinates there, at least 1
        self.ends = lower_ends(self.tree, {"n": 1.0} if entry else {})

    def read(self) -> tuple[list[ast.stmt], ast.expr | None]:
        """The statements and the result, checked; the varying names are found."""
        arguments = self.tree.args
        if arguments.vararg or arguments.kwarg or arguments.kwonlyargs:
            raise self.refuse(self.tree, "a plain function takes named arguments only")
        for node in ast.walk(self.tree):
            word = node.id if isinstance(node, ast.Name) else node.arg if isinstance(node, ast.arg) else ""
            if word in RESERVED:
                raise self.refuse(node, f"the name {word} is taken in the language of lanes: use another")
            if word in self.numbers and isinstance(getattr(node, "ctx", None), ast.Store):
                raise self.refuse(node, f"{word} is a parameter that differs between lanes: it cannot be written")
        body, result = list(self.tree.body), None
        if body and isinstance(body[-1], ast.Return):
            last = body.pop()
            assert isinstance(last, ast.Return)
            result = last.value
        for statement in body:
            self.check(statement)
        if result is not None:
            self.check(assigned(result))
        self.classify(body)
        if self.numbers:
            self.moving = set(self.varying)
            self.varying |= set(self.numbers)
            self.classify(body)
            body = powers_apart(self, body)
            self.classify(body)
        self.check_counters(body, result, self.varying, self.varies)
        return body, result

    def write(self, name: str) -> tuple[str, int, bool]:
        """Give the writer the lanes form under a name; returns that, the rows of scratch, whether it has a result."""
        body, result = self.read()
        arguments = self.tree.args
        whole = [*body, assigned(result)] if result is not None else body
        self.emit(whole, plan=True)
        filled = set(self.rows)  # by calls, whose results lie in scratch
        self.choose_rows()
        if isinstance(result, ast.Name) and result.id in set(self.rows) - filled:
            self.result = result.id  # its row is the result's own: nothing to copy at the end
            whole = body
        lines = self.emit(whole, plan=False)
        names = [a.arg for a in arguments.posonlyargs + arguments.args]
        head = ", ".join([*names, *(["OUT_"] if result is not None else []), "W_", *self.layout.parameters])
        text = f"def {name}({head}):\n" + "\n".join(f"    {line}" for line in lines or ["pass"])
        self.collect(body, result)
        self.writer.functions.append(f"{APART}\n{text}")
        return name, len(self.rows) + self.inner, result is not None

    def collect(self, body: list[ast.stmt], result: ast.expr | None) -> None:
        """Gather the globals that the function reads, except vector functions, which stand in lanes form."""
        skip = {id(call.func) for s in body for node in ast.walk(s) if (call := self.vector_call(node))}
        for s in [*body, *([result] if result is not None else [])]:
            for node in ast.walk(s):
                if not (isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)) or id(node) in skip:
                    continue
                if node.id in self.known:
                    self.writer.resolve(node.id, self.known[node.id], self.function, node)

    # -- which names vary -------------------------------------------------------------------

    def varies(self, node: ast.AST, among: set[str] | None = None) -> bool:
        """Whether an expression differs between lanes."""
        names = (self.varying if among is None else among).union(self.vectors)
        return any(isinstance(n, ast.Name) and n.id in names for n in ast.walk(node))

    def vector_call(self, node: ast.AST) -> ast.Call | None:
        """The call, if the node is one that passes a vector."""
        return super().vector_call(node) or power_call(node)

    def classify(self, body: list[ast.stmt]) -> None:
        before = -1
        while before != len(self.varying):
            before = len(self.varying)
            for s in body:
                self.mark(s, False)

    def mark(self, s: ast.stmt, within: bool) -> None:
        if isinstance(s, ast.Assign | ast.AugAssign):
            if within or self.varies(s.value):
                for target in s.targets if isinstance(s, ast.Assign) else [s.target]:
                    self.varying |= {n.id for n in ast.walk(target) if isinstance(n, ast.Name)
                                  and isinstance(n.ctx, ast.Store)}  # fmt: skip
        elif isinstance(s, ast.If):
            for child in s.body + s.orelse:
                self.mark(child, within or self.varies(s.test))
        elif isinstance(s, ast.For):
            if self.varies(s.iter):
                raise self.refuse(s, "the ends of a loop must be the same for all lanes")
            for child in s.body:
                self.mark(child, within)

    def is_varying(self, s: ast.AST, among: set[str] | None = None) -> bool:
        """Whether a statement stands in a lane loop as a whole; of the varying names, or of those `among` them."""
        among = self.varying if among is None else among
        if isinstance(s, ast.Assign) and self.vector_call(s.value):
            return False
        if isinstance(s, ast.Assign | ast.AugAssign):
            targets = s.targets if isinstance(s, ast.Assign) else [s.target]
            names = {n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)}
            return bool(names & (among | set(self.vectors) | {"OUT_"}))
        return isinstance(s, ast.If) and self.varies(s.test, among)

    def has_varying(self, s: ast.stmt, among: set[str] | None = None) -> bool:
        """Whether a statement or one that it holds stands in a lane loop, or is a call of a block."""
        return any(
            self.is_varying(n, among) or self.vector_call(n) is not None
            for n in ast.walk(s) if isinstance(n, ast.stmt | ast.Call) and not isinstance(n, ast.For)
        )  # fmt: skip

    # -- text -------------------------------------------------------------------------------------------

    def emit(self, body: list[ast.stmt], plan: bool) -> list[str]:
        """The statements as lines; with `plan` the lane loops are only noted in `groups`."""
        lines: list[str] = []
        group: list[ast.stmt] = []

        def flush() -> None:
            if group:
                if plan:
                    self.groups.append(list(group))
                else:
                    lines.extend(self.loop(group))
                group.clear()

        for s in body:
            if isinstance(s, ast.Pass):
                continue
            if self.is_varying(s):
                group.append(s)
                continue
            flush()
            call = self.vector_call(s.value) if isinstance(s, ast.Expr | ast.Assign) else None
            if call is not None:
                lines.append(self.call(s, call))
            elif isinstance(s, ast.For) and self.has_varying(s):
                lines += [f"for {ast.unparse(s.target)} in {ast.unparse(s.iter)}:", *_shift(self.emit(s.body, plan))]
            elif isinstance(s, ast.If) and self.has_varying(s):
                lines += [f"if {ast.unparse(s.test)}:", *_shift(self.emit(s.body, plan))]
                if s.orelse:
                    lines += ["else:", *_shift(self.emit(s.orelse, plan))]
            else:
                [made] = order.rewritten(order.PLAIN, [_copy(s)], self.known, self.writer)
                lines += ast.unparse(made).splitlines()
        flush()
        return lines

    def loop(self, group: list[ast.stmt]) -> list[str]:
        """One loop over the lanes: rows in, the statements, rows out."""
        exposed, assigned, definite = flow(group, self.varying)
        names = [name for name in self.rows if name in exposed or (name in assigned and name not in definite)]
        lines = [f"{name} = {self.slot(name)}" for name in names]
        for s in group:
            for node in ast.walk(s):
                if isinstance(node, ast.stmt) and node is not s and self.vector_call(getattr(node, "value", node)):
                    raise self.refuse(node, "a call that passes a vector cannot stand under a condition of a lane")
            fresh = parsed(ast.unparse(spelt(self, _copy(s))))
            lines += ast.unparse(ast.fix_missing_locations(Rows(self, s).visit(fresh))).splitlines()
        lines += [f"{self.slot(name)} = {name}" for name in self.rows if name in assigned]
        return [f"for L_ in range({self.layout.width}):", *_shift(lines)]

    def slot(self, name: str) -> str:
        """Where a name stays between lane loops."""
        return "OUT_[L_]" if name == self.result else f"W_[np.uint64({self.rows[name] * self.layout.pitch}) + L_]"

    def call(self, s: ast.stmt, call: ast.Call) -> str:
        """A call of another block; its scratch lies behind ours."""
        assert isinstance(call.func, ast.Name)
        function = self.known.get(call.func.id)
        function = getattr(function, "py_func", function)
        if not isinstance(function, types.FunctionType):
            raise self.refuse(call, f"{call.func.id} is not a plain function: write a loop")
        parameters = [a.arg for a in definition(function).args.args]
        vectors = tuple(p for p, a in zip(parameters, call.args, strict=False)
                        if isinstance(a, ast.Name) and a.id in self.vectors)  # fmt: skip
        passed = [a.id for a in call.args if isinstance(a, ast.Name) and a.id in self.vectors]
        if len(set(passed)) < len(passed):  # compiled blocks take their vectors for different memory
            raise self.refuse(call, "a call passes a vector once: let the function take it once")
        numbers = tuple(p for p, a in zip(parameters, call.args, strict=False)
                        if isinstance(a, ast.Name) and a.id in self.numbers)  # fmt: skip
        for a in call.args:
            if not (isinstance(a, ast.Name) and a.id in (*self.vectors, *self.numbers)) and self.varies(a):
                raise self.refuse(a, f"{ast.unparse(a)} differs between lanes: a call that passes a vector takes "
                                  "uniform values beside it")  # fmt: skip
        name, rows, returns = lanes_form(self.writer, function, vectors, numbers)
        self.inner = max(self.inner, rows)
        given, pitch = [ast.unparse(a) for a in call.args], self.layout.pitch
        if isinstance(s, ast.Assign):
            target = s.targets[0]
            if not returns:
                raise self.refuse(s, f"{call.func.id} returns no value")
            if not isinstance(target, ast.Name) or len(s.targets) > 1:
                raise self.refuse(s, "the result of a call that passes a vector goes to one name")
            if target.id == "OUT_":
                given.append("OUT_")
            else:
                start = self.rows.setdefault(target.id, len(self.rows)) * pitch
                given.append(f"W_[{start}:{start + pitch}]")
        elif returns:
            raise self.refuse(s, f"the result of {call.func.id} is lost: assign it to a name")
        scratch = f"W_[{len(self.rows) * pitch}:]"
        return f"{name}({', '.join([*given, scratch, *self.layout.parameters])})"

    def choose_rows(self) -> None:
        """Names that one lane loop leaves for another get a row."""
        for group in self.groups:
            exposed, _, _ = flow(group, self.varying)
            for name in sorted(exposed.difference(self.numbers)):
                self.rows.setdefault(name, len(self.rows))


def assigned(value: ast.expr) -> ast.stmt:
    """The result of a function as an assignment to its row."""
    made = ast.copy_location(ast.Assign([ast.Name("OUT_", ast.Store())], value), value)
    return ast.fix_missing_locations(made)


def _shift(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines or ["pass"]]


def _copy(s: ast.stmt) -> ast.stmt:
    return ast.fix_missing_locations(parsed(ast.unparse(s)).body[0])
