"""`@landscape`: from a plain function to a surface, or to a family of surfaces over the dimension.

The calling convention, in full. A landscape is a plain function ``f(x, g)`` or ``f(x, g, n)``, followed by
its own parameters if it has any. It reads the point ``x[0] ... x[n - 1]``, writes the gradient into
``g[0] ... g[n - 1]`` (every entry, at every call) and returns the value. It uses loops over ``range``,
arithmetic, ``if``, functions of ``math`` and other plain functions, and nothing else. Parameters are numbers
or vectors, the same for all runs. A function without ``g`` gives a value only: its gradient is then formed
by central differences (tag numeric-gradient), accurate to about 1e-10 relative to f and slower by 2n + 1.
"""

from __future__ import annotations

import importlib
import inspect
import types
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .checks import check_integer, check_number
from .evaluation import leading
from .surface import Surface

__all__ = ["Family", "landscape"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Family:
    """A landscape for any dimension it is defined in: call it with `dim` and parameters to get a Surface."""

    name: str
    function: Callable[..., Any]
    bounds: Any
    minima: Any
    f_min: Any
    tags: frozenset[str]
    source: str
    dims: tuple[int, int | None]
    default_dim: int

    @property
    def formula(self) -> str:
        """The function's docstring."""
        return inspect.cleandoc(self.function.__doc__ or "")

    @cached_property
    def defaults(self) -> dict[str, Any]:
        """The landscape's own parameters with their default values."""
        _, own = leading(self.function)
        known = inspect.signature(self.function).parameters
        return {k: None if known[k].default is inspect.Parameter.empty else known[k].default for k in own}

    def check_dim(self, dim: Any) -> int:
        """`dim` as an int, or the error that says which dimensions there are."""
        least, most = self.dims
        n = check_integer(f"dim of {self.name}", dim, 1)
        if n < least or (most is not None and n > most):
            span = f"{least}" if most == least else f"{least} or more" if most is None else f"{least} to {most}"
            raise ValueError(f"dim of {self.name} must be {span}, got {n}")
        return n

    def __call__(self, dim: int | None = None, **parameters: Any) -> Surface:
        """The surface in `dim` dimensions (default: the family's own), with the given parameters.

        Raises ValueError for a dimension the family lacks, TypeError for an unknown parameter.
        """
        n = self.default_dim if dim is None else self.check_dim(dim)
        unknown = set(parameters) - set(self.defaults)
        if unknown:
            has = ", ".join(self.defaults) or "none"
            raise TypeError(f"{self.name} has no parameter {sorted(unknown)[0]!r}; its parameters: {has}")
        values = {**self.defaults, **parameters}
        for key, value in values.items():
            if value is None:
                raise TypeError(f"{self.name} needs a value for its parameter {key!r}")
            values[key] = (
                check_number(key, value) if np.ndim(value) == 0 else np.ascontiguousarray(value, dtype=np.float64)
            )
        bounds = np.array(np.broadcast_to(_resolve(self.bounds, n, values), (n, 2)), dtype=np.float64)
        if not (bounds[:, 0] < bounds[:, 1]).all() or not np.isfinite(bounds).all():
            raise ValueError(f"bounds of {self.name} must be finite (low, high) pairs, got {bounds.tolist()}")
        minima = _minima(self.name, _resolve(self.minima, n, values), n)
        surface = Surface(
            self, n, tuple(values.items()), bounds, minima, float("nan"), self.tags
        )
        f_min = _resolve(self.f_min, n, values)
        if f_min is None:  # not stated: the value at the minima, if there are any
            f_min = min((self._plain_value(point, values) for point in minima), default=float("nan"))
        object.__setattr__(surface, "f_min", float(f_min))
        return surface

    def _plain_value(self, point: Array, values: dict[str, Any]) -> float:
        """The value at a point from the function itself, uncompiled."""
        head, _ = leading(self.function)
        given = {"x": point.copy(), "g": np.empty_like(point), "n": len(point)}
        return float(self.function(*(given[word] for word in head), *values.values()))

    def __repr__(self) -> str:
        least, most = self.dims
        span = f"{least}" if most == least else f"{least} or more" if most is None else f"{least} to {most}"
        return f"<Family {self.name}: dimension {span}>"

    def __reduce__(self) -> Any:
        return _find, (self.function.__module__, self.function.__qualname__)


def landscape(
    *,
    bounds: Any,
    minima: Any = None,
    f_min: Any = None,
    dim: int | None = None,
    dims: tuple[int, int | None] | None = None,
    default_dim: int | None = None,
    tags: Iterable[str] = (),
    source: str = "",
    name: str | None = None,
    family: bool | None = None,
) -> Callable[[Callable[..., Any]], Any]:
    """Decorator: make a Surface (or a Family over dimensions) of a plain function.

    Parameters
    ----------
    bounds : (low, high) for every coordinate, an (n, 2) array, or a function of n (and of the parameters,
        by name) that returns one of these.
    minima : (k, n) points where the smallest value over the bounds is reached, or a function as for bounds;
        leave it out where there is none.
    f_min : that smallest value, or a function as for bounds; left out, the value at `minima` is taken.
    dim : the one dimension it has, where `bounds` and `minima` do not show it.
    dims : (least, most) dimensions of a family; most None for no end.
    default_dim : the dimension of a family when none is asked for.
    tags, source, name : words to find it by, where it comes from, its name (default: the function's).
    family : True for a Family even of one dimension; the default follows from what is given.

    Returns
    -------
    Callable
        Of the function: a Surface where the dimension is fixed, else a Family.

    Raises
    ------
    TypeError
        For what is no function of the convention above (a lambda, a class method, other leading names).
    ValueError
        For bounds or minima that do not fit, and where the dimension cannot be told.
    """

    def make(function: Callable[..., Any]) -> Any:
        _check_function(function)
        fixed = dim if dim is not None else _dimension(bounds, minima)
        many = family if family is not None else dims is not None or (fixed is None and "n" in leading(function)[0])
        if many:
            span = dims if dims is not None else (fixed or 1, fixed)
            default = default_dim or fixed or max(2, span[0])
        elif fixed is None:
            raise ValueError(
                f"the dimension of {function.__name__} cannot be told: give dim=, or minima=, or take n as third argument"
            )
        else:
            span, default = (fixed, fixed), fixed
        made = Family(
            name or function.__name__, function, bounds, minima, f_min, frozenset(tags), source, span, default
        )
        if "g" not in leading(function)[0]:
            object.__setattr__(made, "tags", made.tags | {"numeric-gradient"})
        return made if many else made(dim=default)

    return make


def _check_function(function: Any) -> None:
    if not isinstance(function, types.FunctionType) and not hasattr(function, "py_func"):
        raise TypeError(f"@landscape wants a function written with def, got {type(function).__name__} {function!r}")
    plain = getattr(function, "py_func", function)
    if plain.__name__ == "<lambda>":
        raise TypeError("@landscape cannot compile a lambda: write it with def and give it a name")
    names = list(inspect.signature(plain).parameters)
    head, _ = leading(plain)
    if names[: len(head)] != head or "x" not in head:
        raise TypeError(
            f"{plain.__name__} must take (x, g) or (x, g, n), then its own parameters; got ({', '.join(names)})"
        )


def _resolve(value: Any, n: int, parameters: dict[str, Any]) -> Any:
    if not callable(value):
        return value
    wanted = list(inspect.signature(value).parameters)[1:]
    return value(n, **{k: parameters[k] for k in wanted})


def _dimension(bounds: Any, minima: Any) -> int | None:
    if minima is not None and not callable(minima):
        return int(np.shape(minima)[-1]) if np.ndim(minima) else None
    if not callable(bounds) and np.ndim(bounds) == 2:
        return len(bounds)
    return None


def _minima(name: str, value: ArrayLike | None, n: int) -> Array:
    if value is None:
        return np.empty((0, n))
    points = np.atleast_2d(np.array(value, dtype=np.float64))
    if points.ndim != 2 or points.shape[1] != n:
        raise ValueError(f"minima of {name} must have shape (k, {n}), got {np.shape(value)}")
    return points


def _find(module: str, name: str) -> Any:
    """The family that stands under a name in a module (for pickle)."""
    found = getattr(importlib.import_module(module), name)
    return found.family if isinstance(found, Surface) else found
