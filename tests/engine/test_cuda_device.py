"""The laws of the CUDA engine, on the device: `pytest -m gpu` on a machine with a GPU.

Where there is none, `test_cuda_simulator.py` runs this very file on Numba's simulator, at sizes it can do.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from numba import cuda

import landscapes as ls
import ngdm_lab as lab
import value_functions
from cuda_laws import SINGLE, agree, same
from ngdm_lab import optimizers
from ngdm_lab.compiler.cuda import device as cuda_device
from ngdm_lab.compiler.cuda.load import device_function, simulated
from ngdm_lab.compiler.errors import Unavailable
from ngdm_lab.engine import backend, cuda_run, driver

pytestmark = pytest.mark.gpu

EXACT = optimizers.get("ngdm-dirichlet-exact", lr=1e-5)
SMALL = simulated()
MANY = 8 if SMALL else 20_000
RULES = [
    *(optimizers.get(name, lr=1e-3) for name in optimizers.names()),
    *(optimizers.get(name) for name in optimizers.searching()),
    lab.SGD(1e-3, line8="previous", weight_decay=0.01, dampening=0.1),
    lab.SGD(1e-4, line8="accumulated"),
    lab.SGD(1e-3, nesterov=False),
    lab.preconditioned(lab.Adam(1e-3), lab.Dirichlet(lab.ramp(2.0, 0.3)), form="exact"),
]


@pytest.fixture(autouse=True)
def gpu():
    """Without one these tests fail: they were asked for."""
    cuda_device.check()


@lab.update_rule(state=("b",), direction=True)
def clipped(x, g, b, n, t, momentum=0.9, most=1.0):
    for i in range(n):
        b[i] = momentum * b[i] + min(max(g[i], -most), most)
        g[i] = b[i]


WEIGHTS = np.array([1.0, 2.0, 3.0])


@ls.landscape(bounds=(-3, 3), minima=[[0.0, 0.0, 0.0]])
def crossed(x, g, weights=WEIGHTS, power=4.0):
    f = 0.0
    for i in range(3):
        f += weights[i] * math.pow(abs(x[i]), power) + math.log(1.0 + x[i] * x[i])
        slope = weights[i] * power * math.pow(abs(x[i]), power - 1.0)
        g[i] = (slope if x[i] > 0.0 else -slope) + 2.0 * x[i] / (1.0 + x[i] * x[i])
    return f


@ls.landscape(bounds=(-3, 3), minima=[[0.0] * 4])
def whole(x, g):
    f = 0.0
    for i in range(4):
        c = math.gcd(i + 2, 6) * math.ldexp(x[i], i % 3)  # of whole numbers, in single precision too
        f += c * x[i]
        g[i] = 2.0 * c
    return f


@pytest.mark.parametrize("name", ls.names())
def test_every_landscape(name):
    agree(EXACT, ls.get(name))


@pytest.mark.parametrize("s", [ls.rosenbrock(2), ls.rastrigin(10)], ids=lambda s: s.name)
@pytest.mark.parametrize("opt", RULES, ids=lambda o: f"{o.name}-{o.rule.name}")
def test_every_rule(opt, s):
    agree(opt, s)


@pytest.mark.parametrize(
    "text",
    ["ackley:11:rotated=1:noisy=0.2", "levy:6:flipped=2:rotated=3:shifted=0.3:scaled=2", "rastrigin:3:noisy=0.2"],
)
def test_transforms_and_noise(text):
    agree(EXACT, ls.parse(text), seed=3)
    agree(lab.Adam(1e-2), ls.parse(text), seed=4)


@pytest.mark.parametrize("s", ["rosenbrock", "styblinski_tang", "ackley", "zakharov:noisy=1", "plateaus", "hartmann_6"])
def test_single_precision(s):
    for opt in (EXACT, lab.Adam(1e-3)):
        runs = agree(opt, ls.parse(s), 4, 20, precision="float32", tolerance=SINGLE)
        assert np.array_equal(runs.x, runs.x.astype(np.float32))


def test_single_precision_of_all_landscapes_is_single():
    for name in ls.names():
        runs = lab.ensemble(EXACT, ls.get(name), 2, 3, backend="cuda", precision="float32", target=1.0)
        assert np.array_equal(runs.f, runs.f.astype(np.float32), equal_nan=True), name


def test_functions_of_ones_own():
    agree(clipped(lr=0.01), crossed, 3, exact=False)
    for derived in (value_functions.three_deep, value_functions.branches, value_functions.product_of_all):
        value_only = ls.landscape(bounds=(-1.5, 1.5), dim=4)(derived)
        agree(lab.SGD(1e-4), value_only, 3, 20)
    agree(clipped(lr=0.01), whole, 3, exact=False)
    agree(clipped(lr=0.01), whole, 3, 20, precision="float32", tolerance=SINGLE)
    runs = lab.ensemble(clipped(lr=1e-3), value_only, 3, 20, backend="cuda", precision="float32")
    assert np.allclose(runs.x, lab.ensemble(clipped(lr=1e-3), value_only, 3, 20).x, atol=1e-2)


def test_a_function_that_is_not_for_cuda_is_named():
    outer = np.array([1.0, 2.0])

    @ls.landscape(bounds=(-1, 1), minima=[[0.0, 0.0]])
    def closed(x, g):
        g[0], g[1] = 2 * outer[0] * x[0], 2 * outer[1] * x[1]
        return outer[0] * x[0] ** 2 + outer[1] * x[1] ** 2

    words = r"^closed cannot be compiled for CUDA: .*outer is a ndarray.*backend='cpu'"
    with pytest.raises(TypeError, match=words) as caught:
        lab.ensemble(EXACT, closed, 2, 2, backend="cuda")
    assert "\n" not in str(caught.value)


def test_a_grid_of_settings():
    grid = [lab.NGDM(lr, lab.Dirichlet(alpha), form="exact") for lr in (1e-4, 1e-3) for alpha in (1.4, 4.0, 12.0)]
    for runs, opt in zip(agree(grid, ls.styblinski_tang(4), 3), grid, strict=True):
        same(runs, lab.ensemble(opt, ls.styblinski_tang(4), 3, 100, backend="cuda"))


def test_runs_are_the_same_in_any_batch():
    s = ls.rosenbrock(2).noisy(0.1)
    whole = lab.ensemble(EXACT, s, 5, 20, backend="cuda", quantiles=False)
    parts = [lab.ensemble(EXACT, s, m, 20, backend="cuda", quantiles=False, first_run=a) for a, m in ((0, 2), (2, 3))]
    for name in ("x", "f", "f_best", "hit", "code", "evaluations"):
        assert np.array_equal(getattr(whole, name), np.concatenate([getattr(p, name) for p in parts])), name


def test_arrival_rates_agree():
    s, opt, steps = ls.styblinski_tang(2), lab.SGD(3e-3), 30 if SMALL else 500
    a, b = (lab.ensemble(opt, s, MANY, steps, seed=k, backend=where) for k, where in ((1, "cuda"), (2, "cpu")))
    shares = a.arrived.mean(), b.arrived.mean()
    spread = math.sqrt(2 * 0.25 / MANY)
    assert abs(shares[0] - shares[1]) <= 4 * spread
    assert a.manifest()["engine"] == "cuda, float64"
    assert "gpu" in a.manifest()


def test_a_million_starts():
    """The call of the lab's largest runs, as far as the device goes."""
    opt = lab.NGDM(1e-3, lab.Dirichlet(lab.ramp(1.4, 0.005)))
    starts, steps = (5, 40) if SMALL else (1_000_000, 2_000)
    runs = lab.ensemble(opt, ls.rosenbrock(2), starts, steps, backend="cuda", quantiles=False)
    few = lab.ensemble(opt, ls.rosenbrock(2), 4, steps, quantiles=False)
    assert np.array_equal(runs.x0[:4], few.x0)
    assert (runs.evaluations == steps + 1).all()
    assert (runs.f_best <= runs.f).all() or (runs.status == "escaped").any()


def test_a_run_that_diverges():
    runs = agree(lab.SGD(10.0), ls.rosenbrock(2), 3, 50)
    assert (runs.status == "diverged").all()
    assert (runs.evaluations < 51).all()


def test_memory_too_small_for_all_runs(monkeypatch):
    opt = [lab.Adam(0.01), lab.Adam(0.02)]
    whole = lab.ensemble(opt, ls.sphere(2), 9, 30, backend="cuda")
    made = []
    plan = cuda_run.Cuda._parts
    monkeypatch.setattr(cuda_run.Cuda, "_parts", lambda self, *given: made.append(plan(self, *given)) or made[-1])
    monkeypatch.setattr(cuda_device, "free_memory", lambda: 700.0)
    for a, b in zip(lab.ensemble(opt, ls.sphere(2), 9, 30, backend="cuda"), whole, strict=True):
        same(a, b)
    assert len(made[0]) >= 3
    monkeypatch.setattr(cuda_device, "free_memory", lambda: 100.0)
    with pytest.raises(Unavailable, match="too little for one run of 2 settings"):
        lab.ensemble(opt, ls.sphere(2), 9, 30, backend="cuda")


def test_out_of_memory_splits_the_runs(monkeypatch):
    opt = [lab.Adam(0.01), lab.Adam(0.02)]
    s = ls.sphere(2).noisy(0.01)
    whole = lab.ensemble(opt, s, 9, 30, backend="cuda")
    carry = cuda_run.Part.up
    most = 4

    def full(self):
        if self.runs > most:
            raise RuntimeError("[2] Call to cuMemAlloc results in CUDA_ERROR_OUT_OF_MEMORY")
        return carry(self)

    monkeypatch.setattr(cuda_run.Part, "up", full)
    monkeypatch.setattr(cuda_run, "THREADS", 2)
    for a, b in zip(lab.ensemble(opt, s, 9, 30, backend="cuda"), whole, strict=True):
        same(a, b)
    most = 1
    with pytest.raises(Unavailable, match="the GPU's memory is full: 2 runs of 2 settings do not fit"):
        lab.ensemble(opt, s, 9, 30, backend="cuda")


def test_another_error_of_the_driver_comes_out(monkeypatch):
    def broken(self):
        raise RuntimeError("CUDA_ERROR_LAUNCH_FAILED")

    monkeypatch.setattr(cuda_run.Part, "up", broken)
    with pytest.raises(RuntimeError, match="LAUNCH_FAILED"):
        lab.ensemble(EXACT, ls.sphere(2), 2, 2, backend="cuda")


def test_interrupt_between_chunks(monkeypatch):
    seen = []

    def look():
        seen.append(1)
        if len(seen) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(driver, "CHUNK", 1e-9)
    with driver.watched(look), pytest.raises(KeyboardInterrupt):
        lab.ensemble(EXACT, ls.sphere(2), 2, 50, backend="cuda", quantiles=False)
    assert len(seen) == 3
    monkeypatch.undo()
    agree(EXACT, ls.sphere(2), 2, 10)


def test_chunks_change_nothing(monkeypatch):
    s = ls.rosenbrock(2).noisy(0.1)
    whole = lab.ensemble(lab.Adam(0.01), s, 3, 20, backend="cuda", quantiles=False)
    monkeypatch.setattr(driver, "CHUNK", 1e-9)  # a step each
    same(lab.ensemble(lab.Adam(0.01), s, 3, 20, backend="cuda", quantiles=False), whole)


def test_auto_takes_the_gpu_for_large_work_and_functions_that_are_for_it(monkeypatch):
    assert lab.ensemble(EXACT, ls.sphere(2), 2, 2, backend="auto").manifest()["engine"] != "cuda, float64"
    monkeypatch.setattr(backend, "LARGE", 1.0)
    assert lab.ensemble(EXACT, ls.sphere(2), 2, 2, backend="auto").manifest()["engine"] == "cuda, float64"
    outer = np.ones(2)

    @ls.landscape(bounds=(-1, 1), minima=[[0.0, 0.0]])
    def closed(x, g):
        g[0], g[1] = outer[0] * x[0], x[1]
        return 0.5 * (x[0] ** 2 + x[1] ** 2)

    assert lab.ensemble(EXACT, closed, 2, 2, backend="auto").manifest()["engine"] != "cuda, float64"


def test_maps_races_and_files(tmp_path):
    on_gpu, on_cpu = (lab.basins(lab.Adam(0.1), ls.himmelblau(2), 4, 60, backend=b) for b in ("cuda", "cpu"))
    assert np.array_equal(on_gpu.index, on_cpu.index)
    settings = {"starts": 3, "steps": 20, "tuning_starts": 2, "progress": False, "control": False}
    on_gpu, on_cpu = (
        lab.race([lab.Adam(0.1)], [ls.sphere(2)], same_lr=0.1, backend=b, **settings) for b in ("cuda", "cpu")
    )
    same(on_gpu.entries[0].runs, on_cpu.entries[0].runs) if SMALL else None
    assert on_gpu.settings["backend"] == "cuda"
    runs = on_gpu.entries[0].runs
    again = lab.load(runs.save(tmp_path / "runs.npz"))
    same(again, runs)
    assert again.manifest()["engine"] == "cuda, float64"


def test_polygamma_functions():
    from ngdm_lab.geometry import inverse_trigamma, trigamma
    from ngdm_lab.geometry.inverse_trigamma import inverse_trigamma_source
    from ngdm_lab.geometry.trigamma import trigamma_source

    psi, back = device_function(trigamma_source), device_function(inverse_trigamma_source)

    @cuda.jit
    def both(x, y, z):
        i = cuda.grid(1)
        if i < x.size:
            y[i] = psi(x[i])
            z[i] = back(y[i])

    x = np.concatenate([np.geomspace(1e-100, 1e100, 15), [0.5, 1.0, 12.0, 0.0, -1.0]])
    y, z = np.empty_like(x), np.empty_like(x)
    both[1, len(x)](x, y, z)
    assert np.allclose(y, trigamma(x), rtol=4e-15, atol=0, equal_nan=True)
    assert np.allclose(z, inverse_trigamma(y), rtol=4e-15, atol=0, equal_nan=True)


def test_bad_input():
    with pytest.raises(ValueError, match=r"target must be at least 1\.2e-04 in single precision.*got 1e-06"):
        lab.ensemble(EXACT, ls.styblinski_tang(10), 2, 2, backend="cuda", precision="float32", target=1e-6)
    with pytest.raises(ValueError, match="within the range of single precision"):
        lab.ensemble(EXACT, ls.sphere(2), [[1e39, 0.0]], 2, backend="cuda", precision="float32")
    with pytest.raises(ValueError, match="at most 65535"):
        lab.ensemble([lab.Adam(0.1)] * 65536, ls.sphere(2), 1, 1, backend="cuda")
