"""Functions outside the language of lanes: run lane by lane with the same result, or refused when they are defined."""

import math

import numba
import numpy as np
import pytest

import landscapes as ls
import ngdm_lab as lab
from landscapes import blocks
from ngdm_lab.compiler.errors import UnsupportedSource

TABLE = np.array([2.0, -1.0, 0.5])
L_, SIZE = 0.5, 3.0  # the generated text has these names too


def halve(v):
    return v if v < 1.0 else halve(v / 2.0)


@numba.njit
def compiled_half(v):
    return v / 2.0


def total(x, n):
    s = 0.0
    for i in range(n):
        s += x[i]
    return s


def sums(x, n):
    return total(x, n)


def uses_while(x, g, n):
    k = 0
    while k < n:
        g[k] = 2.0 * x[k]
        k += 1
    return total(x, n) ** 2


def uses_break(x, g, n):
    f = 0.0
    for i in range(n):
        g[i] = x[i]
    for i in range(n):
        if x[i] < 0.0:
            f += 1.0
            break
        f += x[i]
    return f


def returns_early(x, g, n):
    for i in range(n):
        g[i] = x[i]
    if x[0] > 0.0:
        return x[0]
    return x[1] * x[1]


def uses_slices(x, g, n):
    g[:] = 0.5 * x
    return np.sum(x[1:] * x[:-1])


def index_of_a_lane(x, g, n):
    k = 1 if x[0] > 0.0 else 0
    for i in range(n):
        g[i] = x[k]
    return x[k]


def negative_index(x, g, n):
    for i in range(n):
        g[i] = x[-1]
    return x[-1] * x[-2]


def closes_over_an_array(x, g, n):
    f = 0.0
    for i in range(n):
        g[i] = TABLE[i] * x[i]
        f += TABLE[i] * x[i]
    return f


def takes_the_rest(x, g, *others):
    return x[0]


def calls_itself(x, g, n):
    for i in range(n):
        g[i] = halve(x[i])
    return halve(x[0])


def leaves_a_counter(x, g, n):
    j = 5
    for i in range(n):
        g[i] = x[i]
    if x[0] > 0.0:
        for j in range(3):
            g[0] += j
    return x[0] + j


def changes_a_counter(x, g, n):
    f = 0.0
    for i in range(n):
        g[i] = x[i]
    for i in range(3):
        i = i * x[0]
        f += i
    return f


def one_result_for_two(x, g, n):
    a = b = total(x, n)
    for i in range(n):
        g[i] = a + b
    return a * b


def names_of_the_generated_text(x, g, n):
    f = 0.0
    for i in range(n):
        g[i] = L_ * x[i]
        f += SIZE * x[i]
    return f


def under_a_condition(x, g, n):
    for i in range(n):
        g[i] = x[i]
    f = 0.0
    if x[0] > 0.0:
        f = total(x, n)
    return f


SLOW = [uses_while, uses_break, returns_early, uses_slices, index_of_a_lane, negative_index, closes_over_an_array,
        leaves_a_counter, changes_a_counter, one_result_for_two, names_of_the_generated_text,
        under_a_condition]  # fmt: skip


def a_result(x, g, n):
    for i in range(n):
        g[i] = 0.5 * x[i]
    return sums(x, n)


def a_compiled_helper(x, g, n):
    for i in range(n):
        g[i] = compiled_half(x[i])
    return compiled_half(x[0]) + math.fabs(x[1])


def from_the_end(x, g, n):
    f = 0.0
    for i in range(n):
        g[i] = x[i - 1] - 0.5 * x[(i + 1) % n]
        f += x[i] * x[i - 2]
    return f


QUICK = [a_result, a_compiled_helper, from_the_end]


def check(function, surface=None):
    """Against Python: a step with rate 1 shows the gradient at the start, and the value one step on."""
    surface = surface or ls.landscape(bounds=(-1.0, 1.0), dim=3)(function)
    runs = lab.ensemble(lab.SGD(1.0, momentum=0.0), surface, 70, 1, seed=8)
    plain = getattr(function, "py_func", function)
    for start, x, f in zip(runs.x0, runs.x, runs.f, strict=True):
        g = np.full(3, np.nan)
        plain(start.copy(), g, 3)
        assert np.abs(x - (start - g)).max() <= 1e-14
        assert abs(plain(x.copy(), g, 3) - f) <= 1e-14 * max(1.0, abs(f))
    return surface


@pytest.mark.parametrize("function", SLOW, ids=lambda f: f.__name__)
def test_landscapes_lane_by_lane(function):
    surface = check(function)
    slow = blocks.landscape(surface).slow
    assert slow != ""
    runs = lab.ensemble(lab.SGD(1.0, momentum=0.0), surface, 2, 1)
    assert runs.slow == slow
    assert "lane by lane" in repr(runs)


def test_vector_code_is_not_called_slow():
    runs = lab.ensemble(lab.SGD(1.0), ls.sphere(3), 2, 1)
    assert runs.slow == ""
    assert "lane by lane" not in repr(runs)


@pytest.mark.parametrize("function", QUICK, ids=lambda f: f.__name__)
def test_landscapes_in_lanes(function):
    assert blocks.landscape(check(function)).slow == ""


def test_a_compiled_landscape():
    check(numba.njit(a_result))


def whole_loop(x, n):
    i, f = 0, x[0]
    while i < n:
        f += x[i] ** 2
        i += 1
    return f


def sum_of_values(x, n):
    return total(x, n) ** 2 + x[0]


@pytest.mark.parametrize("function", [whole_loop, sum_of_values], ids=lambda f: f.__name__)
def test_a_value_alone(monkeypatch, function):
    """Its gradient is derived, so that it is vector code; where that does not go it is formed by differences."""
    surface = ls.landscape(bounds=(-1.0, 1.0), dim=3)(function)
    slow, differences = blocks.landscape(surface).slow, function is whole_loop
    assert ("numeric-gradient" in surface.tags) == differences == bool(slow)
    if differences:
        assert "its gradient is formed by differences: " in slow
        assert "test_lane_fallback.py" in slow
        assert "the gradient of a function with `while` is not derived" in slow
    lanes = lab.ensemble(lab.SGD(0.01), surface, 70, 20)
    monkeypatch.setenv("NGDM_LAB_ENGINE", "runs")
    runs = lab.ensemble(lab.SGD(0.01), surface, 70, 20)
    assert np.abs(lanes.x - runs.x).max() <= 1e-12
    assert not np.array_equal(lanes.x, lanes.x0)


def test_closures():
    """Over numbers: in lanes. Two functions of one text do not share their compiled form."""

    def make(c):
        def closed(x, g, n):
            f = 0.0
            for i in range(n):
                g[i] = c * x[i]
                f += c * x[i] * x[i]
            return f

        return closed

    for c in (0.25, 0.75):
        assert blocks.landscape(check(make(c))).slow == ""


def test_closures_over_arrays():
    def make(table):
        def closed(x, g, n):
            for i in range(n):
                g[i] = table[i] * x[i]
            return x[0]

        return closed

    for table in (np.array([0.25, 0.5, 1.0]), np.array([1.0, 0.5, 0.25])):
        assert "ndarray" in blocks.landscape(check(make(table))).slow


def test_what_is_refused_at_its_definition():
    class Own:
        @classmethod
        def method(cls, x, g):
            return x[0]

    make = ls.landscape(bounds=(-1.0, 1.0), dim=1)
    with pytest.raises(TypeError, match="cannot compile a lambda: write it with def"):
        make(lambda x, g: x[0])
    with pytest.raises(TypeError, match="wants a function written with def, got method"):
        make(Own.method)
    with pytest.raises(TypeError, match=r"must take \(x, g\) or \(x, g, n\)"):
        make(takes_the_rest)
    with pytest.raises(TypeError, match="wants a function written with def"):
        lab.update_rule()(lambda x, g, n, t: None)


def test_a_function_that_calls_itself():
    with pytest.raises(UnsupportedSource, match=r"test_lane_fallback\.py:\d+: halve calls itself"):
        ls.landscape(bounds=(-1.0, 1.0), dim=3)(calls_itself)


def test_an_error_of_types_shows_the_own_line():
    def adds_text(x, g, n):
        g[0] = 0.0
        return x[0] + "one"

    with pytest.raises(UnsupportedSource, match=r"test_lane_fallback\.py:\d+: unsupported operand"):
        ls.landscape(bounds=(-1.0, 1.0), dim=1)(adds_text)
