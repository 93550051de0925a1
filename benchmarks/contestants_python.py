"""What one writes oneself in Python, for `ensemble.py`: NumPy and Numba on structures of arrays, SciPy in a loop.

NumPy works in place, on as many runs at once as stay in the cache, and keeps no values. Numba has gradient,
value and update of a coordinate in one loop over 64 runs or in two, whichever is faster (LLVM does not make vectors of
each), with fastmath, and keeps the best value as C does.
"""

from __future__ import annotations

import time
from functools import cache
from typing import Any

import numba
import numpy as np
from contestants import Contestant, diagonal, fastest, hyper, rules
from scipy.optimize import minimize

import ngdm_lab as lab

LANES, CACHED = 64, 8192  # runs of a block of Numba's; cells of an array of NumPy's, 64 KiB
PI = np.pi


def in_numpy(surface: Any, rule: str, runs: int, steps: int) -> Contestant:
    """x of shape (n, runs), every operation with `out=`."""
    n, h, d = surface.dim, hyper(rule), diagonal(surface)
    x0 = np.ascontiguousarray(lab.ensemble(rules()[rule], surface, runs, 0).x0.T)
    count, gains = min(max(CACHED // n, 64), runs), d[:n, None]
    chained = surface.family.name == "rosenbrock"

    def gradient(x: np.ndarray, g: np.ndarray, a: np.ndarray) -> None:
        if chained:
            a, low = a[:-1], x[:-1]
            np.multiply(low, low, out=a)
            np.subtract(x[1:], a, out=a)
            np.multiply(a, 200.0, out=g[1:])
            g[0] = 0.0
            a *= low
            a *= 400.0
            g[:-1] -= a
            np.multiply(low, 2.0, out=a)
            g[:-1] += a
            g[:-1] -= 2.0
        else:
            np.multiply(x, 2.0 * PI, out=g)
            np.sin(g, out=g)
            g *= 20.0 * PI
            np.multiply(x, 2.0, out=a)
            g += a

    def adam(x: Any, g: Any, m: Any, v: Any, a: Any, t: int) -> None:
        root = (1.0 - h[2] ** t) ** 0.5
        m *= h[1]
        np.multiply(g, 1.0 - h[1], out=a)
        m += a
        v *= h[2]
        g *= g
        g *= 1.0 - h[2]
        v += g
        np.sqrt(v, out=a)
        a += h[3] * root
        np.divide(m, a, out=a)
        a *= h[0] * root / (1.0 - h[1] ** t)
        x -= a

    def nesterov(x: Any, g: Any, m: Any, v: Any, a: Any, t: int) -> None:
        m *= h[1]
        m += g
        np.multiply(m, h[1], out=a)
        a += g
        a *= gains
        if rule == "exact":
            np.multiply(gains, d[n] * np.sum(a, axis=0), out=g)
            a += g
        a *= h[0]
        x -= a

    update = adam if rule == "adam" else nesterov

    def go() -> float:
        began = time.process_time()
        go.x = np.empty_like(x0)  # type: ignore[attr-defined]
        for first in range(0, runs, count):
            x = x0[:, first : first + count].copy()
            g, m, v, a = (np.zeros_like(x) for _ in range(4))
            for t in range(1, steps + 1):
                gradient(x, g, a)
                update(x, g, m, v, a, t)
            go.x[:, first : first + count] = x  # type: ignore[attr-defined]
        return time.process_time() - began

    return go


@cache
def kernel(family: str, rule: str, fused: bool) -> Any:
    """The loops of a pair, chosen before compilation: gradient and update as one loop over the runs, or as two."""
    chained, is_adam, is_exact = family == "rosenbrock", rule == "adam", rule == "exact"

    @numba.njit(fastmath=True, error_model="numpy")
    def slope(y: float, following: float, before: float) -> Any:
        if chained:
            a, b = following - y * y, 1.0 - y
            return before - 400.0 * y * a - 2.0 * b, 100.0 * a * a + b * b, 200.0 * a
        angle = 2.0 * PI * y
        return 2.0 * y + 20.0 * PI * np.sin(angle), y * y + 10.0 - 10.0 * np.cos(angle), 0.0

    @numba.njit(fastmath=True, error_model="numpy")
    def move(x: Any, m: Any, v: Any, i: int, k: int, g: float, h: Any, rate: float, eps: float, gain: float) -> float:
        m[i, k] = h[1] * m[i, k] + ((1.0 - h[1]) * g if is_adam else g)
        if is_adam:
            v[i, k] = h[2] * v[i, k] + (1.0 - h[2]) * g * g
            x[i, k] -= rate * m[i, k] / (np.sqrt(v[i, k]) + eps)
            return 0.0
        u = gain * (g + h[1] * m[i, k])
        if is_exact:
            v[i, k] = u
            return u
        x[i, k] -= h[0] * u
        return 0.0

    @numba.njit(fastmath=True, error_model="numpy")
    def run(starts: Any, values: Any, steps: int, h: Any, d: Any) -> None:
        n = starts.shape[1]
        m, v = np.empty((n, LANES)), np.empty((n, LANES))
        f, g, best, sums, before = (np.empty(LANES), np.empty(LANES), np.empty(LANES), np.empty(LANES), np.empty(LANES))
        for block in range(starts.shape[0]):
            x = starts[block]
            m[:], v[:], best[:] = 0.0, 0.0, np.inf
            p1 = p2 = 1.0
            for _ in range(steps):
                p1, p2 = p1 * h[1], p2 * h[2]
                root = np.sqrt(1.0 - p2)
                rate, eps = h[0] * root / (1.0 - p1), h[3] * root
                f[:], sums[:], before[:] = 0.0, 0.0, 0.0
                for i in range(n - 1 if chained else n):
                    if fused:
                        for k in range(LANES):
                            g[k], term, before[k] = slope(x[i, k], x[i + chained, k], before[k])
                            f[k] += term
                            sums[k] += move(x, m, v, i, k, g[k], h, rate, eps, d[i])
                    else:
                        for k in range(LANES):
                            g[k], term, before[k] = slope(x[i, k], x[i + chained, k], before[k])
                            f[k] += term
                        for k in range(LANES):
                            sums[k] += move(x, m, v, i, k, g[k], h, rate, eps, d[i])
                if chained:
                    for k in range(LANES):
                        sums[k] += move(x, m, v, n - 1, k, before[k], h, rate, eps, d[n - 1])
                if is_exact:
                    for i in range(n):
                        for k in range(LANES):
                            x[i, k] -= h[0] * (v[i, k] + d[n] * d[i] * sums[k])
                for k in range(LANES):
                    best[k] = min(best[k], f[k])
            values[block] = best

    return run


def in_numba_best(surface: Any, rule: str, runs: int, steps: int) -> Contestant:
    """The faster of the two forms."""
    return fastest(
        {name: in_numba(surface, rule, runs, steps, name == "one loop") for name in ("one loop", "two loops")}
    )


def in_numba(surface: Any, rule: str, runs: int, steps: int, fused: bool) -> Contestant:
    """Blocks of 64 runs, x of shape (blocks, n, 64)."""
    n, h, d = surface.dim, hyper(rule), diagonal(surface)
    run, best = kernel(surface.family.name, rule, fused), np.empty((runs // LANES, LANES))
    x0 = lab.ensemble(rules()[rule], surface, runs, 0).x0.reshape(-1, LANES, n).transpose(0, 2, 1)

    def go() -> float:
        began = time.process_time()
        x = np.ascontiguousarray(x0)
        run(x, best, steps, h, d)
        seconds = time.process_time() - began
        go.x = x.transpose(1, 0, 2).reshape(n, runs)  # type: ignore[attr-defined]
        return seconds

    return go


def in_scipy(surface: Any, starts: int) -> dict[str, float]:
    """L-BFGS-B from one start after another, until it stops by itself: microseconds a start, share that arrives."""
    x0 = lab.ensemble(rules()["adam"], surface, starts, 0).x0

    def rosenbrock(x: np.ndarray) -> tuple[float, np.ndarray]:
        a, b, g = x[1:] - x[:-1] ** 2, 1.0 - x[:-1], np.zeros_like(x)
        g[:-1] -= 400.0 * x[:-1] * a + 2.0 * b
        g[1:] += 200.0 * a
        return float(100.0 * a @ a + b @ b), g

    def rastrigin(x: np.ndarray) -> tuple[float, np.ndarray]:
        angle = 2.0 * PI * x
        return float(x @ x + 10.0 * (x.size - np.cos(angle).sum())), 2.0 * x + 20.0 * PI * np.sin(angle)

    function = {"rosenbrock": rosenbrock, "rastrigin": rastrigin}[surface.family.name]
    began, arrived = time.process_time(), 0
    for start in x0:
        done = minimize(function, start, jac=True, method="L-BFGS-B")
        arrived += done.fun - surface.f_min <= 1e-3
    return {"us_a_start": 1e6 * (time.process_time() - began) / starts, "arrived": arrived / starts}
