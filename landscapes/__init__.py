"""Test surfaces for optimisation, with analytic gradients, known minima and transforms.

>>> import landscapes as ls
>>> surface = ls.rosenbrock(dim=2)
>>> surface([1.0, 1.0])
0.0
"""

from __future__ import annotations

from typing import Any

from . import registry as _registry
from .bibliography import bibtex
from .check import check_landscape
from .define import Family, landscape
from .least_squares import least_squares_problem, least_squares_problems
from .registry import families, from_spec, get, names, parse, tags
from .surface import Surface
from .turns import cospi, sinpi

__all__ = ["Family", "Surface", "bibtex", "check_landscape", "cospi", "families", "from_spec", "get", "landscape",
           "least_squares_problem", "least_squares_problems", "names", "parse", "sinpi", "tags"]  # fmt: skip
__all__ += sorted(_registry.families())


def __getattr__(name: str) -> Any:
    """Each family by its name."""
    try:
        return _registry.families()[name]
    except KeyError:
        raise AttributeError(f"module 'landscapes' has no attribute {name!r}") from None


def __dir__() -> list[str]:
    return __all__
