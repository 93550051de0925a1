"""The calling convention of update rules, in full, and what the engine knows of one; `@update_rule` makes them.

An update rule is a plain function ``rule(x, g, <state vectors>, n, t, <hyperparameters>)``, or one that also takes f:

- ``x`` (n,) the point, ``g`` (n,) the gradient there; both may be overwritten;
- one vector (n,) for each name in ``state``, all zero before the first step and kept between steps; an entry
  ``("pairs", 20)`` of ``state`` is a stack of 20 such vectors, ``pairs[j, i]``;
- ``n`` the number of coordinates, ``t`` the step, counted from 1;
- then its hyperparameters, all of them numbers.

It uses loops over ``range``, arithmetic, ``if``, functions of ``math`` and other plain functions, and nothing
else. A rule either moves ``x`` itself (and then takes ``lr``), or is declared ``direction=True``: it leaves
``x`` alone and replaces ``g`` by a direction u, and the engine takes x <- x - lr P u. P is the preconditioner
(the identity, or an inverse Fisher matrix), so a direction rule can be preconditioned by any distribution.

A rule that looks at the function is ``rule(x, f, g, <state vectors>, n, t, <hyperparameters>)``: ``f`` is the value at x,
a number. It asks for values and gradients by moving x: whatever point it leaves there is evaluated next, and the rule
is called again with what was found. So a line search, or a step that is taken back, is a rule that remembers where it
began and how far it is (the number that a run remembers is entry 0 of a vector of its own), and each of its
evaluations counts as one, as everybody's. Runs side by side never wait for each other: each of them evaluates once
in every call. A rule with a vector ``done`` in its ``state`` ends its run by itself: it leaves x where it is and sets
``done[0] = 1.0``.

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
    stacks : (name, how many vectors) of those names in `state` that stand for several.
    """

    function: Callable[..., Any]
    state: tuple[str, ...]
    direction: bool
    hyperparameters: tuple[str, ...]
    stacks: tuple[tuple[str, int], ...] = ()

    def __post_init__(self) -> None:
        # here, since it may come from another process
        guard(self.function, self.state, dict(self.stacks), self.direction)

    @property
    def name(self) -> str:
        """The function's name."""
        return self.function.__name__

    @cached_property
    def takes_f(self) -> bool:
        """Whether it takes the value at x."""
        return list(inspect.signature(self.function).parameters)[1] == "f"

    @cached_property
    def places(self) -> dict[str, slice]:
        """Which of the state's vectors are behind each name; in all there are `vectors`."""
        made, at, sizes = {}, 0, dict(self.stacks)
        for name in self.state:
            made[name] = slice(at, at + sizes.get(name, 1))
            at = made[name].stop
        return made

    @property
    def vectors(self) -> int:
        """The number of vectors in the state."""
        return sum(place.stop - place.start for place in self.places.values())

    @property
    def done(self) -> int:
        """Which vector's first entry says that the run is over; -1 where the rule ends no run."""
        return self.places["done"].start if "done" in self.state else -1

    def arguments(self, x: Any, f: float, g: Any, vectors: Any, t: int) -> dict[str, Any]:
        """What the function takes before its hyperparameters, by name; `vectors` (vectors, n) is the state."""
        of_state = {k: vectors[v] if k in dict(self.stacks) else vectors[v.start] for k, v in self.places.items()}
        return {"x": x, **({"f": f} if self.takes_f else {}), "g": g, **of_state, "n": len(x), "t": t}

    @cached_property
    def compiled(self) -> Any:
        """The rule as a compiled function (x, f, g, S, t, h): S (vectors, n) and h the hyperparameters in order."""
        from numba import float64, int64
        from numba import types as nb

        from ngdm_lab.compiler.linked import link

        row = float64[::1]
        takes = nb.void(row, float64, row, float64[:, ::1], int64, row)
        return link(build(self.function, takes, adaptor=self.adaptor()))

    def adaptor(self) -> str:
        """The text of ``adaptor(x, f, g, S, t, h)``, which calls the function under ``{name}``."""
        several = dict(self.stacks)
        rows = [f"S[{v.start}:{v.stop}]" if k in several else f"S[{v.start}]" for k, v in self.places.items()]
        hyper = arguments([0.0] * len(self.hyperparameters), "h")
        call = "{name}(" + ", ".join(["x", *(["f"] if self.takes_f else []), "g", *rows, "x.shape[0]", "t", *hyper]) + ")"
        return f"def adaptor(x, f, g, S, t, h):\n    {call}\n"

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
