"""Does an optimizer's step on a net run at memory bandwidth? Bytes a second beside those of a Numba copy-add.

    python benchmarks/updates.py [--rounds 9] [--output benchmarks/results/updates.json] [--quick]

Every optimizer of the registry steps all parameters of two perceptrons on one thread: the paper's, whose 537,354
parameters and states fit into a last-level cache of some 20 MB, and one of 20 million, which are in no cache. Bytes are
those that its loops load and store: x twice, g once, every state vector twice, a diagonal F^-1 once. Apollo goes over
its vectors three times (two sums come first). An exact form has two more loops, Dirichlet's for the sum and for the
solve, after which it descends; a pair descends where it is solved. A copy-add, a[i] = b[i] + c[i], works on as much
memory as the update's vectors take together, so that caches serve both alike; it takes turns with the update, and a
share is the median of those of the rounds. It can be above 1: a copy-add stores where it has not loaded, which costs
the memory a load that is not counted, and an update stores mostly where it has.
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
from ngdm_lab.compiler.flags import FLAGS
from ngdm_lab.engine import manifest
from ngdm_lab.optimizers import get, names

# x, g, b in, g, b out; then g in (Dirichlet's sum), g in and out, g and x in, x out; a pair is still in a register or
# the first cache when it descends
EXACT = {"ngdm-dirichlet-exact": 5 + 6, "ngdm-gendir-exact": 5 + 4}
APOLLO = 1 + 5 + 7
SIZES = ((512, 256), (4096, 4096))  # hidden units


def caches() -> dict[str, str]:
    """Sizes of the first core's caches, by level and kind, where Linux tells."""
    found = {}
    for folder in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        level, kind, size = ((folder / part).read_text().strip() for part in ("level", "type", "size"))
        found[f"L{level} {kind.lower()}"] = size
    return found


@numba.njit(**FLAGS)
def copy_add(a, b, c):  # type: ignore[no-untyped-def]
    for i in range(a.shape[0]):
        a[i] = b[i] + c[i]


def streams(name: str) -> int:
    """How many times a step goes over P numbers."""
    if name in EXACT:
        return EXACT[name]
    return APOLLO if name == "apollo" else 3 + 2 * len(get(name).rule.state) + name.startswith("ngdm")


def seconds(go: Callable[[], Any], least: float = 0.02) -> float:
    """Time of one call, from as many as fill `least` seconds."""
    count, began = 0, time.perf_counter()
    while time.perf_counter() - began < least:
        go()
        count += 1
    return (time.perf_counter() - began) / count


def measure(name: str, model: Any, rounds: int) -> dict[str, Any]:
    """Time, bytes a second and share of a copy-add's of one optimizer's update of a model."""
    dtype = str(model.dtype)
    model.vector[:] = 0.01
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
    return {"optimizer": name, "parameters": model.size, "dtype": dtype, "streams": streams(name), "ms": ms,
            "gb_per_s": moved / ms / 1e6, "share_of_copy_add": statistics.median(shares)}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--output", type=Path, metavar="FILE")
    parser.add_argument("--quick", action="store_true", help="one round")
    given = parser.parse_args()
    rows = []
    print(f"{'optimizer':22}{'dtype':9}{'parameters':>12}{'ms':>9}{'GB/s':>8}{'share of a copy-add':>22}")
    for sizes in SIZES:
        for dtype in ("float32", "float64"):
            model = lab.nets.mlp(sizes=sizes, dtype=dtype)
            for name in names():
                row = measure(name, model, 1 if given.quick else given.rounds)
                rows.append(row)
                print(f"{name:22}{dtype:9}{model.size:12,}{row['ms']:9.3f}{row['gb_per_s']:8.0f}"
                      f"{row['share_of_copy_add']:22.2f}", flush=True)  # fmt: skip
    if given.output is not None:
        given.output.parent.mkdir(parents=True, exist_ok=True)
        report = {"caches": caches(), "table": rows, **manifest.environment()}
        given.output.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
