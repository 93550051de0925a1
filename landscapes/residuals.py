"""Least squares: surfaces f(x) = sum_i r_i(x)^2 made of a function of one residual; the classic problems by name.

A residual is a plain function ``r(x, i, n)``, followed by parameters of its own: the i-th of m residuals, from 0 on.
The surface follows from it, for every engine.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ngdm_lab.compiler.gradient.derive import derived
from ngdm_lab.compiler.made import made

from .define import Family, landscape
from .surface import Surface

__all__ = ["LeastSquares", "residuals"]

Array = NDArray[np.float64]
Start = Callable[[int], Any]

@dataclass(frozen=True)
class LeastSquares:
    """A least-squares problem of the set of More, Garbow and Hillstrom (ACM TOMS 7, 1981).

    Attributes
    ----------
    family : of its surfaces, f the sum of the squares.
    function : the plain function of one residual, ``r(x, i, n)`` and data.
    count, begin : the number of residuals and the standard start in n dimensions.
    number : which one it is in the paper's list.
    """

    family: Family
    function: Callable[..., Any]
    count: Callable[[int], int]
    begin: Start
    number: int

    def surface(self, dim: int | None = None) -> Surface:
        """The surface in `dim` dimensions (default: the paper's); errors as a family's call has them."""
        return self.family(dim)

    def start(self, dim: int | None = None) -> Array:
        """(n,) the standard start."""
        return np.array(self.begin(self.surface(dim).dim), dtype=np.float64)

    def m(self, dim: int | None = None) -> int:
        """The number of residuals."""
        return self.count(self.surface(dim).dim)

    @cached_property
    def row(self) -> Callable[..., float]:
        """The plain function ``row(x, g, n, i)``: the i-th residual, its gradient written to g."""
        own = {p: v.default for p, v in list(inspect.signature(self.function).parameters.items())[3:]}
        constants = {f"{p.upper()}_": tuple(v) for p, v in own.items()}  # a tuple is a constant of compiled code
        given = "".join(f", {p}" for p in constants)
        text = f"def row(x, n, i):\n    return residual_(x, i, n{given})\n"
        scope = {"residual_": self.function, "__name__": self.function.__module__, **constants}
        return derived(made(text, "row", scope, "residual"))


def residuals(
    *, m: Any, number: int, start: Any, minima: Any, f_min: Any = None, dims: tuple[int, int | None] | None = None,
    default_dim: int | None = None, tags: tuple[str, ...] = (),
) -> Callable[[Callable[..., Any]], LeastSquares]:  # fmt: skip
    """Decorator: make a problem of a function of one residual.

    m : the number of residuals, or text of it from n, such as "2 * n". start, minima : vectors, or functions of n.
    The bounds are a box around start and minima, half as wide again as they are apart on each side and at least 1.
    """

    def make(function: Callable[..., Any]) -> LeastSquares:
        name = function.__name__
        own = list(inspect.signature(function).parameters)[3:]
        takes = "".join(f", {p}={p.upper()}_" for p in own)
        given = "".join(f", {p}" for p in own)
        text = (
            f"def {name}(x, n{takes}):\n    f = 0.0\n    for i in range({m}):\n"
            f"        r = residual_(x, i, n{given})\n        f += r * r\n    return f\n"
        )
        defaults = {f"{p.upper()}_": inspect.signature(function).parameters[p].default for p in own}
        value = made(text, name, {"residual_": function, "__name__": function.__module__, **defaults}, "residuals")
        value.__doc__ = function.__doc__

        def begin(n: int) -> Any:
            return start(n) if callable(start) else start

        def lowest(n: int) -> Array:
            found = minima(n) if callable(minima) else minima
            return np.atleast_2d(np.array(found, dtype=np.float64)) if len(found) else np.empty((0, n))

        def box(n: int) -> Array:
            points = np.vstack([np.array(begin(n), dtype=np.float64)[None], lowest(n)])
            low, high = points.min(axis=0), points.max(axis=0)
            wide = np.maximum(1.0, 0.5 * (high - low))
            return np.column_stack([low - wide, high + wide])

        span = dims or (len(start), len(start))
        family = landscape(
            bounds=box, minima=lowest, f_min=f_min, dims=span, default_dim=default_dim or span[0], tags=tags,
            source="J. J. Moré, B. S. Garbow and K. E. Hillstrom, ACM Transactions on Mathematical Software 7 (1981) "
                   f"17-41, problem {number}", family=True,
        )(value)  # fmt: skip
        count: Callable[[int], int] = eval(f"lambda n: {m}")
        return LeastSquares(family, function, count, begin, number)

    return make
