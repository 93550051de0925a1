"""Saddles: points where the gradient vanishes and descent goes on."""

from __future__ import annotations

from .define import landscape

__all__ = ["monkey_saddle"]


@landscape(
    bounds=(-2.0, 2.0),
    f_min=-16.0,
    dim=2,
    dims=(2, 2),
    tags=("saddle", "edge-minimum", "lower-outside", "smooth"),
    source="Hilbert and Cohn-Vossen 1932, Anschauliche Geometrie (Affensattel)",
)
def monkey_saddle(x, g):
    """f(x) = x_1^3 - 3 x_1 x_2^2 on [-2, 2]^2; no local minimum.

    The origin is a degenerate saddle (three ways down, two for the legs and one for the tail; gradient and
    Hessian vanish). `f_min` = -16 is the smallest value over the box, reached at its corners (2, -2) and
    (2, 2); outside the box f falls without bound. `minima` is empty, since no point of the open box qualifies.
    """
    g[0] = 3.0 * (x[0] * x[0] - x[1] * x[1])
    g[1] = -6.0 * x[0] * x[1]
    f = x[0] * (x[0] * x[0] - 3.0 * x[1] * x[1])
    # 0 on the axis, and far out by factors that have their signs when squares overflow
    far = x[0] * (x[0] - 1.7320508075688772 * x[1]) * (x[0] + 1.7320508075688772 * x[1]) if x[0] != 0.0 else 0.0 * x[1]
    return f if abs(x[0]) + abs(x[1]) < 1e100 else far
