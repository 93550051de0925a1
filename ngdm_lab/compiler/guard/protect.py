"""Guard a user's function when a landscape or a rule is made of it."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from typing import Any

from ngdm_lab.compiler.errors import UnsupportedSource
from ngdm_lab.compiler.freeze import is_own
from ngdm_lab.compiler.reading import Guarded, guarded, keep_guarded

from .flow import Walk
from .ranges import Value
from .rewrite import Rewriter

__all__ = ["protect"]


def protect(function: Callable[..., Any], given: Mapping[str, Value], walk: Walk, poisoned: str = "") -> None:
    """From now on a frozen function, and every helper of it, is compiled in its guarded form.

    Indices that are not proved to lie inside their vectors are checked, whole numbers are floats where a word may not
    hold them, and what fails makes the run diverge.

    Parameters
    ----------
    function : from `freeze.frozen`; one of the lab's own, or without a readable text, is left as it is.
    given : what is known of its parameters, by name.
    walk : a new one, with the dimensions for which the function is meant.
    poisoned : the vector whose first entry is NaN after a failure, for a function without a result.

    Raises
    ------
    UnsupportedSource
        For what can be neither proved nor checked, with file and line.
    """
    if not isinstance(function, types.FunctionType) or is_own(function) or guarded(function) is not None:
        return
    names = function.__code__.co_varnames[: function.__code__.co_argcount]
    try:
        walk.function(function, [given[name] for name in names])
    except UnsupportedSource:
        if function not in walk.trees:
            return
        raise
    checked: set[Any] = set()
    _write(walk, function, poisoned, checked)


def _write(walk: Walk, function: Any, poisoned: str, checked: set[Any]) -> None:
    """Callees first, since they say which calls must be checked."""
    exact = False
    for helper in dict.fromkeys(h for h in walk.calls_of(function) if h in walk.trees):
        if guarded(helper) is None:
            _write(walk, helper, "", checked)
        form = guarded(helper)
        exact = exact or (form is not None and form.exact)
    writer = Rewriter(walk, function, checked)
    tree = writer.written(poisoned)
    if writer.any:
        checked.add(function)
    keep_guarded(function, Guarded(tree, writer.any, writer.exact or exact))
