"""Write cuda_table.json: what the CUDA kernels cost, from their assembly, without a GPU.

Run as ``python tests/data/make_cuda_table.py`` (a minute on two cores; needs the extra cuda-check) and look at the
difference in review. `test_cuda_ptx.py` uses the functions of this file and holds fresh kernels against the table.

A row is a kernel: every landscape with one rule, every rule with two landscapes, transforms and noise, a user's
landscape without a gradient. `registers`, `stack` and `spill_*` are ptxas's; the rest counts PTX instructions as they
stand in the text. `step` is the loop over the steps: in a kernel of few coordinates its inner loops are unrolled, so
that it is what one step of one run executes.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import landscapes as ls
from ngdm_lab import NGDM, SGD, Dirichlet, optimizers
from ngdm_lab.compiler.cuda import ptx as cuda_ptx
from ngdm_lab.engine.cuda_kernel import kernel

HERE = Path(__file__).resolve().parent
TABLE = HERE / "cuda_table.json"
RULE = "ngdm-dirichlet-exact"  # with every landscape
TWO = ("rosenbrock:2", "rastrigin:10")  # with every rule: in registers, and in arrays
OTHERS = (
    ("apollo", "rosenbrock:8"),
    (RULE, "ackley:4:rotated=1"),
    (RULE, "ackley:8:rotated=1"),
    (RULE, "rastrigin:10:rotated=1:flipped=2:shifted=0.1:scaled=3:noisy=0.1"),
    (RULE, "rosenbrock:2:noisy=0.1"),
    (RULE, "styblinski-tang:100"),
)


@ls.landscape(bounds=(-5.0, 5.0), minima=[[0.0, 0.0, 0.0]])
def without_gradient(x, n):
    """A landscape as a user may write it; its gradient is derived."""
    f = 0.0
    for i in range(n):
        f += (i + 1) * x[i] * x[i]
    return f


def rules():
    """All update rules of the lab with all forms of preconditioner, by optimizers."""
    made = [optimizers.get(name) for name in optimizers.names()]
    made += [SGD(1e-3, line8="previous"), SGD(1e-3, line8="accumulated"), SGD(1e-3, nesterov=False)]
    return [*made, NGDM(1e-3, Dirichlet(1.4), form="exact", line8="previous")]


def kernels(precision="float64", *, every_pair=False):
    """The kernels of the table by their names."""
    landscapes = [ls.get(name) for name in ls.names()]
    if every_pair:
        pairs = [(o, s) for s in landscapes for o in rules() if s.dim % 2 == 0 or "gendir" not in o.name]
    else:
        pairs = [(optimizers.get(RULE), s) for s in landscapes]
        pairs += [(o, ls.parse(text)) for text in TWO for o in rules()]
        pairs += [(optimizers.get(o), ls.parse(text)) for o, text in OTHERS]
        pairs += [(optimizers.get(RULE), without_gradient)]
    made = [kernel(s, o.rule, o.solver(s.dim), precision) for o, s in pairs]
    return {k.name: k for k in made}


def row(k, cc):
    """One row of the table."""
    text = cuda_ptx.ptx(k, cc)
    [resources] = cuda_ptx.assemble([text], cc)
    return {"layout": "registers" if k.registers else "arrays", **resources, **cuda_ptx.counts(text)}


def versions():
    """The tools that made it."""
    printed = subprocess.run([cuda_ptx.ptxas(), "--version"], capture_output=True, text=True, check=True).stdout
    import importlib.metadata

    packages = ("numba", "numba-cuda")
    return {**{p: importlib.metadata.version(p) for p in packages}, "ptxas": printed.split("release ")[1].split(",")[0]}


def rows(precision="float64", cc=(9, 0), *, every_pair=False, jobs=2):
    """All rows by name, made in processes side by side."""
    command = [sys.executable, __file__, "--precision", precision, "--cc", *map(str, cc)]
    command += ["--every-pair"] if every_pair else []
    path = os.pathsep.join([str(HERE.parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])])

    def part(k):
        return subprocess.run(
            [*command, "--part", str(k), str(jobs)], capture_output=True, text=True, check=False,
            env={**os.environ, "PYTHONPATH": path},
        )  # fmt: skip

    made = {}
    with ThreadPoolExecutor(jobs) as pool:
        for done in pool.map(part, range(jobs)):
            if done.returncode:
                raise RuntimeError(done.stderr.strip()[-3000:])
            made.update(json.loads(done.stdout))
    return {name: made[name] for name in sorted(made)}


def main():
    """Write the table; with --part, print a part of it."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--part", type=int, nargs=2)
    options.add_argument("--precision", default="float64")
    options.add_argument("--cc", type=int, nargs=2, default=(9, 0))
    options.add_argument("--every-pair", action="store_true")
    given = options.parse_args()
    if given.part:
        chosen = list(kernels(given.precision, every_pair=given.every_pair).items())[given.part[0] :: given.part[1]]
        json.dump({name: row(k, tuple(given.cc)) for name, k in chosen}, sys.stdout)
        return
    made = {"compute_capability": "9.0", "precision": "float64", "made_with": versions(), "kernels": rows()}
    lines = json.dumps(made, indent=1)
    TABLE.write_text(lines.replace("\n   ", " ").replace("\n  }", " }") + "\n")


if __name__ == "__main__":
    main()
