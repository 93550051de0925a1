"""A plain function in normal form: helpers written out, every assignment to one name, one result.

What is left are assignments, ``for`` over ``range`` and ``if``, of names that mean one thing each.
"""

from __future__ import annotations

import ast
import builtins
import copy
import types
from collections.abc import Callable, Sequence
from typing import Any

from ngdm_lab.compiler.errors import UnsupportedSource
from ngdm_lab.compiler.reading import definition, known_names, where

from .liveness import assigned, needed
from .partials import USED, elementary, own
from .structure import settled
from .terms import load, loads, number

__all__ = ["POINT", "Normal"]

_FOREIGN = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.NamedExpr, ast.List, ast.Tuple,
            ast.Set, ast.Dict, ast.Starred, ast.Await)  # fmt: skip

POINT, SLOPES, LENGTH = "x", "g", "n"  # the words of the convention


class Normal:
    """A function in normal form.

    Attributes
    ----------
    body : its statements.
    result : the name that has the value at the end.
    own : its parameters but those of the convention, in order.
    known : the globals that the statements read, with their values.
    operators : by the text of a called function the name under which `partials` knows it.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        tree = definition(function)
        self.own = [a.arg for a in tree.args.args if a.arg not in (POINT, SLOPES, LENGTH)]
        self.known: dict[str, Any] = {}
        self.operators: dict[str, str] = {}
        self.taken = {POINT, SLOPES, LENGTH, *self.own, *USED}
        given: dict[str, ast.expr] = {name: load(name) for name in (POINT, SLOPES, LENGTH, *self.own)}
        self.result = self.fresh("out")
        self.body, before = needed(_Written(self, function, tree, given, self.result, ()).body(), {self.result})
        if SLOPES in before:
            raise UnsupportedSource(f"{where(function, tree)}: {tree.name} reads its gradient to find its value")

    def fresh(self, name: str) -> str:
        """A name that means nothing yet, like this one."""
        made, k = name, 0
        while made in self.taken or (k == 0 and hasattr(builtins, made)):
            k += 1
            made = f"{name}_{k}"
        self.taken.add(made)
        return made

    def use(self, name: str, value: Any) -> str:
        """The name for a value of a global."""
        if getattr(builtins, name, None) is value:
            return name
        value = own(value)
        for known, other in self.known.items():
            if other is value and (known == name or not isinstance(value, bool | int | float)):
                return known
        free = name not in self.taken or (name not in self.known and USED.get(name) is value)
        name = name if free else self.fresh(name)
        self.taken.add(name)
        self.known[name] = value
        return name


class _Written(ast.NodeTransformer):
    """Writes one function out; `given` has an expression for each parameter, `above` the functions around it."""

    def __init__(
        self, normal: Normal, function: Any, tree: ast.FunctionDef, given: dict[str, ast.expr], result: str,
        above: tuple[Any, ...],
    ) -> None:  # fmt: skip
        self.normal, self.function, self.tree, self.above = normal, function, tree, above
        self.known = known_names(function)
        self.result, self.before = result, list[ast.stmt]()
        stored = assigned(tree.body)
        parameters = [a.arg for a in tree.args.args]
        self.names: dict[str, ast.expr] = {}
        for name in parameters:
            if name in stored or not (isinstance(given[name], ast.Name) or number(given[name]) is not None):
                made = name if not above and name in normal.own else normal.fresh(name)
                if name != made or above:
                    self.before.append(ast.Assign([ast.Name(made, ast.Store())], given[name]))
                self.names[name] = ast.Name(made, ast.Load())
            else:
                self.names[name] = given[name]
        for name in sorted(stored.difference(parameters)):
            self.names[name] = ast.Name(normal.fresh(name), ast.Load())

    def refuse(self, node: ast.AST, what: str) -> UnsupportedSource:
        return UnsupportedSource(f"{where(self.function, node)}: {what}")

    def body(self) -> list[ast.stmt]:
        arguments = self.tree.args
        if arguments.vararg or arguments.kwarg or arguments.kwonlyargs:
            raise self.refuse(self.tree, "a plain function takes named arguments only")
        head, self.before = self.before, []
        out = self.fresh_result()
        return [*head, *self.block(settled(self.tree.body, out, self.refuse))]

    def fresh_result(self) -> str:
        """The name of the result as a local of this function."""
        local = self.result + "_"
        while local in self.names:
            local += "_"
        self.names[local] = ast.Name(self.result, ast.Load())
        return local

    # -- statements -------------------------------------------------------------------------------------

    def block(self, body: Sequence[ast.stmt]) -> list[ast.stmt]:
        out: list[ast.stmt] = []
        for s in body:
            made = self.one(s)
            out += [*self.flush(), *made]
        return out

    def flush(self) -> list[ast.stmt]:
        before, self.before = self.before, []
        return before

    def one(self, s: ast.stmt) -> list[ast.stmt]:
        if isinstance(s, ast.Pass) or (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant | ast.Call)):
            return []
        if isinstance(s, ast.Assign | ast.AugAssign) and all(self.is_slope(t) for t in _targets(s)):
            return []  # its own gradient
        if isinstance(s, ast.AnnAssign) and s.value is not None:
            return self.assign(s.target, s.value)
        if isinstance(s, ast.Assign):
            return [made for target in s.targets for made in self.assign(target, copy.deepcopy(s.value))]
        if isinstance(s, ast.AugAssign):
            if not isinstance(s.target, ast.Name):
                raise self.refuse(s, f"{ast.unparse(s.target)} is written, and only names may be: the gradient of a "
                                     "function that keeps values in an array is not derived")  # fmt: skip
            read = ast.Name(s.target.id, ast.Load())
            return self.assign(s.target, ast.copy_location(ast.BinOp(read, s.op, s.value), s))
        if isinstance(s, ast.If):
            test = self.visit(s.test)
            head = self.flush()
            return [*head, ast.If(test, self.block(s.body), self.block(s.orelse))]
        if isinstance(s, ast.For):
            return self.loop(s)
        kind = type(s).__name__.lower()
        raise self.refuse(s, f"the gradient of a function with `{kind}` is not derived: use assignments, for and if")

    def assign(self, target: ast.expr, value: ast.expr) -> list[ast.stmt]:
        if isinstance(target, ast.Tuple):
            if not isinstance(value, ast.Tuple) or len(value.elts) != len(target.elts):
                raise self.refuse(target, "several names take their values from as many expressions")
            values = [self.visit(v) for v in value.elts]
            names = [self.target(t) for t in target.elts]
            if any(loads(v) & set(names[:k]) for k, v in enumerate(values)):
                kept = [self.normal.fresh(name) for name in names]
                first = [ast.Assign([ast.Name(k, ast.Store())], v) for k, v in zip(kept, values, strict=True)]
                values = [ast.Name(k, ast.Load()) for k in kept]
            else:
                first = []
            return [*first, *(ast.Assign([ast.Name(t, ast.Store())], v) for t, v in zip(names, values, strict=True))]
        made = self.visit(value)
        return [ast.Assign([ast.Name(self.target(target), ast.Store())], made)]

    def target(self, target: ast.expr) -> str:
        if not isinstance(target, ast.Name):
            raise self.refuse(target, f"{ast.unparse(target)} is written, and only names may be: the gradient of a "
                                      "function that keeps values in an array is not derived")  # fmt: skip
        named = self.names[target.id]
        assert isinstance(named, ast.Name)
        return named.id

    def is_slope(self, target: ast.expr) -> bool:
        if not isinstance(target, ast.Subscript) or not isinstance(target.value, ast.Name):
            return False
        named = self.names.get(target.value.id)
        return isinstance(named, ast.Name) and named.id == SLOPES

    def loop(self, s: ast.For) -> list[ast.stmt]:
        ranged = isinstance(s.iter, ast.Call) and self.value_of(s.iter.func) is range
        if not ranged or s.orelse or not isinstance(s.target, ast.Name):
            raise self.refuse(s, "a loop must be written `for i in range(...)`, without else")
        if any(isinstance(n, ast.Break) for n in ast.walk(s)):
            raise self.refuse(s, "the gradient of a loop with `break` is not derived: let it go on without effect")
        ends = self.visit(s.iter)
        head = self.flush()
        return [*head, ast.For(ast.Name(self.target(s.target), ast.Store()), ends, self.block(s.body), [])]

    # -- expressions ------------------------------------------------------------------------------------

    def value_of(self, node: ast.expr) -> Any:
        """What a global, or a function of a module, stands for; None for anything else."""
        if isinstance(node, ast.Name):
            return None if node.id in self.names else self.known.get(node.id, getattr(builtins, node.id, None))
        if isinstance(node, ast.Attribute):
            module = self.value_of(node.value)
            return getattr(module, node.attr, None) if isinstance(module, types.ModuleType) else None
        return None

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id in self.names:
            return copy.copy(self.names[node.id])
        value = self.value_of(node)
        if value is None:
            raise self.refuse(node, f"{node.id} has no value")
        return ast.Name(self.normal.use(node.id, value), ast.Load())

    def visit_Call(self, node: ast.Call) -> ast.AST:
        function = self.value_of(node.func)
        operator = elementary(function)
        if not operator:
            return self.helper(node, getattr(function, "py_func", function))
        if node.keywords or any(isinstance(a, ast.Starred) for a in node.args):
            raise self.refuse(node, f"{ast.unparse(node.func)} takes its arguments by position here")
        func = self.visit(node.func)
        self.normal.operators[ast.unparse(func)] = operator
        given = [self.visit(a) for a in node.args]
        if operator in ("max", "min"):
            if len(given) < 2:
                raise self.refuse(node, f"{operator} takes two numbers or more")
            while len(given) > 2:
                given = [ast.Call(func, given[:2], []), *given[2:]]
        return ast.Call(func, given, [])

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        if not any(isinstance(n, ast.Call) and not elementary(self.value_of(n.func)) for arm in (node.body, node.orelse)
                   for n in ast.walk(arm)):  # fmt: skip
            return self.generic_visit(node)
        test, name = self.visit(node.test), self.normal.fresh("chosen")
        head, arms = self.flush(), []
        for arm in (node.body, node.orelse):
            value = self.visit(arm)
            arms.append([*self.flush(), ast.Assign([ast.Name(name, ast.Store())], value)])
        self.before = [*head, ast.If(test, *arms)]
        return ast.Name(name, ast.Load())

    def helper(self, node: ast.Call, function: Any) -> ast.AST:
        """A call of a plain function: its statements before, its result in place."""
        if not isinstance(function, types.FunctionType):
            raise self.refuse(node, f"the derivative of {ast.unparse(node.func)} is not known")
        if function in (*self.above, self.function):
            raise self.refuse(node, f"{function.__name__} calls itself; write it as a loop")
        tree = definition(function)
        parameters = [a.arg for a in tree.args.args]
        given = dict(zip(parameters, (self.visit(a) for a in node.args), strict=False))
        given |= {k.arg: self.visit(k.value) for k in node.keywords if k.arg}
        defaults = function.__defaults__ or ()
        for name, value in zip(parameters[len(parameters) - len(defaults) :], defaults, strict=True):
            given.setdefault(name, ast.Constant(value))
        if set(given) != set(parameters) or len(node.args) > len(parameters):
            raise self.refuse(node, f"{function.__name__} takes {', '.join(parameters)}")
        result = self.normal.fresh(f"{function.__name__}_value")
        inner = _Written(self.normal, function, tree, given, result, (*self.above, self.function))
        self.before += inner.body()
        return ast.Name(result, ast.Load())

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        if isinstance(node.slice, ast.Slice):
            raise self.refuse(node, f"{ast.unparse(node)} takes a slice: write a loop")
        return self.generic_visit(node)

    def generic_visit(self, node: ast.AST) -> ast.AST:
        if isinstance(node, _FOREIGN) and not _index(node):
            raise self.refuse(node, f"the gradient of `{ast.unparse(node)}` is not derived: write a loop")
        return super().generic_visit(node)


def _targets(s: ast.Assign | ast.AugAssign) -> list[ast.expr]:
    return s.targets if isinstance(s, ast.Assign) else [s.target]


def _index(node: ast.AST) -> bool:
    """Whether a tuple holds whole indices of a table."""
    return isinstance(node, ast.Tuple) and not any(isinstance(e, ast.Slice | ast.Starred) for e in node.elts)
