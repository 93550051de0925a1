"""What the checks of indices cost that cannot be proved: landscapes of a user's with the checks and without them.

    python benchmarks/checked_indices.py [--rounds 9] [--output benchmarks/results/checked_indices.json]

Both forms of a landscape run in turns, one thread, by CPU time; the ratio is that of the least times. Each of them runs
lane by lane in blocks ("lanes") and in the per-run engine ("runs"), with 100 coordinates and plain gradient descent, so
that the landscape is nearly all of the work.
"""

from __future__ import annotations

import argparse
import linecache
import os
import time
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numba
import numpy as np

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab.engine import manifest
from ngdm_lab.store import write_json

N, RUNS, STEPS = 100, 64, 2_000
INDEX = {
    "a real table": "int(w[i])",
    "a table": "c[i]",
    "the point, within": "int(abs(x[i])) % n",
    "the point": "int(10 * abs(x[i]))",
}


def surface(index: str, *, checked: bool) -> Any:
    """A landscape that looks at the entries of x in an order that only a run knows."""
    body = f"    for i in range(n):\n        k = {index}\n        s += x[k] * x[i]\n        g[i] = x[k]\n"
    text = f"def f(x, g, n):\n    s = 0.0\n{body}    return s + {0.0 if checked else 1e-300}\n"
    file = f"<{index}, {checked}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    scope: dict[str, Any] = {"w": np.arange(N)[::-1].astype(float), "c": np.arange(N)[::-1].copy()}
    exec(compile(text, file, "exec"), scope)
    if checked:
        return ls.landscape(bounds=(-3, 3), dim=N)(scope["f"])
    with patch("landscapes.trial.protect", lambda *_: None):
        return ls.landscape(bounds=(-3, 3), dim=N)(scope["f"])


def main() -> None:
    """All indices in both engines."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--output", type=Path)
    given = parser.parse_args()
    numba.set_num_threads(1)
    table = []
    for name, index in INDEX.items():
        forms = {checked: surface(index, checked=checked) for checked in (True, False)}
        for engine in ("lanes", "runs"):
            os.environ["NGDM_LAB_ENGINE"] = engine
            least = dict.fromkeys(forms, float("inf"))
            for turn in range(given.rounds + 1):
                for checked, s in forms.items():
                    began = time.process_time()
                    lab.ensemble(lab.SGD(1e-6), s, RUNS, STEPS, quantiles=False)
                    if turn:  # the first one compiles
                        least[checked] = min(least[checked], time.process_time() - began)
            ns = {k: 1e9 * v / (RUNS * STEPS * N) for k, v in least.items()}
            table.append({"index": index, "engine": engine, "ns_checked": ns[True], "ns_unchecked": ns[False],
                          "ratio": ns[True] / ns[False]})  # fmt: skip
            print(f"{name:18} {index:20} {engine:6} {ns[True]:5.2f} / {ns[False]:5.2f} ns  {ns[True] / ns[False]:.2f}")
    if given.output:
        write_json(given.output, {"rounds": given.rounds, **manifest.environment(), "table": table})


if __name__ == "__main__":
    main()
