"""What a landscape is declared with, looked at when it is declared."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ngdm_lab.compiler.checks import (
    brief,
    check_choice,
    check_flag,
    check_instance,
    check_integer,
    check_names,
    check_number,
    check_point,
    check_str,
)

__all__ = ["as_bounds", "as_f_min", "as_minima", "check_declared", "check_f_min", "check_limits", "resolve"]

Array = NDArray[np.float64]
Limits = Mapping[str, Mapping[str, float]]

_ENDS = "a mapping such as {'m': {'least': 1, 'most': 10}}, with ends above, least, below and most"
_NEAR = 1e-6  # how well a declared f_min agrees with the value at a declared minimum, relative to values above 1


def check_declared(
    *, bounds: Any, minima: Any, f_min: Any, dim: Any, dims: Any, default_dim: Any, tags: Any, source: Any, name: Any,
    family: Any, limits: Any, multiple: Any,
) -> tuple[list[str], Limits]:  # fmt: skip
    """The tags and limits among what `landscape` is given; TypeError or ValueError for what is wrong by itself."""
    if not callable(bounds):
        check_point("bounds", bounds)
    if not callable(minima) and minima is not None:
        check_point("minima", minima)
    if not callable(f_min) and f_min is not None:
        as_f_min("f_min", f_min)
    for word, value in (("dim", dim), ("default_dim", default_dim)):
        if value is not None:
            check_integer(word, value, 1)
    if dims is not None:
        pair = check_instance("dims", dims, Sequence, "(least, most), most None for no end")
        if isinstance(dims, str | bytes) or len(pair) != 2:
            raise TypeError(f"dims must be (least, most), most None for no end, got {brief(dims)}")
        least = check_integer("dims[0]", pair[0], 1)
        if pair[1] is not None:
            check_integer("dims[1]", pair[1], least)
    check_str("source", source)
    if name is not None:
        check_str("name", name)
    if family is not None:
        check_flag("family", family)
    check_integer("multiple", multiple, 1)
    known: Limits = check_instance("limits", {} if limits is None else limits, Mapping, _ENDS)
    for key, ends in known.items():
        for end, value in check_instance(f"limits[{brief(key)}]", ends, Mapping, _ENDS).items():
            check_choice(f"each end in limits[{brief(key)}]", end, ("above", "least", "below", "most"))
            check_number(f"limits[{brief(key)}][{end!r}]", value)
    return check_names("tags", tags), known


def check_limits(name: str, limits: Limits, own: Sequence[str]) -> None:
    """ValueError for limits of what is no parameter of the function."""
    for key in limits:
        if key not in own:
            raise ValueError(
                f"limits must be of parameters of {name}, {', '.join(own) or 'which has none'}; got {key!r}"
            )


def resolve(what: str, value: Any, n: int, parameters: Mapping[str, Any]) -> Any:
    """A value, or what a function of n and of parameters gives; `what` names it in errors."""
    if not callable(value):
        return value
    wanted = list(inspect.signature(value).parameters)[1:]
    for word in wanted:
        if word not in parameters:
            has = ", ".join(["n", *parameters])
            raise TypeError(f"{what} must be a function of some of {has}, got one that takes {word}")
    return value(n, **{k: parameters[k] for k in wanted})


def as_bounds(name: str, value: Any, n: int) -> Array:
    """(n, 2) finite ends, lower and upper, of a pair for all coordinates or of one for each."""
    pairs = check_point(f"bounds of {name}", value)
    if pairs.shape not in ((2,), (1, 2), (n, 2)):
        raise ValueError(f"bounds of {name} must be (low, high) or have shape ({n}, 2), got shape {pairs.shape}")
    if not np.isfinite(pairs).all() or not (pairs[..., 0] < pairs[..., 1]).all():
        raise ValueError(f"bounds of {name} must be finite (low, high) pairs, got {brief(pairs.tolist())}")
    return np.array(np.broadcast_to(pairs, (n, 2)))


def as_minima(name: str, value: Any, bounds: Array) -> Array:
    """(k, n) points inside the bounds; none for None and for an empty list."""
    n = len(bounds)
    if value is None or np.shape(value) == (0,):
        return np.empty((0, n))
    points = np.atleast_2d(check_point(f"minima of {name}", value))
    if points.ndim != 2 or points.shape[1] != n:
        raise ValueError(f"minima of {name} must have shape (k, {n}), got {np.shape(value)}")
    if not ((points >= bounds[:, 0]) & (points <= bounds[:, 1])).all():
        raise ValueError(f"minima of {name} must lie inside its bounds, got {brief(points.tolist())}")
    return points


def as_f_min(what: str, value: Any) -> float:
    """f_min as a float: a number, NaN where it is not known, minus infinity where there is none."""
    try:
        return check_number(what, value)
    except ValueError:
        if value != value or value == -math.inf:  # math.isnan refuses whole numbers beyond a float's range
            return float(value)
        raise


def check_f_min(name: str, f_min: float, minima: Array, bounds: Array, value: Callable[[Array], float]) -> None:
    """ValueError for an f_min that the function contradicts, at a declared minimum or in the middle of the box."""
    for point in minima:
        there = value(point)
        if abs(there - f_min) > _NEAR * max(1.0, abs(there)):
            at = brief(point.tolist())
            raise ValueError(f"f_min of {name} is {f_min:g}, but at its minimum {at} the value is {there:g}")
    middle = bounds.mean(axis=1)
    there = value(middle) if math.isfinite(f_min) else f_min
    if there < f_min - _NEAR * max(1.0, abs(there)):
        at = brief(middle.tolist())
        raise ValueError(f"f_min of {name} must be its smallest value, got {f_min:g}: at {at} it is {there:g}")
