"""The calling convention of update rules, in full, and what the engine knows of one; `@update_rule` makes them.

An update rule is a plain function ``rule(x, g, <state vectors>, n, t, <hyperparameters>)``:

- ``x`` (n,) the point, ``g`` (n,) the gradient there; both may be overwritten;
- one vector (n,) for each name in ``state``, all zero before the first step and kept between steps;
- ``n`` the number of coordinates, ``t`` the step, counted from 1;
- then its hyperparameters, all of them numbers.

It uses loops over ``range``, arithmetic, ``if``, functions of ``math`` and other plain functions, and nothing
else. A rule either moves ``x`` itself (and then takes ``lr``), or is declared ``direction=True``: it leaves
``x`` alone and replaces ``g`` by a direction u, and the engine takes x <- x - lr P u. P is the preconditioner
(the identity, or an inverse Fisher matrix), so a direction rule can be preconditioned by any distribution.

The function is frozen when the rule is made (text, helpers, outer values), its text is checked, and a few steps are
taken in Python, which finds an index outside a vector. It means what Python means, as a landscape does
(`landscapes.define`): what it raises in a later step, or an index that is outside then, reaches the caller, from a step
by hand or on a net as from an ensemble, whose run is followed to that step in Python.
`lab.check_rule` checks the rest.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ngdm_lab.compiler.build import build
from ngdm_lab.compiler.parameters import arguments
from ngdm_lab.compiler.pickling import reduced

from .trial import guard

__all__ = ["UpdateRule"]


@dataclass(frozen=True)
class UpdateRule:
    """A plain update function with the names of its state vectors and hyperparameters.

    Attributes
    ----------
    function : the plain function.
    state : names of the state vectors, in the order in which the function takes them.
    direction : whether it leaves a direction in g instead of moving x.
    hyperparameters : names of what it takes after t, in order.
    """

    function: Callable[..., Any]
    state: tuple[str, ...]
    direction: bool
    hyperparameters: tuple[str, ...]

    def __post_init__(self) -> None:
        guard(self.function, self.state, self.direction)  # here, since it may come from another process

    @property
    def name(self) -> str:
        """The function's name."""
        return self.function.__name__

    @cached_property
    def compiled(self) -> Any:
        """The rule as a compiled function (x, g, S, t, h): S (states, n) and h the hyperparameters in order."""
        from numba import float64, int64
        from numba import types as nb

        from ngdm_lab.compiler.linked import link

        row = float64[::1]
        return link(build(self.function, nb.void(row, row, float64[:, ::1], int64, row), adaptor=self.adaptor()))

    def adaptor(self) -> str:
        """The text of ``adaptor(x, g, S, t, h)``, which calls the function under ``{name}``."""
        rows = [f"S[{k}]" for k in range(len(self.state))]
        hyper = arguments([0.0] * len(self.hyperparameters), "h")
        call = "{name}(" + ", ".join(["x", "g", *rows, "x.shape[0]", "t", *hyper]) + ")"
        return f"def adaptor(x, g, S, t, h):\n    {call}\n"

    def __reduce__(self) -> Any:
        return reduced(self, _itself)

    def __deepcopy__(self, memo: Any) -> UpdateRule:
        return self

    def defaults(self) -> dict[str, float]:
        """The hyperparameters that have default values."""
        known = inspect.signature(self.function).parameters
        return {k: known[k].default for k in self.hyperparameters if known[k].default is not inspect.Parameter.empty}


def _itself(standing: Any) -> Any:
    """The rule of what stands under a function's name in its module (for pickle)."""
    return standing
