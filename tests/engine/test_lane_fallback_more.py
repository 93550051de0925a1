"""More functions outside the language of lanes: rules, cells run again, names that the generated text has too."""

import linecache

import numpy as np
import pytest

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab.engine import blocks


@lab.update_rule(state=("m",))
def moves_slowly(x, g, m, n, t, lr):
    i = 0
    while i < n:
        m[i] = 0.5 * m[i] + g[i]
        x[i] -= lr * m[i] / t
        i += 1


@lab.update_rule(state=("m",))
def moves(x, g, m, n, t, lr):
    for i in range(n):
        m[i] = 0.5 * m[i] + g[i]
        x[i] -= lr * m[i] / t


@lab.update_rule(state=("m", "k"), direction=True)
def points_slowly(x, g, m, k, n, t, c):
    m[:] = c * m + g
    for i in range(n):
        g[i] = m[i] + k[i]
        k[i] += 0.125


@lab.update_rule(state=("m", "k"), direction=True)
def points(x, g, m, k, n, t, c):
    for i in range(n):
        m[i] = c * m[i] + g[i]
        g[i] = m[i] + k[i]
        k[i] += 0.125


@lab.update_rule()
def forgetful(x, g, n, t, lr):
    for i in range(n):
        x[i] -= lr * x[i - 1]


@pytest.mark.parametrize(
    ("slow", "quick", "options"),
    [(moves_slowly, moves, {"lr": 0.1}), (points_slowly, points, {"lr": 0.1, "c": 0.5})],
    ids=["moves x", "direction"],
)
def test_rules_lane_by_lane(slow, quick, options, monkeypatch):
    surface = ls.sphere(3)
    assert blocks.step(slow, None).slow != ""
    assert blocks.step(quick, None).slow == ""
    results = [lab.ensemble(rule(**options), surface, 70, 30) for rule in (slow, quick)]
    monkeypatch.setenv("NGDM_LAB_ENGINE", "runs")
    results += [lab.ensemble(rule(**options), surface, 70, 30) for rule in (slow, quick)]
    for other in results[1:]:
        assert np.abs(other.x - results[0].x).max() <= 1e-12 * np.abs(results[0].x0).max()
    assert not np.array_equal(results[0].x, results[0].x0)


def test_a_rule_without_state():
    runs = lab.ensemble(forgetful(lr=0.5), ls.sphere(3), 70, 1)
    for start, x in zip(runs.x0, runs.x, strict=True):
        for i in range(3):
            start[i] -= 0.5 * start[i - 1]
        assert np.abs(x - start).max() <= 1e-14


def test_a_preconditioned_slow_rule():
    opts = [lab.preconditioned(rule(lr=0.01, c=0.5), lab.Dirichlet(lab.ramp(1.4, 0.005)), "exact")
            for rule in (points_slowly, points)]  # fmt: skip
    slow, quick = (lab.ensemble(opt, ls.sphere(3), 70, 10) for opt in opts)
    assert np.abs(slow.x - quick.x).max() <= 1e-12


# -- redefinition -----------------------------------------------------------------------------------------


def test_a_cell_run_again():
    """The same name, the same file and the same lines, another text."""
    results = []
    for number in ("1.0", "2.0"):
        text = f"def cell(x, g):\n    g[0] = {number}\n    return {number} * x[0]\n"
        name = "<cell of a notebook>"
        linecache.cache[name] = (len(text), None, text.splitlines(True), name)
        scope = {"__name__": __name__}
        exec(compile(text, name, "exec"), scope)
        surface = ls.landscape(bounds=(-1.0, 1.0), dim=1)(scope["cell"])
        results.append(lab.ensemble(lab.SGD(0.5, momentum=0.0), surface, [[1.0]], 1).x[0, 0])
    assert results == [0.5, 0.0]


# -- names of the adaptors, and what a function forgets ---------------------------------------------------


def vector(a, b):
    return a * b


one = 1.5


def in_lanes_with_taken_names(x, g, n):
    f = 0.0
    for i in range(n):
        g[i] = one * x[i]
        f += vector(x[i], one)
    return f


def lane_by_lane_with_taken_names(x, g, n):
    f, i = 0.0, 0
    while i < n:
        g[i] = one * x[i]
        f += vector(x[i], one)
        i += 1
    return f


@pytest.mark.parametrize("function", [in_lanes_with_taken_names, lane_by_lane_with_taken_names])
def test_helpers_with_names_of_the_generated_text(function):
    surface = ls.landscape(bounds=(-1.0, 1.0), dim=3)(function)
    runs = lab.ensemble(lab.SGD(0.5, momentum=0.0), surface, 70, 1)
    assert np.abs(runs.x - 0.25 * runs.x0).max() <= 1e-14
    assert np.abs(runs.f - 1.5 * runs.x.sum(axis=1)).max() <= 1e-14


def forgets_quickly(x, g, n):
    g[0] = x[0]
    if x[0] < 0.5:
        g[1] = 0.0
        g[2] = 0.0
    return x[0] + x[1] + x[2]


def forgets_slowly(x, g, n):
    while g[0] != x[0]:
        g[0] = x[0]
    if x[0] < 0.5:
        g[1] = 0.0
        g[2] = 0.0
    return x[0] + x[1] + x[2]


@pytest.mark.parametrize("function", [forgets_quickly, forgets_slowly])
def test_an_entry_that_is_not_written_shows(function):
    surface = ls.landscape(bounds=(-1.0, 1.0), dim=3)(function)
    runs = lab.ensemble(lab.SGD(0.5, momentum=0.0), surface, [[0.9, 0.1, 0.2]] * 70, 1)
    assert np.isnan(runs.x[:, 1:]).all()
    assert np.array_equal(runs.x[:, 0], 0.5 * runs.x0[:, 0])
