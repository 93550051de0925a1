"""What does a derived gradient cost? Beside the one written by hand, over all landscapes.

    python benchmarks/gradients.py [--rounds 9] [--output benchmarks/results/gradients.json] [--quick]

A landscape's own gradient is left out of its text, and derived from what remains; both are compiled for blocks of 64
points side by side, and evaluated at one block over and over, on one thread, by CPU time, taking turns. A time is the
least of the rounds, the ratio that of the two times. Landscapes of any dimension are measured in their default
dimension and in ten dimensions.
"""

from __future__ import annotations

import argparse
import json
import time
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import landscapes as ls
from landscapes import Surface, blocks
from landscapes.check import with_derived_gradient
from ngdm_lab.compiler.build import PLAIN, build_text
from ngdm_lab.compiler.lanes.memory import aligned
from ngdm_lab.compiler.linked import LinkedType, link
from ngdm_lab.compiler.source import gather
from ngdm_lab.engine import manifest

SECONDS = 0.02  # about what one measurement takes


def surfaces() -> list[Surface]:
    """Every landscape in its default dimension, and in ten where it has them."""
    made = [ls.get(name) for name in ls.names()]
    wider = [s for s in made if s.dim < 10 and (s.family.dims[1] is None or s.family.dims[1] >= 10)]
    return made + [s.family(dim=10 if 10 % s.family.multiple == 0 else 12) for s in wider]


def repeat(base, x, g, n, p, many_p, f, w, times):  # type: ignore[no-untyped-def]
    """A block function called again and again at addresses."""
    for _ in range(times):
        base(x, g, n, p, many_p, f, w)


@cache
def repeated() -> Any:
    """`repeat`, compiled."""
    from numba import int64, void

    text, name = gather(repeat, inline=PLAIN)
    return build_text(text, name, void(LinkedType(blocks.signatures()[0]), *[int64] * 8))


class Block:
    """One block of points of a surface."""

    def __init__(self, s: Surface) -> None:
        made = blocks.landscape(s)
        if made.slow:
            raise SystemExit(f"{s.name} is no vector code: {made.slow}")
        n = s.dim
        self.function, self.n, self.packed = link(made.function), n, s.packed
        self.room = aligned((2 * n + 1 + made.rows) * 64)
        points = np.random.default_rng(0).uniform(*s.bounds.T, (64, n))
        self.room[: 64 * n] = points.T.ravel()

    def seconds(self, times: int) -> float:
        """CPU time of so many evaluations."""
        at, n = self.room.ctypes.data, self.n
        began = time.process_time()
        repeated()(self.function, at, at + 512 * n, n, self.packed.ctypes.data, self.packed.size, at + 1024 * n,
                   at + 1024 * n + 512, times)  # fmt: skip
        return time.process_time() - began

    def gradients(self) -> np.ndarray:
        """(n, 64) as the last evaluation has left them."""
        return self.room[64 * self.n : 128 * self.n].reshape(self.n, 64)


def measure(s: Surface, rounds: int) -> dict[str, Any]:
    """Nanoseconds of a point, and the ratio."""
    other = with_derived_gradient(s)
    assert other is not None
    sides = Block(s), Block(other)
    times = 16
    while sides[0].seconds(times) < SECONDS and times < 1 << 22:
        times *= 2
    found = np.array([[side.seconds(times) for side in sides] for _ in range(rounds)]).min(axis=0)
    size = np.abs(sides[0].gradients()).max(axis=0)
    error = float((np.abs(sides[1].gradients() - sides[0].gradients()).max(axis=0) / np.where(size > 0, size, 1)).max())
    by_hand, made = 1e9 * found / (64 * times)
    return {"surface": s.name, "by_hand_ns": by_hand, "derived_ns": made, "ratio": made / by_hand, "differs_by": error}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--output", type=Path, metavar="FILE")
    parser.add_argument("--only", default="", help="names of landscapes, with commas")
    parser.add_argument("--quick", action="store_true", help="one round, three landscapes")
    given = parser.parse_args()
    chosen = surfaces()
    if given.only:
        chosen = [s for s in chosen if s.family.name in given.only.split(",")]
    rows = []
    for s in chosen[:3] if given.quick else chosen:
        rows.append(measure(s, 1 if given.quick else given.rounds))
        print("{surface:26s} {by_hand_ns:9.2f} {derived_ns:9.2f} ns   ratio {ratio:5.2f}   {differs_by:.1e}"
              .format(**rows[-1]), flush=True)  # fmt: skip
    ratios = [row["ratio"] for row in rows]
    summary = {"median": float(np.median(ratios)), "worst": max(ratios)}
    print(f"median {summary['median']:.2f}, worst {summary['worst']:.2f}")
    if given.output:
        report = {"table": rows, **summary, **manifest.environment()}
        given.output.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
