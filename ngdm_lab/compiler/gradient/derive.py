"""From a plain function that gives a value to one that writes its gradient as well: reverse mode, on the source.

The function ``f(x, ...)`` or ``f(x, n, ...)`` becomes ``f(x, g, n, ...)``, a plain function like one written by hand,
which every engine takes as it takes those. Values that the way back needs are computed again where they are not at
hand, so no array is kept; at a kink the gradient is the zero subgradient.
"""

from __future__ import annotations

import ast
import builtins
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from ngdm_lab.compiler.errors import UnsupportedSource
from ngdm_lab.compiler.made import made
from ngdm_lab.compiler.reading import Guarded, as_written, guarded, keep_guarded, remember
from ngdm_lab.compiler.syntax import parsed

from .backward import Backward
from .liveness import needed
from .normal import LENGTH, POINT, SLOPES, Normal
from .opening import opened
from .records import Bars, flat
from .terms import load, number, plus
from .tidy import put_back

__all__ = ["derived", "made_function"]

# by function: the guarded form that it was derived from, if any, and what was made of it
_made: WeakKeyDictionary[types.FunctionType, tuple[Any, Any]] = WeakKeyDictionary()


def derived(function: Callable[..., Any]) -> Callable[..., Any]:
    """The plain function ``(x, g, n, ...)`` that returns what ``function(x, ...)`` does and writes its gradient to g.

    Parameters
    ----------
    function : a plain function of x, or of x and n, and of parameters of its own behind them.

    Raises
    ------
    UnsupportedSource
        For what is not in the language, with file and line: a loop that ends by a condition, an array that is written,
        a function of which no derivative is known.
    """
    plain: Any = getattr(function, "py_func", function)
    form = guarded(plain)
    if plain not in _made or _made[plain][0] is not form:
        try:
            _made[plain] = form, _derive(plain)
        except UnsupportedSource as error:
            _made[plain] = form, error
    found = _made[plain][1]
    if isinstance(found, UnsupportedSource):
        raise UnsupportedSource(str(found))
    assert callable(found)
    return found


def _derive(function: types.FunctionType) -> types.FunctionType:
    normal = Normal(function)
    made = made_function(function, [POINT, SLOPES, LENGTH, *normal.own], gradient(normal), normal.known,
                         f"gradient of {function.__name__}")  # fmt: skip
    form = guarded(function)
    if form is not None:  # its checks are in the text: it needs no guard of its own
        keep_guarded(made, Guarded(as_written(made), form.checked, form.exact))
    return made


def made_function(
    function: Any, parameters: Sequence[str], body: list[ast.stmt], known: Mapping[str, Any], what: str
) -> types.FunctionType:
    """A plain function with these statements; name, default values and place of another one, `what` for tracebacks."""
    arguments = ast.arguments([], [ast.arg(a) for a in parameters], None, [], [], None, [])
    tree = ast.FunctionDef(function.__name__, arguments, body, [])
    source = ast.unparse(ast.fix_missing_locations(ast.Module([tree], []))) + "\n"
    scope = {"__builtins__": builtins, "__name__": function.__module__, **known}
    result = made(source, function.__name__, scope, what)
    assert isinstance(result, types.FunctionType)
    result.__globals__.update(known)  # one of them may have the function's name
    result.__defaults__, result.__doc__ = function.__defaults__, function.__doc__
    result.__qualname__ = function.__qualname__
    remember(result, source)
    return result


def gradient(normal: Normal) -> list[ast.stmt]:
    """The statements of the function with its gradient."""
    sweep, bars = Backward(normal), Bars()
    env = {name: name for name in (POINT, LENGTH, *normal.own)}
    sweep.visible |= set(env)
    there, back = list[Any](), list[Any]()
    records = sweep.forward(normal.body, env, there)
    result = load(env[normal.result])
    sweep.first = False
    if env[normal.result] in sweep.names:
        bars.add(env[normal.result], ast.Constant(1.0))
        sweep.backward(records, sweep.scopes, bars, back)
    back += [sweep.entry(index, plus(terms)) for index, terms in bars.entries.values() if number(plus(terms)) != 0]
    module = ast.Module([*flat([there, back]), ast.Return(result)], [])
    body = parsed(ast.unparse(ast.fix_missing_locations(module))).body  # no node stands in two places any more
    body, _ = needed(body, set())
    return opened(put_back(body, sweep.parts), normal.fresh("i") if "i" in normal.own else "i")
