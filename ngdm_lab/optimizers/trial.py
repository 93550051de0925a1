"""A user's rule guarded and tried in plain Python when it is made; see `ngdm_lab.compiler.guard` and `probe`."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ngdm_lab.compiler.errors import OutOfRange, UnsupportedSource
from ngdm_lab.compiler.freeze import is_own
from ngdm_lab.compiler.guard.flow import Walk
from ngdm_lab.compiler.guard.protect import protect
from ngdm_lab.compiler.guard.ranges import COUNT, REAL, Dimension, constant, vector, whole
from ngdm_lab.compiler.probe import Arithmetic, Raised, Watched, called
from ngdm_lab.compiler.reading import guarded, where_defined

__all__ = ["checked", "guard", "raise_there", "try_out"]

SIZES = (4, 12)  # coordinates: a rule may be meant for some numbers of them alone, and is wrong if it fails in both


def guard(function: Callable[..., Any], shapes: Mapping[str, tuple[int | None, ...]], direction: bool) -> None:
    """Guard a rule's function, once, given the shapes of its vectors, None for n; errors as `protect` has them."""
    if is_own(function):
        return
    walk = Walk(Dimension(1, None))
    size = walk.dimension.size()
    lengths: dict[Any, Any] = {(None,): size.low, (1,): constant(1).low}  # of a stack, which has two axes, none is said
    vectors = {name: vector(lengths.get(shape)) for name, shape in shapes.items()}
    own = dict.fromkeys(inspect.signature(function).parameters, REAL)
    protect(function, {**own, **vectors, "n": size, "t": whole(None, None, 1, COUNT)}, walk, "g" if direction else "x")


def checked(function: Callable[..., Any]) -> bool:
    """Whether a rule's function may leave NaN for what Python raises."""
    form = guarded(function)
    return form is not None and form.checked


def raise_there(
    function: Callable[..., Any], given: Mapping[str, Any], own: Sequence[float]
) -> None:
    """Raise what a rule raises in Python, given what it takes before its hyperparameters, by name, and these.

    Raises
    ------
    OutOfRange
        For an index outside a vector.
    ValueError
        Where a whole number is too large for compiled code.
    Exception
        The rule's own.
    """
    watched = {name: Watched.of(name, v) if isinstance(v, np.ndarray) else v for name, v in given.items()}
    t = given["t"]
    try:
        called(function, [*watched.values(), *own])
    except Raised as raised:
        raise raised.error from None
    except UnsupportedSource as error:
        raise OutOfRange(f"{function.__name__}: {error}, in step {t}") from None
    except Arithmetic:
        return
    form = guarded(function)
    if form is not None and form.exact and all(np.isfinite(v).all() for v in given.values()):
        raise ValueError(f"{where_defined(function)} computes with whole numbers too large for compiled code in step "
                         f"{t}: begin them as floats, such as 1.0")  # fmt: skip


def try_out(
    function: Callable[..., Any], shapes: Callable[[int], Mapping[str, Any]], hyperparameters: Sequence[str]
) -> None:
    """Take a few steps with a rule, more than there are coordinates; `shapes` gives those of its vectors.

    Raises
    ------
    UnsupportedSource
        For an index outside a vector, with file and line.
    """
    faults = []
    for n in SIZES:
        try:
            _steps(function, shapes(n), hyperparameters)
        except UnsupportedSource as error:
            faults.append(error)
    if len(faults) == len(SIZES):
        raise faults[0]


def _steps(function: Callable[..., Any], shapes: Mapping[str, Any], hyperparameters: Sequence[str]) -> None:
    known = inspect.signature(function).parameters
    own = [0.1 if known[name].default is inspect.Parameter.empty else known[name].default for name in hyperparameters]
    x, g, *vectors = (Watched.of(name, np.zeros(shape)) for name, shape in shapes.items())
    n = len(x)
    np.asarray(x)[:] = np.linspace(0.5, 1.5, n)
    for t in range(1, n + 4):
        np.asarray(g)[:] = np.linspace(-1.0, 2.0, n) + 0.1 * t
        value = [1.0 / t] if "f" in known else []
        with contextlib.suppress(Arithmetic, Raised):  # hyperparameters that nobody would choose
            called(function, [x, *value, g, *vectors, n, t, *own])
