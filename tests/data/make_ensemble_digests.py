"""Write `ensemble_digests.json`: what every landscape and every rule gave, bit for bit.

    python tests/data/make_ensemble_digests.py [FILE]

The table was first made at commit bd81558, before the code was rearranged; `tests/engine/test_same_bits.py` compares
with it. Make it anew only where a change of results is meant, and say so in the commit.
"""

from __future__ import annotations

import hashlib
import json
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab.optimizers import registry

FILE = Path(__file__).with_name("ensemble_digests.json")
STARTS, STEPS = 70, 60  # more than one block of 64 runs, and more than one chunk of steps
PAIRED = 130_000, 2_000  # so many that landscape and rule share a kernel of their own
RATES = (1e-3, 1e-2)


def digest(runs: Any) -> str:
    """What a call of `ensemble` gave, in 16 hexadecimal digits."""
    found = hashlib.sha256()
    for name in ("x", "f", "f_best", "hit", "arrived", "evaluations"):
        found.update(np.ascontiguousarray(getattr(runs, name)).tobytes())
    found.update("".join(map(str, np.ravel(runs.status))).encode())
    for level in np.ravel(runs.quantiles):
        found.update(np.asarray(level).tobytes())
    return found.hexdigest()[:16]


def surfaces() -> dict[str, ls.Surface]:
    """Every family at its default dimension, and each transform of some of them."""
    found = {name: ls.get(name) for name in ls.names()}
    rosenbrock, rastrigin = ls.rosenbrock(6), ls.rastrigin(4)
    found["rosenbrock-6 rotated"] = rosenbrock.rotated(3)
    found["rosenbrock-6 flipped, shifted, scaled"] = rosenbrock.flipped(1).shifted(0.25).scaled(3.0)
    found["rastrigin-4 noisy"] = rastrigin.noisy(0.1)
    found["rastrigin-4 rotated noisy"] = rastrigin.rotated(2).noisy(0.1)
    found["ackley-66"] = ls.ackley(66)  # beyond what the compiler unrolls
    return found


def rules(name: str) -> list[lab.Optimizer]:
    """One optimizer of the registry at two rates."""
    made = registry.get(name)
    return [made.replace(lr=rate) for rate in RATES]


def cases() -> Iterator[tuple[str, Any]]:
    """(name, ensemble) of every case."""
    for surface_name, surface in surfaces().items():
        for rule in registry.names():
            if "gendir" in rule and surface.dim % 2:
                continue
            yield f"{surface_name} | {rule}", lab.ensemble(rules(rule), surface, STARTS, STEPS, seed=5)
    starts, steps = PAIRED
    for rule in registry.names():
        one = registry.get(rule).replace(lr=RATES[0])
        yield f"paired rosenbrock | {rule}", lab.ensemble(one, ls.rosenbrock(2), starts, steps, seed=6)


def table() -> dict[str, str]:
    """Every case and its digest."""
    found = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, made in cases():
            several = made if isinstance(made, list) else [made]
            found[name] = " ".join(digest(runs) for runs in several)
    return found


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else FILE
    target.write_text(json.dumps(table(), indent=0) + "\n", encoding="utf-8")
