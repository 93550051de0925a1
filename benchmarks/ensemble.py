"""How fast is an ensemble? Ours, the per-run engine, C, JAX and PyTorch, side by side in one run, alternating.

    python benchmarks/ensemble.py [--rounds 7] [--output benchmarks/results/ensemble.json] [--quick]

Prints nanoseconds for one step of one run, and ratios; a ratio is the median over the rounds of the two times
taken in the same round. Ours does and records everything that `ensemble` does. C is `lanes.c`, compiled on the spot
(left out with a word where there is no compiler); it keeps the best value. "jax, records" keeps of each run what
ours keeps, "jax" nothing, PyTorch nothing; both are left out where they are not installed, and run as many runs side by
side as suits them. The whole cost of a call of ours is in its time: starts, tables, results.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import statistics
import tempfile
from pathlib import Path
from typing import Any

import numba
import numpy as np
from contestants import Contestant, c_library, in_c, in_jax, in_torch, ours, rules, start_jax_on_one_core

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab.engine import manifest

Racers = dict[str, tuple[Contestant | None, float]]  # with runs * steps


def cases(quick: bool) -> list[tuple[Any, str, int, int]]:
    """(surface, rule, runs, steps)."""
    scale = 10 if quick else 1
    made = []
    for surface, runs, steps in (
        (ls.rosenbrock(2), 12_800, 20_000),
        (ls.rastrigin(10), 6_400, 3_000),
        (ls.rosenbrock(100), 2_560, 4_000),
    ):
        made += [(surface, rule, runs, steps // scale) for rule in rules()]
    return made


def entrants(library: ctypes.CDLL | None, surface: Any, rule: str, runs: int, steps: int) -> Racers:
    """Everybody, each with the work that it does: slow ones do a part of it."""
    work, cores = float(runs * steps), numba.config.NUMBA_NUM_THREADS
    few, short = max(runs // 64, 64), max(steps // 50, 2)
    part = 4 if surface.dim < 10 else 20  # of the steps, for JAX
    return {
        "ours": (ours(surface, rule, runs, steps, 1), work),
        "c": (in_c(library, surface, rule, runs, steps) if library else None, work),
        "ours, all cores": (ours(surface, rule, runs, steps, cores), work),
        "per run": (ours(surface, rule, few, steps, 1, "runs"), few * steps),
        "jax, records": (in_jax(surface, rule, runs, steps // part, True), work / part),
        "jax": (in_jax(surface, rule, runs, steps // part, False), work / part),
        "torch": (in_torch(surface, rule, runs, short), runs * short),
    }


def check(library: ctypes.CDLL, surface: Any, rule: str, runs: int, steps: int) -> float:
    """Largest relative difference of the values between ours and C: they must do the same work.

    After 1,000 steps at most: later Adam circles the minimum, where a difference in the last bit grows.
    """
    c = in_c(library, surface, rule, runs, min(steps, 1000))
    c()
    values = lab.ensemble(rules()[rule], surface, runs, min(steps, 1000), quantiles=False).f
    return float(np.max(np.abs(values - c.values) / np.maximum(1.0, np.abs(values))))  # type: ignore[attr-defined]


def main() -> None:
    """Run all cases and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--output", type=Path)
    parser.add_argument("--quick", action="store_true", help="a tenth of the steps, three rounds")
    given = parser.parse_args()
    rounds = 3 if given.quick else given.rounds
    start_jax_on_one_core()
    table = []
    with tempfile.TemporaryDirectory() as folder:
        library = c_library(folder)
        for surface, rule, runs, steps in cases(given.quick):
            racers = entrants(library, surface, rule, runs, steps)
            row = measure(racers, rounds)
            difference = check(library, surface, rule, runs, steps) if library else float("nan")
            table.append({"surface": surface.name, "rule": rule, "runs": runs, "steps": steps, **row,
                          "largest_difference_from_c": difference})  # fmt: skip
            print(line(table[-1]), flush=True)
        million = basin_map(library, given.quick, rounds)
        print(line(million))
    report = {"cores": numba.config.NUMBA_NUM_THREADS, "rounds": rounds, **manifest.environment(), "table": table,
              "basin_map": million}  # fmt: skip
    if given.output:
        given.output.parent.mkdir(parents=True, exist_ok=True)
        given.output.write_text(json.dumps(report, indent=1) + "\n")


def measure(racers: Racers, rounds: int) -> dict[str, Any]:
    """Alternate the contestants; nanoseconds per run and step, and ratios to ours in the same round."""
    present = {name: (go, work) for name, (go, work) in racers.items() if go is not None}
    for go, _ in present.values():
        go()  # compilation, caches, clocks
    times: dict[str, list[float]] = {name: [] for name in present}
    for _ in range(rounds):
        for name, (go, work) in present.items():
            times[name].append(go() / work * 1e9)

    def ratio(a: str, b: str) -> float:
        return statistics.median(x / y for x, y in zip(times[a], times[b], strict=True))

    out: dict[str, Any] = {
        "ns": {name: statistics.median(taken) for name, taken in times.items()},
        "ns_least": {name: min(taken) for name, taken in times.items()},
        "times_as_slow_as_ours": {name: ratio(name, "ours") for name in present if name != "ours"},
        "speed_up_all_cores": ratio("ours", "ours, all cores"),
    }
    if "c" in present:
        out["ours_over_c"] = ratio("ours", "c")
    return out


def basin_map(library: ctypes.CDLL | None, quick: bool, rounds: int) -> dict[str, Any]:
    """A basin map of 1000 x 1000 starts, 2,000 steps of NGDM on Rosenbrock-2D, in one call."""
    surface, steps = ls.rosenbrock(2), 2_000
    runs = 64_000 if quick else 1_000_000
    work, cores = float(runs * steps), numba.config.NUMBA_NUM_THREADS
    racers: Racers = {
        "ours": (ours(surface, "diagonal", runs, steps, 1), work),
        "ours, all cores": (ours(surface, "diagonal", runs, steps, cores), work),
        "c": (in_c(library, surface, "diagonal", runs, steps) if library else None, work),
    }
    row = measure(racers, min(rounds, 3))
    seconds = {name: ns * work / 1e9 for name, ns in row["ns"].items()}
    return {"surface": surface.name, "rule": "diagonal, 1000 x 1000 map", "runs": runs, "steps": steps,
            "seconds": seconds, **row}  # fmt: skip


def line(row: dict[str, Any]) -> str:
    """One row for reading."""
    times = "  ".join(f"{name} {value:7.2f}" for name, value in row["ns"].items())
    ratio = f"  ours/C {row['ours_over_c']:.2f}" if "ours_over_c" in row else ""
    return f"{row['surface']:16} {row['rule']:26} ns: {times}{ratio}  cores x{row['speed_up_all_cores']:.2f}"


if __name__ == "__main__":
    main()
