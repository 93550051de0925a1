"""Levenberg-Marquardt and Gauss-Newton against MINPACK's minima, NumPy's Gauss-Newton steps and the engines."""

import pickle

import numpy as np
import pytest
from scipy.optimize import least_squares

import landscapes as ls
import ngdm_lab as lab


def residuals(problem, x):
    return np.array([problem.function(x, i, len(x)) for i in range(problem.m(len(x)))])


def jacobian(problem, x):
    made = np.zeros((problem.m(len(x)), len(x)))
    for i, row in enumerate(made):
        problem.row(x, row, len(x), i)
    return made


def walked(opt, surface, start, steps):
    x = np.array(start, dtype=float)
    state, points = opt.init(x), [x.copy()]
    for _ in range(steps):
        opt.step(x, surface.grad(x), state, surface(x))
        if state.done:
            break
        points.append(x.copy())
    return np.array(points)


@pytest.mark.parametrize("name", ls.least_squares_problems())
def test_the_jacobian_is_that_of_the_residuals(name):
    problem = ls.least_squares_problem(name)
    x = problem.start() + 0.01
    J, h = jacobian(problem, x), 1e-6 * np.maximum(1.0, np.abs(x))
    for k in range(len(x)):
        e = np.zeros(len(x))
        e[k] = h[k]
        slope = (residuals(problem, x + e) - residuals(problem, x - e)) / (2 * h[k])
        assert np.abs(J[:, k] - slope).max() <= 1e-5 * (1.0 + np.abs(J[:, k]).max()), k


@pytest.mark.parametrize("name", ["bard", "watson", "brown_dennis"])
def test_minpacks_minima(name):
    problem = ls.least_squares_problem(name)
    surface, start = problem.surface(), problem.start()
    points = walked(lab.LevenbergMarquardt(name), surface, start, 500)
    found = least_squares(lambda x: residuals(problem, x), start, method="lm", xtol=1e-15, ftol=1e-15, gtol=1e-15,
                          max_nfev=9999)  # fmt: skip
    assert surface(points[-1]) == pytest.approx(2.0 * found.cost, rel=1e-9)
    assert len(points) <= 500


def test_without_damping_it_takes_gauss_and_newtons_steps():
    problem = ls.least_squares_problem("broyden_tridiagonal")
    points = walked(lab.LevenbergMarquardt(problem, damping=0.0), problem.surface(), problem.start(), 6)
    x = problem.start()
    for point in points[:5]:
        assert point == pytest.approx(x, abs=1e-9)
        x = x - np.linalg.lstsq(jacobian(problem, x), residuals(problem, x), rcond=None)[0]


def test_lanes_go_the_way_of_steps_by_hand():
    problem = ls.least_squares_problem("box_3d")
    opt, surface = lab.LevenbergMarquardt("box_3d"), problem.surface()
    runs = lab.ensemble(opt, surface, problem.start() + np.linspace(0.0, 0.5, 70)[:, None], 60)
    assert not runs.slow
    assert (runs.f < 1e-12).all()
    assert runs.evaluations.max() < 61
    assert runs.x[3] == pytest.approx(walked(opt, surface, runs.x0[3], 60)[-1], abs=1e-6)


def test_it_is_kept_with_results_and_pickled(tmp_path):
    opt = lab.LevenbergMarquardt(ls.least_squares_problem("box_3d"))
    assert opt == lab.LevenbergMarquardt("box_3d", dim=3)
    assert pickle.loads(pickle.dumps(opt)) == opt
    runs = lab.ensemble(opt, ls.get("box_3d"), 3, 5)
    assert lab.load(runs.save(tmp_path / "runs.npz")).optimizer == opt


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: lab.LevenbergMarquardt("bards"), "bards.*bard"),
        (lambda: lab.LevenbergMarquardt(3), "problem must be the name of a problem"),
        (lambda: lab.LevenbergMarquardt("bard", lr=0.0), "lr must be"),
        (lambda: lab.LevenbergMarquardt("bard", dim=4), "bard"),
        (lambda: lab.ensemble(lab.LevenbergMarquardt("bard"), ls.sphere(2)), "n must be 3"),
    ],
)
def test_what_does_not_fit_is_told(make, words):
    with pytest.raises((ValueError, TypeError), match=words):
        make()
