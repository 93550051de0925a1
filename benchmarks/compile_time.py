"""How long do the first seconds take? Compilation of every piece, and a short default race as whole processes.

    python benchmarks/compile_time.py [--rounds 1] [--output benchmarks/results/compile_time.json]

Cold is with an empty cache folder, warm is a fresh process with the folder that the cold one filled. Each piece
(landscape, rule, Fisher solve, transform, driver) is timed in a process that has already imported the lab and
compiled a trivial function, so that the first piece does not pay for Numba's own start. The race runs on a copy
of both packages without any cached code beside them, as after a fresh install.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RACE = "import ngdm_lab as lab; lab.race(starts=64, steps=2, tuning_starts=2, progress=False)"
IMPORT = "import ngdm_lab as lab; lab.race"

Piece = tuple[str, str, Callable[[], Any]]


def pieces() -> list[Piece]:
    """(kind, name, what compiles it), each piece of machine code once."""
    import landscapes as ls
    from landscapes import blocks as surfaces
    from landscapes import transforms
    from ngdm_lab import optimizers
    from ngdm_lab.engine import blocks, lane_driver, order_statistics

    made: list[Piece] = [("driver", "advance_blocks", lane_driver.compiled)]
    made += [("driver", "select", order_statistics.compiled)]
    made += [("landscape", name, lambda name=name: surfaces.landscape(ls.get(name))) for name in ls.names()]
    chosen = [optimizers.get(name) for name in optimizers.names()]
    updates = {}
    for o in chosen:
        solver = o.solver(4)
        updates[o.rule.name + (f" + {solver.function.__name__}" if solver else "")] = (o.rule, solver)
    made += [("update", name, lambda pair=pair: blocks.step(*pair)) for name, pair in updates.items()]
    both = (transforms.inward, transforms.outward)
    made += [("transform", f.__name__, lambda f=f: surfaces.transform(f)) for f in both]
    return made


def work() -> None:
    """In a process of its own: seconds of each piece, as JSON on standard output."""
    import numba

    listed = pieces()
    numba.njit("float64(float64)")(lambda x: x + 1.0)
    rows = []
    for kind, name, go in listed:
        began = time.perf_counter()
        made = go()
        rows.append({"kind": kind, "name": name, "seconds": time.perf_counter() - began,
                     "lane_by_lane": getattr(made, "slow", "")})  # fmt: skip
    json.dump(rows, sys.stdout)


def surroundings(cache: Path, source: Path) -> dict[str, str]:
    """Environment of a child: this source, this cache folder, no cache of Numba's elsewhere."""
    left = {k: v for k, v in os.environ.items() if k != "NUMBA_CACHE_DIR"}
    return {**left, "NGDM_LAB_CACHE": str(cache), "PYTHONPATH": str(source)}


def worker(cache: Path) -> list[dict[str, Any]]:
    """`work` in a fresh process."""
    command = [sys.executable, str(Path(__file__).resolve()), "--worker"]
    done = subprocess.run(command, env=surroundings(cache, ROOT), stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def each_piece(folder: Path, rounds: int) -> list[dict[str, Any]]:
    """Cold and warm seconds of every piece, one entry for each round."""
    table: list[dict[str, Any]] = []
    for turn in range(rounds):
        cache = folder / f"pieces-{turn}"
        for state in ("cold", "warm"):
            rows = worker(cache)
            if not table:
                table = [{**row, "cold": [], "warm": []} for row in rows]
            for entry, row in zip(table, rows, strict=True):
                entry[state].append(row["seconds"])
    for entry in table:
        del entry["seconds"]
    return table


def whole_race(folder: Path, rounds: int) -> dict[str, list[float]]:
    """Seconds of whole processes: the default race, cold and warm, and the import alone."""
    seconds: dict[str, list[float]] = {"cold": [], "warm": [], "import": []}
    for turn in range(rounds):
        home = folder / f"race-{turn}"
        for package in ("landscapes", "ngdm_lab"):
            shutil.copytree(ROOT / package, home / package, ignore=shutil.ignore_patterns("__pycache__"))
        for state, program in (("cold", RACE), ("warm", RACE), ("import", IMPORT)):
            began = time.perf_counter()
            subprocess.run(
                [sys.executable, "-c", program], check=True, cwd=home, stdout=subprocess.DEVNULL,
                env=surroundings(home / "cache", home),
            )  # fmt: skip
            seconds[state].append(time.perf_counter() - began)
    return seconds


def show(table: list[dict[str, Any]], race: dict[str, list[float]]) -> None:
    """Medians, for reading."""
    for row in table:
        slow = "  (lane by lane)" if row["lane_by_lane"] else ""
        print(f"{row['kind']:10} {row['name']:24} cold {statistics.median(row['cold']):7.3f} s  "
              f"warm {statistics.median(row['warm']):7.4f} s{slow}")  # fmt: skip
    for kind in dict.fromkeys(row["kind"] for row in table):
        rows = [row for row in table if row["kind"] == kind]
        cold, warm = (sum(statistics.median(row[state]) for row in rows) for state in ("cold", "warm"))
        print(f"{kind:10} {f'all {len(rows)}':24} cold {cold:7.3f} s  warm {warm:7.4f} s")
    for state, seconds in race.items():
        print(f"race, whole process, {state:6} {statistics.median(seconds):7.2f} s")


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--output", type=Path)
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.worker:
        work()
        return
    from ngdm_lab.engine import manifest

    with tempfile.TemporaryDirectory() as folder:
        table = each_piece(Path(folder), given.rounds)
        race = whole_race(Path(folder), given.rounds)
    show(table, race)
    if given.output:
        report = {"rounds": given.rounds, **manifest.environment(), "pieces": table, "race": race}
        given.output.parent.mkdir(parents=True, exist_ok=True)
        given.output.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
