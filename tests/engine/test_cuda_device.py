"""The laws of the CUDA engine on the device: batches, memory, chunks, interrupts; kernels in `test_cuda_kernels.py`.

In three ways, as there; on a GPU at sizes that fill it.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

import landscapes as ls
import ngdm_lab as lab
from cuda_laws import EXACT, agree, same
from launch_laws import chunks_change_nothing, with_threads_to_spare
from ngdm_lab.compiler.cuda import device as cuda_device
from ngdm_lab.compiler.cuda import trouble
from ngdm_lab.compiler.errors import Unavailable
from ngdm_lab.engine import backend, cuda_run, driver

pytestmark = pytest.mark.usefixtures("way")
# starts and steps of a large batch, by the way in which it is run
LARGE = {"simulator": (8, 30), "ptx": (1_000, 200), "gpu": (20_000, 500)}
LARGEST = {"simulator": (5, 40), "ptx": (1_000, 200), "gpu": (1_000_000, 2_000)}


def test_runs_are_the_same_in_any_batch():
    s = ls.rosenbrock(2).noisy(0.1)
    whole = lab.ensemble(EXACT, s, 5, 20, backend="cuda", quantiles=False)
    parts = [lab.ensemble(EXACT, s, m, 20, backend="cuda", quantiles=False, first_run=a) for a, m in ((0, 2), (2, 3))]
    for name in ("x", "f", "f_best", "hit", "code", "evaluations"):
        assert np.array_equal(getattr(whole, name), np.concatenate([getattr(p, name) for p in parts])), name


def test_arrival_rates_agree(way):
    (starts, steps), s, opt = LARGE[way], ls.styblinski_tang(2), lab.SGD(3e-3)
    a, b = (lab.ensemble(opt, s, starts, steps, seed=k, backend=where) for k, where in ((1, "cuda"), (2, "cpu")))
    shares = a.arrived.mean(), b.arrived.mean()
    spread = math.sqrt(2 * 0.25 / starts)
    assert abs(shares[0] - shares[1]) <= 4 * spread
    assert a.manifest()["engine"] == "cuda, float64"
    assert "gpu" in a.manifest()


def test_a_million_starts(way):
    """The call of the lab's largest runs, as far as the device goes."""
    opt = lab.NGDM(1e-3, lab.Dirichlet(lab.ramp(1.4, 0.005)))
    starts, steps = LARGEST[way]
    runs = lab.ensemble(opt, ls.rosenbrock(2), starts, steps, backend="cuda", quantiles=False)
    few = lab.ensemble(opt, ls.rosenbrock(2), 4, steps, quantiles=False)
    assert np.array_equal(runs.x0[:4], few.x0)
    assert (runs.evaluations == steps + 1)[runs.status != "diverged"].all()
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

    monkeypatch.setattr(trouble, "_ended", [])
    monkeypatch.setattr(cuda_run.Part, "up", broken)
    with pytest.raises(Unavailable, match=r"LAUNCH_FAILED.*restart the process"):
        lab.ensemble(EXACT, ls.sphere(2), 2, 2, backend="cuda")
    assert "LAUNCH_FAILED" in trouble.lasting()


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
    chunks_change_nothing(lab.Adam(0.01), ls.rosenbrock(2).noisy(0.1), monkeypatch)


def test_threads_without_a_run_do_nothing(monkeypatch):
    with_threads_to_spare(lambda: agree([lab.Adam(0.01), lab.Adam(0.02)], ls.rosenbrock(2), 3, 20), monkeypatch)


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


def test_maps_races_and_files(tmp_path, way):
    on_gpu, on_cpu = (lab.basins(lab.Adam(0.1), ls.himmelblau(2), 4, 60, backend=b) for b in ("cuda", "cpu"))
    assert np.array_equal(on_gpu.index, on_cpu.index)
    settings = {"starts": 3, "steps": 20, "tuning_starts": 2, "progress": False, "control": False}
    on_gpu, on_cpu = (
        lab.race([lab.Adam(0.1)], [ls.sphere(2)], same_lr=0.1, backend=b, **settings) for b in ("cuda", "cpu")
    )
    same(on_gpu.entries[0].runs, on_cpu.entries[0].runs) if way == "simulator" else None
    assert on_gpu.settings["backend"] == "cuda"
    runs = on_gpu.entries[0].runs
    again = lab.load(runs.save(tmp_path / "runs.npz"))
    same(again, runs)
    assert again.manifest()["engine"] == "cuda, float64"


def test_bad_input():
    with pytest.raises(ValueError, match=r"target must be at least 1\.2e-04 in single precision.*got 1e-06"):
        lab.ensemble(EXACT, ls.styblinski_tang(10), 2, 2, backend="cuda", precision="float32", target=1e-6)
    with pytest.raises(ValueError, match="within the range of single precision"):
        lab.ensemble(EXACT, ls.sphere(2), [[1e39, 0.0]], 2, backend="cuda", precision="float32")
    with pytest.raises(ValueError, match="at most 65535"):
        lab.ensemble([lab.Adam(0.1)] * 65536, ls.sphere(2), 1, 1, backend="cuda")
