"""A user's landscape guarded, and tried in plain Python before it is compiled for a dimension; see
`ngdm_lab.compiler.guard` and `ngdm_lab.compiler.probe`."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ngdm_lab.compiler.errors import OutOfRange, UnsupportedSource
from ngdm_lab.compiler.freeze import is_own
from ngdm_lab.compiler.guard.flow import Walk
from ngdm_lab.compiler.guard.protect import protect
from ngdm_lab.compiler.guard.ranges import REAL, UNKNOWN, Dimension, vector
from ngdm_lab.compiler.probe import Arithmetic, Raised, Watched, called
from ngdm_lab.compiler.reading import guarded, where_defined

from .evaluation import leading
from .transforms import inward

__all__ = ["guard", "raise_there", "try_out"]

SHARES = (0.37, 0.71)  # of the way through the box: a function of one piece shows its faults anywhere
SPREAD = 0.23  # so that no two coordinates are equal


def guard(function: Callable[..., Any], dims: tuple[int, int | None]) -> None:
    """Guard a landscape's function for its dimensions, once; errors as `protect` has them."""
    if not isinstance(function, types.FunctionType) or is_own(function):
        return
    walk = Walk(Dimension(*dims))
    size = walk.dimension.size()
    _, own = leading(function)
    known = inspect.signature(function).parameters
    given = {"x": vector(size.low), "g": vector(size.low), "n": size}
    for name in own:
        value = known[name].default
        given[name] = vector() if isinstance(value, np.ndarray) else UNKNOWN if value is known[name].empty else REAL
    protect(function, given, walk)


def try_out(function: Callable[..., Any], n: int, values: Sequence[Any], bounds: NDArray[np.float64]) -> None:
    """Call a landscape's function at two points inside its bounds.

    Raises
    ------
    UnsupportedSource
        For an index outside a vector, an entry of g that stays unwritten or is read before it is written, and a result
        that is no number; file and line where there is one.
    """
    head, _ = leading(function)
    failed = []
    for share in SHARES:
        along = (share + SPREAD * np.arange(n)) % 1.0
        x = Watched.of("x", bounds[:, 0] + along * (bounds[:, 1] - bounds[:, 0]))
        x.setflags(write=False)
        g = Watched.of("g", np.full(n, np.nan))
        given = {"x": x, "g": g, "n": n}
        own = [Watched.of("a parameter", v) if isinstance(v, np.ndarray) else v for v in values]
        try:
            value = called(function, [*(given[word] for word in head), *own])
        except Arithmetic as error:
            failed.append(error)
            continue
        except Raised:  # only there, for all we know: it is raised when a run gets there
            continue
        if value is None:
            continue
        place = where_defined(function)
        if isinstance(value, np.ndarray) and value.ndim == 0:
            value = value.item()
        if not isinstance(value, bool | int | float | np.number | np.bool_) or np.iscomplexobj(value):
            raise UnsupportedSource(f"{place}: must return one real number, got {type(value).__name__} {value!r}")
        if "g" not in head or not np.isfinite(float(value)):
            continue
        at = f"at x = {np.asarray(x).tolist() if n <= 4 else 'a point inside the bounds'}"
        for i in range(n):
            if np.isnan(np.asarray(g)[i]):
                why = "is read before it is written: begin with g[i] = 0.0" if i in g.written else "is never written"
                raise UnsupportedSource(f"{place}: g[{i}] {why} ({at}); a landscape writes all {n} entries of g")
    if len(failed) == len(SHARES):
        raise UnsupportedSource(f"{failed[0]}, as everywhere inside the bounds")


def raise_there(
    function: Callable[..., Any], values: Sequence[Any], program: NDArray[np.float64], points: NDArray[np.float64]
) -> None:
    """Raise what a landscape's function raises in Python at the first of points (m, n) where it does.

    Compiled code has NaN where the function raises an exception of its own or looks outside a vector; this finds out
    which. `values` are the function's parameters, `program` the transforms that lead to the points.

    Raises
    ------
    OutOfRange
        For an index outside a vector.
    ValueError
        Where a whole number is too large for compiled code.
    Exception
        The function's own.
    """
    form = guarded(function)
    if not len(points) or form is None or not form.checked:
        return
    head, _ = leading(function)
    n = points.shape[1]
    own = [Watched.of("a parameter", v) if isinstance(v, np.ndarray) else v for v in values]
    for point in points:
        y = np.array(point)
        inward(y, np.empty(n), n, program)
        given = {"x": Watched.of("x", y), "g": Watched.of("g", np.full(n, np.nan)), "n": n}
        try:
            value = called(function, [*(given[word] for word in head), *own])
        except Raised as raised:
            raise raised.error from None
        except UnsupportedSource as error:
            raise OutOfRange(f"{function.__name__}: {error}") from None
        except Arithmetic:
            continue
        if form.exact and value is not None and np.isfinite(value):
            raise ValueError(f"{where_defined(function)} computes with whole numbers too large for compiled code at "
                             f"{_at(y)}: begin them as floats, such as 1.0")  # fmt: skip


def _at(x: NDArray[np.float64]) -> str:
    return f"x = {x.tolist()}" if len(x) <= 4 else "a point"
