"""What the walk through a function knows of whole numbers, and that it never knows too much."""

from __future__ import annotations

import ast
import inspect
import math

import numpy as np
import pytest
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

import landscapes as ls
import ngdm_lab as lab
from landscapes.evaluation import leading
from ngdm_lab.compiler.errors import UnsupportedSource
from ngdm_lab.compiler.guard import flow
from ngdm_lab.compiler.guard.protect import protect
from ngdm_lab.compiler.guard.ranges import COUNT, REAL, Dimension, counted, vector, whole
from ngdm_lab.compiler.probe import Arithmetic, Watched, called
from ngdm_lab.compiler.reading import guarded

LEAVES = st.sampled_from(["i", "n", "0", "1", "2", "3", "-1", "5"])
COMPARISONS = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])


def _grown(inner):
    pair = st.tuples(inner, inner)
    plain = st.tuples(inner, st.sampled_from(["+", "-", "*", "//", "%", "&", "|", "^"]), inner).map(
        lambda t: f"({t[0]} {t[1]} {t[2]})"
    )
    power = st.tuples(inner, st.integers(0, 9)).map(lambda t: f"({t[0]} ** {t[1]})")
    shift = st.tuples(inner, st.sampled_from(["<<", ">>"]), st.integers(0, 5)).map(lambda t: f"({t[0]} {t[1]} {t[2]})")
    chosen = st.tuples(inner, inner, COMPARISONS, inner, inner).map(
        lambda t: f"({t[0]} if {t[1]} {t[2]} {t[3]} else {t[4]})"
    )
    calls = st.tuples(st.sampled_from(["min", "max"]), pair).map(lambda t: f"{t[0]}({t[1][0]}, {t[1][1]})")
    single = st.tuples(st.sampled_from(["-", "abs", "~", "not "]), inner).map(
        lambda t: f"{t[0]}({t[1]})" if t[0] == "abs" else f"({t[0]}{t[1]})"
    )
    return plain | power | shift | chosen | calls | single


WHOLE = st.recursive(LEAVES, _grown, max_leaves=8)
CARRIED = st.recursive(LEAVES | st.sampled_from(["k", "(k + 1)"]), _grown, max_leaves=6)


def walk_of(dimension):
    walk = flow.Walk(dimension)
    walk.known = {"min": min, "max": max, "abs": abs}
    walk.above = [walk_of]
    size = dimension.size()
    return walk, {"n": size, "i": counted([size]), "x": vector(size.low)}


@given(WHOLE, st.sampled_from([(1, None), (2, 2), (3, 7)]))
def test_a_value_lies_within_its_ends(text, dims):
    walk, env = walk_of(Dimension(*dims))
    known = walk.value(ast.parse(text, mode="eval").body, env)
    for n in range(dims[0], (dims[1] or 9) + 1):
        for i in range(n):
            try:
                found = int(eval(text, {"n": n, "i": i}))
            except ZeroDivisionError:
                continue
            assert known.least <= found <= known.most, (n, i)
            assert known.low is None or known.low[0] * n + known.low[1] <= found, (n, i)
            assert known.high is None or found <= known.high[0] * n + known.high[1], (n, i)


@given(WHOLE)
def test_an_index_that_is_proved_lies_inside(text):
    walk, env = walk_of(Dimension(1, None))
    node = ast.parse(f"x[{text}]", mode="eval").body
    walk.value(node, env)
    if "index" not in walk.found[id(node)]:
        for n in range(1, 12):
            for i in range(n):
                try:
                    index = eval(text, {"n": n, "i": i})
                except ZeroDivisionError:  # checked by itself
                    continue
                assert -n <= index < n, (n, i)


BODY = """
def f(x, g, n):
    s = 0.0
    k = 1
    for i in range(n):
        if {test}:
            k = {step}
        s = s + x[0 + {index}] * 0.5 + ({number}) * 1.0
        while k > 50 and x[0 + {index}] > -1.0:
            k = k // 2
    return s + k
"""


def made(text):
    """The function of a text, and the same guarded, in Python."""
    import linecache

    file = f"<guarded {hash(text)}>"
    linecache.cache[file] = len(text), None, text.splitlines(keepends=True), file
    space = {}
    exec(compile(text, file, "exec"), space)
    function = space["f"]
    walk = flow.Walk(Dimension(1, None))
    size = walk.dimension.size()
    protect(function, {"x": vector(size.low), "g": vector(size.low), "n": size}, walk)
    form = guarded(function)
    other = {}
    exec(compile(ast.Module([form.tree], []), file, "exec"), other)
    return function, other["f"], form


@settings(max_examples=80, phases=[Phase.explicit, Phase.generate])
@given(WHOLE, CARRIED, CARRIED, CARRIED, st.integers(1, 6))
def test_a_guarded_function_has_the_same_value_or_nan(test, step, index, number, n):
    try:
        plain, other, form = made(BODY.format(test=test, step=step, index=index, number=number))
    except UnsupportedSource:
        assume(False)
    point = np.linspace(0.1, 0.9, n)
    arguments = Watched.of("x", point), np.zeros(n), n
    try:
        found = called(plain, arguments)
        assume(found is not None)
    except (Arithmetic, TypeError) as error:
        assume("too large" not in str(error) and "out of range" not in str(error).split(":")[-1])
        found = math.nan
    try:
        with np.errstate(all="ignore"):
            mine = other(point, np.zeros(n), n)
    except OverflowError:  # infinite in compiled code
        return
    if math.isnan(found):
        assert math.isnan(mine)
        assert form.checked
    else:
        assert abs(mine - found) <= 1e-9 * abs(found) + 1e-9 or (form.exact and math.isnan(mine))


ROWS = {"logistic_challenger", "logistic_iris", "tiny_autoencoder", "tiny_spirals"}  # a vector of any length


@pytest.mark.parametrize("name", ls.names())
def test_every_index_of_the_labs_landscapes_is_proved(name, monkeypatch):
    monkeypatch.setattr(flow, "is_own", lambda function: False)
    family = ls.families()[name]
    walk = flow.Walk(Dimension(*family.dims))
    size = walk.dimension.size()
    parameters = inspect.signature(family.function).parameters
    defaults = {k: vector() if isinstance(parameters[k].default, np.ndarray) else REAL
                for k in leading(family.function)[1]}  # fmt: skip
    env = {"x": vector(size.low), "g": vector(size.low), "n": size, **defaults}
    walk.function(family.function, [env[k] for k in parameters])
    assert bool(set().union(*walk.found.values(), set()) - {"truth"}) == (name in ROWS)


@pytest.mark.parametrize("name", lab.optimizers.names())
def test_every_index_of_the_labs_rules_is_proved(name):
    rule = lab.optimizers.get(name).rule
    walk = flow.Walk(Dimension(1, None))
    size = walk.dimension.size()
    env = {
        **dict.fromkeys(inspect.signature(rule.function).parameters, REAL),
        **dict.fromkeys(("x", "g", *rule.state), vector(size.low)),
        "n": size,
        "t": whole(None, None, 1, COUNT),
    }
    walk.function(rule.function, list(env.values()))
    assert not set().union(*walk.found.values(), set())
