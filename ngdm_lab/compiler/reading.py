"""What stands in a plain function's source, and what the names in it mean."""

from __future__ import annotations

import ast
import contextlib
import copy
import inspect
import textwrap
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from ngdm_lab.compiler.syntax import parsed

from .errors import UnsupportedSource

__all__ = ["Guarded", "as_written", "definition", "guarded", "keep_guarded", "known_names", "remember", "remembered",
           "where", "where_defined"]  # fmt: skip


@dataclass(frozen=True)
class Guarded:
    """What stands for a user's function wherever it is compiled (`ngdm_lab.compiler.guard`).

    Attributes
    ----------
    tree : its ``def``.
    checked : whether it may end with NaN because a check failed or it raises: calling it in Python tells which.
    exact : whether a check may fail where Python computes on.
    """

    tree: ast.FunctionDef
    checked: bool
    exact: bool


_MATH = "ngdm_lab.compiler.math."
_texts: WeakKeyDictionary[types.CodeType, str] = WeakKeyDictionary()
_guarded: WeakKeyDictionary[types.FunctionType, Guarded] = WeakKeyDictionary()


def keep_guarded(function: types.FunctionType, guarded: Guarded) -> None:
    """From now on `definition` gives the guarded form of a function."""
    _guarded[function] = guarded


def guarded(function: Any) -> Guarded | None:
    """The guarded form of a function; None for the lab's own."""
    return _guarded.get(function) if isinstance(function, types.FunctionType) else None


def remember(function: types.FunctionType, text: str = "") -> None:
    """Keep a function's text: this one, or else its file's or cell's as it is now; without a text nothing is kept."""
    if function.__code__ not in _texts:
        with contextlib.suppress(OSError, TypeError):
            _texts[function.__code__] = text or inspect.getsource(function)


def remembered(function: types.FunctionType) -> str:
    """The text that was kept of a function; "" for none."""
    return _texts.get(function.__code__, "")


def definition(function: Callable[..., Any]) -> ast.FunctionDef:
    """The function's ``def`` as it is compiled: the guarded form where there is one, else `as_written`.

    Raises UnsupportedSource where the source is not to be had, or is not this function's.
    """
    form = guarded(function)
    return as_written(function) if form is None else copy.deepcopy(form.tree)


def as_written(function: Callable[..., Any]) -> ast.FunctionDef:
    """The function's ``def`` as a syntax tree, without decorators, annotations, docstring; errors as `definition`."""
    tree = _tree(function)
    tree.decorator_list = []
    tree.returns = None
    for argument in tree.args.posonlyargs + tree.args.args + tree.args.kwonlyargs:
        argument.annotation = None
    if ast.get_docstring(tree) is not None:
        tree.body = tree.body[1:] or [ast.Pass()]
    with contextlib.suppress(UnsupportedSource):  # a name without a value: who asks for what names mean is told
        _ByName(_shown(function, _scope(function))).visit(tree)
    return tree


def _tree(function: Callable[..., Any]) -> ast.FunctionDef:
    label = getattr(function, "__name__", repr(function))
    if not isinstance(function, types.FunctionType):
        raise UnsupportedSource(f"{label} is a {type(function).__name__}, not a function written with def")
    if label == "<lambda>":
        raise UnsupportedSource("a lambda cannot be compiled here: write it with def and give it a name")
    try:
        tree = _parse(_texts.get(function.__code__) or inspect.getsource(function))
    except (OSError, TypeError, SyntaxError, IndexError) as error:
        raise UnsupportedSource(
            f"the source of {label} cannot be read ({error}): define it with def in a file or a notebook cell"
        ) from None
    if not isinstance(tree, ast.FunctionDef):
        raise UnsupportedSource(f"{label} is not an ordinary def")
    if tree.name != function.__code__.co_name:  # a wrapper shows the source of what it wraps
        wrapped = f"the source found for {label} is that of {tree.name}"
        raise UnsupportedSource(f"{wrapped}: leave out the decorators that wrap it")
    return tree


def _parse(source: str) -> ast.stmt:
    try:
        return parsed(textwrap.dedent(source)).body[0]
    except IndentationError:  # an indented function with a line of a string at the margin
        block = parsed("if True:\n" + source).body[0]
        assert isinstance(block, ast.If)
        return ast.increment_lineno(block.body[0], -1)


def known_names(function: Callable[..., Any]) -> dict[str, Any]:
    """The builtins, globals and closed-over names that a function reads, with their values.

    Raises UnsupportedSource where a name of the function around it has no value.
    """
    known = _scope(function)
    return {name: value for name, (_, value) in _shown(function, known).items()} | known


def _scope(function: Callable[..., Any]) -> dict[str, Any]:
    try:
        scope = inspect.getclosurevars(function)
    except ValueError:  # a cell without content
        words = f"{function.__name__} uses a name of the function around it that has no value"
        raise UnsupportedSource(words) from None
    known = {**scope.builtins, **scope.globals, **scope.nonlocals}
    for local in function.__code__.co_varnames:  # getclosurevars counts attributes' names as globals
        known.pop(local, None)
    return known


def _shown(function: Callable[..., Any], known: Mapping[str, Any]) -> dict[str, tuple[str, Any]]:
    """The lab's functions of mathematics that a function reads from a module that shows them, as ``ls.sinpi``.

    By name, (what it calls the module, the function). Not one whose name stands for something else there.
    """
    code = function.__code__
    found: dict[str, tuple[str, Any]] = {}
    for module, held in known.items():
        for name in code.co_names if isinstance(held, types.ModuleType) else ():
            value = _plain(getattr(held, name, None))
            ours = isinstance(value, types.FunctionType) and value.__module__.startswith(_MATH)
            # a frozen copy has the same code
            if ours and name not in code.co_varnames and _code(known.get(name, value)) is value.__code__:
                found[name] = module, value
    return found


def _plain(value: Any) -> Any:
    return getattr(value, "py_func", value)


def _code(value: Any) -> Any:
    return getattr(_plain(value), "__code__", None)


class _ByName(ast.NodeTransformer):
    """Attributes of a module as names of their own."""

    def __init__(self, shown: Mapping[str, tuple[str, Any]]) -> None:
        self.shown = shown

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        module = node.value.id if isinstance(node.value, ast.Name) else ""
        by_name = module and self.shown.get(node.attr, ("",))[0] == module
        return ast.copy_location(ast.Name(node.attr, ast.Load()), node) if by_name else node


def where(function: Callable[..., Any], node: ast.AST) -> str:
    """``file:line`` of a node of the function's tree, for messages."""
    code = getattr(function, "__code__", None)
    if code is None:
        return getattr(function, "__name__", repr(function))
    return f"{code.co_filename}:{code.co_firstlineno + getattr(node, 'lineno', 1) - 1}"


def where_defined(function: Callable[..., Any]) -> str:
    """``file:line: name`` of a plain function, for messages."""
    plain = getattr(function, "py_func", function)
    try:
        at = where(plain, _tree(plain))
    except UnsupportedSource:
        at = where(plain, ast.Pass())
    return f"{at}: {plain.__name__}"
