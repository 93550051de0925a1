"""Bowls: one minimum and convex, from the roundest up."""

from __future__ import annotations

import numpy as np

from .define import landscape

__all__ = ["sphere"]


@landscape(
    bounds=(-5.0, 5.0),
    minima=lambda n: np.zeros((1, n)),
    f_min=0.0,
    dims=(1, None),
    tags=("unimodal", "separable", "convex", "smooth"),
    source="De Jong 1975, function F1",
)
def sphere(x, g, n):  # type: ignore[no-untyped-def]
    """f(x) = sum_i x_i^2 on [-5, 5]^n; minimum 0 at the origin."""
    f = 0.0
    for i in range(n):
        f += x[i] * x[i]
        g[i] = 2.0 * x[i]
    return f
