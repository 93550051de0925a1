"""Compiled evaluation: one signature for every family, one batch loop for every surface.

The shared signature is ``value = f(x, g, p)``: x (n,) is read, the gradient is written to g (n,), p holds
the family's parameters (`ngdm_lab.compiler.parameters`).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ngdm_lab.compiler.build import build
from ngdm_lab.compiler.parameters import arguments
from ngdm_lab.compiler.random import STREAM_NOISE, normal

from .transforms import evaluate

__all__ = ["batch", "compiled", "evaluate_batch", "leading", "signature"]

Array = NDArray[np.float64]

_FUSED = """
def adaptor(x, g, p):
    return {call}
"""

# Central differences, for functions that give a value only; the step is times |x_i| where that is larger than 1.
# The point is put back bit for bit.
STEP = 6.055454452393343e-06  # the cube root of 2^-52
_NUMERIC = """
def adaptor(x, g, p):
    for i in range(x.shape[0]):
        here = x[i]
        h = {step} * max(1.0, abs(here))
        x[i] = here + h
        right = x[i]
        up = {call}
        x[i] = here - h
        left = x[i]
        down = {call}
        x[i] = here
        g[i] = (up - down) / (right - left)
    return {call}
"""


def leading(function: Callable[..., Any]) -> tuple[list[str], list[str]]:
    """Split a landscape's parameters into the leading x, g, n (as far as it has them) and its own."""
    names = list(inspect.signature(function).parameters)
    convention: tuple[str, ...] = ("x", "g", "n")
    head = [name for name in convention if name in names]
    return head, names[len(head) :]


@cache
def signature() -> Any:
    """Numba's signature of f(x, g, p)."""
    from numba import float64

    return float64(float64[::1], float64[::1], float64[::1])


def compiled(function: Callable[..., Any], values: Sequence[Any]) -> Any:
    """Compile a landscape's plain function for f(x, g, p); `values` tells numbers from vectors."""
    from ngdm_lab.compiler.linked import link

    return link(build(function, signature(), adaptor=adaptor(function, values)))


def adaptor(function: Callable[..., Any], values: Sequence[Any], *, fixed: bool = False, step: float = STEP) -> str:
    """The text of ``adaptor(x, g, p)``, which calls the function under ``{name}``; `fixed` as in `arguments`.

    `step` is that of the central differences for a function that gives no gradient.
    """
    head, _ = leading(function)
    words = [{"n": "x.shape[0]"}.get(word, word) for word in head]
    call = "{name}(" + ", ".join([*words, *arguments(values, fixed=fixed)]) + ")"
    text = _FUSED if "g" in head else _NUMERIC
    return text.replace("{call}", call).replace("{step}", repr(step))


def evaluate_batch(base, X, F, G, p, q, noise, key):
    """Value and gradient at each row of X (m, n); row r has the noise of run r, step 0."""
    n = X.shape[1]
    y, w = np.empty(n), np.empty(n)
    for r in range(X.shape[0]):
        F[r] = evaluate(base, X[r], G[r], p, q, y, w)
        if noise > 0.0:
            for i in range(n):
                G[r, i] += noise * normal(key, np.uint64(STREAM_NOISE), np.uint64(r), np.uint64(0), np.uint64(i))
            F[r] += noise * normal(key, np.uint64(STREAM_NOISE), np.uint64(r), np.uint64(0), np.uint64(n))


@cache
def _batch() -> Any:
    from numba import float64, types, uint64

    from ngdm_lab.compiler.linked import LinkedType

    row, table = float64[::1], float64[:, ::1]
    return build(
        evaluate_batch,
        types.void(LinkedType(signature()), table, row, table, row, row, float64, uint64),
    )


def batch(function: Any, packed: Array, program: Array, noise: float, points: Array, key: int) -> tuple[Array, Array]:
    """Values (m,) and gradients (m, n) at points (m, n), all float64.

    Parameters
    ----------
    function : from `compiled`.
    packed : its parameters p, one array.
    program : the transforms as one array, see `landscapes.transforms`.
    noise : standard deviation of the noise on values and components of gradients.
    points : (m, n), C-contiguous.
    key : of the noise, from 0 to 2^64 - 1.
    """
    f = np.empty(len(points))
    g = np.full_like(points, np.nan)  # an entry that a function forgets to write shows, and is the same each time
    _batch()(function, points, f, g, packed, program, noise, np.uint64(key))
    return f, g
