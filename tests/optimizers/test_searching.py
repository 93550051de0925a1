"""Optimizers that look at values or keep numbers: against SciPy, optax, plain references and what is known of them."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize, rosen, rosen_der

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab.optimizers import get, searching

DATA = Path(__file__).parents[1] / "data"
COMMITTED = {
    name: case
    for name, case in json.loads((DATA / "optax_paths.json").read_text())["cases"].items()
    if case["lab"] == "Armijo"
}
START = np.array([-1.2, 1.0, 0.5])
CURVED = st.lists(st.floats(0.1, 10.0), min_size=1, max_size=5).map(np.array)  # curvatures of a quadratic


def evaluated(opt, start, f, gradient, steps):
    """All points that are evaluated by hand, and the state at the end."""
    x = np.array(start, dtype=float)
    state, points = opt.init(x), [x.copy()]
    for _ in range(steps):
        opt.step(x, gradient(x), state, f(x))
        if state.done:
            break
        points.append(x.copy())
    return np.array(points), state


# -- L-BFGS and conjugate gradients: SciPy ----------------------------------------------------------------

CONVEX = [
    surface
    for n in (2, 5, 12)
    for name in ("sphere", "ellipsoid", "schwefel_1_2", "quartic", "zakharov")
    for surface in (ls.get(name, n), ls.get(name, n).rotated(1), ls.get(name, n).rotated(2).shifted(0.3))
]
CONVEX += [ls.get(name).rotated(seed) for name in ("booth", "matyas") for seed in (1, 2, 3)]


@pytest.mark.parametrize("n", [2, 10])
def test_lbfgs_takes_the_steps_of_scipy(n):
    runs = lab.ensemble(lab.LBFGS(), ls.rosenbrock(n), 20, 400)
    for k in range(20):
        theirs = minimize(rosen, runs.x0[k], jac=rosen_der, method="L-BFGS-B")
        assert runs.evaluations[k] == theirs.nfev
        assert runs.x[k] == pytest.approx(theirs.x, abs=1e-6)
    assert lab.Ensemble.status.fget(runs).tolist().count("budget") == 0


def test_lbfgs_finds_scipys_minima_of_convex_functions_as_fast():
    assert len(CONVEX) >= 50  # with two starts each
    ours = theirs = 0
    for surface in CONVEX:
        runs = lab.ensemble(lab.LBFGS(), surface, 2, 1000)
        for k in range(2):
            found = minimize(surface.value_and_grad, runs.x0[k], jac=True, method="L-BFGS-B")
            scale = 1.0 + abs(surface(runs.x0[k]))
            assert abs(runs.f[k] - found.fun) <= 1e-6 * scale, surface.name
            ours, theirs = ours + runs.evaluations[k], theirs + found.nfev
    assert ours <= 1.2 * theirs


def test_conjugate_gradients_find_what_scipys_do():
    ours = theirs = 0
    for surface in CONVEX[::3]:
        runs = lab.ensemble(lab.ConjugateGradients(), surface, 1, 2000)
        found = minimize(surface.value_and_grad, runs.x0[0], jac=True, method="CG")
        assert runs.f[0] <= found.fun + 1e-6, surface.name  # theirs gives up on one of them
        ours, theirs = ours + runs.evaluations[0], theirs + found.nfev
    assert ours <= theirs


@given(CURVED)
def test_conjugate_gradients_need_n_lines_for_a_quadratic(curved):
    """With a search that is exact for quadratics, as cubics are; two or three trials a line."""
    points, state = evaluated(lab.ConjugateGradients(gtol=1e-6), np.ones(len(curved)), lambda x: 0.5 * x @ (curved * x),
                              lambda x: curved * x, 100)  # fmt: skip
    assert state.done
    assert np.abs(curved * points[-1]).max() <= 1e-5
    assert len(points) <= 8 * len(curved) + 8


# -- backtracking and step sizes --------------------------------------------------------------------------


@pytest.mark.parametrize("name", COMMITTED)
def test_armijo_accepts_the_points_of_optax(name):
    case = COMMITTED[name]
    opt = lab.Armijo(**case["options"])
    x, state, accepted = np.array([-1.2, 1.0, 0.5]), None, []
    state = opt.init(x)
    while len(accepted) <= 200:
        opt.step(x, rosen_der(x), state, rosen(x))
        if not accepted or not np.array_equal(state["at"], accepted[-1]):
            accepted.append(state["at"].copy())
    for t, point in case["points"].items():
        assert accepted[int(t)] == pytest.approx(point, rel=1e-9), t


@given(st.floats(1e-3, 10.0), st.integers(0, 2**32 - 1))
def test_what_armijo_accepts_brings_enough(lr, seed):
    opt, start = lab.Armijo(lr=lr, c1=0.1), np.random.default_rng(seed).uniform(-2, 2, 3)
    x, state, before = start.copy(), opt.init(start), None
    for _ in range(60):
        opt.step(x, rosen_der(x), state, rosen(x))
        at = state["at"].copy()
        if before is not None and not np.array_equal(at, before):
            slopes = rosen_der(before)
            s = (before - at) @ slopes / (slopes @ slopes)
            assert rosen(at) <= rosen(before) - 0.1 * s * (slopes @ slopes) * (1 - 1e-9)
        before = at


def test_step_adaptation_is_the_plain_algorithm():
    points, _ = evaluated(lab.StepAdaptation(lr=0.3), START, rosen, rosen_der, 300)
    x, a, plain = START, 0.3, [START]
    for _ in range(300):
        g = rosen_der(x)
        y = x - a * g / np.linalg.norm(g)
        plain.append(y)
        x, a = (y, 1.2 * a) if rosen(y) <= rosen(x) else (x, 0.5 * a)
    assert points == pytest.approx(np.array(plain), rel=1e-9)


@pytest.mark.parametrize("size", ["long", "short"])
def test_barzilai_borwein_is_the_plain_algorithm(size):
    A = np.diag([1.0, 3.0, 20.0])
    points, _ = evaluated(lab.BarzilaiBorwein(0.01, size), START, lambda x: x @ A @ x / 2, lambda x: A @ x, 15)
    x, plain = [START, START - 0.01 * A @ START], 0.01
    for _ in range(14):
        s, y = x[-1] - x[-2], A @ (x[-1] - x[-2])
        plain = s @ s / (s @ y) if size == "long" else s @ y / (y @ y)
        assert plain * (1 + 1e-9) >= 1 / 20.0
        assert plain <= 1.0 + 1e-9
        x.append(x[-1] - plain * A @ x[-1])
    assert points == pytest.approx(np.array(x), rel=1e-7, abs=1e-12)


@given(CURVED, st.integers(1, 60))
def test_nag_keeps_nesterovs_bound(curved, k):
    """f(y_k) - f* <= 2 L |x_0 - x*|^2 / (k + 1)^2 for lr = 1 / L."""
    L, start = curved.max(), np.ones(len(curved))
    _, state = evaluated(lab.NAG(1.0 / L), start, lambda x: 0.0, lambda x: curved * x, k)
    y = state["before"]
    assert 0.5 * y @ (curved * y) <= 2 * L * (start @ start) / (k + 1) ** 2 * (1 + 1e-12)


# -- every one of them ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", searching())
def test_the_checks_of_rules(name):
    report = lab.check_rule(get(name))
    assert report.failures == [] if hasattr(report, "failures") else "5 of 5" in str(report)


@pytest.mark.parametrize("text", ["rosenbrock:2", "rastrigin:10:rotated=1:shifted=0.2", "sphere:1", "levy:3:noisy=0.1"])
@pytest.mark.parametrize("name", searching())
def test_lanes_and_runs_have_the_same_bits(name, text, monkeypatch):
    surface = ls.parse(text)
    opt = get(name) if name != "nag" else get(name, lr=1e-4)
    made = []
    for engine in ("lanes", "runs"):
        monkeypatch.setenv("NGDM_LAB_ENGINE", engine)
        made.append(lab.ensemble(opt, surface, 70, 120, 5))
    for field in ("x", "f", "f_best", "hit", "code", "evaluations", "quantiles"):
        assert np.array_equal(*(getattr(runs, field) for runs in made), equal_nan=True), field
    assert not made[0].slow


def test_a_grid_of_searches_is_their_runs_alone():
    grid = [lab.LBFGS(lr) for lr in np.geomspace(0.01, 2.0, 7)]
    together = lab.ensemble(grid, ls.rosenbrock(5), 9, 100)
    for opt, runs in zip(grid, together, strict=True):
        alone = lab.ensemble(opt, ls.rosenbrock(5), 9, 100)
        assert np.array_equal(runs.x, alone.x)
        assert np.array_equal(runs.evaluations, alone.evaluations)


def test_a_run_that_ends_by_itself_says_so():
    runs = lab.ensemble(lab.LBFGS(), ls.rastrigin(1), 50, 500)
    assert set(runs.status) == {"stopped", "done"}
    assert (runs.evaluations < 100).all()
    path = lab.trace(lab.LBFGS(), ls.rosenbrock(2), [-1.2, 1.0], 200)
    assert path.status == "done"
    last = int(np.flatnonzero(np.isfinite(path.f))[-1])
    assert np.array_equal(path.x[last], lab.ensemble(lab.LBFGS(), ls.rosenbrock(2), [[-1.2, 1.0]], 200).x[0])


@pytest.mark.parametrize("steps", [0, 1, 2, 3, 17, 50])
def test_a_budget_that_ends_in_a_search_ends_where_it_began(steps):
    surface = ls.rosenbrock(3)
    runs = lab.ensemble(lab.Armijo(), surface, 70, steps)
    for k in range(5):
        x, state = runs.x0[k].copy(), lab.Armijo().init(runs.x0[k])
        for _ in range(steps):
            lab.Armijo().step(x, surface.grad(x), state, surface(x))
        last = x if steps == 0 or surface(x) <= state["value"][0] else state["at"]
        assert runs.x[k] == pytest.approx(last, rel=1e-9, abs=1e-12)
        assert runs.f[k] == pytest.approx(surface(runs.x[k]), rel=1e-9)


def test_a_path_without_its_trials():
    path = lab.trace(lab.Armijo(), ls.rosenbrock(2), [-1.2, 1.0], 60)
    kept = path.iterates
    assert 1 < len(kept) < 61
    assert (np.diff(ls.rosenbrock(2)(kept)) < 0).all()
    assert np.array_equal(kept[0], path.x[0])
    plain = lab.trace(lab.Adam(0.1), ls.rosenbrock(2), [-1.2, 1.0], 60)
    assert plain.iterates is plain.x


def test_scipy_is_told_that_it_ended():
    found = minimize(rosen, START, jac=rosen_der, method=lab.scipy_method(lab.LBFGS()), options={"gtol": 0.0})
    assert (found.status, found.success, found.message) == (3, True, "The optimizer ended the run by itself.")
    assert found.nfev == minimize(rosen, START, jac=rosen_der, method="L-BFGS-B").nfev


def test_what_is_missing_is_asked_for():
    opt, x = lab.Armijo(), np.zeros(2)
    with pytest.raises(TypeError, match=r"^f must be given: armijo looks at the value, opt.step\(x, g, state, f\)$"):
        opt.step(x, np.ones(2), opt.init(x))
    with pytest.raises(ValueError, match=r"^opt must be an optimizer that takes one gradient a step, got lbfgs, which"):
        lab.nets.Update(lab.LBFGS(), lab.nets.mlp())


def test_a_rule_of_ones_own_may_look():
    @lab.update_rule(state=("at",), numbers=("least", "done"))
    def walking(x, f, g, at, least, done, n, t, lr):
        if t == 1 or f < least[0]:
            least[0] = f
            for i in range(n):
                at[i] = x[i]
        elif t > 20:
            done[0] = 1.0
        if done[0] == 0.0:
            for i in range(n):
                x[i] = at[i] - lr * (0.5 + t % 3) * g[i]

    lab.check_rule(walking, lr=1e-3)
    runs = lab.ensemble(walking(lr=0.5), ls.sphere(3), 10, 100)
    assert (runs.evaluations < 100).all()


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"numbers": ("step size",)}, "numbers must hold names"),
        ({"numbers": (1,)}, "numbers"),
        ({"state": (("pairs", 0),)}, "the count of pairs in state must be"),
        ({"state": (("pairs", 2.5),)}, "the count of pairs in state must be"),
    ],
)
def test_bad_names_and_counts_are_told(how, words):
    with pytest.raises((ValueError, TypeError), match=words):
        lab.update_rule(**how)
