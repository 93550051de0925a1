"""A user's rule tried in plain Python when it is made; see `ngdm_lab.compiler.probe`."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ngdm_lab.compiler.errors import UnsupportedSource
from ngdm_lab.compiler.probe import Arithmetic, Raised, Watched, called

__all__ = ["try_out"]

SIZES = (4, 12)  # coordinates: a rule may be meant for some numbers of them alone, and is wrong if it fails in both


def try_out(function: Callable[..., Any], state: Sequence[str], hyperparameters: Sequence[str]) -> None:
    """Take a few steps with a rule, more than there are coordinates.

    Raises
    ------
    UnsupportedSource
        For an index outside a vector, with file and line.
    """
    faults = []
    for n in SIZES:
        try:
            _steps(function, n, state, hyperparameters)
        except UnsupportedSource as error:
            faults.append(error)
    if len(faults) == len(SIZES):
        raise faults[0]


def _steps(function: Callable[..., Any], n: int, state: Sequence[str], hyperparameters: Sequence[str]) -> None:
    known = inspect.signature(function).parameters
    own = [0.1 if known[name].default is inspect.Parameter.empty else known[name].default for name in hyperparameters]
    vectors = [Watched.of(name, np.zeros(n)) for name in ("x", "g", *state)]
    x, g = vectors[:2]
    np.asarray(x)[:] = np.linspace(0.5, 1.5, n)
    for t in range(1, n + 4):
        np.asarray(g)[:] = np.linspace(-1.0, 2.0, n) + 0.1 * t
        with contextlib.suppress(Arithmetic, Raised):  # hyperparameters that nobody would choose
            called(function, [*vectors, n, t, *own])
