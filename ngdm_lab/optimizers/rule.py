"""The calling convention of update rules, in full, and what the engine knows of one; `@update_rule` makes them.

An update rule is a plain function ``rule(x, g, <state>, n, t, <hyperparameters>)``, or one that also takes f:

- ``x`` (n,) the point, ``g`` (n,) the gradient there; both may be overwritten;
- one vector (n,) for each name in ``state``, all zero before the first step and kept between steps; an entry
  ``("pairs", 20)`` of ``state`` is a stack of 20 such vectors, ``pairs[j, i]``; then, for each name in ``numbers``,
  a number that is kept in the same way, ``step[0]``;
- ``n`` the number of coordinates, ``t`` the step, counted from 1;
- then its hyperparameters, all of them numbers.

It uses loops over ``range``, arithmetic, ``if``, functions of ``math`` and other plain functions, and nothing
else. A rule either moves ``x`` itself (and then takes ``lr``), or is declared ``direction=True``: it leaves
``x`` alone and replaces ``g`` by a direction u, and the engine takes x <- x - lr P u. P is the preconditioner
(the identity, or an inverse Fisher matrix), so a direction rule can be preconditioned by any distribution.

A rule that looks at the function is ``rule(x, f, g, <state>, n, t, <hyperparameters>)``: ``f`` is the value at x,
without noise. It asks for values and gradients by moving x: whatever point it leaves there is evaluated next, and the
rule is called again with what was found. So a line search, or a step that is taken back, is a rule that remembers where
it began and how far it went, and each of its evaluations counts as one, as everybody's. Runs side by side never wait
for each other: each of them evaluates once in every call. A rule with ``done`` among its ``numbers`` may end its run:
it leaves x where it is and sets ``done[0] = 1.0``. A rule with ``at`` among its vectors and ``value`` among its numbers
says so from where it searches: a run whose budget ends is there, unless its last trial is lower.

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
from functools import cache, cached_property
from typing import Any

from ngdm_lab.compiler.build import build
from ngdm_lab.compiler.parameters import arguments
from ngdm_lab.compiler.pickling import reduced

from .trial import guard

__all__ = ["UpdateRule", "signature"]


@cache
def signature() -> Any:
    """Numba's signature of a compiled rule (x, f, g, S, t, h)."""
    from numba import float64, int64
    from numba import types as nb

    row = float64[::1]
    return nb.void(row, float64, row, float64[:, ::1], int64, row)


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
    numbers : names of the numbers it keeps, which it takes behind the state vectors.
    """

    function: Callable[..., Any]
    state: tuple[str, ...]
    direction: bool
    hyperparameters: tuple[str, ...]
    stacks: tuple[tuple[str, int], ...] = ()
    numbers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        # here, since it may come from another process
        guard(self.function, self.shapes(None), self.direction)

    @property
    def name(self) -> str:
        """The function's name."""
        return self.function.__name__

    @cached_property
    def takes_f(self) -> bool:
        """Whether it takes the value at x."""
        return list(inspect.signature(self.function).parameters)[1] == "f"

    @cached_property
    def kept(self) -> tuple[str, ...]:
        """The names of all that it keeps."""
        return *self.state, *self.numbers

    def shapes(self, n: int | None) -> dict[str, tuple[int | None, ...]]:
        """The shape of each vector, by name."""
        several = dict(self.stacks)
        made: dict[str, tuple[int | None, ...]] = {"x": (n,), "g": (n,)}
        made |= {name: (several[name], n) if name in several else (n,) for name in self.state}
        return made | dict.fromkeys(self.numbers, (1,))

    @cached_property
    def vectors(self) -> int:
        """The number of vectors in the state."""
        several = dict(self.stacks)
        return sum(several.get(name, 1) for name in self.state)

    def rows(self, n: int) -> int:
        """The number of vectors that hold the state of n coordinates: the numbers share as few as they need."""
        return self.vectors + -(-len(self.numbers) // n)

    @property
    def size(self) -> str:
        """Text of the number of entries of the state of n coordinates."""
        count = len(self.numbers)
        return f"({self.vectors} + ({count - 1} + n) // n) * n" if count else f"{self.vectors} * n"

    def places(self, n: int) -> tuple[int, int, int]:
        """Entries of the state: what says that the run is over, the first of the point searched from, the value there.

        -1 for what the rule has not; the last two go together.
        """
        first, several, at = self.vectors * n, dict(self.stacks), -1
        done, value = (first + self.numbers.index(k) if k in self.numbers else -1 for k in ("done", "value"))
        if "at" in self.state and "at" not in several and value >= 0:
            at = n * sum(several.get(name, 1) for name in self.state[: self.state.index("at")])
        return done, at, value if at >= 0 else -1

    def views(self, S: str = "S") -> list[str]:
        """Texts of what it keeps, in order, as parts of an array (rows, n); n is the number of coordinates."""
        made, at, several = [], 0, dict(self.stacks)
        for name in self.state:
            made.append(f"{S}[{at}:{at + several[name]}]" if name in several else f"{S}[{at}]")
            at += several.get(name, 1)
        return made + [f"{S}[{at} + {k} // n, {k} % n:{k} % n + 1]" for k in range(len(self.numbers))]

    def parts(self, S: Any) -> dict[str, Any]:
        """Views of an array (rows, n) by the names of what it keeps."""
        n = S.shape[1]
        return {name: eval(text, {"S": S, "n": n}) for name, text in zip(self.kept, self.views(), strict=True)}

    def arguments(self, x: Any, f: float, g: Any, S: Any, t: int) -> dict[str, Any]:
        """What the function takes before its hyperparameters, by name; S (rows, n) is the state."""
        return {"x": x, **({"f": f} if self.takes_f else {}), "g": g, **self.parts(S), "n": len(x), "t": t}

    @cached_property
    def compiled(self) -> Any:
        """The rule as a compiled function (x, f, g, S, t, h): S (rows, n) and h the hyperparameters in order."""
        from ngdm_lab.compiler.linked import link

        return link(build(self.function, signature(), adaptor=self.adaptor()))

    def adaptor(self, n: int | None = None) -> str:
        """The text of ``adaptor(x, f, g, S, t, h)``, which calls the function under ``{name}``, for n or any number of
        coordinates."""
        hyper = arguments([0.0] * len(self.hyperparameters), "h")
        value = ["f"] if self.takes_f else []
        call = f"{{name}}({', '.join(['x', *value, 'g', *self.views(), 'n', 't', *hyper])})"
        return f"def adaptor(x, f, g, S, t, h):\n    n = {n or 'x.shape[0]'}\n    {call}\n"

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
