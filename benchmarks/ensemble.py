"""How fast is an ensemble? Ours beside C and what one uses in Python, side by side in one run, alternating.

    python benchmarks/ensemble.py [--rounds 7] [--output benchmarks/results/ensemble.json] [--quick]

Prints nanoseconds for one step of one run, and ratios; a ratio is the median over the rounds of the two times taken in
the same round. One thread works and its CPU time counts, except for "all cores", where the clock does. With an output
there is a figure of the same name beside it: growth in coordinates, runs, settings and threads. On two quiet cores it
takes about 15 minutes, with `--quick` (a tenth of the steps, one round) under two.

"ours, default" is the call as users write it, with quantiles on; "ours" leaves them out. The whole cost of a call is
in both: starts, tables, results. "c" is lanes.c, "good c" good_lanes.c; both are compiled on the spot and keep the best
value. "jax, records" keeps of each run what ours keeps, "jax" nothing, in the best of seven layouts; nor do optax,
NumPy and PyTorch. Numba keeps the best value. SciPy's L-BFGS-B stops by itself, so that its time is that of a start.
Who is not installed is left out with a word; so is C without a compiler.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import growth
import numba
import numpy as np
from contestants import Contestant, in_torch, ours, rules
from contestants_c import Libraries, c_libraries, in_c, least_ns, limits
from contestants_jax import in_jax, in_jax_best, in_optax, start_jax_on_one_core
from contestants_python import in_numba_best, in_numpy, in_scipy

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab.engine import manifest

Racers = dict[str, tuple[Contestant | None, float]]  # with runs * steps
# what ours, by default, is to reach: at most so many times as slow, or those at least so many times as slow
AT_MOST = {"good c": 1.3}
AT_LEAST = {"jax": 2.0, "optax": 2.0, "numpy": 2.0, "torch": 2.0, "numba": 1.3}


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


def entrants(libraries: Libraries, surface: Any, rule: str, runs: int, steps: int, quick: bool) -> Racers:
    """Everybody, each with the work that it does: slow ones do a part of it."""
    work, cores = float(runs * steps), numba.config.NUMBA_NUM_THREADS
    few, short = max(runs // 64, 64), max(steps // 50, 2)
    part = 4 if surface.dim < 10 else 20  # of the steps, for JAX
    case, brief, shorter = (
        (surface, rule, runs, steps),
        (surface, rule, runs, steps // part),
        (surface, rule, runs, short),
    )
    return {
        "ours": (ours(*case, 1), work),
        "ours, default": (ours(*case, 1, quantiles=True), work),
        "c": (in_c(libraries, "lanes", *case), work),
        "good c": (in_c(libraries, "good_lanes", *case), work),
        "ours, all cores": (ours(*case, cores), work),
        "per run": (ours(surface, rule, few, steps, 1, "runs"), few * steps),
        "jax, records": (in_jax(*brief, True), work / part),
        "jax": (in_jax_best(*brief, few=quick), work / part),
        "optax": (in_optax(*brief), work / part),
        "numba": (in_numba_best(*brief), work / part),
        "numpy": (in_numpy(*shorter), runs * short),
        "torch": (in_torch(*shorter), runs * short),
    }


def check(libraries: Libraries, which: str, surface: Any, rule: str, runs: int, steps: int) -> float:
    """Largest relative difference of the values between ours and C: they must do the same work.

    After 1,000 steps at most: later Adam circles the minimum, where a difference in the last bit grows.
    """
    c = in_c(libraries, which, surface, rule, runs, min(steps, 1000))
    if c is None:
        return float("nan")
    c()
    values = lab.ensemble(rules()[rule], surface, runs, min(steps, 1000), quantiles=False).f
    return float(np.max(np.abs(values - c.values) / np.maximum(1.0, np.abs(values))))  # type: ignore[attr-defined]


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
        "times_as_slow_as_default": {name: ratio(name, "ours, default") for name in present if name != "ours, default"},
        "speed_up_all_cores": ratio("ours", "ours, all cores"),
    }
    if "c" in present:
        out["ours_over_c"] = ratio("ours", "c")
    if "good c" in present:
        out["default_over_good_c"] = ratio("ours, default", "good c")
    out["layouts"] = {name: go.layout for name, (go, _) in present.items() if hasattr(go, "layout")}
    return out


def verdicts(row: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What the default call of a pair was to reach beside each who was there, and whether it did."""
    made = {}
    if "default_over_good_c" in row:
        value = row["default_over_good_c"]
        made["good c"] = {"ratio": value, "at_most": AT_MOST["good c"], "met": value <= AT_MOST["good c"]}
    for name, least in AT_LEAST.items():
        if name in row["times_as_slow_as_default"]:
            value = row["times_as_slow_as_default"][name]
            made[name] = {"ratio": value, "at_least": least, "met": value >= least}
    return made


def verdict_table(table: list[dict[str, Any]]) -> str:
    """All pairs beside all aims; a ratio with an exclamation mark misses its aim."""
    names = [*AT_MOST, *AT_LEAST]
    words = [f"ours/good c <={AT_MOST['good c']}", *(f"{name} >={least}" for name, least in AT_LEAST.items())]
    lines = ["The default call: how many times as slow as good C, and how many times as slow as it the others are;",
             "! misses its aim, - was not there.", f"{'':26}" + "".join(f"{word:>18}" for word in words)]  # fmt: skip
    met = total = 0
    for row in table:
        said = row["verdicts"]
        cells = [f"{said[n]['ratio']:.2f}{' ' if said[n]['met'] else '!'}" if n in said else "- " for n in names]
        lines.append(f"{row['surface']:16} {row['rule']:9}" + "".join(f"{cell:>18}" for cell in cells))
        met, total = met + sum(one["met"] for one in said.values()), total + len(said)
    return "\n".join([*lines, f"{met} of {total} aims met"])


def basin_map(libraries: Libraries, quick: bool, rounds: int) -> dict[str, Any]:
    """A basin map of 1000 x 1000 starts, 2,000 steps of NGDM on Rosenbrock-2D, in one call."""
    surface, steps = ls.rosenbrock(2), 2_000
    runs = 64_000 if quick else 1_000_000
    case, cores = (surface, "diagonal", runs, steps), numba.config.NUMBA_NUM_THREADS
    work = float(runs * steps)
    racers: Racers = {
        "ours": (ours(*case, 1), work),
        "ours, default": (ours(*case, 1, quantiles=True), work),
        "ours, all cores": (ours(*case, cores), work),
        "c": (in_c(libraries, "lanes", *case), work),
        "good c": (in_c(libraries, "good_lanes", *case), work),
    }
    row = measure(racers, min(rounds, 3))
    seconds = {name: ns * work / 1e9 for name, ns in row["ns"].items()}
    return {"surface": surface.name, "rule": "diagonal, 1000 x 1000 map", "runs": runs, "steps": steps,
            "seconds": seconds, **row}  # fmt: skip


def line(row: dict[str, Any]) -> str:
    """One row for reading."""
    times = "  ".join(f"{name} {value:.2f}" for name, value in row["ns"].items())
    limit = f"  limit {row['limit_ns']:.2f}" if "limit_ns" in row else ""
    return f"{row['surface']:16} {row['rule']:26} ns: {times}{limit}  cores x{row['speed_up_all_cores']:.2f}"


def main() -> None:
    """Run all cases and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--output", type=Path, metavar="FILE")
    parser.add_argument("--quick", action="store_true", help="a tenth of the steps, one round")
    given = parser.parse_args()
    rounds = 1 if given.quick else given.rounds
    for package in ("jax", "optax", "torch"):
        if find_spec(package) is None:
            print(f"{package} is left out: it is not installed")
    start_jax_on_one_core()
    table = []
    with tempfile.TemporaryDirectory() as folder:
        libraries = c_libraries(folder)
        most = limits(libraries)
        print("one core, a second: " + ", ".join(f"{value / 1e9:.1f} billion {name}" for name, value in most.items()))
        for surface, rule, runs, steps in cases(given.quick):
            row = measure(entrants(libraries, surface, rule, runs, steps, given.quick), rounds)
            row["verdicts"] = verdicts(row)
            table.append({"surface": surface.name, "rule": rule, "runs": runs, "steps": steps, **row,
                          "limit_ns": surface.dim * least_ns(most, surface.family.name, rule),
                          "largest_difference_from_c": check(libraries, "lanes", surface, rule, runs, steps),
                          "largest_difference_from_good_c": check(libraries, "good_lanes", surface, rule, runs, steps),
                          })  # fmt: skip
            print(line(table[-1]), flush=True)
        million = basin_map(libraries, given.quick, rounds)
        print(line(million), flush=True)
        grown = growth.measure(libraries, most, given.quick)
    started = {surface.name: in_scipy(surface, 4 if given.quick else 64) for surface, *_ in cases(given.quick)[::3]}
    for name, told in started.items():
        print(f"{name:16} L-BFGS-B: {told}")
    print(verdict_table(table))
    report = {"cores": numba.config.NUMBA_NUM_THREADS, "rounds": rounds, **manifest.environment(), "a_core_can": most,
              "table": table, "basin_map": million, "l_bfgs_b": started, "growth": grown}  # fmt: skip
    if given.output:
        given.output.parent.mkdir(parents=True, exist_ok=True)
        given.output.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
        growth.figure(grown).savefig(given.output.with_suffix(".png"), dpi=200)


if __name__ == "__main__":
    main()
