"""Laws of the driver: the plain reference, independence of everything but start, seed and index, divergence."""

from math import log

import numba
import numpy as np
import pytest

import landscapes as ls
import naive
import ngdm_lab as lab
from ngdm_lab.engine import driver
from ngdm_lab.optimizers import get, names
from ngdm_lab.optimizers.registry import row

# rates at which 60 steps on these surfaces are not chaotic, so that rounding stays small
CALM = {name: row(name).calm_lr for name in names()}
ROSENBROCK, SADDLE = ls.rosenbrock(2), ls.monkey_saddle(2)
BOWL = ls.sphere(4).shifted(0.5).scaled(3.0)
NOISY = ls.rastrigin(4).rotated(1).noisy(0.1)
OPTIMIZERS = [get("adam", lr=0.05), get("ngdm-gendir-exact", lr=1e-5), get("apollo", lr=1e-5)]


def same(a, b):
    """Every recorded bit of two results."""
    fields = ("x0", "x", "f", "f_best", "hit", "code", "evaluations", "snapshots", "quantiles")
    return all(np.array_equal(getattr(a, k), getattr(b, k), equal_nan=True) for k in fields)


def rows(runs, which):
    """The recorded bits of some runs."""
    return [getattr(runs, k)[which].tobytes() for k in ("x0", "x", "f", "f_best", "hit", "code", "evaluations")]


# -- the plain reference ----------------------------------------------------------------------------------


def compare(opt, surface):
    runs = lab.ensemble(opt, surface, 3, 60, seed=5)
    for i, plain in enumerate(naive.ensemble(opt, surface, runs.x0, 60, seed=5)):
        assert runs.status[i] == plain.status
        assert runs.evaluations[i] == plain.evaluations
        assert runs.hit[i] == plain.hit
        # rounding of 60 steps; a run that flies off multiplies its errors with every step
        tolerance = 1e-8 if plain.status == "diverged" else 1e-12
        scale = np.abs(plain.path[: plain.evaluations]).max()
        assert np.abs(runs.x[i] - plain.x).max() <= tolerance * scale
        if np.isfinite(plain.f_best):
            assert abs(runs.f_best[i] - plain.f_best) <= 1e-12 * max(1.0, abs(plain.f_best))
        else:
            assert runs.f_best[i] == plain.f_best
    return runs


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("surface", [ROSENBROCK, BOWL, NOISY, SADDLE], ids=lambda s: s.name)
def test_the_plain_reference(name, surface):
    compare(get(name, lr=CALM[name]), surface)


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("surface", [ROSENBROCK, BOWL, SADDLE], ids=lambda s: s.name)
def test_the_plain_reference_at_a_rate_that_is_too_large(name, surface):
    runs = compare(get(name, lr=1.0), surface)
    if name == "sgd" or "ngdm" in name or name == "apollo":
        assert (runs.status == "diverged").all()  # at the evaluation of the reference


# -- a run depends on its start, the seed and its index alone ---------------------------------------------


@pytest.mark.parametrize("opt", OPTIMIZERS, ids=lambda o: o.name)
def test_position_neighbours_and_batch_size(opt):
    whole = lab.ensemble(opt, NOISY, 13, 50, seed=3)
    for parts in ([(0, 6), (6, 13)], [(0, 1), (1, 2), (2, 13)]):
        for a, b in parts:
            drawn = lab.ensemble(opt, NOISY, b - a, 50, seed=3, first_run=a)
            given = lab.ensemble(opt, NOISY, whole.x0[a:b], 50, seed=3, first_run=a)
            assert rows(drawn, slice(None)) == rows(given, slice(None)) == rows(whole, slice(a, b))
    crowd = whole.x0.copy()
    crowd[::2] = 1e200  # neighbours that diverge at once
    assert rows(lab.ensemble(opt, NOISY, crowd, 50, seed=3), slice(1, None, 2)) == rows(whole, slice(1, None, 2))


@pytest.mark.skipif(numba.config.NUMBA_NUM_THREADS < 2, reason="one thread only")
@pytest.mark.parametrize("opt", OPTIMIZERS, ids=lambda o: o.name)
def test_the_number_of_threads(opt, monkeypatch):
    before, results = numba.get_num_threads(), []
    monkeypatch.setattr(driver, "PARALLEL", 0)  # else so little work would be done by one thread
    try:
        for threads in (1, 2):
            numba.set_num_threads(threads)
            results.append(lab.ensemble(opt, NOISY, 101, 40))
    finally:
        numba.set_num_threads(before)
    assert same(*results)


@pytest.mark.parametrize("opt", OPTIMIZERS, ids=lambda o: o.name)
def test_settings_in_one_call(opt):
    grid = [opt.replace(lr=c * opt.lr) for c in (0.5, 1.0, 3.0)]
    for setting, runs in zip(grid, lab.ensemble(grid, NOISY, 7, 40, seed=2), strict=True):
        assert runs.optimizer is setting
        assert same(runs, lab.ensemble(setting, NOISY, 7, 40, seed=2))


def test_settings_of_the_distribution_in_one_call():
    grid = [lab.NGDM(1e-5, lab.Dirichlet(alpha), form="exact") for alpha in (0.5, 1.4, [1.0, 2.0, 3.0, 4.0])]
    for setting, runs in zip(grid, lab.ensemble(grid, NOISY, 7, 40), strict=True):
        assert same(runs, lab.ensemble(setting, NOISY, 7, 40))


def test_the_length_of_chunks_and_the_quantiles(monkeypatch):
    opt = OPTIMIZERS[0]
    whole = lab.ensemble(opt, NOISY, 9, 70)
    monkeypatch.setattr(driver, "CHUNK", 9 * 4 * 3)  # three steps at a time
    assert same(lab.ensemble(opt, NOISY, 9, 70), whole)
    assert rows(lab.ensemble(opt, NOISY, 9, 70, quantiles=False), slice(None)) == rows(whole, slice(None))


def test_a_longer_run_begins_with_the_shorter():
    opt, start = OPTIMIZERS[0], [0.5, -1.0, 2.0, 1.0]
    short, long = (lab.trace(opt, NOISY, start, steps) for steps in (20, 50))
    assert np.array_equal(long.x[:21], short.x)
    assert np.array_equal(long.f[:21], short.f)


# -- noise ------------------------------------------------------------------------------------------------


def test_noise_is_that_of_the_seed_the_run_and_the_step():
    opt, start = lab.SGD(1.0, momentum=0.0), np.zeros((3, 2))
    flat = ls.sphere(2).scaled(1e-300).noisy(0.5)  # nothing but noise
    runs = lab.ensemble(opt, flat, start, 4, seed=11, first_run=2**40)
    for i in range(3):
        expected = -0.5 * sum(naive.noise(11, 2**40 + i, t, 2) for t in range(4))
        np.testing.assert_allclose(runs.x[i], expected, rtol=1e-14)  # the last bits of log and cos
    assert not np.array_equal(runs.x, lab.ensemble(opt, flat, start, 4, seed=12, first_run=2**40).x)


def test_noise_moves_the_gradient_and_not_the_recorded_value():
    quiet = ls.sphere(2)
    runs = lab.ensemble(lab.SGD(0.01), quiet.noisy(0.3), 5, 30)
    assert np.array_equal(runs.f, quiet(runs.x))
    assert not np.array_equal(runs.x, lab.ensemble(lab.SGD(0.01), quiet, 5, 30).x)
    assert same(
        lab.ensemble(lab.SGD(0.01), quiet.noisy(0.3).noisy(0.0), 5, 30), lab.ensemble(lab.SGD(0.01), quiet, 5, 30)
    )


# -- divergence -------------------------------------------------------------------------------------------


@ls.landscape(bounds=(-1.0, 1.0), dim=1)
def slope(x, g):
    g[0] = -1.0
    return -x[0]


@ls.landscape(bounds=(-1.0, 1.0), dim=1)
def plateau(x, g):
    g[0] = -1.0
    return 0.0


@ls.landscape(bounds=(0.5, 2.0), dim=1)
def logarithm(x, g):
    g[0] = 1.0
    return log(x[0])


@ls.landscape(bounds=(-1.0, 1.0), dim=2)
def careless(x, g):
    g[0] = 1.0
    if x[0] < 0.5:  # else g[1] is forgotten
        g[1] = 0.0
    return 0.0


def test_growth_beyond_the_start_s_scale():
    far = lab.ensemble(lab.SGD(1e11, momentum=0.0), slope, [[0.0], [1e6]], 20)
    # x_t = t 1e11: 1e12 is reached at t = 10 and passed at t = 11; the other start has 1e18 to go
    assert far.status.tolist() == ["diverged", "budget"]
    assert far.evaluations.tolist() == [12, 21]
    assert far.x.tolist() == [[1.1e12], [1e6 + 2e12]]


def test_a_value_that_is_not_finite():
    down = lab.ensemble(lab.SGD(0.25, momentum=0.0), logarithm, [[1.0], [0.625], [-3.0], [0.0]], 10)
    # log(0) = -inf at t = 4; log(-0.125) = NaN at t = 3; and at the start
    assert down.status.tolist() == ["diverged"] * 4
    assert down.evaluations.tolist() == [5, 4, 1, 1]
    assert down.x.ravel().tolist() == [0.0, -0.125, -3.0, 0.0]
    assert down.f[0] == down.f[3] == -np.inf
    assert np.isnan(down.f[1:3]).all()
    assert down.f_best[0] == np.log(0.5)  # at t = 2, the last point inside
    assert np.isinf(down.f_best[2:]).all()


def test_an_entry_of_the_gradient_that_no_one_writes():
    runs = lab.ensemble(lab.SGD(0.1), careless, [[0.9, 0.0]] * 50, 5)
    assert (runs.status == "diverged").all()
    assert (runs.evaluations == 2).all()


def test_infinite_points_diverge_whatever_the_value_there():
    for start in (1e300, 1.7e308):  # a limit of 1e12 times that would be infinite
        runs = lab.ensemble(lab.SGD(1e308, momentum=0.0), plateau, [[start]], 5)
        assert runs.status[0] == "diverged"
        assert runs.x[0, 0] == np.inf
        assert runs.f[0] == 0.0


@pytest.mark.parametrize("name", names())
def test_overflow_is_recorded_and_raises_nothing(name):
    runs = lab.ensemble(get(name, lr=1e300), ROSENBROCK, 5, 20)
    assert (runs.status == "diverged").all()
    assert (runs.hit <= 0).all()
    assert (lab.ensemble(get(name), ROSENBROCK, [[1e300, -1e300]], 5).evaluations == 1).all()
