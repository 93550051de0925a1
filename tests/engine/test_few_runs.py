"""Few runs, without a block of lanes around them: the bits that they have among many."""

import re
import sys

import numpy as np
import pytest

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab.engine import backend, blocks, driver, lane_run, per_run
from ngdm_lab.optimizers import get, names, searching
from ngdm_lab.optimizers.registry import row

FIELDS = ("x0", "x", "f", "f_best", "hit", "code", "evaluations", "quantiles", "snapshots")
NOISY = ls.rastrigin(4).rotated(1).shifted(0.5).scaled(0.5).noisy(0.1)


def bits(runs):
    """All that is recorded, as bytes."""
    return [getattr(runs, name).tobytes() for name in FIELDS]


def first(runs, count):
    """What is recorded of each of the first runs, as bytes."""
    return [getattr(runs, name)[:count].tobytes() for name in FIELDS[:-2]]


def reason(runs):
    """Why they are slow, without the name of a text that was made."""
    return re.sub("<fused .*?>", "", runs.slow)


@pytest.fixture(name="ways")
def two_ways(monkeypatch):
    """The same call in blocks of lanes, and run by run with the arithmetic of lanes."""

    def call(function, *arguments, **options):
        made = []
        for alone in (False, True):
            monkeypatch.setattr(per_run.Alone, "suits", lambda job, alone=alone: alone)
            made.append(function(*arguments, **options))
        return made

    return call


@pytest.mark.parametrize("name", ls.names())
def test_every_landscape(ways, name):
    lanes, alone = ways(lab.ensemble, lab.Adam(0.03), ls.get(name), 5, 40, seed=2)
    assert bits(alone) == bits(lanes)
    assert alone.slow == lanes.slow


@pytest.mark.parametrize("name", names())
def test_every_rule(ways, name):
    for rate in (1.0, 30.0):  # times one that is calm: some runs leave
        lanes, alone = ways(lab.ensemble, get(name, lr=rate * row(name).calm_lr), ls.rosenbrock(4), 5, 40, seed=2)
        assert bits(alone) == bits(lanes)


@pytest.mark.parametrize("name", searching())
@pytest.mark.parametrize("n", [1, 4])  # with one coordinate each number that is kept takes a vector
def test_every_rule_that_looks_at_values(ways, name, n):
    lanes, alone = ways(lab.ensemble, get(name), ls.rosenbrock(n) if n > 1 else ls.sphere(1), 5, 60, seed=2)
    assert bits(alone) == bits(lanes)
    assert alone.slow == lanes.slow


@pytest.mark.parametrize("s", [NOISY, ls.levy(3).flipped(1), ls.sphere(3).noisy(0.5)], ids=lambda s: s.name)
def test_transforms_and_noise(ways, s):
    lanes, alone = ways(lab.ensemble, [lab.Adam(lr) for lr in (0.01, 0.1)], s, 5, 40, seed=3, first_run=7)
    assert [bits(runs) for runs in alone] == [bits(runs) for runs in lanes]


def test_divergence_and_chunks(ways, monkeypatch):
    starts = np.random.default_rng(4).normal(size=(30, 2)) * np.geomspace(0.1, 30.0, 30)[:, None]
    for chunk in (2e7, 7):
        monkeypatch.setattr(driver, "CHUNK", chunk)
        lanes, alone = ways(lab.ensemble, lab.SGD(3e-3, momentum=0.0), ls.rosenbrock(2), starts, 60)
        assert {"diverged", "budget"} <= set(alone.status)
        assert bits(alone) == bits(lanes)


def counts(x, g, n):
    """Outside the language of lanes."""
    k = 0
    while k < n:
        g[k] = 2.0 * np.sin(x[k])
        k += 1
    return 3.0 - np.cos(x[0])


def level(x):
    """Its gradient is derived."""
    return np.cos(x[0]) * x[1] + x[1] ** 2


@lab.update_rule(state=("m",), direction=True)
def drags(x, g, m, n, t, c):
    m[:] = c * m + g
    for i in range(n):
        g[i] = m[i]


@pytest.mark.parametrize("function", [counts, level])
def test_functions_outside_the_language_of_lanes(ways, function):
    s = ls.landscape(bounds=(-2.0, 2.0), dim=2)(function)
    for opt in (lab.Adam(0.01), drags(lr=0.01, c=0.9), get("ngdm-gendir-exact", lr=0.01)):
        lanes, alone = ways(lab.ensemble, opt, s, 3, 20)
        assert bits(alone) == bits(lanes)
        assert reason(alone) == reason(lanes)
        assert (reason(lanes) != "") == (function is counts or opt.name == "drags")


def test_a_slow_rule_with_a_preconditioner(ways):
    opt = lab.preconditioned(drags(lr=0.01, c=0.9), lab.Dirichlet(2.0))
    lanes, alone = ways(lab.ensemble, opt, ls.rosenbrock(3), 3, 20)
    assert bits(alone) == bits(lanes)
    assert reason(alone) == reason(lanes) != ""


def test_a_trace(ways):
    lanes, alone = ways(lab.trace, lab.Adam(0.05), NOISY, [0.1, 0.2, 0.3, 0.4], 50)
    assert alone.x.tobytes() == lanes.x.tobytes()
    assert alone.f.tobytes() == lanes.f.tobytes()
    assert bits(alone.runs) == bits(lanes.runs)


@pytest.mark.parametrize(("opt", "s"), [(lab.Adam(0.01), ls.rastrigin(10)), (lab.SGD(1e-3), ls.ackley(12).rotated(1))],
                         ids=lambda one: one.name)  # fmt: skip
def test_bits_do_not_depend_on_the_number_of_runs(opt, s):
    """Nor on the way that is taken by itself."""
    many = lab.ensemble(opt, s, 70, 1000)
    for few in (1, 2, 4, 5, 6, 64):
        assert first(lab.ensemble(opt, s, few, 1000), few) == first(many, few)


# few runs of many coordinates and steps; the rest is not worth it
@pytest.mark.parametrize(
    ("n", "runs", "steps", "way"),
    [(10, 1, 1000, per_run.Alone), (10, 4, 1000, per_run.Alone), (10, 5, 1000, lane_run.Lanes),
     (10, 1, 100, lane_run.Lanes), (2, 1, 10**6, lane_run.Lanes), (100, 16, 80, per_run.Alone),
     (100, 17, 80, lane_run.Lanes)],
)  # fmt: skip
def test_which_way_runs_go(n, runs, steps, way, monkeypatch):
    taken, real = [], backend.engine

    def engine(*arguments):
        taken.append(real(*arguments))
        raise InterruptedError

    monkeypatch.setattr(sys.modules["ngdm_lab.engine.ensemble"], "engine", engine)  # the function has its name
    with pytest.raises(InterruptedError):
        lab.ensemble(lab.SGD(1e-3), ls.sphere(n), runs, steps)
    assert type(taken[0]) is way


def test_few_runs_go_in_chunks_as_short_as_many(monkeypatch):
    """A block takes as long with one run in it as with 64, and so may a chunk."""
    paces, real = [], lane_run.Lanes.go

    def go(self, t0, t1):
        paces.append(self.pace)
        real(self, t0, t1)

    monkeypatch.setattr(lane_run.Lanes, "go", go)
    for runs in (1, 64, 65, 6400):
        lab.ensemble(lab.SGD(1e-3), ls.sphere(2), runs, 1)
    assert paces == pytest.approx([lane_run.PACE / 64, lane_run.PACE, lane_run.PACE * 65 / 128, lane_run.PACE])


def test_an_update_of_one_run_is_compiled_once():
    assert blocks.alone(lab.Adam(0.1).rule, None) is blocks.alone(lab.Adam(0.2).rule, None)
