"""Who races in `ensemble.py`: the lab and PyTorch, each as a function that returns its seconds.

C, JAX, and what one writes oneself are in contestants_c.py, contestants_jax.py and contestants_python.py. Seconds are
those of the processor where one thread works, which other processes disturb less, and of the clock on all cores.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

import numba
import numpy as np

import ngdm_lab as lab

ALPHA = lab.ramp(1.4, 0.005)

Contestant = Callable[[], float]


def rules() -> dict[str, lab.Optimizer]:
    """Small rates: nobody diverges, so that everybody does all the work."""
    return {
        "adam": lab.Adam(1e-4),
        "diagonal": lab.NGDM(1e-6, lab.Dirichlet(ALPHA)),
        "exact": lab.NGDM(1e-7, lab.Dirichlet(ALPHA), form="exact"),
    }


def ours(surface: Any, rule: str, runs: int, steps: int, threads: int, engine: str = "lanes",
         quantiles: bool = False, wall: bool = False) -> Contestant:  # fmt: skip
    """`lab.ensemble` on a number of threads, through the lanes or run by run; with quantiles it is the default call."""
    optimizer = rules()[rule]
    clock = time.perf_counter if wall or threads > 1 else time.process_time

    def go() -> float:
        os.environ["NGDM_LAB_ENGINE"] = engine
        numba.set_num_threads(threads)
        began = clock()
        lab.ensemble(optimizer, surface, runs, steps, quantiles=quantiles)
        seconds = clock() - began
        if threads > 1:
            time.sleep(0.3)  # threads that wait for more work spin a while, in the CPU time of whoever comes next
        return seconds

    return go


def fastest(candidates: dict[str, Contestant]) -> Contestant:
    """The fastest by two tries of each after a first; its `layout` says which it is."""
    for go in candidates.values():
        go()  # compilation
    taken = {name: min(go(), go()) for name, go in candidates.items()}
    best = min(taken, key=lambda name: taken[name])
    candidates[best].layout = best  # type: ignore[attr-defined]
    return candidates[best]


def hyper(rule: str) -> np.ndarray:
    """Hyperparameters in the order of lanes.c and good_lanes.c."""
    o = rules()[rule]
    if isinstance(o, lab.Adam):
        return np.array([o.lr, *o.betas, o.eps, o.weight_decay])
    return np.array([o.lr, 0.9, 0.0, 0.0])


def diagonal(surface: Any) -> np.ndarray:
    """1 / psi'(alpha), and c of the exact form behind it."""
    d, c = lab.Dirichlet(ALPHA).on(surface.dim).solver("exact").arrays
    return np.append(d, c)


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
        began = time.process_time()
        for _ in range(steps):
            x.grad = gradient(x.detach())
            optimizer.step()
        return time.process_time() - began

    return go
