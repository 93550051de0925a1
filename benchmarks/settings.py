"""What do many settings cost? A thousand settings from one start beside one setting from a thousand starts.

    python benchmarks/settings.py [--rounds 7] [--output benchmarks/results/settings.json] [--quick]

On one thread, by CPU time, both sides taking turns; a time is the least of the rounds. Settings are a random search:
Adam's learning rate, or its betas too, NGDM's alpha and learning rate in both forms. All runs have the same start, so
that both sides take the same steps. A call is measured twice, with all its steps and with one: "steps" is the ratio
of what the steps take, "call" that of the whole call with the steps named, and "us" is what each setting adds to a
call whatever its steps are: its preconditioner, its result.
"""

from __future__ import annotations

import argparse
import gc
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numba
import numpy as np

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab.engine import lane_run, manifest
from ngdm_lab.optimizers import Optimizer

SURFACES = ((ls.rosenbrock(2), 50_000), (ls.rastrigin(10), 8_000), (ls.rosenbrock(100), 4_000))
COUNT = 1000


def searches() -> dict[str, list[Optimizer]]:
    """Random settings, by what differs; the first of each stands for one setting. Rates at which no run diverges."""
    rng = np.random.default_rng(0)
    rates, alphas = 10 ** rng.uniform(-5, -4, COUNT), rng.uniform(0.5, 12.0, COUNT)
    betas = rng.uniform([0.5, 0.9], [0.95, 0.999], (COUNT, 2))
    laws = [lab.Dirichlet(alpha) for alpha in alphas]
    return {
        "adam, lr": [lab.Adam(lr) for lr in rates],
        "adam, lr and betas": [lab.Adam(lr, tuple(pair)) for lr, pair in zip(rates, betas, strict=True)],
        "ngdm diagonal, lr and alpha": [lab.NGDM(0.01 * lr, law) for lr, law in zip(rates, laws, strict=True)],
        "ngdm exact, lr and alpha": [
            lab.NGDM(0.01 * lr, law, form="exact") for lr, law in zip(rates, laws, strict=True)
        ],
    }


def seconds(optimizers: Sequence[Optimizer], surface: Any, x0: Any, steps: int) -> float:
    """CPU time of a call, as tuning and maps make it."""
    gc.collect()  # else one of the calls pays for what all before it have left
    began = time.process_time()
    lab.ensemble(optimizers, surface, x0, steps, quantiles=False)
    return time.process_time() - began


def measure(what: str, mix: list[Optimizer], surface: Any, steps: int, rounds: int) -> dict[str, Any]:
    """Times and ratios of one pair."""
    start = np.random.default_rng(1).uniform(*surface.bounds.T, (1, surface.dim))
    sides = (mix, start), (mix[:1], np.repeat(start, COUNT, axis=0))
    calls = [(*side, length) for side in sides for length in (steps, 1)]
    for opt, x0, _ in calls:  # compiled here
        seconds(opt, surface, x0, 2)
    times = np.array([[seconds(opt, surface, x0, length) for opt, x0, length in calls] for _ in range(rounds)])
    many, many_short, one, one_short = map(float, times.min(axis=0))
    return {"surface": surface.name, "what": what, "steps": steps, "many": many, "one": one, "call": many / one,
            "steps_alone": (many - many_short) / (one - one_short), "us": 1e6 * (many_short - one_short) / COUNT,
            "kernel": "fused" if COUNT * steps >= lane_run.FUSED_FROM else "linked"}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--output", type=Path, metavar="FILE")
    parser.add_argument("--quick", action="store_true", help="one round, a tenth of the steps")
    given = parser.parse_args()
    numba.set_num_threads(1)
    lane_run.MIXED_FROM = 0.0  # the short calls, too, and with fewer steps
    rows = []
    print(f"{'surface':18}{'what differs':30}{'many, s':>9}{'one, s':>9}{'call':>7}{'steps':>7}{'us':>6}")
    for surface, steps in SURFACES:
        for what, mix in searches().items():
            count, rounds = (steps // 10, 1) if given.quick else (steps, given.rounds)
            row = measure(what, mix, surface, count, rounds)
            rows.append(row)
            print(f"{surface.name:18}{what:30}{row['many']:9.3f}{row['one']:9.3f}{row['call']:7.2f}"
                  f"{row['steps_alone']:7.2f}{row['us']:6.1f}", flush=True)  # fmt: skip
    if given.output is not None:
        given.output.parent.mkdir(parents=True, exist_ok=True)
        given.output.write_text(json.dumps({"table": rows, **manifest.environment()}, indent=1) + "\n")


if __name__ == "__main__":
    main()
