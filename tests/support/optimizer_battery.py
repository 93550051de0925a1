"""`check_optimizer`: what every optimizer must do, in the spirit of scikit-learn's `check_estimator`.

Each check takes an optimizer and raises AssertionError where it falls short. All of them run in four or six
coordinates, which generalised Dirichlet optimizers can serve.
"""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import landscapes as ls
import ngdm_lab as lab

STEPS = 20
START = np.array([1.5, -0.75, 0.25, 2.0])


@lab.update_rule(state=("one", "two", "three", "four"))
def foreign(x, g, one, two, three, four, n, t):
    """A rule with more vectors than any other keeps."""
    x[0] = 0.0


def gradients(n=4, steps=STEPS):
    """Fixed gradients of mixed sizes and signs, of which none is zero."""
    t, i = np.arange(1, steps + 1)[:, None], np.arange(n)
    return ((7 * t + 5 * i) % 13 - 6.5) / 4


def walk(opt, x, state=None, rows=None):
    """Steps along the fixed gradients, in place; returns the state."""
    state = opt.init(x) if state is None else state
    for g in gradients(x.size) if rows is None else rows:
        opt.step(x, g.reshape(x.shape), state)
    return state


def end(opt):
    """Where the fixed gradients lead from the fixed start."""
    x = START.copy()
    walk(opt, x)
    return x


# -- what a step does -------------------------------------------------------------------------------------


def check_step_in_place(opt):
    x, g = START.copy(), gradients()[0]
    before, state = g.copy(), opt.init(x)
    assert state.t == 0
    assert not state.vectors.any()
    for t in (1, 2, 3):
        assert opt.step(x, g, state) is None
        assert state.t == t
    assert not np.array_equal(x, START), "three steps did not move x"
    assert np.array_equal(g, before), "the gradient was changed"


def check_gradient_may_be_x(opt):
    x, y = START.copy(), START.copy()
    opt.step(x, x, opt.init(x))
    opt.step(y, START, opt.init(y))
    assert np.array_equal(x, y)


def check_zero_rate_and_zero_gradient(opt):
    assert np.array_equal(end(opt.replace(lr=0.0)), START)
    x = START.copy()
    walk(opt, x, rows=np.zeros((3, 4)))
    assert np.isfinite(x).all()


def check_non_finite_gradients(opt):
    for bad in (np.nan, np.inf, -np.inf):
        x, rows = START.copy(), gradients()[:4]
        rows[1, 2] = bad
        walk(opt, x, rows=rows)
        assert x.shape == (4,)
        if np.isnan(bad):
            assert np.isnan(x[2]), "a NaN in the gradient was hidden"


def check_reproducible(opt):
    assert np.array_equal(end(opt), end(copy.deepcopy(opt)))
    a, b = START.copy(), START.copy()  # two runs side by side share nothing
    s, r = opt.init(a), opt.init(b)
    for g in gradients():
        opt.step(a, g, s)
        opt.step(b, g, r)
    assert np.array_equal(a, end(opt))
    assert np.array_equal(b, a)


def check_same_path_as_trace(opt):
    # both compile the same rule, but each driver around it may fuse its multiplications in another way: 1e-12
    surface, x = ls.rosenbrock(4), START / 2
    path = lab.trace(opt, surface, x, STEPS).x
    state = opt.init(x)
    for t in range(STEPS + 1):
        if not np.isfinite(path[t]).all():
            break
        assert np.abs(x - path[t]).max() <= 1e-12 * np.abs(path[t]).max(), f"left the path at step {t}"
        opt.step(x, surface.grad(x), state)
    assert t > 1


# -- shapes, types and memory -----------------------------------------------------------------------------


def check_shapes(opt):
    flat = np.linspace(-1.0, 2.0, 6)
    square = flat.reshape(2, 3).copy()
    state, rows = walk(opt, square), gradients(6)
    walk(opt, flat, rows=rows)
    assert np.array_equal(square.ravel(), flat)
    for name in opt.rule.state:
        assert state[name].shape == (2, 3)


def check_strided_and_fortran(opt):
    wide = np.full(8, 9.0)
    wide[::2] = START
    walk(opt, wide[::2])
    assert np.array_equal(wide[::2], end(opt))
    assert (wide[1::2] == 9.0).all(), "a step wrote between the entries of a strided x"
    backwards = START[::-1].copy()
    walk(opt, backwards[::-1])
    assert np.array_equal(backwards[::-1], end(opt))
    square = START.reshape(2, 2).copy()
    fortran = np.asfortranarray(square)
    state = walk(opt, square)
    turned = walk(opt, fortran, rows=np.array([np.asfortranarray(g.reshape(2, 2)) for g in gradients()]))
    assert np.array_equal(fortran, square)
    assert np.array_equal(turned.vectors, state.vectors)


def check_float32(opt):
    x = START.astype(np.float32)
    walk(opt, x)
    assert x.dtype == np.float32
    # every step rounds x to 24 bits and nothing else; 1.01 for what weight decay makes of earlier roundings
    y, bound, state = START.copy(), 0.0, opt.init(START)
    for g in gradients():
        opt.step(y, g, state)
        bound = 1.01 * bound + 2.0**-24 * np.abs(y).max()
    assert np.abs(x - y).max() <= 2 * bound
    opt.step(x, np.full(4, 1e300), state)  # beyond float32: infinite, without a warning


def check_one_coordinate(opt):
    x = np.array([2.0])
    try:
        state = opt.init(x)
    except ValueError:
        with pytest.raises(ValueError, match=r"even number of coordinates|one coordinate"):
            opt.init(x)
        return
    opt.step(x, [0.5], state)
    opt.step(x, [0.5], state)
    assert x.shape == (1,)
    assert np.isfinite(x).all()


def check_refuses_bad_points(opt):
    with pytest.raises(ValueError, match="at least one number"):
        opt.init(np.empty(0))
    with pytest.raises(TypeError, match="real numbers"):
        opt.init(np.array(["a", "b"]))
    g, state = gradients()[0], opt.init(START)
    for x in (START.tolist(), np.arange(4), START.astype(complex), START.astype(np.float16)):
        with pytest.raises(TypeError, match="x must be a float64 or float32 array"):
            opt.step(x, g, state)
    fixed = START.copy()
    fixed.setflags(write=False)
    with pytest.raises(ValueError, match="read-only"):
        opt.step(fixed, g, state)
    assert np.array_equal(fixed, START)
    assert state.t == 0, "a refused step was counted"


def check_refuses_bad_gradients(opt):
    x = START.copy()
    state = opt.init(x)
    for g in (gradients()[0][:3], gradients()[0][None], 1.0):
        with pytest.raises(ValueError, match="one shape"):
            opt.step(x, g, state)
    for g in (np.full(4, 1j), np.array(["1"] * 4), [None] * 4):
        with pytest.raises(TypeError, match="g must be an array of real numbers"):
            opt.step(x, g, state)
    with pytest.raises(ValueError, match="one shape"):
        opt.step(np.zeros(6), np.zeros(6), state)
    assert np.array_equal(x, START)
    assert state.t == 0
    assert not state.vectors.any()
    opt.step(x, gradients()[0].tolist(), state)  # a list will do for g
    y = START.copy()
    opt.step(y, gradients()[0], opt.init(y))
    assert np.array_equal(x, y)


def check_refuses_a_foreign_state(opt):
    x = START.copy()
    for state in (foreign().init(x), walk(foreign(), x.copy())):
        with pytest.raises(ValueError, match="another rule's"):
            opt.step(x, START, state)
    assert np.array_equal(x, START)


# -- hyperparameters --------------------------------------------------------------------------------------


def check_frozen(opt):
    options, number = opt.options(), hash(opt)
    walk(opt, START.copy())
    with pytest.raises(AttributeError):
        opt.lr = 0.5
    assert (opt.options(), hash(opt)) == (options, number)


def check_replace(opt):
    options, other = opt.options(), opt.replace(lr=0.0625)
    assert type(other) is type(opt)
    assert other.lr == 0.0625
    assert other.rule == opt.rule
    assert other.settings().keys() == opt.settings().keys()
    assert opt.options() == options
    with pytest.raises(TypeError, match="no_such_option"):
        opt.replace(no_such_option=1.0)
    with pytest.raises(ValueError, match="lr must be a finite number at least 0, got -1"):
        opt.replace(lr=-1.0)
    # settings may change in the midst of a run, and then they count
    x = START.copy()
    state = walk(opt, x)
    before = x.copy()
    opt.replace(lr=0.0).step(x, gradients()[0], state)
    assert np.array_equal(x, before)
    assert state.t == STEPS + 1
    opt.step(x, gradients()[1], state)
    assert not np.array_equal(x, before)


def check_equality(opt):
    same, other = opt.replace(lr=opt.lr), opt.replace(lr=opt.lr + 0.125)
    assert opt == same
    assert hash(opt) == hash(same)
    assert opt != other
    assert opt != "adam"
    assert {opt: 1}[same] == 1


def check_pickle(opt):
    again = pickle.loads(pickle.dumps(opt))
    assert again == opt
    assert again.rule is opt.rule
    rows, x = gradients(), START.copy()
    state = walk(opt, x, rows=rows[:7])
    for carried in (pickle.loads(pickle.dumps(state)), copy.deepcopy(state)):
        y = x.copy()
        walk(again, y, carried, rows[7:])
        assert np.array_equal(y, end(opt))
        assert carried.t == STEPS
    assert state.t == 7


def check_words(opt):
    assert repr(opt).count("(") >= 1
    assert "lr=" in repr(opt)
    assert f"lr={opt.lr:g}" in opt.options()
    assert opt.name == opt.name.lower().strip()
    assert " " not in opt.name
    assert opt.label
    assert list(opt.settings()) == list(opt.rule.hyperparameters)
    assert all(type(v) is float for v in opt.settings().values())
    assert opt.init(START).names == opt.rule.state


def check_scope(opt):
    assert opt.scope in ("coordinate", "tensor", "all")
    if opt.scope == "coordinate" and opt.preconditioner is None:
        for k, reached in enumerate(end(opt)):
            x = START[k : k + 1].copy()
            walk(opt, x, rows=gradients()[:, k : k + 1])
            assert x[0] == reached, "a coordinate's steps depend on another"


CHECKS = [check for name, check in list(globals().items()) if name.startswith("check_")]


def check_optimizer(opt):
    """Run every check on an optimizer; its first failing check raises."""
    for check in CHECKS:
        check(opt)
