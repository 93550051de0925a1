"""The least-squares problems of More, Garbow and Hillstrom: residuals, standard starts, the paper's minima, MINPACK."""

import pickle

import numpy as np
import pytest
from scipy.optimize import least_squares

import landscapes as ls
import ngdm_lab as lab

# least values as the paper prints them, by problem and dimension
PRINTED = {
    ("bard", 3): 8.21487e-3, ("kowalik_osborne", 4): 3.07505e-4, ("meyer", 3): 87.9458, ("gaussian", 3): 1.12793e-8,
    ("brown_dennis", 4): 85822.2, ("jennrich_sampson", 2): 124.362, ("osborne_1", 5): 5.46489e-5,
    ("osborne_2", 11): 4.01377e-2, ("watson", 6): 2.28767e-3, ("watson", 9): 1.39976e-6, ("watson", 12): 4.72238e-10,
    ("penalty_1", 4): 2.24997e-5, ("penalty_1", 10): 7.08765e-5, ("penalty_2", 4): 9.37629e-6,
    ("penalty_2", 10): 2.93660e-4, ("linear_full_rank", 5): 5.0,
}  # fmt: skip
ELSEWHERE = {"brown_almost_linear", "trigonometric"}  # from the standard start MINPACK ends in another minimum
NAMES = ls.least_squares_problems()


def vector(problem, x):
    return np.array([problem.function(x, i, len(x)) for i in range(problem.m(len(x)))])


def minpack(problem, n):
    ends = {"xtol": 1e-15, "ftol": 1e-15, "gtol": 1e-15, "max_nfev": 20_000}
    return least_squares(lambda x: vector(problem, x), problem.start(n), method="lm", **ends)


def test_there_are_twenty_five_in_the_papers_order():
    assert len(NAMES) == len(set(NAMES)) == 25
    assert NAMES[0] == "powell_badly_scaled"
    numbers = [ls.least_squares_problem(name).number for name in NAMES]
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize(("name", "n"), PRINTED)
def test_least_values_are_those_of_the_paper(name, n):
    surface = ls.least_squares_problem(name).surface(n)
    assert surface.f_min == pytest.approx(PRINTED[name, n], rel=6e-6)
    assert surface(surface.minima[0]) == pytest.approx(surface.f_min, rel=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_the_surface_is_the_sum_of_the_squares(name):
    problem = ls.least_squares_problem(name)
    surface, start = problem.surface(), problem.start()
    assert start.shape == (surface.dim,)
    assert surface(start) == pytest.approx(float(vector(problem, start) @ vector(problem, start)), rel=1e-12)
    low, high = surface.bounds.T
    assert (low < start).all()
    assert (start < high).all()
    for minimum in surface.minima:
        assert np.abs(surface.grad(minimum)).max() <= 1e-5 * (1.0 + np.abs(surface.grad(start)).max())


@pytest.mark.parametrize("name", NAMES)
def test_minpack_finds_nothing_lower(name):
    problem = ls.least_squares_problem(name)
    surface = problem.surface()
    found = 2.0 * minpack(problem, surface.dim).cost
    if np.isfinite(surface.f_min):
        assert found >= surface.f_min * (1 - 1e-9) - 1e-25
        if name not in ELSEWHERE:
            assert found == pytest.approx(surface.f_min, rel=1e-6, abs=1e-20)


@pytest.mark.parametrize("name", ["bard", "kowalik_osborne", "box_3d", "watson", "broyden_tridiagonal", "penalty_2"])
def test_lbfgs_comes_down_from_the_standard_start(name):
    problem = ls.least_squares_problem(name)
    surface = problem.surface()
    runs = lab.ensemble(lab.LBFGS(gtol=1e-9, ftol=0.0), surface, [problem.start()], 2000)
    assert runs.f[0] - surface.f_min <= 1e-5 * (surface(problem.start()) - surface.f_min)


def test_an_unknown_name_is_told():
    with pytest.raises(ValueError, match=r"watsn.*watson"):
        ls.least_squares_problem("watsn")


def test_they_are_surfaces_as_all_others(tmp_path):
    surface = ls.get("watson", 9)
    assert surface.name == "watson-9d"
    assert ls.parse("watson:9:rotated=1").dim == 9
    copy, point = pickle.loads(pickle.dumps(surface)), np.full(9, 0.1)
    assert (copy.name, copy(point)) == (surface.name, surface(point))
    assert "watson" not in ls.names()
    again = lab.load(lab.ensemble(lab.Adam(), surface, 3, 5).save(tmp_path / "runs.npz"))
    assert again.surface.name == surface.name
