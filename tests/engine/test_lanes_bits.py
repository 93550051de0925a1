"""Bit for bit: what a run records depends on its start, the seed and its index alone, however lanes lie."""

import numba
import numpy as np
import pytest

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab.engine import driver, lane_run
from ngdm_lab.optimizers import get

FIELDS = ("x0", "x", "f", "f_best", "hit", "code", "evaluations")
STEPS = 60
# a surface with noise and a chain of transforms; rates at which the paths are not simple
NOISY = ls.rastrigin(4).rotated(1).shifted(0.5).scaled(0.5).noisy(0.1)
CASES = {
    "adam": (lab.Adam(0.05), NOISY),
    "apollo": (lab.Apollo(1e-3), ls.levy(3)),
    "exact": (get("ngdm-gendir-exact", lr=1e-4), ls.rosenbrock(4).flipped(1)),
    "diverging": (lab.SGD(3e-3, momentum=0.0), ls.rosenbrock(2)),
}


def bits(runs, which=slice(None)):
    """All that is recorded of some runs, as bytes."""
    return [getattr(runs, field)[which].tobytes() for field in FIELDS]


def starts(surface, count):
    """Of sizes from tenths to tens, so that in the diverging case some lanes are over at once and others later."""
    return np.random.default_rng(4).normal(size=(count, surface.dim)) * np.geomspace(0.1, 30.0, count)[:, None]


@pytest.fixture(name="case", params=CASES)
def one_case(request):
    """(optimizer, surface, starts, their runs)."""
    opt, surface = CASES[request.param]
    x0 = starts(surface, 200)
    runs = lab.ensemble(opt, surface, x0, STEPS, 7)
    if request.param == "diverging":
        assert len(set(runs.evaluations.tolist())) > 5
    return opt, surface, x0, runs


@pytest.mark.parametrize("threads", [1, 2])
def test_threads(case, threads, monkeypatch):
    opt, surface, x0, runs = case
    if threads > numba.config.NUMBA_NUM_THREADS:
        pytest.skip("this machine has one core")
    monkeypatch.setattr(driver, "PARALLEL", 0)  # wake them for little work too
    before = numba.get_num_threads()
    numba.set_num_threads(threads)
    try:
        again = lab.ensemble(opt, surface, x0, STEPS, 7)
    finally:
        numba.set_num_threads(before)
    assert bits(again) == bits(runs)
    assert again.quantiles.tobytes() == runs.quantiles.tobytes()


@pytest.mark.parametrize("count", [1, 2, 63, 64, 65, 127])
def test_batch_size(case, count):
    opt, surface, x0, runs = case
    assert bits(lab.ensemble(opt, surface, x0[:count], STEPS, 7)) == bits(runs, slice(count))


@pytest.mark.parametrize("cut", [1, 37, 64, 199])
def test_first_run(case, cut):
    opt, surface, x0, runs = case
    first = lab.ensemble(opt, surface, x0[:cut], STEPS, 7)
    second = lab.ensemble(opt, surface, x0[cut:], STEPS, 7, first_run=cut)
    assert bits(first) == bits(runs, slice(cut))
    assert bits(second) == bits(runs, slice(cut, None))


def test_drawn_starts_in_parts():
    opt, surface = CASES["adam"]
    whole = lab.ensemble(opt, surface, 150, STEPS, 3)
    parts = [lab.ensemble(opt, surface, 70, STEPS, 3), lab.ensemble(opt, surface, 80, STEPS, 3, first_run=70)]
    for field in FIELDS:
        assert np.array_equal(np.concatenate([getattr(p, field) for p in parts]), getattr(whole, field))


@pytest.mark.parametrize("lane", [0, 1, 31, 63, 64, 130])
def test_position_and_neighbours(case, lane):
    """One run among copies of another one, at any place; without noise, since that belongs to the index."""
    opt, surface, x0, _ = case
    surface = surface.noisy(0.0)
    me, alone = x0[20], lab.ensemble(opt, surface, x0[20:21], STEPS)
    for other in (x0[0], x0[199]):
        crowd = np.tile(other, (140, 1))
        crowd[lane] = me
        runs = lab.ensemble(opt, surface, crowd, STEPS)
        assert bits(runs, slice(lane, lane + 1)) == bits(alone)
        rest = np.delete(np.arange(140), lane)
        assert np.unique(runs.x[rest], axis=0).shape[0] == 1, "copies of one run differ"


@ls.landscape(bounds=(-2.0, 2.0), minima=[[0.0]], f_min=0.0)
def cliff(x, g):
    """x^2, infinite above 1 and not a number below -1, in value and slope."""
    g[0] = 2.0 * x[0]
    f = x[0] * x[0]
    if x[0] > 1.0:
        g[0] = 1e308 * x[0] * 10.0
        f = g[0]
    if x[0] < -1.0:
        g[0] = (x[0] - x[0]) / (x[0] - x[0])
        f = g[0]
    return f


def test_neighbours_that_are_not_numbers():
    opt, quiet = lab.Adam(0.05), np.linspace(-0.9, 0.9, 32)[:, None]
    alone = lab.ensemble(opt, cliff, quiet, STEPS)
    mixed = np.empty((64, 1))
    mixed[::2], mixed[1::4], mixed[3::4] = quiet, 1.5, -1.5
    runs = lab.ensemble(opt, cliff, mixed, STEPS)
    assert (runs.status[1::2] == "diverged").all()
    assert (runs.evaluations[1::2] == 1).all()
    assert bits(runs, slice(0, None, 2)) == bits(alone)


@pytest.mark.parametrize("chunk", [1, 3000])
@pytest.mark.parametrize("share", [0.0, 0.75, 1.0])
def test_compaction(case, chunk, share, monkeypatch):
    """Chunks of any length; packed anew never, as usual, and as soon as one lane is over."""
    opt, surface, x0, runs = case
    monkeypatch.setattr(driver, "CHUNK", chunk)
    monkeypatch.setattr(lane_run, "COMPACT", share)
    again = lab.ensemble(opt, surface, x0, STEPS, 7)
    assert bits(again) == bits(runs)
    assert again.quantiles.tobytes() == runs.quantiles.tobytes()


def test_blocks_are_packed_anew(monkeypatch):
    """That the test above tests what it says."""
    opt, surface = CASES["diverging"]
    sizes, real = [], lane_run.Lanes.compact

    def compact(self, steps):
        before = len(self.blocks.x)
        real(self, steps)
        sizes.append((before, len(self.blocks.x)))

    monkeypatch.setattr(driver, "CHUNK", 1)
    monkeypatch.setattr(lane_run.Lanes, "compact", compact)
    lab.ensemble(opt, surface, starts(surface, 200), STEPS, 7)
    assert any(after < before for before, after in sizes)


def test_settings_grouped_or_single(case):
    opt, surface, x0, _ = case
    grid = [opt.replace(lr=factor * opt.lr) for factor in (0.25, 1.0, 4.0)]
    together = lab.ensemble(grid, surface, x0, STEPS, 7)
    for one, runs in zip(grid, together, strict=True):
        single = lab.ensemble(one, surface, x0, STEPS, 7)
        assert bits(runs) == bits(single)
        assert runs.quantiles.tobytes() == single.quantiles.tobytes()
    assert bits(together[0]) != bits(together[1])


def test_order_of_the_runs():
    opt, surface = CASES["exact"]
    x0 = starts(surface, 130)
    order = np.random.default_rng(1).permutation(130)
    assert bits(lab.ensemble(opt, surface, x0[order], STEPS)) == bits(lab.ensemble(opt, surface, x0, STEPS), order)
