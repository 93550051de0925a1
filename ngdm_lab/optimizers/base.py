"""Optimizer: hyperparameters, an update rule and, where there is one, a preconditioner."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ngdm_lab.compiler.build import build
from ngdm_lab.compiler.checks import check_array, check_instance, check_integer, check_number, settle
from ngdm_lab.compiler.markup import card
from ngdm_lab.compiler.parameters import arguments, pack
from ngdm_lab.geometry.solver import Solver

from .rule import UpdateRule, signature
from .state import State
from .trial import checked, raise_there

__all__ = ["Optimizer", "Preconditioner", "immutable"]

Array = NDArray[np.float64]
Self = TypeVar("Self", bound="Optimizer")


class Preconditioner(Protocol):
    """A constant P in x <- x - lr P u, for any number of coordinates."""

    def solver(self, n: int) -> Solver | None:
        """P in n coordinates; None for the identity. ValueError where there is none."""


class Optimizer:
    """Base of all optimizers: frozen dataclasses of hyperparameters.

    A subclass has a field ``lr``, names its `rule`, and may declare a `preconditioner` and a `scope`.
    """

    rule: UpdateRule
    lr: float

    @property
    def name(self) -> str:
        """Short id, as on the command line."""
        return type(self).__name__.lower()

    @property
    def label(self) -> str:
        """Words for a legend."""
        return type(self).__name__

    def settings(self) -> dict[str, float]:
        """The rule's hyperparameters by name, as numbers. Default: the fields of the same names."""
        return {name: float(getattr(self, name)) for name in self.rule.hyperparameters}

    @property
    def preconditioner(self) -> Preconditioner | None:
        """P of a direction rule's step, x <- x - lr P u; None for the identity."""
        return None

    @property
    def scope(self) -> str:
        """Which coordinates of a net the rule sees together.

        "coordinate": each by itself; "tensor": it has sums over those of one tensor; "all": it has, or may have, sums
        over all of them.
        """
        return "all"

    def solver(self, n: int) -> Solver | None:
        """The preconditioner in n coordinates, or None for the identity. ValueError where it has none there."""
        n = check_integer("n", n, 1)
        return None if self.preconditioner is None else self.preconditioner.solver(n)

    def gain(self, n: int) -> float:
        """How much larger than lr times the gradient a step can be: the largest eigenvalue of P in n coordinates.

        Tuning moves its range of learning rates by it.
        """
        solver = self.solver(n)
        if solver is None:
            return 1.0
        solve, d = compiled_solver(solver), pack(solver.arrays)
        v = 1.0 + np.arange(n) / n  # not orthogonal to the leading eigenvector, which leans towards the ones
        for _ in range(50):
            v /= np.linalg.norm(v)
            before = v.copy()
            solve(v, d)
        return float(before @ v)

    def _settle_numbers(self, **limits: Mapping[str, float]) -> None:
        """For ``__post_init__``: make plain floats of fields, each a finite number of at least 0 and within its limits.

        Limits are those of `check_number`. Raises TypeError for what is no number, ValueError outside.
        """
        settle(
            self,
            **{
                k: check_number(k, getattr(self, k), **(v if "above" in v else {"least": 0, **v}))
                for k, v in limits.items()
            },
        )

    def replace(self: Self, **changes: Any) -> Self:
        """The same optimizer with other hyperparameters; TypeError for a name it does not have."""
        return dataclasses.replace(self, **changes)  # type: ignore[type-var]

    def options(self) -> str:
        """All hyperparameters in one line, for figures and tables."""
        fields = dataclasses.fields(self)  # type: ignore[arg-type]
        return ", ".join(f"{f.name}={_text(getattr(self, f.name))}" for f in fields if f.repr)

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        return card(self.label, {"name": self.name, "hyperparameters": self.options()})

    # -- for hand-written loops -----------------------------------------------------------------------

    def init(self, x: ArrayLike) -> State:
        """Fresh state for parameters like x (any shape with at least one number)."""
        like = check_array("x", _shared(x))
        if like.size == 0:
            raise ValueError(f"x must hold at least one number, got shape {like.shape}")
        self.solver(like.size)  # here, so that an odd n for GenDir is refused before any step
        rule = self.rule
        return State(like.shape, rule.kept, np.zeros((rule.rows(like.size), like.size)), rule=rule)

    def step(self, x: Array, g: ArrayLike, state: State, f: float | None = None) -> None:
        """One step in place: x moves, `state` remembers, g stays as it is.

        Another optimizer may go on with the state if it keeps the same vectors: ``opt.replace(lr=...)``.

        Parameters
        ----------
        x : writable float64 or float32 array of the state's shape (computed in float64), or such a tensor of PyTorch
            in the CPU's memory.
        g : gradient at x, same shape.
        state : from `init`.
        f : the value at x, which some rules want (`rule.takes_f`); others do not look at it.

        Raises
        ------
        TypeError
            If x is no float array that can be changed in place, g holds no real numbers, or f is wanted and not given.
        ValueError
            If x is read-only, shapes differ, or the state belongs to another rule.
        Exception
            What a rule of the user's raises itself, or `OutOfRange` for an index outside a vector; x is as before.
        """
        x = _shared(x)
        if not isinstance(x, np.ndarray) or isinstance(x, np.ma.MaskedArray) or x.dtype not in (np.float64, np.float32):
            kind = x.dtype if type(x) is np.ndarray else type(x).__name__
            raise TypeError(f"x must be a float64 or float32 array, since it is changed in place; got {kind}")
        if not x.flags.writeable:
            raise ValueError("x is read-only; a step changes it in place: pass a writable array, such as x.copy()")
        given = check_array("g", g)
        check_instance("state", state, State, f"a State, as {self.name}'s init makes it")
        if not x.shape == given.shape == state.shape:
            raise ValueError(f"x, g and state must have one shape, got {x.shape}, {given.shape}, {state.shape}")
        if state.owner is not self:  # the first step, or new settings in the midst of a run
            if (state.names, state.rule.stacks) != (self.rule.kept, self.rule.stacks):
                kept = ", ".join(state.names) or "no vectors"
                raise ValueError(f"state is not from {self.name}'s init: it keeps {kept}, which is another rule's")
            solver = self.solver(x.size)
            state.packed, state.solve = pack(solver.arrays if solver else ()), compiled_solver(solver)
            state.owner = self
        gradient = np.array(given, dtype=np.float64).ravel()  # a copy: rules use it as work space
        point = np.array(x, dtype=np.float64).ravel()
        value = self._value(f)
        state.t += 1
        watch = checked(self.rule.function)
        before = [a.copy() for a in (point, gradient, *state.vectors)] if watch else []
        h = np.array(list(self.settings().values()), dtype=np.float64)
        _update()(
            self.rule.compiled, state.solve, point, value, gradient, state.vectors, state.t, h, state.packed,
            float(self.lr), self.rule.direction,
        )  # fmt: skip
        if watch and not np.isfinite(point).all():
            taken = self.rule.arguments(before[0], value, before[1], np.array(before[2:]), state.t)
            raise_there(self.rule.function, taken, h.tolist())
        with np.errstate(over="ignore"):  # float32 overflows to inf as silently as float64 does
            x[...] = point.reshape(x.shape)


    def _value(self, f: Any) -> float:
        """f as a number, which may be infinite or NaN; it is asked for where the rule takes it."""
        if f is None:
            if self.rule.takes_f:
                raise TypeError(f"f must be given: {self.name} looks at the value, opt.step(x, g, state, f)")
            return np.nan
        value = check_array("f", f)
        if value.ndim:
            raise TypeError(f"f must be one number, the value at x, got shape {value.shape}")
        return float(value)


def _shared(x: Any) -> Any:
    """A tensor of PyTorch as the array that shares its memory; all else, and what shares none, as it is."""
    try:
        return x.detach().numpy() if hasattr(x, "detach") and hasattr(x, "numpy") else x
    except Exception:  # another device, another type
        return x


def immutable(kind: type[Self]) -> type[Self]:
    """Class decorator above a frozen dataclass: who assigns to a field is told what to do instead."""
    kind.__setattr__ = _refuse  # type: ignore[assignment]
    return kind


def _refuse(opt: Optimizer, name: str, value: Any) -> None:
    raise AttributeError(f"{opt.name} is immutable: use replace({name}=...)")


def solve_identity(u, n):  # type: ignore[no-untyped-def]
    """P = I: nothing to do."""


def update(rule, solve, x, f, g, S, t, h, d, lr, direction):  # type: ignore[no-untyped-def]
    """One step of any optimizer: the rule, then for direction rules x <- x - lr P u."""
    rule(x, f, g, S, t, h)
    if direction:
        solve(g, d)
        for i in range(x.shape[0]):
            x[i] -= lr * g[i]


def compiled_solver(solver: Solver | None) -> Any:
    """A solver's plain function compiled as (u, d): d its packed arrays."""
    return _compiled_solver(solver.function, len(solver.arrays)) if solver else _compiled_solver(solve_identity, 0)


@cache
def _compiled_solver(function: Callable[..., Any], arrays: int) -> Any:
    from numba import float64
    from numba import types as nb

    from ngdm_lab.compiler.linked import link

    made = build(function, nb.void(float64[::1], float64[::1]), adaptor=solver_adaptor([np.empty(0)] * arrays))
    return link(made)


def solver_adaptor(arrays: Sequence[Array], *, fixed: bool = False) -> str:
    """The text of ``adaptor(u, d)``, which calls a solve with arrays under ``{name}``; `fixed` as in `arguments`."""
    call = "{name}(" + ", ".join(["u", "u.shape[0]", *arguments(arrays, "d", fixed=fixed)]) + ")"
    return f"def adaptor(u, d):\n    {call}\n"


@cache
def signatures() -> tuple[Any, Any]:
    """Numba's first-class types of a compiled rule and of a compiled solver."""
    from numba import float64
    from numba import types as nb

    from ngdm_lab.compiler.linked import LinkedType

    row = float64[::1]
    return LinkedType(signature()), LinkedType(nb.void(row, row))


@cache
def _update() -> Any:
    from numba import boolean, float64, int64
    from numba import types as nb

    row = float64[::1]
    return build(update, nb.void(*signatures(), row, float64, row, float64[:, ::1], int64, row, row, float64, boolean))


def _text(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
