"""`scipy_method`: the lab's optimizers inside scipy.optimize.minimize."""

import numpy as np
import pytest
from scipy.optimize import Bounds, OptimizeResult, minimize, rosen, rosen_der

import landscapes as ls
import naive
import ngdm_lab as lab
from ngdm_lab.optimizers import get, names

START = np.array([-1.2, 1.0])
METHOD = lab.scipy_method(lab.SGD(lr=1e-3, momentum=0.9))


def both(x):
    return rosen(x), rosen_der(x)


def bowl(x, centre=0.0, scale=1.0):
    return scale * np.sum((x - centre) ** 2)


def bowl_grad(x, centre=0.0, scale=1.0):
    return 2 * scale * (x - centre)


def test_it_reaches_the_minimum_of_rosen():
    done = minimize(both, START, jac=True, method=METHOD, options={"maxiter": 50_000})
    assert done.success
    assert done.status == 0
    assert done.message == "The gradient's largest component is at most gtol."
    np.testing.assert_allclose(done.x, [1.0, 1.0], rtol=1e-7)  # gtol 1e-8 over the least curvature, 0.4
    assert isinstance(done, OptimizeResult)
    assert done.fun == rosen(done.x)
    assert np.array_equal(done.jac, rosen_der(done.x))
    assert np.abs(done.jac).max() <= 1e-8
    assert done.nit == done.nfev - 1 == done.njev - 1
    apart = minimize(rosen, START, jac=rosen_der, method=METHOD, options={"maxiter": 50_000})
    assert np.array_equal(apart.x, done.x)
    assert apart.nit == done.nit


def test_a_surface_of_the_lab_is_a_function_of_scipy():
    surface = ls.rosenbrock(2)
    done = minimize(surface, START, jac=surface.grad, method=METHOD, options={"maxiter": 100})
    points = naive.stepped(lab.SGD(lr=1e-3, momentum=0.9), START, surface.grad, 100)
    assert np.array_equal(done.x, points[-1])


@pytest.mark.parametrize("name", names())
def test_every_optimizer(name):
    opt = get(name)
    done = minimize(bowl, [1.0, -2.0], jac=bowl_grad, method=lab.scipy_method(opt), options={"maxiter": 30})
    assert (done.nit, done.status, done.success) == (30, 1, False)
    assert np.array_equal(done.x, naive.stepped(opt, [1.0, -2.0], bowl_grad, 30)[-1])


def test_args_reach_function_and_gradient():
    method = lab.scipy_method(lab.SGD(lr=0.05))
    done = minimize(bowl, [0.0, 0.0], args=(3.0, 2.0), jac=bowl_grad, method=method)
    assert done.success
    np.testing.assert_allclose(done.x, [3.0, 3.0], rtol=1e-8)
    done = minimize(lambda x, c: (bowl(x, c), bowl_grad(x, c)), [0.0], args=(-1.0,), jac=True, method=method)
    np.testing.assert_allclose(done.x, [-1.0], rtol=1e-8)


def test_budget_and_tolerances():
    done = minimize(both, START, jac=True, method=METHOD, options={"maxiter": 7})
    assert (done.status, done.success, done.nit, done.nfev, done.njev) == (1, False, 7, 8, 8)
    assert done.message == "The maximum number of iterations was reached."
    none = minimize(both, START, jac=True, method=METHOD, options={"maxiter": 0})
    assert (none.nit, none.nfev, none.x.tolist()) == (0, 1, [-1.2, 1.0])
    assert minimize(both, [1.0, 1.0], jac=True, method=METHOD).nit == 0  # there already
    loose = minimize(both, START, jac=True, method=METHOD, options={"gtol": 0.5, "maxiter": 10_000})
    assert loose.success
    assert 1e-3 < np.abs(loose.jac).max() <= 0.5
    assert minimize(both, START, jac=True, method=METHOD, tol=0.5, options={"maxiter": 10_000}).nit == loose.nit


def test_the_start_is_not_changed_and_the_function_may_keep_or_spoil_its_argument():
    start, seen = START.copy(), []

    def spoiling(x):
        value = rosen(x)
        x[:] = np.nan
        return value

    def keeping(x):
        seen.append(x)
        return both(x)

    options = {"maxiter": 20}
    clean = minimize(both, start, jac=True, method=METHOD, options=options)
    assert np.array_equal(minimize(spoiling, start, jac=rosen_der, method=METHOD, options=options).x, clean.x)
    assert np.array_equal(minimize(keeping, start, jac=True, method=METHOD, options=options).x, clean.x)
    assert np.array_equal(start, START)
    assert len({x.tobytes() for x in seen}) == 21  # each is the point it was, not one array that moved on


# -- callbacks --------------------------------------------------------------------------------------------


def test_both_signatures_of_the_callback():
    points, results = [], []
    minimize(both, START, jac=True, method=METHOD, options={"maxiter": 5}, callback=lambda x: points.append(x))

    def callback(intermediate_result):
        results.append(intermediate_result)

    minimize(both, START, jac=True, method=METHOD, options={"maxiter": 5}, callback=callback)
    path = naive.stepped(lab.SGD(lr=1e-3, momentum=0.9), START, rosen_der, 5)
    assert np.array_equal(points, path[1:])
    assert np.array_equal([r.x for r in results], path[1:])
    assert [r.fun for r in results] == [rosen(x) for x in path[1:]]
    assert [r.nit for r in results] == [1, 2, 3, 4, 5]
    # called without minimize, the method adapts the callback itself
    again = []
    METHOD(rosen, START, jac=rosen_der, callback=lambda x: again.append(x), maxiter=5)
    assert np.array_equal(again, points)
    METHOD(rosen, START, jac=rosen_der, callback=callback, maxiter=5)
    assert np.array_equal(results[-1].x, path[-1])
    assert len(results) == 10


def test_stop_iteration_ends_the_run():
    def callback(intermediate_result):
        if intermediate_result.nit == 3:
            raise StopIteration

    done = minimize(both, START, jac=True, method=METHOD, callback=callback)
    assert (done.nit, done.status, done.success) == (3, 99, False)
    assert done.message == "The callback asked to stop."


def test_other_errors_of_the_callback_come_through():
    def callback(x):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        minimize(both, START, jac=True, method=METHOD, callback=callback)


# -- how it ends badly ------------------------------------------------------------------------------------


def test_divergence():
    method = lab.scipy_method(lab.SGD(lr=10.0))
    with np.errstate(over="ignore"):
        done = minimize(bowl, [1.0, -2.0], jac=bowl_grad, method=method)
    assert (done.status, done.success) == (2, False)
    assert done.message == "The run diverged: the point, the value or the gradient is not finite."
    assert 0 < done.nit < 1000
    assert not np.isfinite(done.fun)
    for bad in (np.nan, np.inf):
        done = minimize(lambda x, bad=bad: (1.0, np.array([1.0, bad])), [1.0, 2.0], jac=True, method=METHOD)
        assert (done.status, done.nit) == (2, 0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"jac": None}, "jac must be True or a function: sgd needs the gradient, got None"),
        ({"jac": "2-point"}, "jac must be True or a function: sgd needs the gradient"),
        ({"bounds": [(0, 1), (0, 1)]}, "sgd is unconstrained: bounds and constraints are not supported"),
        (
            {"constraints": {"type": "eq", "fun": np.sum}},
            "sgd is unconstrained: bounds and constraints are not supported",
        ),
        ({"options": {"maxiters": 5}}, "unknown option 'maxiters': sgd knows maxiter, gtol and disp"),
        ({"bounds": [(None, None), (0, None)]}, "sgd is unconstrained"),
        ({"bounds": [(None, None)] * 3}, "sgd is unconstrained|compatible|broadcast"),
        ({"options": {"disp": -1}}, "disp must be at least 0, got -1"),
        ({"options": {"maxiter": -1}}, "maxiter must be at least 0, got -1"),
        ({"options": {"gtol": -1.0}}, "gtol must be a finite number at least 0, got -1.0"),
        ({"tol": -0.5}, "tol must be a finite number at least 0, got -0.5"),
    ],
)
def test_what_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        minimize(rosen, START, method=METHOD, **{"jac": rosen_der, **options})


@pytest.mark.parametrize(
    "bounds",
    [[(None, None)] * 2, [(-np.inf, np.inf)] * 2, Bounds(-np.inf, np.inf), Bounds([-np.inf] * 2, [np.inf] * 2)],
    ids=["none", "infinite", "Bounds", "Bounds of vectors"],
)
def test_bounds_that_bound_nothing(bounds):
    options = {"maxiter": 9}
    done = minimize(both, START, jac=True, method=METHOD, bounds=bounds, options=options)
    assert np.array_equal(done.x, minimize(both, START, jac=True, method=METHOD, options=options).x)


def test_disp_prints_how_it_ended(capsys):
    done = minimize(both, START, jac=True, method=METHOD, options={"maxiter": 7, "disp": True})
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert lines == [done.message, f"Current function value: {done.fun:f}", "Iterations: 7", "Evaluations: 8"]
    minimize(both, START, jac=True, method=METHOD, options={"maxiter": 7, "disp": 0})
    assert capsys.readouterr().out == ""


def test_starts_and_optimizers_that_are_refused():
    with pytest.raises(ValueError, match=r"x0 must be finite, got nan"):
        minimize(both, [np.nan, 1.0], jac=True, method=METHOD)
    with pytest.raises(ValueError, match="even number of coordinates"):
        minimize(both, [1.0, 2.0, 3.0], jac=True, method=lab.scipy_method(get("ngdm-gendir")))
    with pytest.raises(TypeError, match="optimizer must be an Optimizer such as Adam"):
        lab.scipy_method("adam")
