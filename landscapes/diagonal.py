"""Troughs along (1, ..., 1): surfaces that tell the exact inverse Fisher matrix from its diagonal.

The exact inverse of the Dirichlet's Fisher matrix stretches a step along (1, ..., 1) by a factor that stays as n
grows, and leaves steps across it as the diagonal form has them (erratum E2). On a trough along that direction this
is a gain; `flipped` and `rotated` turn the trough away and leave everything else as it was.
"""

from __future__ import annotations

import numpy as np

from .define import landscape

__all__ = ["diagonal_trough"]


@landscape(
    bounds=(-5.0, 5.0),
    minima=lambda n: np.ones((1, n)),
    f_min=0.0,
    dims=(2, None),
    tags=("unimodal", "convex", "valley", "smooth", "conditioned"),
    limits={"narrowness": {"above": 0.0}},
    source="of this lab",
)
def diagonal_trough(x, g, n, narrowness=1e4):
    """f(x) = n m^2 + narrowness sum_i (x_i - 1 - m)^2, m = mean(x) - 1, on [-5, 5]^n; minimum 0 at (1, ..., 1).

    A quadratic with curvature 2 along (1, ..., 1) and 2 `narrowness` (> 0) in all directions across, so the
    condition number is `narrowness`. A method that stretches steps along (1, ..., 1) by a factor r sees the
    condition number narrowness / r; on a flipped copy whose signs add up to 0 it sees r narrowness.
    The default 1e4 tells them apart within the 2000 steps of a race in ten dimensions, on the Dirichlet's exact
    form: that of the generalised Dirichlet stretches along (1, 1) in each pair of coordinates, walls and floor alike.
    """
    m = 0.0
    for i in range(n):
        m += x[i] - 1.0
    m = m / n
    f = n * m * m
    for i in range(n):
        d = x[i] - 1.0 - m
        f += narrowness * d * d
        g[i] = 2.0 * m + 2.0 * narrowness * d
    return f
