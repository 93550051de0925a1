"""Second derivatives of a surface: products with a vector by forward mode over the derived gradient, or differences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ngdm_lab.compiler.build import build
from ngdm_lab.compiler.errors import UnsupportedSource
from ngdm_lab.compiler.parameters import arguments

from . import transforms

__all__ = ["by_differences", "compiled", "products"]

Array = NDArray[np.float64]

NEAR, KINK = 1e-7, 1e-3  # how far neighbours are, relative to a coordinate; how far second derivatives may be apart

_ADAPTOR = """
def adaptor(x, g, V, H, p):
    for k in range(V.shape[0]):
        {name}(x, g, V[k], H[k], x.shape[0]{given})
"""


@cache
def _signature() -> Any:
    from numba import float64, void

    table = float64[:, ::1]
    return void(float64[::1], float64[::1], table, table, float64[::1])


def compiled(function: Callable[..., Any] | None, values: list[Any]) -> Any | None:
    """(x, g, V, H, p): second derivatives at x times each row of V, as rows of H; None where they are not derived."""
    from ngdm_lab.compiler.gradient.tangent import product_of  # which few need

    try:
        made = product_of(function) if function is not None else None
    except UnsupportedSource:
        return None
    given = "".join(f", {word}" for word in arguments(values))
    return None if made is None else build(made, _signature(), adaptor=_ADAPTOR.replace("{given}", given))


def products(s: Any, point: Array, along: Array) -> Array:
    """The second derivatives of a Surface at a point (n,) times each row of `along` (m, n): (m, n).

    Noise is left out. Where they cannot be derived, central differences of the gradient take their place.
    """
    if s.curved is None:
        return along @ by_differences(s, point)
    y, w, n, q = point.copy(), np.empty(s.dim), s.dim, s.program
    if not q[0]:
        found = _smooth(s, y, along)
    else:
        transforms.inward(y, w, n, q)
        out = np.eye(n)  # rows: what the base's unit gradients are outside
        for row in out:
            transforms.outward(row, w, n, q)
        found = _smooth(s, y, along @ out.T / transforms.factor(q)) @ out
    if np.isnan(found).any():
        s.grad(point)  # it raises what the function raises there
    return found


def _smooth(s: Any, y: Array, along: Array) -> Array:
    """Products at a point of the family itself; its neighbours' where a kink of the text is none of the function.

    |t| has no curvature at 0, but cos(|t|) has: there the derivative of the text is another one than on both sides,
    which are of one mind.
    """
    along, g = np.ascontiguousarray(along), np.empty(s.dim)
    step = NEAR * np.maximum(1.0, np.abs(y)) * np.cos(np.arange(1.0, s.dim + 1.0))  # no two alike
    found = np.empty((3, *along.shape))
    for place, at in zip(found, (y, y - step, y + step), strict=True):
        s.curved(at, g, along, place, s.packed)
    here, *beside = found
    between = (beside[0] + beside[1]) / 2
    with np.errstate(invalid="ignore"):  # NaN and inf go through as arithmetic does
        room = KINK * np.abs(between).max(initial=0.0)
        kink = np.abs(here - between).max(initial=0.0) > room > np.abs(beside[0] - beside[1]).max(initial=0.0)
    return between if kink and np.isfinite(between).all() else here


def by_differences(s: Any, point: Array) -> Array:
    """Symmetrised central differences of the gradient of a Surface at a point (n,): (n, n), without noise.

    Relative accuracy is about 1e-9 where the surface is smooth, 1e-4 with a numeric gradient, and 1e-6 where f has
    waves so short that a step 256 times shorter than the usual one is taken.
    """
    quiet = replace(s, noise=0.0) if s.noise else s  # another one would compile again
    h = np.cbrt(np.finfo(float).eps) * np.maximum(1.0, np.abs(point))
    with np.errstate(invalid="ignore", over="ignore"):  # NaN and inf go through as arithmetic does
        usual, between, short = (_slopes(quiet, point, h / k) for k in (1, 16, 256))
        # shorter steps are worse, by rounding, unless the usual one spans too much of a wave
        trust = np.abs(usual - between).max() <= np.abs(between - short).max()
        rows = usual if trust else short
    return (rows + rows.T) / 2


def _slopes(s: Any, point: Array, h: Array) -> Array:
    """Central differences of the gradient with the steps h (n,)."""
    up, down = point + np.diag(h), point - np.diag(h)
    made: Array = (s.grad(up) - s.grad(down)) / (np.diag(up) - np.diag(down))[:, None]
    return made
