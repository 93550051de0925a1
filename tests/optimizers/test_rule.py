"""`@update_rule`, the optimizers it makes, and preconditioning any direction rule."""

import copy
import pickle
from math import sqrt

import numpy as np
import pytest
from numba import njit
from scipy.optimize import rosen_der

import landscapes as ls
import naive
import ngdm_lab as lab
from ngdm_lab.optimizers import Preconditioned, RuleOptimizer

START = np.array([-1.2, 1.0, 0.5, 2.0])
SAME = 1e-12  # rounding over some hundred steps; see test_sgd.py


@lab.update_rule(state=("m", "v"))
def adam(x, g, m, v, n, t, lr, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.0):
    """Adam as a rule that moves x itself."""
    c1, c2 = lr / (1 - beta1**t), 1 / (1 - beta2**t)
    for i in range(n):
        gi = g[i] + weight_decay * x[i]
        m[i] = beta1 * m[i] + (1 - beta1) * gi
        v[i] = beta2 * v[i] + (1 - beta2) * gi * gi
        x[i] -= c1 * m[i] / (sqrt(v[i] * c2) + eps)


@lab.update_rule()
def signs(x, g, n, t, lr, slow=0.1):
    """Sign descent without state, which wears g out."""
    for i in range(n):
        x[i] -= lr / (1.0 + slow * (t - 1)) if g[i] > 0.0 else -lr / (1.0 + slow * (t - 1))
        g[i] = 0.0


def halve(a):
    return a / 2.0


@lab.update_rule(state="b", direction=True)
def averaged(x, g, b, n, t):
    """A direction rule with a helper and no hyperparameters but lr."""
    for i in range(n):
        b[i] = halve(b[i] + g[i])
        g[i] = b[i]


def test_a_rule_that_moves_x_itself():
    for options in ({"lr": 1e-3}, {"lr": 2e-3, "beta1": 0.8, "beta2": 0.95, "eps": 1e-3, "weight_decay": 0.1}):
        known = {**adam.defaults(), **options}
        theirs = lab.Adam(known["lr"], (known["beta1"], known["beta2"]), known["eps"], known["weight_decay"])
        ours = naive.stepped(adam(**options), START, rosen_der, 200)
        assert naive.gap(ours, naive.stepped(theirs, START, rosen_der, 200)) < SAME
    surface, many = ls.rosenbrock(4), adam(lr=1e-3)
    here, there = lab.ensemble(many, surface, 20, 100), lab.ensemble(lab.Adam(1e-3), surface, 20, 100)
    assert naive.gap(here.x, there.x) < SAME


def test_a_grid_of_rates_of_a_rule_that_moves_x_itself():
    surface, rates = ls.rosenbrock(4), (1e-3, 2e-3)
    for lr, runs in zip(rates, lab.ensemble([adam(lr=lr) for lr in rates], surface, 5, 50), strict=True):
        assert np.array_equal(runs.x, lab.ensemble(adam(lr=lr), surface, 5, 50).x)


def test_rules_without_state_and_without_hyperparameters():
    points = naive.stepped(signs(lr=1.0, slow=1.0), [2.0, -1.0], lambda x: x, 3)
    np.testing.assert_allclose(points[:, 0], [2.0, 1.0, 0.5, 0.5 - 1 / 3], rtol=1e-15)
    assert averaged().lr == 0.01
    assert averaged.hyperparameters == ()
    points = naive.stepped(averaged(lr=0.5), [1.0], naive.replay([[8.0], [0.0], [0.0]]), 3)
    assert points.ravel().tolist() == [1.0, -1.0, -2.0, -2.5]
    assert len(lab.ensemble([averaged(lr=0.1), averaged(lr=0.2)], ls.sphere(2), 3, 4)) == 2


def test_a_rule_may_close_over_a_number_or_be_compiled_already():
    factor = 0.25

    @lab.update_rule(direction=True)
    def scaled(x, g, n, t):
        for i in range(n):
            g[i] = factor * g[i]

    assert np.array_equal(naive.stepped(scaled(lr=1.0), [4.0], lambda x: x, 2).ravel(), [4.0, 3.0, 2.25])

    @njit
    def flipped(x, g, n, t):
        for i in range(n):
            g[i] = -g[i]

    rule = lab.update_rule(direction=True)(flipped)
    assert naive.stepped(rule(lr=1.0), [4.0], lambda x: x, 2).ravel().tolist() == [4.0, 8.0, 16.0]


# -- what is no rule --------------------------------------------------------------------------------------


def _swapped(x, m, g, n, t):
    pass


def _short(x, g, m):
    pass


def _with_lr(x, g, n, t, lr):
    pass


def _starred(x, g, n, t, *rest):
    pass


def _keywords(x, g, n, t, *, beta):
    pass


@pytest.mark.parametrize(
    ("function", "options", "message"),
    [
        (lambda x, g, n, t: None, {}, "written with def, got <function <lambda>"),
        (sqrt, {}, "written with def, got <built-in"),
        ("adam", {}, "written with def, got 'adam'"),
        (_swapped, {"state": ("m",)}, r"_swapped must begin with \(x, g, m, n, t\), got \(x, m, g, n, t\)"),
        (_short, {"state": ("m",)}, r"_short must begin with \(x, g, m, n, t\), got \(x, g, m\)"),
        (_short, {}, r"_short must begin with \(x, g, n, t\)"),
        (_with_lr, {"direction": True}, "_with_lr is a direction rule: the engine applies lr"),
        (_starred, {}, r"_starred must name each of its parameters, without \* and /, got \(x, g, n, t, \*rest\)"),
        (_keywords, {}, r"_keywords must name each of its parameters"),
    ],
)
def test_what_is_no_rule(function, options, message):
    with pytest.raises(TypeError, match=message):
        lab.update_rule(**options)(function)


# -- the optimizers rules make ----------------------------------------------------------------------------


def test_hyperparameters_of_a_rule():
    assert adam.defaults() == {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "weight_decay": 0.0}
    with pytest.raises(TypeError, match="adam needs a value for 'lr'"):
        adam()
    with pytest.raises(
        TypeError, match="adam has no hyperparameter 'beta'; it has lr, beta1, beta2, eps, weight_decay"
    ):
        adam(lr=0.1, beta=0.5)
    with pytest.raises(ValueError, match=r"lr must be a finite number at least 0, got -0\.1"):
        adam(lr=-0.1)
    with pytest.raises(ValueError, match="beta1 must be a finite number, got nan"):
        adam(lr=0.1, beta1=float("nan"))
    with pytest.raises(TypeError, match="averaged has no hyperparameter 'momentum'; it has lr"):
        averaged(momentum=0.5)


def test_a_rule_s_optimizer_is_a_value():
    opt = adam(lr=0.1, eps=1e-6)
    assert isinstance(opt, RuleOptimizer)
    assert opt == adam(eps=1e-6, lr=0.1)
    assert hash(opt) == hash(adam(eps=1e-6, lr=0.1))  # whatever the order of the names
    assert opt != adam(lr=0.1)
    assert opt.replace(lr=0.2) == adam(lr=0.2, eps=1e-6)
    assert (opt.name, averaged().label, opt.lr) == ("adam", "averaged", 0.1)
    assert repr(opt) == "adam(lr=0.1, beta1=0.9, beta2=0.999, eps=1e-06, weight_decay=0)"
    assert opt.settings() == {"lr": 0.1, "beta1": 0.9, "beta2": 0.999, "eps": 1e-6, "weight_decay": 0.0}
    with pytest.raises(AttributeError, match="adam is immutable: use replace"):
        opt.lr = 0.5
    with pytest.raises(TypeError):
        opt.values["lr"] = 0.5


def test_rules_and_their_optimizers_are_pickled_by_address():
    assert pickle.loads(pickle.dumps(adam)) is adam
    assert copy.deepcopy(adam) is adam
    assert pickle.loads(pickle.dumps(adam(lr=0.5))) == adam(lr=0.5)


# -- preconditioned ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["diagonal", "exact"])
@pytest.mark.parametrize("pairs", [False, True])
def test_preconditioned_adam(form, pairs):
    alpha, beta = np.array([1.5, 4.0]), np.array([2.0, 0.7])
    if pairs:
        distribution, F = lab.GeneralizedDirichlet(alpha, beta), naive.fisher_gendir(alpha, beta)
    else:
        distribution, F = lab.Dirichlet([*alpha, *beta]), naive.fisher_dirichlet([*alpha, *beta])
    if form == "diagonal":
        F = naive.fisher_diagonal(alpha, beta) if pairs else naive.fisher_diagonal([*alpha, *beta])
    m = v = np.zeros(4)
    theta, points = START, [START]
    for i in range(1, 101):
        g = rosen_der(theta)
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        u = m / (1 - 0.9**i) / (np.sqrt(v / (1 - 0.999**i)) + 1e-8)
        theta = theta - 1e-4 * np.linalg.inv(F) @ u
        points.append(theta)
    opt = lab.preconditioned(lab.Adam(1e-4), distribution, form=form)
    assert naive.gap(naive.stepped(opt, START, rosen_der, 100), np.array(points)) < SAME


def test_preconditioned_sgd_is_ngdm():
    distribution = lab.Dirichlet(lab.ramp(1.4, 0.1))
    ours = lab.preconditioned(lab.SGD(1e-4, 0.8, 0.2, 0.1), distribution, "exact")
    theirs = lab.NGDM(1e-4, distribution, 0.8, 0.2, 0.1, form="exact")
    assert np.array_equal(naive.stepped(ours, START, rosen_der, 100), naive.stepped(theirs, START, rosen_der, 100))


def test_preconditioned_is_a_value():
    inner, distribution = lab.Adam(0.5), lab.Dirichlet(1.4)
    opt = lab.preconditioned(inner, distribution)
    assert opt == Preconditioned(inner, distribution, "diagonal")
    assert hash(opt) == hash(lab.preconditioned(inner, distribution))
    assert opt.replace(lr=0.25) == lab.preconditioned(lab.Adam(0.25), distribution)
    assert opt.replace(form="exact", lr=0.25).name == "adam-dirichlet-exact"
    assert opt.replace(distribution=lab.GeneralizedDirichlet(2.0, 3.0)).name == "adam-gendir"
    assert (
        opt.options()
        == "lr=0.5, betas=(0.9, 0.999), eps=1e-08, weight_decay=0, distribution=Dirichlet(alpha=1.4), form=diagonal"
    )
    assert pickle.loads(pickle.dumps(opt)) == opt
    with pytest.raises(AttributeError, match="adam-dirichlet is immutable"):
        opt.form = "exact"


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((adam(lr=0.1), lab.Dirichlet(1.4)), TypeError, "optimizer must follow a direction rule .*, got adam"),
        ((lab.Adam, lab.Dirichlet(1.4)), TypeError, "optimizer must follow a direction rule"),
        ((lab.Adam(), 1.4), TypeError, "distribution must be a Dirichlet or GeneralizedDirichlet, got 1.4"),
        ((lab.Adam(), lab.Dirichlet(1.4), "full"), ValueError, "form must be one of 'diagonal', 'exact', got 'full'"),
        (
            (lab.NGDM(1.0, lab.Dirichlet([1.0, 2.0, 3.0])), lab.Dirichlet(1.4)),
            ValueError,
            "ngdm-dirichlet has a preconditioner already",
        ),
        (
            (lab.preconditioned(lab.Adam(), lab.Dirichlet(1.0)), lab.Dirichlet(1.4)),
            ValueError,
            "has a preconditioner already",
        ),
    ],
)
def test_what_cannot_be_preconditioned(arguments, error, message):
    with pytest.raises(error, match=message):
        lab.preconditioned(*arguments)
