"""`compile_ahead`: what a race will need of the compiler, in the order in which it will."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from landscapes import Surface
from landscapes.blocks import landscape
from ngdm_lab.engine import blocks, order_statistics
from ngdm_lab.experiments.maps import flow
from ngdm_lab.optimizers import Optimizer

from .findings import has_share

__all__ = ["compile_ahead"]


def compile_ahead(pairs: Iterable[tuple[Optimizer, Surface]]) -> None:
    """Compile into the cache on the disk what runs of these pairs, findings and pictures of them are linked from.

    Left out is what any race begins with: the driver and the transforms.
    """
    order_statistics.compiled()  # for the quantiles of the runs
    surfaces = {}
    for optimizer, s in pairs:
        surfaces[s.name] = s
        blocks.step(optimizer.rule, optimizer.solver(s.dim))
        landscape(s)
        optimizer.gain(s.dim)  # compiles the solver by which tuning moves its rates
    shared = [s for s in surfaces.values() if has_share(s)]
    if shared:
        flow.follow()
    for s in shared:
        _ = s.compiled  # what the flow calls
    for s in [s for s in shared if s.dim == 2][:1]:
        s.grad(np.tile(s.bounds.mean(axis=1), (s.batch.few, 1)))  # compiles what evaluates many points, for any surface
