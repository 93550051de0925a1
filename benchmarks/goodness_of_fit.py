"""How fast are the kernels of the goodness-of-fit tests? Against the same statistics from SciPy's distances.

    python benchmarks/goodness_of_fit.py [--rounds 7] [--quick] [--output benchmarks/results/goodness_of_fit.json]

Contestants take turns, so that a busy machine is busy for all; a ratio is the median of those of the rounds. SciPy's
forms use one thread, so ours on one thread is the comparison, and ours on all cores what a user gets.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import numpy as np
from scipy.spatial.distance import cdist, pdist

import ngdm_lab as lab
from ngdm_lab.engine import manifest
from ngdm_lab.geometry import energy_test
from ngdm_lab.geometry.interpoint import count_sides, mean_distance

Array = np.ndarray
SIZES = ((100, 3), (1_000, 3), (2_000, 10), (2_000, 100))
LAYERS = 2  # references for each point
REPLICATES = 19  # of the whole test: more take proportionally longer


def on(threads: int, go: Callable[[], Any]) -> Callable[[], Any]:
    """A contestant on so many threads."""

    def run() -> Any:
        before = numba.get_num_threads()
        numba.set_num_threads(threads)
        try:
            return go()
        finally:
            numba.set_num_threads(before)

    return run


def scipy_energy(x: Array, y: Array) -> float:
    """m times the energy distance, through matrices of distances."""
    m, many = len(x), len(y)
    own, others = 2 * pdist(x).sum() / m**2, 2 * pdist(y).sum() / many**2
    return m * (2 * cdist(x, y).mean() - own - others)


def our_energy(x: Array, y: Array) -> float:
    """The same."""
    a, b = x[None], y[None]
    return float(len(x) * (2 * mean_distance(a, b) - mean_distance(a) - mean_distance(b))[0])


def scipy_sides(x: Array, y: Array) -> Array:
    """Shares of smallest and largest sides, through matrices of distances."""
    m = len(x)
    own, other = pdist(x), cdist(x, y)
    i, j = np.triu_indices(m, 1)
    smallest = largest = 0
    for layer in range(len(y) // m):
        corner = layer * m + (i + j) % m
        a, b = other[i, corner], other[j, corner]
        smallest += np.count_nonzero(own < np.minimum(a, b))
        largest += np.count_nonzero(own > np.maximum(a, b))
    return np.array([smallest, largest]) / (len(own) * (len(y) // m))


def scipy_test(x: Array, replicates: int) -> float:
    """The whole energy test, written with SciPy's distances and one fit at a time."""
    stream = np.random.default_rng(0)
    law = lab.Dirichlet.fit(x)
    values = []
    for t in range(replicates + 1):
        sample = x if t == 0 else law.rvs(len(x), stream)
        again = law if t == 0 else lab.Dirichlet.fit(sample)
        values.append(scipy_energy(sample, again.rvs(LAYERS * len(x), stream)))
    return (1 + sum(v >= values[0] for v in values[1:])) / len(values)


def cases(sizes: tuple[tuple[int, int], ...]) -> list[tuple[str, int, int, dict[str, Callable[[], Any]]]]:
    """(what, points, components, contestants)."""
    cores, made = numba.config.NUMBA_NUM_THREADS, []
    for m, k in sizes:
        law = lab.Dirichlet(2.0).on(k)
        x, y = law.rvs(m, 0), law.rvs(LAYERS * m, 1)
        pairs = {
            "energy statistic": (lambda x=x, y=y: our_energy(x, y), lambda x=x, y=y: scipy_energy(x, y)),
            "triangle sides": (lambda x=x, y=y: count_sides(x[None], y[None])[0], lambda x=x, y=y: scipy_sides(x, y)),
        }
        if m <= 1_000:
            pairs["whole energy test"] = (
                lambda x=x: energy_test(x, lab.Dirichlet, replicates=REPLICATES, references=LAYERS).pvalue,
                lambda x=x: scipy_test(x, REPLICATES),
            )
        for what, (ours, theirs) in pairs.items():
            made.append((what, m, k, {"ours": on(1, ours), "ours, all cores": on(cores, ours), "scipy": theirs}))
    return made


def measure(racers: dict[str, Callable[[], Any]], rounds: int) -> dict[str, Any]:
    """Seconds of each, and ratios to ours on one thread in the same round."""
    results = {name: go() for name, go in racers.items()}  # compilation, caches; and what they return
    times: dict[str, list[float]] = {name: [] for name in racers}
    for _ in range(rounds):
        for name, go in racers.items():
            began = time.perf_counter()
            go()
            times[name].append(time.perf_counter() - began)
    ratios = {
        name: statistics.median(t / o for t, o in zip(taken, times["ours"], strict=True))
        for name, taken in times.items()
        if name != "ours"
    }
    return {
        "seconds": {name: statistics.median(taken) for name, taken in times.items()},
        "times_as_slow_as_ours": ratios,
        "speed_up_all_cores": 1.0 / ratios["ours, all cores"],
        "largest_difference_from_scipy": float(np.max(np.abs(np.subtract(results["ours"], results["scipy"])))),
    }


def main() -> None:
    """Run all cases and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--output", type=Path)
    parser.add_argument("--quick", action="store_true", help="the small sizes, three rounds")
    given = parser.parse_args()
    rounds = 3 if given.quick else given.rounds
    table = []
    for what, m, k, racers in cases(SIZES[:2] if given.quick else SIZES):
        row = {"what": what, "points": m, "components": k, "references": LAYERS * m, **measure(racers, rounds)}
        if what == "whole energy test":  # other random numbers: the p-values are not to be equal
            row |= {"replicates": REPLICATES, "largest_difference_from_scipy": None}
        table.append(row)
        ratio, speed_up = row["times_as_slow_as_ours"]["scipy"], row["speed_up_all_cores"]
        print(f"{what:18} m = {m:5}, k = {k:3}: {row['seconds']['ours'] * 1e3:9.3f} ms, "
              f"SciPy {ratio:5.2f} x as long; all cores x{speed_up:.2f}", flush=True)  # fmt: skip
    report = {"cores": numba.config.NUMBA_NUM_THREADS, "rounds": rounds, **manifest.environment(), "table": table}
    if given.output:
        given.output.parent.mkdir(parents=True, exist_ok=True)
        given.output.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
