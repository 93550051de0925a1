"""The state of runs: what an engine is given, what it keeps, and what it leaves, each number declared once.

Four named tuples of arrays and numbers go through every compiled driver: `Problem`, `Setting`, `Records`, `Clock`.
A field says of itself what it is (`Field`: axes, type, value before the first evaluation). Signatures, allocation,
the arguments of CUDA kernels, the rows that lanes carry and what is packed, compacted and published follow from the
fields: one more number kept of each run is one more line here, and what the drivers do with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, NamedTuple, TypeVar, get_type_hints

import numpy as np
from numpy.typing import NDArray

from landscapes import Surface, transforms
from ngdm_lab.compiler.parameters import pack_each
from ngdm_lab.geometry.solver import Solver
from ngdm_lab.optimizers import Optimizer, UpdateRule

from .status import RUNNING

__all__ = ["Blocks", "Clock", "Field", "Job", "Problem", "Records", "Setting", "allocated", "fields", "filled",
           "named", "signature"]  # fmt: skip

Array = NDArray[np.float64]
Whole = NDArray[np.int64]
Kind = TypeVar("Kind", bound=tuple[Any, ...])


@dataclass(frozen=True)
class Field:
    """What one field of the state is.

    Attributes
    ----------
    axes : names of its axes, with spaces between; empty for a number. An axis "row" has an entry for each run of
        each setting, row = run * settings + setting.
    dtype : NumPy's name of its type. "float64" becomes "float32" on a GPU in single precision.
    start : its value before the first evaluation.
    """

    axes: str = ""
    dtype: str = "float64"
    start: float = np.nan

    @property
    def dimensions(self) -> int:
        """Number of axes."""
        return len(self.axes.split())


class Problem(NamedTuple):
    """The surface: parameters of its family, program of its transforms, noise, box and goal.

    `factor` is what the program multiplies the family's value by; a run is there at f - f_min <= target.
    """

    p: Annotated[Array, Field("parameter")]
    q: Annotated[Array, Field("program")]
    factor: Annotated[float, Field()]
    noise: Annotated[float, Field()]
    bounds: Annotated[Array, Field("coordinate end")]
    f_min: Annotated[float, Field()]
    target: Annotated[float, Field()]

    @classmethod
    def of(cls, s: Surface, target: float) -> Problem:
        """Of a surface, and how near to f_min counts as there."""
        factor = transforms.factor(s.program)
        return filled(cls, p=s.packed, q=s.program, factor=factor, noise=s.noise, bounds=s.bounds, f_min=s.f_min,
                      target=target)  # fmt: skip


class Setting(NamedTuple):
    """Per setting: the rule's hyperparameters with the learning rate last, and the packed preconditioner.

    `direction` is the rule's: whether it gives a direction, which the preconditioner and the descent follow. So are
    `done`, `at` and `value`: entries of its state, see `UpdateRule.places`.
    """

    hyper: Annotated[Array, Field("setting hyperparameter")]
    packed: Annotated[Array, Field("setting parameter")]
    direction: Annotated[bool, Field(dtype="bool")]
    done: Annotated[int, Field(dtype="int64")]
    at: Annotated[int, Field(dtype="int64")]
    value: Annotated[int, Field(dtype="int64")]

    @classmethod
    def of(cls, optimizers: Sequence[Optimizer], solvers: Sequence[Solver | None], n: int) -> Setting:
        """Of optimizers that follow one rule and one form of preconditioner, in n coordinates."""
        hyper = [[*o.settings().values(), o.lr] for o in optimizers]
        packed = pack_each([solver.arrays if solver else () for solver in solvers])
        rule = optimizers[0].rule
        done, at, value = rule.places(n)
        return filled(cls, hyper=np.array(hyper), packed=packed, direction=rule.direction, done=done, at=at,
                      value=value)  # fmt: skip


class Records(NamedTuple):
    """What is kept of each run, by rows: all that a call of `ensemble` gives.

    Last point and value, best value inside the bounds, first hit (-1: none), code of `status`, last evaluation;
    where they are asked for, all iterates and their values (else those two arrays are empty); and the best value at
    some evaluations, the marks, for runs that did not diverge before (`quantiles`).
    """

    x: Annotated[Array, Field("row coordinate")]
    f: Annotated[Array, Field("row")]
    best: Annotated[Array, Field("row", start=np.inf)]
    hit: Annotated[Whole, Field("row", "int64", start=-1)]
    code: Annotated[NDArray[np.int8], Field("row", "int8", start=RUNNING)]
    stopped: Annotated[Whole, Field("row", "int64", start=0)]
    path_x: Annotated[Array, Field("path evaluation coordinate")]
    path_f: Annotated[Array, Field("path evaluation")]
    marks: Annotated[Whole, Field("mark", "int64")]
    best_at: Annotated[Array, Field("mark row")]

    @classmethod
    def empty(cls, rows: int, n: int, paths: tuple[Array, Array] | None = None) -> Records:
        """Before the first evaluation; `paths` (rows, steps + 1, n) and (rows, steps + 1) receive every iterate."""
        made = allocated(cls, {"row": rows, "coordinate": n})
        return made._replace(path_x=paths[0], path_f=paths[1]) if paths else made

    def by_setting(self, count: int) -> dict[str, NDArray[Any]]:
        """Copies by field, of shape (settings, runs, ...) for `count` settings."""
        of_rows = [k for k, field in fields(Records).items() if field.axes.startswith("row")]
        given = {k: getattr(self, k) for k in of_rows}
        return {k: a.reshape(-1, count, *a.shape[1:]).swapaxes(0, 1).copy() for k, a in given.items()}


class Clock(NamedTuple):
    """Key of the random numbers, index of row 0's run, evaluations t0 ... t1 - 1 of 0 ... steps."""

    seed: Annotated[int, Field(dtype="uint64")]
    first: Annotated[int, Field(dtype="uint64")]
    t0: Annotated[int, Field(dtype="int64")]
    t1: Annotated[int, Field(dtype="int64")]
    steps: Annotated[int, Field(dtype="int64")]

    @classmethod
    def of(cls, seed: int, first: int, steps: int) -> Clock:
        """Before the first chunk."""
        return filled(cls, seed=seed, first=first, t0=0, t1=0, steps=steps)


class Blocks(NamedTuple):
    """Runs in blocks of 64 lanes: point, state of the rule with what `mixing` adds, `rows.CARRIED`, runs, settings."""

    x: Annotated[Array, Field("block place")]
    s: Annotated[Array, Field("block place")]
    rows: Annotated[Array, Field("block row lane")]
    ids: Annotated[Whole, Field("block lane", "int64")]
    setting: Annotated[Whole, Field("block lane", "int64")]


@dataclass(frozen=True)
class Job:
    """What an engine is given: all runs of all settings, and the records that it fills.

    `x0` (m, n) are the starts of the runs; `limit` (m,) is the size of a coordinate beyond which a run has diverged.
    """

    surface: Surface
    rule: UpdateRule
    solver: Solver | None
    x0: Array
    limit: Array
    problem: Problem
    setting: Setting
    records: Records
    clock: Clock


@cache
def fields(kind: type[tuple[Any, ...]]) -> dict[str, Field]:
    """What the fields of one of the named tuples are, in their order."""
    hints = get_type_hints(kind, include_extras=True)
    return {name: hints[name].__metadata__[0] for name in kind._fields}  # type: ignore[attr-defined]


def filled(kind: type[Kind], **values: Any) -> Kind:
    """A named tuple of the declared types. Arrays that are read-only are copied: compiled code takes none."""
    made = {}
    for name, field in fields(kind).items():
        if field.axes:
            made[name] = np.require(values[name], field.dtype, ["C", "W"])
        else:
            made[name] = np.dtype(field.dtype).type(values[name])
    return kind(**made)


def allocated(kind: type[Kind], sizes: Mapping[str, int]) -> Kind:
    """A named tuple of arrays of their start values; an axis that `sizes` does not name has length 0."""
    made = {}
    for name, field in fields(kind).items():
        shape = [sizes.get(axis, 0) for axis in field.axes.split()]
        made[name] = np.full(shape, field.start, dtype=field.dtype)
    return kind(**made)


@cache
def signature(kind: type[tuple[Any, ...]]) -> Any:
    """Numba's type of one of the named tuples."""
    import numba
    from numba import types

    def of(field: Field) -> Any:
        number = numba.boolean if field.dtype == "bool" else getattr(numba, field.dtype)
        return types.Array(number, field.dimensions, "C") if field.axes else number

    return types.BaseTuple.from_types([of(field) for field in fields(kind).values()], kind)


def named(*kinds: type[tuple[Any, ...]]) -> str:
    """The names of all fields, as lines above a compiled text: of a named tuple Numba's types say the types alone."""
    return "".join(f"# {kind.__name__}: {', '.join(fields(kind))}\n" for kind in kinds)
