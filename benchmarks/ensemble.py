"""How fast is an ensemble? Ours, the per-run engine, C, JAX and PyTorch, side by side in one run, alternating.

    python benchmarks/ensemble.py [--rounds 7] [--output benchmarks/results/ensemble.json] [--quick]

Prints nanoseconds for one step of one run, and ratios; a ratio is the median over the rounds of the two times
taken in the same round. Ours does everything that `ensemble` does; C, JAX and PyTorch record nothing. C is
`lanes.c`, compiled on the spot (left out with a word where there is no compiler); JAX and PyTorch are left out
where they are not installed.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import numpy as np

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab.engine import manifest

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


def cases(quick: bool) -> list[tuple[Any, str, int, int]]:
    """(surface, rule, runs, steps)."""
    scale = 4 if quick else 1
    made = []
    for surface, runs, steps in (
        (ls.rosenbrock(2), 12_800, 2_000),
        (ls.rastrigin(10), 6_400, 1_000),
        (ls.rosenbrock(100), 1_280, 500),
    ):
        made += [(surface, rule, runs // scale, steps) for rule in rules()]
    return made


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


def in_jax(surface: Any, rule: str, runs: int, steps: int) -> Contestant | None:
    """vmap over runs, scan over steps, jitted; gradients by JAX."""
    try:
        import jax
        import jax.numpy as jnp
    except ImportError:
        return None
    jax.config.update("jax_enable_x64", True)
    h, d = hyper(rule), diagonal(surface)
    gains, c = jnp.array(d[:-1]), d[-1]
    value = {
        "rosenbrock": lambda x: jnp.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2),
        "rastrigin": lambda x: jnp.sum(x**2 + 20.0 * jnp.sin(jnp.pi * x) ** 2),
    }[surface.family.name]
    gradient = jax.grad(value)

    def adam(state: Any, t: Any) -> Any:
        x, m, v = state
        g = gradient(x)
        m = h[1] * m + (1 - h[1]) * g
        v = h[2] * v + (1 - h[2]) * g * g
        step = m / (1 - h[1] ** t) / (jnp.sqrt(v / (1 - h[2] ** t)) + h[3])
        return (x - h[0] * step, m, v), None

    def nesterov(state: Any, t: Any) -> Any:
        x, b, v = state
        g = gradient(x)
        b = h[1] * b + g
        u = gains * (g + h[1] * b)
        if rule == "exact":
            u = u + c * gains * jnp.sum(u)
        return (x - h[0] * u, b, v), None

    def run(x: Any) -> Any:
        zero = jnp.zeros_like(x)
        step = adam if rule == "adam" else nesterov
        (x, _, _), _ = jax.lax.scan(step, (x, zero, zero), jnp.arange(1.0, steps + 1.0))
        return x, value(x)

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


def check(surface: Any, rule: str, runs: int, steps: int, c: Any) -> float:
    """Largest relative difference of the last values between ours and C: they must do the same work."""
    values = lab.ensemble(rules()[rule], surface, runs, steps, quantiles=False).f
    return float(np.max(np.abs(values - c.values) / np.maximum(1.0, np.abs(values))))


def main() -> None:
    """Run all cases and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--output", type=Path)
    parser.add_argument("--quick", action="store_true", help="a quarter of the runs, three rounds")
    given = parser.parse_args()
    rounds = 3 if given.quick else given.rounds
    cores = numba.config.NUMBA_NUM_THREADS
    start_jax_on_one_core()
    table = []
    with tempfile.TemporaryDirectory() as folder:
        library = c_library(folder)
        for surface, rule, runs, steps in cases(given.quick):
            made: dict[str, Contestant | None] = {
                "ours": ours(surface, rule, runs, steps, 1),
                "c": in_c(library, surface, rule, runs, steps) if library else None,
                "ours, all cores": ours(surface, rule, runs, steps, cores),
                "per run": ours(surface, rule, runs // 8, steps, 1, "runs"),
                "jax": in_jax(surface, rule, runs, steps),
                "torch": in_torch(surface, rule, runs, steps),
            }
            racers = {name: go for name, go in made.items() if go is not None}
            row = measure(racers, rounds, runs, steps)
            difference = check(surface, rule, runs, steps, racers["c"]) if library else float("nan")
            table.append({"surface": surface.name, "rule": rule, "runs": runs, "steps": steps, **row,
                          "largest_difference_from_c": difference})  # fmt: skip
            print(line(table[-1]), flush=True)
        million = basin_map(library, given.quick)
        print(line(million))
    report = {"cores": cores, "rounds": rounds, **manifest.environment(), "table": table, "basin_map": million}
    if given.output:
        given.output.parent.mkdir(parents=True, exist_ok=True)
        given.output.write_text(json.dumps(report, indent=1) + "\n")


def measure(racers: dict[str, Contestant], rounds: int, runs: int, steps: int) -> dict[str, Any]:
    """Alternate the contestants; nanoseconds per run and step, and ratios to ours in the same round."""
    for go in racers.values():
        go()  # compilation, caches, clocks
    times: dict[str, list[float]] = {name: [] for name in racers}
    for _ in range(rounds):
        for name, go in racers.items():
            done = runs // 8 if name == "per run" else runs
            times[name].append(go() / done / steps * 1e9)
    ratios = {
        name: statistics.median(t / o for t, o in zip(taken, times["ours"], strict=True))
        for name, taken in times.items()
        if name != "ours"
    }
    out: dict[str, Any] = {"ns": {name: statistics.median(taken) for name, taken in times.items()}}
    out["ns_least"] = {name: min(taken) for name, taken in times.items()}
    out["times_as_slow_as_ours"] = ratios
    if "c" in ratios:
        out["ours_over_c"] = statistics.median(o / c for o, c in zip(times["ours"], times["c"], strict=True))
    out["speed_up_all_cores"] = 1.0 / ratios["ours, all cores"]
    return out


def basin_map(library: ctypes.CDLL | None, quick: bool) -> dict[str, Any]:
    """A basin map of 1000 x 1000 starts, 2,000 steps of NGDM on Rosenbrock-2D, in one call."""
    surface, steps = ls.rosenbrock(2), 2_000
    runs = 64_000 if quick else 1_000_000
    made = {
        "ours": ours(surface, "diagonal", runs, steps, 1),
        "ours, all cores": ours(surface, "diagonal", runs, steps, numba.config.NUMBA_NUM_THREADS),
    }
    if library:
        made["c"] = in_c(library, surface, "diagonal", runs, steps)
    row = measure_once(made, runs, steps)
    return {"surface": surface.name, "rule": "diagonal, 1000 x 1000 map", "runs": runs, "steps": steps, **row}


def measure_once(racers: dict[str, Contestant], runs: int, steps: int) -> dict[str, Any]:
    """One round, everything warm: these take seconds each."""
    seconds = {name: go() for name, go in racers.items()}
    out: dict[str, Any] = {"seconds": seconds, "ns": {k: v / runs / steps * 1e9 for k, v in seconds.items()}}
    if "c" in seconds:
        out["ours_over_c"] = seconds["ours"] / seconds["c"]
    out["speed_up_all_cores"] = seconds["ours"] / seconds["ours, all cores"]
    return out


def line(row: dict[str, Any]) -> str:
    """One row for reading."""
    told = "  ".join(f"{name} {value:7.2f}" for name, value in row["ns"].items())
    ratio = f"  ours/C {row['ours_over_c']:.2f}" if "ours_over_c" in row else ""
    return f"{row['surface']:16} {row['rule']:26} ns: {told}{ratio}  cores x{row['speed_up_all_cores']:.2f}"


if __name__ == "__main__":
    main()
