"""All kernels that a net may launch on a GPU, for the checks that compile them without one."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Iterator

from ngdm_lab.compiler.cuda.source import Kernel as Source
from ngdm_lab.geometry.solver import Solver
from ngdm_lab.nets.kernel import Kernel
from ngdm_lab.nets.training import kernels
from ngdm_lab.optimizers import UpdateRule

from . import updates as cuda_updates

__all__ = ["elementwise", "updates"]


def elementwise() -> dict[str, Kernel]:
    """Every `Kernel` of the package by module and name."""
    found = {}
    package = importlib.import_module("ngdm_lab.nets")
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, Kernel):
                found[f"{value.function.__module__.rpartition('.')[2]}.{value.__name__}"] = value
    return found


def updates(rules: Iterable[UpdateRule], solvers: Iterable[Solver], real: str) -> Iterator[tuple[str, Source]]:
    """The kernels of rules, with d and descent and without, of Fisher solves and of the descent alone."""
    for rule in rules:
        for diagonal, descends in ((False, True), (True, True), (False, False)):
            first, rest = kernels.parts(rule, diagonal, descends)
            update = cuda_updates.shared([first, *rest], rule, real, rule.direction and not descends)
            for k, source in enumerate(update.kernels):
                yield f"{rule.name} {k}{' d' * diagonal}{' descent' * descends}", source
    for solver in solvers:
        yield solver.function.__name__, cuda_updates.solve_source(solver, real)
    yield "descent", cuda_updates.shared([kernels.DESCENT], kernels.NOTHING, real, keeps_g=False).kernels[0]
