"""Perm: weighted power sums, which are nearly the same for permuted points."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from .define import landscape

__all__ = ["perm"]


@lru_cache(maxsize=64)
def _minima(n: int, beta: float) -> NDArray[np.float64]:
    """All real roots of sum_j (j + beta) (x_j^i - 1 / j^i) = 0, i = 1..n, the published (1, 1/2, ..., 1/n) first.

    With equal weights in place of j + beta the roots are the n! permutations of 1 / j, and that is how many
    complex roots there are for all weights. They are followed from there, along weights with an imaginary part,
    on which no two of them meet; those that end up real are polished with exact residuals.
    """
    j, i = np.arange(1.0, n + 1), np.arange(1, n + 1)[:, None]
    goal = (j + beta) / (1.0 + beta)
    roots = np.array(list(permutations(1 / j)), dtype=complex)
    steps = 400
    for k in range(1, steps + 1):
        t = k / steps
        weights = 1.0 + (t + 0.3j * t * (1.0 - t)) * (goal - 1.0)
        for _ in range(4):
            powers = roots[:, None, :] ** (i - 1) * weights
            residuals = (powers * roots[:, None, :]).sum(axis=2) - (weights / j**i).sum(axis=1)
            roots -= np.linalg.solve(i * powers, residuals[..., None])[..., 0]
    real = roots[np.abs(roots.imag).max(axis=1) < 1e-9].real
    real = real[np.argsort(np.abs(real - 1 / j).max(axis=1), kind="stable")]
    return np.array([_polished(x, Fraction(beta)) for x in real])


def _polished(x: NDArray[np.float64], beta: Fraction) -> list[float]:
    """A root to the last place: Newton steps with double precision slopes and exact residuals."""
    n = len(x)
    exact = [Fraction(float(v)) for v in x]
    for _ in range(3):
        at = np.array([float(v) for v in exact])
        weights = [beta + j for j in range(1, n + 1)]
        slopes = [[i * float(w) * v ** (i - 1) for w, v in zip(weights, at, strict=True)] for i in range(1, n + 1)]
        residuals = [
            float(sum(w * (v**i - Fraction(1, j**i)) for j, (w, v) in enumerate(zip(weights, exact, strict=True), 1)))
            for i in range(1, n + 1)
        ]
        step = np.linalg.solve(np.array(slopes), np.array(residuals))
        # 80 bits: enough for a double, and the next powers stay short
        exact = [Fraction(round((v - Fraction(float(s))) * 2**80), 2**80) for v, s in zip(exact, step, strict=True)]
    return [float(v) for v in exact]


@landscape(
    bounds=lambda n: (-1.0 * n, 1.0 * n),
    minima=lambda n, beta: _minima(n, beta),
    f_min=0.0,
    dims=(2, 5),
    tags=("multimodal", "valley", "smooth", "conditioned"),
    limits={"beta": {"least": 0.0, "most": 1e6}},
    source="Perm (0, d, beta) of A. Neumaier's collection; Surjanovic and Bingham, Virtual Library of Simulation "
    "Experiments",
)
def perm(x, g, n, beta=10.0):
    """f(x) = sum_i (sum_j (j + beta) (x_j^i - 1 / j^i))^2 on [-n, n]^n, i and j from 1; minimum 0.

    Reached at (1, 1/2, ..., 1/n), and not there alone, as published lists have it: with `beta` = 10 there are 2,
    4, 6 and 14 global minima in 2, 3, 4 and 5 dimensions, near permutations of that point, and the larger `beta`
    is (0 to 1e6), the more, up to n!. All of them are in `minima`; n ends at 5, where they can still be listed.
    """
    for k in range(n):
        g[k] = 0.0
    f = 0.0
    for i in range(n):
        r = 0.0
        for j in range(n):
            p = 1.0
            q = 1.0
            for _ in range(i + 1):
                p *= x[j]
                q *= j + 1.0
            r += (j + 1.0 + beta) * (p - 1.0 / q)
        f += r * r
        for j in range(n):
            p = 1.0
            for _ in range(i):
                p *= x[j]
            g[j] += 2.0 * (i + 1.0) * (j + 1.0 + beta) * p * r
    size = 0.0
    for k in range(n):
        size += abs(x[k])
    return f if f == f else size * 1e300  # inf, where overflows of both signs met
