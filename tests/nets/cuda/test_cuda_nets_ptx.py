"""The kernels of nets compiled and assembled without a GPU; needs the extra cuda-check, part of the extra test."""

from __future__ import annotations

import sys

import pytest

import ngdm_lab as lab
from ngdm_lab import optimizers
from ngdm_lab.compiler.cuda import device as cuda_device
from ngdm_lab.compiler.cuda import ptx as cuda_ptx
from ngdm_lab.nets.cuda import kernels as cuda_kernels

pytestmark = pytest.mark.skipif(sys.platform == "darwin", reason="NVIDIA has no CUDA packages for macOS")

SLOW = pytest.mark.slow
CC = [(9, 0), pytest.param((7, 5), marks=SLOW), pytest.param((8, 0), marks=SLOW)]
OPTIMIZERS = [
    *(optimizers.get(name, lr=1e-3) for name in optimizers.names()),
    lab.SGD(1e-3, line8="previous"), lab.SGD(1e-3, line8="accumulated"), lab.SGD(1e-3, nesterov=False),
]  # fmt: skip


def check(name, source, cc):
    text = cuda_ptx.ptx(source, cc)
    [report] = cuda_ptx.assemble([text], cc)
    counts = cuda_ptx.counts(text)
    for what in ("stack", "spill_stores", "spill_loads"):
        assert report[what] == 0, (name, what, report[what])
    assert counts["local_memory"] == 0, (name, counts)
    powers = 2 if name.startswith("nadam ") else 0  # of real exponents, once a step: the library has them
    assert counts["calls"] == powers, (name, counts)
    return counts


@pytest.mark.parametrize("cc", CC)
@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_elementwise_kernels(precision, cc):
    found = cuda_kernels.elementwise()
    assert len(found) >= 29
    for name, kernel in found.items():
        counts = check(name, kernel.source(precision), cc)
        # else the arithmetic is double precision, which most GPUs do at a small share of their speed;
        # sums of batch normalisation and losses are meant to be
        if precision == "float32" and not name.startswith(("batch_norm.column", "losses.")):
            assert counts["f64"] <= 1, (name, counts["f64"])


@pytest.mark.parametrize("cc", CC)
@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_updates(precision, cc):
    rules = {opt.rule.name: opt.rule for opt in OPTIMIZERS}
    solvers = [d.on(4).solver("exact") for d in (lab.Dirichlet(1.5), lab.GeneralizedDirichlet(1.5, 2.0))]
    for name, source in cuda_kernels.updates(rules.values(), solvers, precision):
        check(name, source, cc)


def test_a_small_grid_is_no_warning():
    """Nor is it a failure, in tests that take warnings for errors."""
    from numba import cuda

    assert cuda_device.configured(cuda.jit(lambda x: None), 1, 128) is not None
