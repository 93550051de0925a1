"""Curved valleys: easy to enter, slow to follow."""

from __future__ import annotations

import numpy as np

from .define import landscape

__all__ = ["beale", "rosenbrock"]


@landscape(
    bounds=(-2.048, 2.048),
    minima=lambda n: np.ones((1, n)),
    f_min=0.0,
    dims=(2, None),
    tags=("valley", "smooth", "conditioned"),
    source="Rosenbrock 1960, Computer Journal 3, 175-184; in n dimensions as scipy.optimize.rosen",
)
def rosenbrock(x, g, n):
    """f(x) = sum_{i<n} 100 (x_{i+1} - x_i^2)^2 + (1 - x_i)^2; minimum 0 at (1, ..., 1).

    On [-2.048, 2.048]^n, the box of De Jong 1975.

    The only local minimum for n = 2 and 3. From n = 4 on there is a second one near (-1, 1, ..., 1), with f
    from 3.70 (n = 4) up to 3.99 (Shang and Qiu 2006, Evolutionary Computation 14, 119-126), hence neither
    the tag unimodal nor multimodal.
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


@landscape(
    bounds=(-4.5, 4.5),
    minima=[[3.0, 0.5]],
    f_min=0.0,
    dims=(2, 2),
    tags=("unimodal", "valley", "smooth"),
    source="Beale 1958, On an Iterative Method for Finding a Local Minimum of a Function of More than One "
    "Variable, Princeton Technical Report 25; bounds as in Surjanovic and Bingham, Virtual Library of "
    "Simulation Experiments",
)
def beale(x, g):
    """f(x) = sum_{k=1..3} (c_k - x_1 (1 - x_2^k))^2, c = (1.5, 2.25, 2.625), on [-4.5, 4.5]^2; minimum 0 at (3, 0.5).

    The only local minimum; (0, 1) and (0.1005, -2.6445) are saddle points. A second valley, near
    x_2 = 1 + 1 / |x_1|, falls all the way to x_1 = -infinity, where f tends to 0.45: a local search kept to the
    box ends at its edge near (-4.5, 1.19) from about a quarter of all starts.
    """
    y = x[1]
    a = 1.5 - x[0] * (1.0 - y)
    b = 2.25 - x[0] * (1.0 - y * y)
    c = 2.625 - x[0] * (1.0 - y * y * y)
    g[0] = -2.0 * (a * (1.0 - y) + b * (1.0 - y * y) + c * (1.0 - y * y * y))
    g[1] = 2.0 * x[0] * (a + 2.0 * y * b + 3.0 * y * y * c)
    return a * a + b * b + c * c
