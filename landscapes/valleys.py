"""Curved valleys: easy to enter, slow to follow."""

from __future__ import annotations

import numpy as np

from .define import landscape

__all__ = ["rosenbrock"]


@landscape(
    bounds=(-2.048, 2.048),
    minima=lambda n: np.ones((1, n)),
    f_min=0.0,
    dims=(2, None),
    tags=("valley", "smooth", "conditioned"),
    source="Rosenbrock 1960, Computer Journal 3, 175-184; in n dimensions as scipy.optimize.rosen",
)
def rosenbrock(x, g, n):  # type: ignore[no-untyped-def]
    """f(x) = sum_{i<n} 100 (x_{i+1} - x_i^2)^2 + (1 - x_i)^2 on [-2.048, 2.048]^n (the box of De Jong 1975); minimum 0 at (1, ..., 1).

    For n >= 4 there is a second local minimum near (-1, 1, ..., 1), with f near 4.
    """
    f = 0.0
    g[0] = 0.0
    for i in range(n - 1):
        a = x[i + 1] - x[i] * x[i]
        b = 1.0 - x[i]
        f += 100.0 * a * a + b * b
        g[i] -= 400.0 * x[i] * a + 2.0 * b
        g[i + 1] = 200.0 * a
    return f
