"""The classic least-squares problems by name."""

from __future__ import annotations

from functools import cache

from ngdm_lab.compiler.checks import check_str, unknown_name

from . import curves, systems
from .define import Family
from .residuals import LeastSquares

__all__ = ["families", "least_squares_problem", "least_squares_problems"]


@cache
def _known() -> dict[str, LeastSquares]:
    made = [v for module in (curves, systems) for v in vars(module).values() if isinstance(v, LeastSquares)]
    return {problem.family.name: problem for problem in sorted(made, key=lambda problem: problem.number)}


def families() -> dict[str, Family]:
    """The families of their surfaces, by name."""
    return {name: problem.family for name, problem in _known().items()}


def least_squares_problems() -> list[str]:
    """The names of the problems of More, Garbow and Hillstrom (1981), in the paper's order."""
    return list(_known())


def least_squares_problem(name: str) -> LeastSquares:
    """A problem by its name. Raises ValueError for an unknown name, with near ones."""
    if check_str("name", name) not in _known():
        raise unknown_name("problem", name, _known())
    return _known()[name]
