"""`@landscape`: from a plain function to a surface, or to a family of surfaces over the dimension.

The calling convention, in full. A landscape is a plain function ``f(x, g)`` or ``f(x, g, n)``, followed by
its own parameters if it has any. It reads the point ``x[0] ... x[n - 1]``, writes the gradient into
``g[0] ... g[n - 1]`` (every entry, at every call) and returns the value. It uses loops over ``range``,
arithmetic, ``if``, functions of ``math`` and other plain functions, and nothing else. Parameters are numbers
or vectors, the same for all runs. A function without ``g`` gives a value only: its gradient is then derived from its
text, exactly and on every engine (`ngdm_lab.compiler.gradient`; docs/gradients.md says how). Where that does not go,
since it has a ``while``, a ``break`` or an array of its own, the gradient is formed by central differences (tag
numeric-gradient), accurate to about 1e-10 relative to f and slower by 2n + 1, lane by lane; `runs.slow` says why.
A function beyond this, such as one that closes over an array, still works as far as Numba takes it; it is
compiled anew in each process.

The function is frozen when the surface is made: text, helpers and outer values, so that a later notebook cell
changes nothing. Its text is checked (no x that is written, a value on every path, no random numbers of its own),
and it is called twice in Python, which finds an index outside a vector and an entry of g that is never written.
It means what Python means (`ngdm_lab.compiler.guard`): whole numbers are floats where a machine word may not hold
them, indices count from the end where they are negative, and one that is not proved to lie inside is checked. A `raise`
of its own reaches the caller as it is, from `value` as from an ensemble, and an index outside a vector as an IndexError
with function, line, index and length. A division by zero is NaN or infinite, and makes that run diverge.
`ls.check_landscape` checks the rest: gradient, minima, f_min.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ngdm_lab.compiler.checks import check_number, check_point
from ngdm_lab.compiler.faults import check_text
from ngdm_lab.compiler.freeze import frozen, is_own
from ngdm_lab.compiler.pickling import reduced

from .declared import as_bounds, as_f_min, as_minima, check_declared, check_f_min, check_limits, resolve
from .definition import Definition
from .evaluation import leading, with_gradient
from .shown import Doc
from .surface import Surface
from .trial import guard, try_out

__all__ = ["Family", "landscape"]

Array = NDArray[np.float64]


class Family(Definition):
    __doc__ = Doc(
        "A landscape for any dimension it is defined in: call it with `dim` and parameters to get a Surface.\n\n"
        "``help(ls.rosenbrock)`` prints a family's formula, parameters, bounds, minima and source."
    )

    def __call__(self, dim: int | None = None, **parameters: Any) -> Surface:
        """The surface in `dim` dimensions (default: the family's own), with the given parameters.

        Raises ValueError for a dimension the family lacks or a parameter outside its limits, TypeError for
        an unknown parameter.
        """
        n = self.check_dim(self.default_dim if dim is None else dim)
        unknown = set(parameters) - set(self.defaults)
        if unknown:
            has = ", ".join(self.defaults) or "none"
            raise TypeError(f"{self.name} has no parameter {sorted(unknown)[0]!r}; its parameters: {has}")
        values = {**self.defaults, **parameters}
        for key, value in values.items():
            if value is None:
                raise TypeError(f"{self.name} needs a value for its parameter {key!r}, got None")
            values[key] = _parameter(key, value, self.defaults[key], self.limits.get(key, {}))
        bounds = as_bounds(self.name, resolve(f"bounds of {self.name}", self.bounds, n, values), n)
        minima = as_minima(self.name, resolve(f"minima of {self.name}", self.minima, n, values), bounds)
        if not is_own(self.function):
            try_out(self.function, n, list(values.values()), bounds)
        f_min = resolve(f"f_min of {self.name}", self.f_min, n, values)
        if f_min is None:  # not stated: the value at the minima, if there are any
            f_min = min((self._plain_value(point, values) for point in minima), default=float("nan"))
        elif not is_own(self.function):
            f_min = as_f_min(f"f_min of {self.name}", f_min)
            check_f_min(self.name, f_min, minima, bounds, lambda point: self._plain_value(point, values))
        return Surface(self, n, tuple(values.items()), bounds, minima, float(f_min), self.tags)

    def _plain_value(self, point: Array, values: dict[str, Any]) -> float:
        """The value at a point from the function itself, uncompiled."""
        head, _ = leading(self.function)
        given = {"x": point.copy(), "g": np.zeros_like(point), "n": len(point)}
        plain = getattr(self.function, "py_func", self.function)
        return float(plain(*(given[word] for word in head), *values.values()))

    def __reduce__(self) -> Any:
        return reduced(self, _family)

    def __deepcopy__(self, memo: Any) -> Family:
        return self


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
    limits: Mapping[str, Mapping[str, float]] | None = None,
    multiple: int = 1,
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
    limits : for a parameter's name, its limits as `above`, `least`, `below`, `most`.
    multiple : what the dimension must be a multiple of, where the function takes coordinates in groups.

    Returns
    -------
    Callable
        Of the function: a Surface where the dimension is fixed, else a Family.

    Raises
    ------
    TypeError
        For what is no function of the convention above (a lambda, a class method, other leading names), and for one
        that is found wrong as said there: one line with file and line number.
    ValueError
        For bounds or minima that do not fit, and where the dimension cannot be told.
    """

    words, ends = check_declared(
        bounds=bounds, minima=minima, f_min=f_min, dim=dim, dims=dims, default_dim=default_dim, tags=tags,
        source=source, name=name, family=family, limits=limits, multiple=multiple,
    )  # fmt: skip

    def make(function: Callable[..., Any]) -> Any:
        _check_function(function)
        function = frozen(function)
        if not is_own(function):
            vectors = {"x", "g"}.intersection(leading(function)[0])
            check_text(function, vectors, ("g",), returns=True, why="a landscape writes its gradient g alone")
        fixed = dim if dim is not None else _dimension(bounds, minima)
        many = family if family is not None else dims is not None or (fixed is None and "n" in leading(function)[0])
        if many:
            span = dims if dims is not None else (fixed or 1, fixed)
            default = default_dim or fixed or max(2, span[0])
            default = default if span[1] is None else min(default, span[1])
        elif fixed is None:
            raise ValueError(
                f"the dimension of {function.__name__} cannot be told: give dim= or minima=, or take n as argument"
            )
        else:
            span, default = (fixed, fixed), fixed
        _, own = leading(function)
        check_limits(function.__name__, ends, own)
        guard(function, span)  # before its gradient is derived
        exact = "g" in leading(with_gradient(function))[0]
        found = frozenset(words) if exact else frozenset(words) | {"numeric-gradient"}
        made = Family(
            name or function.__name__, function, bounds, minima, f_min, found, source, span, default, ends, multiple
        )
        return made if many else made(dim=default)

    return make


def _check_function(function: Any) -> None:
    if not isinstance(function, types.FunctionType) and not hasattr(function, "py_func"):
        raise TypeError(f"@landscape wants a function written with def, got {type(function).__name__}")
    plain = getattr(function, "py_func", function)
    if plain.__name__ == "<lambda>":
        raise TypeError("@landscape cannot compile a lambda: write it with def and give it a name")
    takes = inspect.signature(plain)
    head, own = leading(plain)
    named = all(p.kind is p.POSITIONAL_OR_KEYWORD for p in takes.parameters.values())
    if not named or "x" not in head or list(takes.parameters)[: len(head)] != head:
        raise TypeError(f"{plain.__name__} must take (x, g) or (x, g, n), then its own parameters; got {takes}")
    if "dim" in own:
        raise TypeError(f"{plain.__name__}: the dimension is passed as third argument and must be called n, not dim")


def _parameter(key: str, value: Any, default: Any, limits: Mapping[str, float]) -> float | Array:
    """A number where the default is one, a vector where it is one; either where there is no default."""
    many = (
        isinstance(value, np.ndarray | list | tuple) and np.ndim(value) > 0 if default is None else np.ndim(default) > 0
    )
    if not many:
        return check_number(key, value, **limits)
    vector = check_point(key, value)
    for component in vector.flat:
        check_number(f"each component of {key}", component, **limits)
    vector.setflags(write=False)
    return vector


def _dimension(bounds: Any, minima: Any) -> int | None:
    if minima is not None and not callable(minima) and np.shape(minima) not in ((), (0,)):
        return int(np.shape(minima)[-1])
    if not callable(bounds) and np.ndim(bounds) == 2:
        return len(bounds)
    return None


def _family(standing: Any) -> Any:
    """The family of what stands under a function's name in its module (for pickle)."""
    return standing.family if isinstance(standing, Surface) else standing
