"""How runs on CUDA are held against the CPU engine: compiled code to a tolerance, Numba's simulator bit for bit."""

from __future__ import annotations

import numpy as np

import ngdm_lab as lab
from ngdm_lab import optimizers
from ngdm_lab.compiler.cuda.load import simulated

EXACT = optimizers.get("ngdm-dirichlet-exact", lr=1e-5)  # the rule with which landscapes are tried
RULES = [
    *(optimizers.get(name, lr=1e-3) for name in optimizers.names()),
    *(optimizers.get(name) for name in optimizers.searching()),
    lab.SGD(1e-3, line8="previous", weight_decay=0.01, dampening=0.1),
    lab.SGD(1e-4, line8="accumulated"),
    lab.SGD(1e-3, nesterov=False),
    lab.preconditioned(lab.Adam(1e-3), lab.Dirichlet(lab.ramp(2.0, 0.3)), form="exact"),
]

# Relative to max(1, |x|). NVIDIA's compiler fuses further products into sums, each a change in the last place of
# one operation. A change in the last place of the starts grows to at most 2e-12 within these 100 steps, on every
# landscape of the lab but one.
TOLERANCE = 1e-8
STEPS = {"bukin_6": 5}  # there sqrt|.| under a kink multiplies it by 1e15 in 100 steps
SINGLE = 2e-2  # in single precision, over 20 steps


def agree(opt, s, starts=2, steps=100, *, tolerance=TOLERANCE, precision="float64", exact=True, **options):
    """Runs on CUDA, after they have been compared with the CPU's; not `exact` where that goes lane by lane."""
    steps = min(steps, STEPS.get(s.family.name, steps))
    on_gpu = lab.ensemble(opt, s, starts, steps, backend="cuda", precision=precision, **options)
    on_cpu = lab.ensemble(opt, s, starts, steps, **options)
    pairs = [(on_gpu, on_cpu)] if isinstance(on_gpu, lab.Ensemble) else list(zip(on_gpu, on_cpu, strict=True))
    for a, b in pairs:
        same(a, b) if simulated() and exact and precision == "float64" else near(a, b, tolerance)
    return on_gpu


def same(a, b):
    """Every array bit for bit."""
    for name, mine in a.arrays().items():
        assert np.array_equal(mine, b.arrays()[name], equal_nan=True), name


def near(a, b, tolerance):
    """Statuses, and points and values of the runs that did not diverge."""
    assert np.array_equal(a.x0, b.x0)
    assert np.array_equal(a.status == "diverged", b.status == "diverged")
    assert np.array_equal(a.snapshots, b.snapshots)
    sound = b.status != "diverged"
    assert np.array_equal(a.evaluations[sound], b.evaluations[sound])
    x, f = b.x[sound], b.f[sound]
    assert (np.abs(a.x[sound] - x) <= tolerance * np.maximum(1, np.abs(x))).all()
    # a value changes by the slope times the distance; over a step of the tolerance by less than this share
    assert (np.abs(a.f[sound] - f) <= tolerance * 1e3 * np.maximum(1, np.abs(f))).all()
