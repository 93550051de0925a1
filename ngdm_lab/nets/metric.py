"""A distribution's F^-1 for every vector of a net: readings R2, R6 and R7, errata E10 and E12."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from ngdm_lab.compiler.checks import check_choice, check_each, check_instance
from ngdm_lab.geometry import Dirichlet, GeneralizedDirichlet, ramp
from ngdm_lab.geometry.ramp import HIGHEST, LOWEST
from ngdm_lab.geometry.solver import Solver
from ngdm_lab.optimizers import InverseFisher, Optimizer

from .groups import Group

__all__ = ["Impossible", "Metric", "metrics"]

Distribution = Dirichlet | GeneralizedDirichlet
ODD, BIASES = ("pad", "error"), ("same", "plain")


class Impossible(ValueError):
    """The distribution's parameters cannot serve a net: a non-positive alpha, named with its i and layer (E10).

    Attributes
    ----------
    group : the vectors that they cannot serve.
    parameter, i : "alpha" or "beta" and the first i at which it is not positive; i is None for another reason.
    """

    def __init__(self, message: str, group: Group, parameter: str = "", i: int | None = None) -> None:
        super().__init__(message)
        self.group, self.parameter, self.i = group, parameter, i


@dataclass(frozen=True)
class Metric:
    """F^-1 for the vectors of a group.

    Attributes
    ----------
    group : the vectors.
    solver : F^-1 of one of them, the same for all; None for the identity.
    padded : whether the solver takes one coordinate more, whose gradient is zero and whose step is dropped.
    """

    group: Group
    solver: Solver | None
    padded: bool = False


def metrics(
    opt: Optimizer, made: Sequence[Group], odd: str = "pad", biases: str = "same"
) -> tuple[list[Metric], list[str]]:
    """F^-1 of an optimizer for all groups of a net, and notes for the log.

    Parameters
    ----------
    opt : any optimizer; one without a preconditioner has the identity everywhere.
    made : from `groups`.
    odd : reading R7, for pairs in a vector with an odd number of coordinates: "pad" or "error".
    biases : reading R6: "same" rule with their own vector for biases and normalisations, or "plain".

    Raises
    ------
    Impossible
        Where a parameter is not positive (E10), or of another length than the vectors.
    ValueError
        For odd="error" and a vector with an odd number of coordinates, and for unknown words.
    """
    check_instance("opt", opt, Optimizer, "an optimizer such as lab.Adam(lr=1e-3)")
    made = check_each("made", made, Group, "a Group, as model.groups() gives them", least=0)
    check_choice("odd", odd, ODD)
    check_choice("biases", biases, BIASES)
    law = opt.preconditioner
    notes: list[str] = []
    out = []
    for group in made:
        if biases == "plain" and group.kind != "weight":
            out.append(Metric(group, None))
        elif isinstance(law, InverseFisher):
            out.append(_metric(law.distribution, law.form, group, odd, notes))
        else:  # the identity, or a user's own preconditioner
            out.append(Metric(group, _named(group, partial(opt.solver, group.length))))
    return out, notes


def _metric(distribution: Distribution, form: str, group: Group, odd: str, notes: list[str]) -> Metric:
    pairs = isinstance(distribution, GeneralizedDirichlet)
    padded = pairs and group.length % 2 == 1
    if padded and odd == "error":
        raise ValueError(
            f"{_place(group)}: the generalised Dirichlet distribution needs pairs, and {group.length} is odd; "
            'odd="pad" gives the last coordinate a partner'
        )
    many = group.number if group.index == "layer" else (group.length + padded) // (2 if pairs else 1)
    given = {}
    for name in ("alpha", "beta") if pairs else ("alpha",):
        value = getattr(distribution, name)
        if isinstance(value, ramp):
            value = _values(value, name, many, group)
        if group.index == "layer" and isinstance(value, np.ndarray):
            if len(value) < group.number:
                raise Impossible(
                    f"{_place(group)}: {name} has {len(value)} values, too few for layer {group.number}", group, name
                )
            value = float(value[group.number - 1])
        given[name] = value
    # E12: F = 0 for one coordinate
    if group.length == 1:
        form = "diagonal"
        notes.append(f"{_place(group)}: a vector of one coordinate has no exact form (E12), the diagonal one is used")
    elif padded:
        notes.append(f"{_place(group)}: odd, so the last coordinate has a partner with zero gradient (R7)")
    solver = _named(group, lambda: type(distribution)(**given).on(group.length + padded).solver(form))
    return Metric(group, solver, padded)


def _values(value: ramp, name: str, many: int, group: Group) -> Any:
    """The values of a ramp, or the first i at which it is not a parameter."""
    values = value.values(many)
    bad = np.flatnonzero(~((values >= LOWEST) & (values <= HIGHEST)))
    if len(bad):
        i = int(bad[0]) + 1
        raise Impossible(
            f"{_place(group)}: {name}_i = {value.start:g} {'-' if value.slope < 0 else '+'} {abs(value.slope):g} i "
            f"is {float(values[i - 1]):g} at i = {i}, and must be positive; i counts to {many} here",
            group, name, i,
        )  # fmt: skip
    return values


def _named(group: Group, make: Callable[[], Solver | None]) -> Solver | None:
    """What `make` gives; its errors with the layer's name before them."""
    try:
        return make()
    except ValueError as error:
        raise Impossible(f"{_place(group)}: {error}", group) from None


def _place(group: Group) -> str:
    return f"layer {group.layer!r}, {group.name} under index {group.index!r}"
