"""`ensemble`: what it takes, what it refuses and what its statistics mean."""

from dataclasses import FrozenInstanceError

import numba
import numpy as np
import pytest

import landscapes as ls
import naive
import ngdm_lab as lab
from ngdm_lab.engine import LEVELS, SENTENCES, driver, lane_driver
from ngdm_lab.engine.status import WORDS
from ngdm_lab.optimizers import get

SURFACE, OPT = ls.rosenbrock(2), lab.Adam(lr=0.1)


@ls.landscape(bounds=(-1.0, 1.0), minima=[[0.0]], f_min=0.0)
def valley(x, g):
    """x^2 inside the bounds and -1 (lower than f_min) far outside, with a slope that leads there."""
    g[0] = 2.0 * x[0] if abs(x[0]) < 2.0 else 0.0
    return x[0] ** 2 if abs(x[0]) < 2.0 else -1.0


def times(factor):
    """On the inner part of `valley`, gradient descent that multiplies x by a factor."""
    return lab.SGD(lr=(1.0 - factor) / 2.0, momentum=0.0)


# -- what comes back --------------------------------------------------------------------------------------


def test_shapes_and_kinds():
    runs = lab.ensemble(OPT, SURFACE, 7, 30, seed=4)
    assert len(runs) == 7
    assert runs.x0.shape == runs.x.shape == (7, 2)
    for field in (runs.f, runs.f_best, runs.hit, runs.code, runs.evaluations, runs.status, runs.arrived):
        assert field.shape == (7,)
    assert (runs.hit.dtype, runs.code.dtype, runs.evaluations.dtype) == (np.int64, np.int8, np.int64)
    assert (runs.evaluations == 31).all()
    assert np.array_equal(runs.f, SURFACE(runs.x))
    assert (runs.steps, runs.seed, runs.first_run, runs.target) == (30, 4, 0, 1e-3)
    assert runs.optimizer is OPT
    assert runs.surface is SURFACE
    assert runs.seconds >= 0.0
    with pytest.raises(FrozenInstanceError):
        runs.x = runs.x0


def test_starts_are_drawn_inside_the_bounds_by_the_seed():
    surface = ls.sphere(3).shifted([10.0, 0.0, -5.0])
    runs = lab.ensemble(OPT, surface, 2000, 0, seed=1)
    low, high = surface.bounds.T
    assert ((runs.x0 > low) & (runs.x0 < high)).all()
    # uniform: means within 5 standard errors of the middle
    assert (np.abs(runs.x0.mean(axis=0) - (low + high) / 2) < 5 * (high - low) / np.sqrt(12 * 2000)).all()
    assert not np.array_equal(runs.x0, lab.ensemble(OPT, surface, 2000, 0, seed=2).x0)
    assert np.array_equal(runs.x0[500:], lab.ensemble(OPT, surface, 1500, 0, seed=1, first_run=500).x0)


def test_given_starts_are_copied():
    starts = np.array([[1, 2], [3, 4]])
    runs = lab.ensemble(OPT, SURFACE, starts, 5)
    starts[:] = 9
    assert runs.x0.tolist() == [[1.0, 2.0], [3.0, 4.0]]
    kept = runs.x0.copy()
    assert np.array_equal(lab.ensemble(OPT, SURFACE, kept[::-1], 5).x, runs.x[::-1])
    assert np.array_equal(kept, runs.x0)


def test_no_steps():
    runs = lab.ensemble(OPT, SURFACE, [[1.0, 1.0], [0.0, 0.0]], 0)
    assert np.array_equal(runs.x, runs.x0)
    assert runs.status.tolist() == ["done", "budget"]
    assert runs.hit.tolist() == [0, -1]
    assert runs.evaluations.tolist() == [1, 1]
    assert runs.f_best.tolist() == [0.0, 1.0]
    assert runs.snapshots.tolist() == [0]
    assert runs.quantiles.shape == (1, len(LEVELS))


def test_the_repr_tells_how_the_runs_ended():
    runs = lab.ensemble(lab.SGD(0.5), SURFACE, [[1.0, 1.0], [2.0, -2.0], [-2.0, 2.0]], 20)
    assert repr(runs) == "<Ensemble sgd on rosenbrock-2d: 3 runs of 20 steps: 1 converged, 2 diverged>"
    assert set(SENTENCES) == set(WORDS)


# -- hits, arrivals, bounds -------------------------------------------------------------------------------


def test_a_hit_is_not_an_arrival():
    wide = lab.ensemble(lab.SGD(lr=1.5, momentum=0.0), valley, [[0.25]], 2, target=0.1)  # 0.25 -> -0.5 -> 1
    assert (wide.x[0, 0], wide.hit[0], wide.status[0], wide.arrived[0]) == (1.0, 0, "budget", False)
    arrived = lab.ensemble(times(0.5), valley, [[0.5], [0.0625]], 2, target=0.0625)
    assert arrived.hit.tolist() == [1, 0]  # 0.25^2 = 0.0625 is within the target
    assert arrived.status.tolist() == ["done", "done"]
    assert arrived.arrived.all()


def test_only_points_inside_the_bounds_count():
    # 1.5 (outside) -> 0.75 -> 0.375; 2.5 stays, where f = -1 lies below f_min; -1 -> -0.5 -> -0.25
    runs = lab.ensemble(times(0.5), valley, [[1.5], [2.5], [-1.0]], 2)
    assert runs.f_best.tolist() == [0.140625, np.inf, 0.0625]
    assert runs.hit.tolist() == [-1, -1, -1]
    assert runs.status.tolist() == ["budget", "escaped", "budget"]
    assert runs.f.tolist() == [0.140625, -1.0, 0.0625]
    assert not runs.arrived.any()
    on_the_edge = lab.ensemble(times(1.0), valley, [[1.0], [np.nextafter(1.0, 2.0)]], 1)
    assert on_the_edge.f_best.tolist() == [1.0, np.inf]


def test_runs_escape_from_a_saddle():
    saddle = ls.monkey_saddle(2)
    runs = lab.ensemble(OPT, saddle, 200, 200)
    escaped = runs.status == "escaped"
    assert escaped.sum() > 100
    low, high = saddle.bounds.T
    assert (runs.f[escaped] < saddle.f_min).all()
    assert ((runs.x[escaped] < low) | (runs.x[escaped] > high)).any(axis=1).all()
    assert (runs.f_best >= saddle.f_min).all()


def test_an_unknown_minimum_is_never_hit():
    surface = ls.monkey_saddle(2).rotated(1)  # it falls lower outside its bounds: what do the turned bounds hold?
    assert np.isnan(surface.f_min)
    runs = lab.ensemble(OPT, surface, 20, 20)
    assert (runs.hit == -1).all()
    assert set(runs.status.tolist()) <= {"budget", "diverged"}
    assert np.isfinite(runs.f_best).any()


def test_the_target():
    runs = [lab.ensemble(lab.SGD(0.1), ls.sphere(2), 20, 100, target=t) for t in (10.0, 1e-3, 1e-9, 0.0)]
    assert (runs[0].hit <= runs[1].hit).all()
    assert (runs[1].hit < runs[2].hit).all()
    assert (runs[3].hit == -1).all()


# -- quantiles --------------------------------------------------------------------------------------------


def test_quantiles_of_the_best_so_far():
    opt, surface = lab.Adam(0.3), ls.rastrigin(2)
    runs = lab.ensemble(opt, surface, 21, 90, seed=3)
    low, high = surface.bounds.T
    best = []
    for start in runs.x0:
        path = lab.trace(opt, surface, start, 90)
        inside = ((path.x >= low) & (path.x <= high)).all(axis=1)
        best.append(np.minimum.accumulate(np.where(inside, path.f, np.inf)))
    best = np.sort(best, axis=0)
    assert runs.snapshots[0] == 0
    assert runs.snapshots[-1] == 90
    for t, row in zip(runs.snapshots, runs.quantiles, strict=True):
        # the smallest value that at least a share p of the 21 runs does not exceed
        assert row.tolist() == [best[int(np.ceil(p * 21)) - 1, t] for p in LEVELS]
    assert np.array_equal(np.sort(runs.f_best), best[:, -1])


def test_quantiles_where_runs_were_never_inside():
    runs = lab.ensemble(times(1.0), valley, [[1.5]] * 7 + [[0.5]] * 3, 3)
    assert runs.quantiles[-1].tolist() == [0.25, 0.25, np.inf, np.inf, np.inf]


def test_without_quantiles():
    runs = lab.ensemble(OPT, SURFACE, 5, 30, quantiles=False)
    assert runs.snapshots.shape == (0,)
    assert runs.quantiles.shape == (0, len(LEVELS))


# -- what is refused --------------------------------------------------------------------------------------

BAD_VALUES = [
    ({"starts": np.array([[1.0, np.nan], [0.0, 0.0]])}, r"starts must be finite, got \[1.0, nan\] in row 0"),
    ({"starts": [[0.0, 0.0], [1.0, 2.0], [np.inf, 0.0]]}, r"starts must be finite, got \[inf, 0.0\] in row 2"),
    ({"starts": [[1.0, 2.0, 3.0]]}, r"starts must have a last axis of length 2, got shape \(1, 3\)"),
    ({"starts": [1.0, 2.0]}, r"starts must be a number or an array of shape \(m, 2\), got shape \(2,\)"),
    ({"starts": np.empty((0, 2))}, r"starts must be a number or an array of shape \(m, 2\), got shape \(0, 2\)"),
    ({"starts": 0}, "starts must be at least 1, got 0"),
    ({"steps": -1}, "steps must be at least 0, got -1"),
    ({"seed": -5}, "seed must be at least 0, got -5"),
    ({"seed": 2**64}, f"seed must be at most {2**64 - 1}, got {2**64}"),
    ({"first_run": -1}, "first_run must be at least 0, got -1"),
    ({"first_run": 2**64}, f"first_run must be at most {2**63}, got {2**64}"),
    ({"target": -1e-3}, "target must be a finite number at least 0, got -0.001"),
    ({"target": np.nan}, "target must be a finite number at least 0, got nan"),
    ({"backend": "gpu"}, "backend must be one of 'cpu', 'cuda', 'auto', got 'gpu'"),
    ({"opt": []}, "opt must hold at least one, got an empty list"),
    ({"opt": [lab.SGD(0.1), OPT]}, "a list of settings must share one rule, got sgd and adam"),
    ({"opt": [lab.SGD(0.1), lab.SGD(0.1, nesterov=False)]}, "a list of settings must share one rule, got sgd and sgd"),
    ({"opt": [lab.SGD(0.1), get("ngdm-dirichlet")]}, "a list of settings must share one form of preconditioner"),
    ({"opt": get("ngdm-gendir"), "s": ls.sphere(3)}, "needs an even number of coordinates, .* got n = 3"),
]


@pytest.mark.parametrize(("options", "message"), BAD_VALUES, ids=lambda v: str(v)[:40])
def test_values_that_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        lab.ensemble(**{"opt": OPT, "s": SURFACE, "starts": 3, "steps": 5, **options})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"s": ls.sphere}, "s must be a Surface such as .* call the family with a dimension"),
        ({"s": naive}, "s must be a Surface"),
        ({"opt": b"adam"}, "opt must be an Optimizer such as lab.Adam"),
        ({"opt": lab.Adam}, "opt must be an Optimizer such as lab.Adam"),
        ({"opt": [OPT, 3]}, r"opt must be an Optimizer such as lab.Adam\(lr=0.01\), got 3"),
        ({"starts": 2.5}, "starts must be a whole number, got 2.5"),
        ({"starts": [["a", "b"]]}, "starts must be an array of real numbers"),
        ({"steps": 10.0}, "steps must be a whole number, got 10.0"),
        ({"seed": "zero"}, "seed must be a whole number, got 'zero'"),
        ({"target": "near"}, "target must be a number, got 'near'"),
    ],
)
def test_kinds_that_are_refused(options, message):
    with pytest.raises(TypeError, match=message):
        lab.ensemble(**{"opt": OPT, "s": SURFACE, "starts": 3, "steps": 5, **options})


def test_backends():
    assert np.array_equal(lab.ensemble(OPT, SURFACE, 3, 5, backend="auto").x, lab.ensemble(OPT, SURFACE, 3, 5).x)


# -- interruption -----------------------------------------------------------------------------------------


def test_an_interrupt_between_chunks_comes_through(monkeypatch, capsys):
    real, calls = lane_driver.compiled(), []

    def interrupted(*arguments):
        calls.append(arguments)
        if len(calls) == 5:
            raise KeyboardInterrupt
        real(*arguments)

    numba.set_num_threads(numba.config.NUMBA_NUM_THREADS)
    before = lab.ensemble(OPT, SURFACE, 5, 50)
    with monkeypatch.context() as patch:
        patch.setattr(lane_driver, "compiled", lambda: interrupted)
        patch.setattr(driver, "CHUNK", 10)
        with pytest.raises(KeyboardInterrupt):
            lab.ensemble(OPT, SURFACE, 5, 50, progress=True)
    assert len(calls) == 5
    assert numba.get_num_threads() == numba.config.NUMBA_NUM_THREADS
    assert capsys.readouterr().err == ""  # no torn progress bar where there is no terminal
    assert np.array_equal(lab.ensemble(OPT, SURFACE, 5, 50).x, before.x)
