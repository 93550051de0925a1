"""`trace`: the run of an ensemble with every iterate kept."""

import numpy as np
import pytest

import landscapes as ls
import naive
import ngdm_lab as lab
from ngdm_lab.engine import SENTENCES
from ngdm_lab.optimizers import get, names

ROSENBROCK, SADDLE, RASTRIGIN = ls.rosenbrock(2), ls.monkey_saddle(2), ls.rastrigin(4)
FIELDS = ("x0", "x", "f", "f_best", "hit", "code", "evaluations")


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("surface", [ROSENBROCK, SADDLE, RASTRIGIN.flipped(1).shifted(0.3)], ids=lambda s: s.name)
def test_it_is_a_row_of_the_ensemble_bit_for_bit(name, surface):
    for opt in (get(name), get(name, lr=1.0)):
        runs = lab.ensemble(opt, surface, 5, 80)
        for i, start in enumerate(runs.x0):
            path = lab.trace(opt, surface, start, 80)
            for field in FIELDS:
                assert np.array_equal(getattr(path.runs, field)[0], getattr(runs, field)[i], equal_nan=True)


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("surface", [ROSENBROCK, SADDLE, ls.sphere(4)], ids=lambda s: s.name)
def test_the_statistics_are_those_of_the_path_exactly(name, surface):
    for lr in (1e-5, 1e-2, 1.0):
        for start in np.linspace(surface.bounds[:, 0], 0.9 * surface.bounds[:, 1], 4):
            path = lab.trace(get(name, lr=lr), surface, start, 60)
            kept = path.runs.evaluations[0]
            points, values = path.x[:kept].copy(), path.f[:kept].copy()
            points[-1], values[-1] = path.runs.x[0], path.runs.f[0]  # of a diverged run the last one is kept here only
            # the block and the scalar function round differently: the compiler fuses multiply-adds as it likes
            assert np.allclose(values, surface(points), rtol=1e-13, atol=1e-13 * abs(values[0]), equal_nan=True)
            plain = naive.record(points, values, surface, 60)
            assert (path.status, path.hit, kept) == (plain.status, plain.hit, plain.evaluations)
            assert path.runs.f_best[0] == plain.f_best


def test_the_noise_of_run_zero():
    surface = ROSENBROCK.noisy(0.2)
    path = lab.trace(lab.Adam(0.01), surface, [0.5, 0.5], 40, seed=9)
    runs = lab.ensemble(lab.Adam(0.01), surface, [[0.5, 0.5]] * 2, 40, seed=9)
    assert np.array_equal(path.x[-1], runs.x[0])
    assert not np.array_equal(runs.x[0], runs.x[1])
    assert np.array_equal(path.f, ROSENBROCK(path.x))  # values without noise


def test_shapes_and_words():
    opt = lab.SGD(1e-3)
    path = lab.trace(opt, ROSENBROCK, [-1.2, 1.0], 50)
    assert path.x.shape == (51, 2)
    assert path.f.shape == (51,)
    assert path.x[0].tolist() == [-1.2, 1.0]
    assert path.status == "budget"
    assert path.reason == SENTENCES["budget"]
    assert path.hit == -1
    assert path.optimizer is opt
    assert path.surface is ROSENBROCK
    assert repr(path) == "<Trace <Ensemble sgd on rosenbrock-2d: 1 runs of 50 steps: 1 not converged>>"
    done = lab.trace(opt, ROSENBROCK, [1.0, 1.0], 3)
    assert (done.status, done.hit) == ("done", 0)
    still = lab.trace(opt, ROSENBROCK, [0.0, 0.0], 0)
    assert (still.x.tolist(), still.f.tolist()) == ([[0.0, 0.0]], [1.0])


def test_after_a_divergence_there_is_nothing():
    path = lab.trace(lab.SGD(0.5), ROSENBROCK, [-1.2, 1.0], 50)
    end = path.runs.evaluations[0] - 1
    assert path.status == "diverged"
    assert 0 < end < 50
    assert np.isfinite(path.x[:end]).all()
    assert np.isfinite(path.f[:end]).all()
    assert np.isnan(path.x[end:]).all()
    assert np.isnan(path.f[end:]).all()


def test_the_target():
    path = lab.trace(lab.SGD(0.1), ls.sphere(2), [1.0, 1.0], 60, target=0.5)
    assert path.hit == int(np.argmax(path.f <= 0.5)) > 0
    assert lab.trace(lab.SGD(0.1), ls.sphere(2), [1.0, 1.0], 300, target=1e-12).hit > path.hit


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"x0": [1.0, 2.0, 3.0]}, ValueError, r"x0 must have a last axis of length 2, got shape \(3,\)"),
        ({"x0": [[1.0, 2.0]]}, ValueError, r"x0 must be one finite point of shape \(2,\), got \[\[1.0, 2.0\]\]"),
        ({"x0": [np.nan, 0.0]}, ValueError, r"x0 must be one finite point of shape \(2,\), got \[nan, 0.0\]"),
        ({"x0": ["a", "b"]}, TypeError, "x0 must be an array of real numbers"),
        ({"steps": -1}, ValueError, "steps must be at least 0, got -1"),
        ({"steps": 2.0}, TypeError, "steps must be a whole number, got 2.0"),
        ({"seed": 2**64}, ValueError, "seed must be at most"),
        ({"target": -1.0}, ValueError, "target must be a finite number at least 0, got -1.0"),
        ({"opt": b"adam"}, TypeError, "opt must be an Optimizer"),
        ({"opt": [lab.Adam()]}, TypeError, "opt must be an Optimizer"),
        ({"s": ls.rosenbrock}, TypeError, "s must be a Surface such as .* call the family with a dimension"),
    ],
)
def test_what_is_refused(options, error, message):
    with pytest.raises(error, match=message):
        lab.trace(**{"opt": lab.Adam(), "s": ROSENBROCK, "x0": [0.0, 0.0], "steps": 5, **options})


def test_saved_and_loaded(tmp_path):
    path = lab.trace(lab.SGD(0.5), ROSENBROCK, [-1.2, 1.0], 50, seed=3)
    again = lab.load(path.save(tmp_path / "path"))
    assert isinstance(again, type(path))
    assert np.array_equal(again.x, path.x, equal_nan=True)
    assert np.array_equal(again.f, path.f, equal_nan=True)
    assert (again.status, again.hit, again.runs.seed) == ("diverged", -1, 3)
    assert again.optimizer == path.optimizer
    assert again.surface.name == path.surface.name
