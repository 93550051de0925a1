"""`ngdm-lab trace`: one run of one optimizer, every iterate kept."""

from __future__ import annotations

import argparse
from typing import Any

from ngdm_lab.compiler.markup import point

from . import options
from .folder import Made, reserve


def add(commands: Any) -> None:
    """Add the command to the parser."""
    command = commands.add_parser(
        "trace",
        help="follow one run",
        description="Follow one run from one start; write its iterates and, in two dimensions, its picture.",
    )
    command.add_argument("--landscape", default="rosenbrock", help="family[:transform]... (default rosenbrock)")
    command.add_argument("--dim", type=options.whole, help="dimension (default: the family's own)")
    command.add_argument("--optimizer", default="ngdm-dirichlet", help="id[:option=value]... (default ngdm-dirichlet)")
    command.add_argument("--lr", type=float, default=1e-3, help="learning rate (default 1e-3)")
    command.add_argument("--start", metavar="X1,X2", help="start (default: drawn from the bounds by --seed)")
    options.add_common(command, steps=500)
    command.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Run the trace; one line for the end, then the paths of what was written."""
    import landscapes as ls
    from ngdm_lab import experiments, optimizers
    from ngdm_lab.engine.backend import check_backend
    from ngdm_lab.engine.status import shown

    check_backend(given.backend)
    if given.backend == "cuda":
        raise ValueError("a trace is one run, which no GPU makes faster: leave out --backend cuda")
    text = given.landscape if given.dim is None else _with_dim(given.landscape, given.dim)
    surface = ls.parse(text)
    optimizer = optimizers.parse(given.optimizer).replace(lr=given.lr)
    if given.start is None:
        start = experiments.first_start(surface, given.seed)
    else:
        start = options.parse_numbers("--start", given.start)
    experiments.check_trace(optimizer, surface, start, given.steps, given.seed, given.target)
    with reserve(given.output, "ngdm-trace") as folder:
        path = experiments.trace(optimizer, surface, start, given.steps, given.seed, target=given.target)
        made = Made(folder)
        made.add(lambda: [path.save(folder / "trace.npz")])
        if surface.dim == 2:
            from ngdm_lab import plots

            made.add(lambda: plots.save(plots.trajectories(path), folder / "trajectory"))
        last = path.runs.x[0]
        print(f"{optimizer.name} on {surface.name}: {shown(path.status)}. {path.reason}")
        print(f"{optimizer.options()}; start {point(start)}, seed {given.seed}")
        taken = int(path.runs.evaluations[0])
        print(f"after {taken} evaluations: x = {point(last)}, f = {path.runs.f[0]:.6g}, f_min = {surface.f_min:.6g}")
        print("Written:")
        for file in made.paths:
            print(f"  {file}")
        made.end()
    return 0


def _with_dim(text: str, dim: int) -> str:
    family, *rest = text.split(":")
    if rest and rest[0].lstrip("+-").isdigit():
        raise ValueError(f"the dimension stands twice: in --landscape {text} and in --dim {dim}")
    return ":".join([family, str(dim), *rest])
