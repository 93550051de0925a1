"""Who races in `ensemble.py`: the lab, C, JAX and PyTorch, each as a function that returns its seconds."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import numpy as np

import ngdm_lab as lab

ALPHA = lab.ramp(1.4, 0.005)
# without associative math the compiler keeps the error terms of the reduction of sin and cos, as ours does
FLAGS = ["-O3", "-march=native", "-mprefer-vector-width=512", "-ffast-math", "-fno-associative-math"]
FLAGS += ["-shared", "-fPIC"]

Contestant = Callable[[], float]


def rules() -> dict[str, lab.Optimizer]:
    """Small rates: nobody diverges, so that everybody does all the work."""
    return {
        "adam": lab.Adam(1e-4),
        "diagonal": lab.NGDM(1e-6, lab.Dirichlet(ALPHA)),
        "exact": lab.NGDM(1e-7, lab.Dirichlet(ALPHA), form="exact"),
    }


def ours(surface: Any, rule: str, runs: int, steps: int, threads: int, engine: str = "lanes") -> Contestant:
    """`lab.ensemble` on a number of threads, through the lanes or run by run."""
    optimizer = rules()[rule]

    def go() -> float:
        os.environ["NGDM_LAB_ENGINE"] = engine
        numba.set_num_threads(threads)
        began = time.perf_counter()
        lab.ensemble(optimizer, surface, runs, steps, quantiles=False)
        return time.perf_counter() - began

    return go


def hyper(rule: str) -> np.ndarray:
    """Hyperparameters in the order of lanes.c."""
    o = rules()[rule]
    if isinstance(o, lab.Adam):
        return np.array([o.lr, *o.betas, o.eps, o.weight_decay])
    return np.array([o.lr, 0.9, 0.0, 0.0])


def diagonal(surface: Any) -> np.ndarray:
    """1 / psi'(alpha), and c of the exact form behind it."""
    d, c = lab.Dirichlet(ALPHA).on(surface.dim).solver("exact").arrays
    return np.append(d, c)


def c_library(folder: str) -> ctypes.CDLL | None:
    """lanes.c, compiled; None without a compiler."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        print("C is left out: there is no compiler")
        return None
    library = os.path.join(folder, "lanes.so")
    subprocess.run([compiler, *FLAGS, "-o", library, str(Path(__file__).with_name("lanes.c")), "-lm"], check=True)
    return ctypes.CDLL(library)


def in_c(library: ctypes.CDLL, surface: Any, rule: str, runs: int, steps: int) -> Contestant:
    """The C function of a pair, on starts in the same layout."""
    n, blocks = surface.dim, runs // 64
    function = getattr(library, f"{surface.family.name}_{rule}")
    x0 = lab.ensemble(rules()[rule], surface, runs, 0).x0.reshape(blocks, 64, n).transpose(0, 2, 1)
    pointer = ctypes.POINTER(ctypes.c_double)
    h, d, values, best = hyper(rule), diagonal(surface), np.empty(runs), np.empty(runs)

    def go() -> float:
        x = np.ascontiguousarray(x0)
        given = [a.ctypes.data_as(pointer) for a in (x, values, best)]
        began = time.perf_counter()
        function(*given, ctypes.c_long(blocks), ctypes.c_int(n), ctypes.c_long(steps),
                 h.ctypes.data_as(pointer), d.ctypes.data_as(pointer))  # fmt: skip
        seconds = time.perf_counter() - began
        go.values = values.copy()  # type: ignore[attr-defined]
        return seconds

    return go


def in_jax(surface: Any, rule: str, runs: int, steps: int, records: bool) -> Contestant | None:
    """vmap over runs, scan over steps, jitted; gradients by JAX.

    With `records` it keeps of each run what `ensemble` keeps: whether it is alive, the best value inside the bounds
    and the first hit. Without, nothing but the last point and value.
    """
    try:
        import jax
        import jax.numpy as jnp
    except ImportError:
        return None
    jax.config.update("jax_enable_x64", True)
    h, d = hyper(rule), diagonal(surface)
    gains, c = jnp.array(d[:-1]), d[-1]
    low, high = jnp.array(surface.bounds.T)
    value = {
        "rosenbrock": lambda x: jnp.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2),
        "rastrigin": lambda x: jnp.sum(x**2 + 20.0 * jnp.sin(jnp.pi * x) ** 2),
    }[surface.family.name]
    value_and_grad = jax.value_and_grad(value)

    def adam(x: Any, g: Any, m: Any, v: Any, t: Any) -> Any:
        m = h[1] * m + (1 - h[1]) * g
        v = h[2] * v + (1 - h[2]) * g * g
        step = m / (1 - h[1] ** t) / (jnp.sqrt(v / (1 - h[2] ** t)) + h[3])
        return x - h[0] * step, m, v

    def nesterov(x: Any, g: Any, b: Any, v: Any, t: Any) -> Any:
        b = h[1] * b + g
        u = gains * (g + h[1] * b)
        if rule == "exact":
            u = u + c * gains * jnp.sum(u)
        return x - h[0] * u, b, v

    def note(kept: Any, x: Any, f: Any, limit: Any, t: Any) -> Any:
        alive, best, hit = kept
        alive = alive & jnp.all(jnp.abs(x) <= limit) & jnp.isfinite(f)
        counts = alive & jnp.all((x >= low) & (x <= high))
        near = counts & (f - surface.f_min <= 1e-3) & (hit < 0)
        return alive, jnp.where(counts & (f < best), f, best), jnp.where(near, t, hit)

    def run(x: Any) -> Any:
        limit = 1e12 * jnp.maximum(1.0, jnp.max(jnp.abs(x)))

        def step(state: Any, t: Any) -> Any:
            (x, m, v), kept = state
            f, g = value_and_grad(x)
            if records:
                kept = note(kept, x, f, limit, t)
            return ((adam if rule == "adam" else nesterov)(x, g, m, v, t), kept), None

        zero = jnp.zeros_like(x)
        begin = (x, zero, zero), (True, jnp.inf, -1.0)
        ((x, _, _), kept), _ = jax.lax.scan(step, begin, jnp.arange(1.0, steps + 1.0))
        return x, value(x), kept

    compiled = jax.jit(jax.vmap(run))
    x0 = jnp.array(lab.ensemble(rules()[rule], surface, runs, 0).x0)

    def go() -> float:
        began = time.perf_counter()
        jax.block_until_ready(compiled(x0))
        return time.perf_counter() - began

    return go


def start_jax_on_one_core() -> None:
    """Let JAX make its threads while the process may use one core only: it has no setting that does the same."""
    try:
        import jax
    except ImportError:
        print("JAX is left out: it is not installed")
        return
    if not hasattr(os, "sched_setaffinity"):  # not Linux: its numbers are then those of all cores
        return
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    jax.block_until_ready(jax.numpy.zeros(1) + 1.0)
    os.sched_setaffinity(0, cores)


def in_torch(surface: Any, rule: str, runs: int, steps: int) -> Contestant | None:
    """All runs as one tensor, analytic gradients, torch.optim's fused Adam; only for Adam."""
    if rule != "adam":
        return None
    try:
        import torch
    except ImportError:
        return None
    h = hyper(rule)
    x0 = torch.tensor(lab.ensemble(rules()[rule], surface, runs, 0).x0)

    def rosenbrock(x: Any) -> Any:
        a, b = x[:, 1:] - x[:, :-1] ** 2, 1.0 - x[:, :-1]
        g = torch.zeros_like(x)
        g[:, :-1] -= 400.0 * x[:, :-1] * a + 2.0 * b
        g[:, 1:] += 200.0 * a
        return g

    def rastrigin(x: Any) -> Any:
        return 2.0 * x + 20.0 * torch.pi * torch.sin(2.0 * torch.pi * x)

    gradient = {"rosenbrock": rosenbrock, "rastrigin": rastrigin}[surface.family.name]

    def go() -> float:
        torch.set_num_threads(1)
        x = x0.clone().requires_grad_(True)
        optimizer = torch.optim.Adam([x], lr=h[0], betas=(h[1], h[2]), eps=h[3], fused=True)
        began = time.perf_counter()
        for _ in range(steps):
            x.grad = gradient(x.detach())
            optimizer.step()
        return time.perf_counter() - began

    return go
