"""Definition: what a surface knows of the family that it belongs to."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ngdm_lab.compiler.checks import check_integer
from ngdm_lab.compiler.room import check_memory

from .evaluation import leading
from .shown import dimensions
from .trial import guard

__all__ = ["Definition"]

VECTORS = 8  # of length n that a surface takes: bounds, minima, a point, a gradient and work space


@dataclass(frozen=True, eq=False)
class Definition:
    """A landscape before its dimension and parameters are chosen.

    Attributes
    ----------
    name : unique among families.
    function : the plain function; convention in `landscapes.define`.
    bounds, minima, f_min : values, or functions of n and of the parameters, by name.
    tags, source : words to find it by, and where it comes from.
    dims : (least, most) dimensions, most None for no end.
    default_dim : the dimension when none is asked for.
    limits : for a parameter's name, its limits as `above`, `least`, `below`, `most`.
    multiple : what the dimension must be a multiple of.
    """

    name: str
    function: Callable[..., Any]
    bounds: Any
    minima: Any
    f_min: Any
    tags: frozenset[str]
    source: str
    dims: tuple[int, int | None]
    default_dim: int
    limits: Mapping[str, Mapping[str, float]]
    multiple: int = 1

    def __post_init__(self) -> None:
        guard(self.function, self.dims)  # here, since it may come from another process

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
        if n % self.multiple:
            raise ValueError(f"dim of {self.name} must be a multiple of {self.multiple}, got {n}")
        check_memory(f"dim of {self.name} = {n}", n * VECTORS)
        return n

    def __repr__(self) -> str:
        return f"<Family {self.name}: dimension {dimensions(self)}>"
