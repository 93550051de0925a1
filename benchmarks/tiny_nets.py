"""How fast are a thousand tiny nets? One ensemble against torch.func.vmap and JAX's vmap, side by side in one run.

    python benchmarks/tiny_nets.py [--rounds 3] [--output benchmarks/results/tiny_nets.json] [--quick]

A thousand replicas of the 2-8-1 net on two spirals (33 parameters, 64 points) and of the 8-3-8 encoder (59
parameters, 8 patterns) take 2,000 steps of Adam in one call of `lab.ensemble`, in float64. PyTorch maps the gradient
of one net's loss over all replicas (torch.func.vmap of torch.func.grad) and steps all parameters with its fused Adam;
JAX maps a jitted scan of all steps. Their time a step does not depend on the number of steps, so they take fewer, as
the table says. Contestants take turns; a ratio is the median of those of the rounds. PyTorch and JAX are left out
where they are not installed.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import numpy as np

import landscapes as ls
import ngdm_lab as lab
from landscapes.spirals import two_spirals
from ngdm_lab.engine import manifest

STEPS, REPLICAS = 2_000, 1_000
FEWER = {"torch.func.vmap": 20, "torch.func.vmap, all cores": 20, "jax.vmap": 5}  # times fewer steps than ours
ADAM = lab.Adam(0.01)
CHECKED = 20  # steps after which all must be at the same point

Contestant = Callable[[int], Any]


def ours(surface: Any, x0: np.ndarray, threads: int) -> Contestant:
    """`lab.ensemble` with all that it records."""

    def go(steps: int) -> np.ndarray:
        numba.set_num_threads(threads)
        return lab.ensemble(ADAM, surface, x0, steps).x

    return go


def loss_of(surface: Any, np_like: Any, array: Callable[[np.ndarray], Any]) -> Callable[[Any], Any]:
    """One net's loss, in PyTorch's or JAX's words."""
    if surface.family.name == "tiny_spirals":
        points, labels = two_spirals(32, turns=1.0)
        inputs, signs, penalty = array(points), array(1.0 - 2.0 * labels), dict(surface.parameters)["penalty"]

        def loss(x: Any) -> Any:
            hidden = np_like.tanh(inputs @ x[:16].reshape(2, 8) + x[16:24])
            z = signs * (hidden @ x[24:32] + x[32])
            return np_like.logaddexp(z * 0.0, -z).mean() + 0.5 * penalty * (x * x).sum()

        return loss
    patterns = array(np.eye(8))

    def squared(x: Any) -> Any:
        code = np_like.tanh(patterns @ x[:24].reshape(8, 3) + x[24:27])
        return ((code @ x[27:51].reshape(3, 8) + x[51:] - patterns) ** 2).mean()

    return squared


def in_torch(surface: Any, x0: np.ndarray, threads: int) -> Contestant | None:
    """Gradients of all replicas by vmap, parameters as one tensor."""
    try:
        import torch
    except ImportError:
        return None
    gradient = torch.func.vmap(torch.func.grad(loss_of(surface, torch, torch.tensor)))

    def go(steps: int) -> np.ndarray:
        torch.set_num_threads(threads)
        x = torch.tensor(x0).requires_grad_(True)
        optimizer = torch.optim.Adam([x], lr=ADAM.lr, betas=ADAM.betas, eps=ADAM.eps, fused=True)
        for _ in range(steps):
            x.grad = gradient(x.detach())
            optimizer.step()
        return x.detach().numpy()

    return go


def in_jax(surface: Any, x0: np.ndarray) -> Contestant | None:
    """vmap over replicas, scan over steps, jitted; JAX takes the cores it likes, see `main`."""
    try:
        import jax
        import jax.numpy as jnp
    except ImportError:
        return None
    jax.config.update("jax_enable_x64", True)
    gradient, (b1, b2) = jax.grad(loss_of(surface, jnp, jnp.array)), ADAM.betas
    start, made = jnp.array(x0), {}

    def step(state: Any, t: Any) -> Any:
        x, m, v = state
        g = gradient(x)
        m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g
        return (x - ADAM.lr * m / (1 - b1**t) / (jnp.sqrt(v / (1 - b2**t)) + ADAM.eps), m, v), None

    def go(steps: int) -> np.ndarray:
        if steps not in made:  # compiled in the round that is not timed
            times = jnp.arange(1.0, steps + 1.0)
            zero = jnp.zeros_like(start[0])
            made[steps] = jax.jit(jax.vmap(lambda x: jax.lax.scan(step, (x, zero, zero), times)[0][0]))
        return np.asarray(made[steps](start))

    return go


def start_jax_on_one_core() -> None:
    """Let JAX make its threads while the process may use one core only: it has no setting that does the same."""
    try:
        import jax
    except ImportError:
        print("JAX is left out: it is not installed")
        return
    if hasattr(os, "sched_setaffinity"):
        cores = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {min(cores)})
        jax.block_until_ready(jax.numpy.zeros(1) + 1.0)
        os.sched_setaffinity(0, cores)


def measure(racers: dict[str, Contestant], rounds: int, replicas: int, steps: int) -> dict[str, Any]:
    """Alternate the contestants; nanoseconds per replica and step, and ratios to ours in the same round."""
    taken = {name: max(1, steps // FEWER.get(name, 1)) for name in racers}
    checked = {name: go(CHECKED) for name, go in racers.items()}
    for name, go in racers.items():
        if name in FEWER:
            go(taken[name])  # compilation for this number of steps
    times: dict[str, list[float]] = {name: [] for name in racers}
    for _ in range(rounds):
        for name, go in racers.items():
            began = time.perf_counter()
            go(taken[name])
            times[name].append((time.perf_counter() - began) / replicas / taken[name] * 1e9)
    ratios = {
        name: statistics.median(t / o for t, o in zip(others, times["ours"], strict=True))
        for name, others in times.items()
        if name != "ours"
    }
    across = [
        statistics.median(t / o for t, o in zip(times[name], times["ours, all cores"], strict=True))
        for name in ("torch.func.vmap, all cores",)
        if name in times
    ]
    return {
        "steps_taken": taken,
        "ns": {name: statistics.median(t) for name, t in times.items()},
        "seconds_for_all": {n: statistics.median(t) * replicas * steps / 1e9 for n, t in times.items()},
        "times_as_slow_as_ours": ratios,
        "times_as_slow_as_ours_all_cores": across[0] if across else None,
        "largest_difference_after_20_steps": {
            name: float(np.abs(x - checked["ours"]).max()) for name, x in checked.items() if name != "ours"
        },
    }


def main() -> None:
    """Run both nets and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--output", type=Path)
    parser.add_argument("--quick", action="store_true", help="200 steps, one round")
    given = parser.parse_args()
    rounds, steps = (1, STEPS // 10) if given.quick else (given.rounds, STEPS)
    cores = numba.config.NUMBA_NUM_THREADS
    start_jax_on_one_core()
    table = []
    for surface in (ls.tiny_spirals(), ls.tiny_autoencoder()):
        x0 = np.random.default_rng(0).uniform(-1, 1, (REPLICAS, surface.dim))
        made = {
            "ours": ours(surface, x0, 1),
            "ours, all cores": ours(surface, x0, cores),
            "torch.func.vmap": in_torch(surface, x0, 1),
            "torch.func.vmap, all cores": in_torch(surface, x0, cores),
            "jax.vmap": in_jax(surface, x0),
        }
        racers = {name: go for name, go in made.items() if go is not None}
        row = {
            "surface": surface.name,
            "replicas": REPLICAS,
            "steps": steps,
            **measure(racers, rounds, REPLICAS, steps),
        }
        table.append(row)
        others = ", ".join(f"{name} {ratio:.2f} x" for name, ratio in row["times_as_slow_as_ours"].items())
        seconds = row["seconds_for_all"]["ours"]
        print(f"{surface.name}: {REPLICAS} replicas, {steps} steps, one thread: {seconds:.2f} s; others take {others}",
              flush=True)  # fmt: skip
    versions = {}
    for name in ("torch", "jax"):
        try:
            versions[name] = __import__(name).__version__
        except ImportError:
            continue
    report = {"cores": cores, "rounds": rounds, **manifest.environment(), "peers": versions, "table": table}
    if given.output:
        given.output.parent.mkdir(parents=True, exist_ok=True)
        given.output.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
