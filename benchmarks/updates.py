"""Does an optimizer's step on a net run at memory bandwidth? Bytes a second beside those of a Numba copy-add.

    python benchmarks/updates.py [--rounds 9] [--output benchmarks/results/updates.json] [--quick]

Every optimizer of the registry steps the MLP's 537,354 parameters, on one thread. Bytes are those that its loops load
and store: x twice, g once, every state vector twice, a diagonal F^-1 once. Apollo goes over its vectors three times
(two sums come first). An exact form has two more loops, for the sum and for the solve, after which it descends. A
copy-add, a[i] = b[i] + c[i], works on as much memory as the update's vectors take together, so that caches serve both
alike; it takes turns with the update, and a share is the median of those of the rounds.
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

import ngdm_lab as lab
from landscapes.flags import FLAGS
from ngdm_lab.engine import manifest
from ngdm_lab.optimizers import get, names

EXACT = 5 + 6  # x, g, b in, g, b out; g in (the sum of Dirichlet's), g in and out, g and x in, x out
APOLLO = 1 + 5 + 7


@numba.njit(**FLAGS)
def copy_add(a, b, c):  # type: ignore[no-untyped-def]
    for i in range(a.shape[0]):
        a[i] = b[i] + c[i]


def streams(name: str) -> int:
    """How many times a step goes over P numbers."""
    if name.endswith("exact"):
        return EXACT - ("gendir" in name)
    return APOLLO if name == "apollo" else 3 + 2 * len(get(name).rule.state) + name.startswith("ngdm")


def seconds(go: Callable[[], Any], least: float = 0.02) -> float:
    """Time of one call, from as many as fill `least` seconds."""
    count, began = 0, time.perf_counter()
    while time.perf_counter() - began < least:
        go()
        count += 1
    return (time.perf_counter() - began) / count


def measure(name: str, dtype: str, rounds: int) -> dict[str, Any]:
    model = lab.nets.mlp(dtype=dtype)
    update = lab.nets.Update(get(name), model, "fan_in")
    model.gradient[:] = 0.0
    moved = streams(name) * model.size * model.vector.itemsize
    held = 2 + len(get(name).rule.state) + name.startswith("ngdm")
    a, b, c = (np.ones(held * model.size // 3, dtype) for _ in range(3))
    speed = 3 * a.nbytes
    update.step()
    copy_add(a, b, c)
    times, shares = [], []
    for _ in range(rounds):
        ours, reference = seconds(update.step), seconds(lambda: copy_add(a, b, c))
        times.append(ours)
        shares.append((moved / ours) / (speed / reference))
    ms = 1e3 * statistics.median(times)
    return {"optimizer": name, "dtype": dtype, "streams": streams(name), "ms": ms, "gb_per_s": moved / ms / 1e6,
            "share_of_copy_add": statistics.median(shares)}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--output", type=Path, metavar="FILE")
    parser.add_argument("--quick", action="store_true", help="one round")
    given = parser.parse_args()
    rows = []
    print(f"{'optimizer':22}{'dtype':9}{'ms':>8}{'GB/s':>8}{'share of a copy-add':>22}")
    for dtype in ("float32", "float64"):
        for name in names():
            row = measure(name, dtype, 1 if given.quick else given.rounds)
            rows.append(row)
            print(f"{name:22}{dtype:9}{row['ms']:8.3f}{row['gb_per_s']:8.0f}{row['share_of_copy_add']:22.2f}")
    if given.output is not None:
        given.output.parent.mkdir(parents=True, exist_ok=True)
        told = {"parameters": lab.nets.mlp().size, "table": rows, **manifest.environment()}
        given.output.write_text(json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main()
