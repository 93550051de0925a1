"""Derived gradients against mpmath's derivatives, and what is refused."""

from __future__ import annotations

import inspect
from math import floor, gamma, log, sqrt
from typing import Any

import mpmath
import numpy as np
import pytest

import value_functions
import value_loops
from ngdm_lab.compiler.errors import UnsupportedSource
from ngdm_lab.compiler.gradient.derive import derived

EXACT = value_functions.in_mpmath()


def both(function: Any, x: np.ndarray) -> tuple[float, np.ndarray]:
    """Value and derived gradient, in Python."""
    g = np.full(len(x), np.nan)
    own = [p.default for name, p in inspect.signature(function).parameters.items() if name not in ("x", "g", "n")]
    return derived(function)(x, g, len(x), *own), g


def exact(name: str, x: np.ndarray) -> np.ndarray:
    with mpmath.workdps(50):
        at = [mpmath.mpf(float(v)) for v in x]

        def along(i: int) -> Any:
            return lambda t: EXACT[name]([*at[:i], t, *at[i + 1 :]], len(at))

        return np.array([float(mpmath.diff(along(i), at[i], h=mpmath.mpf(10) ** -20)) for i in range(len(at))])


@pytest.mark.parametrize("n", [2, 3, 4])
@pytest.mark.parametrize("function", value_functions.FUNCTIONS, ids=lambda f: f.__name__)
def test_against_mpmath(function: Any, n: int) -> None:
    rng = np.random.default_rng(n)
    for x in rng.uniform(-1.5, 1.5, (3, n)):
        if function is value_functions.zeros:
            x[1] = 0.25
        before = x.copy()
        f, g = both(function, x)
        assert f == function(x, n)  # with its bits
        assert np.array_equal(x, before)
        want = exact(function.__name__, x)
        assert np.abs(g - want).max() <= 1e-13 * np.abs(want).max()


def kinked(x):
    return abs(x[0]) + sqrt(x[1]) + max(x[2], 0.0) + min(0.0, 2.0 * x[3]) + abs(x[4]) ** 0.5


def tied(x):
    return max(x[0], x[0]) + 3.0 * max(x[1], x[2])


def rounded(x):
    whole = (x[0] + 6755399441055744.0) - 6755399441055744.0
    return (x[0] - whole) ** 2 + floor(x[1]) * x[1] + int(x[2]) + x[2] // 1.0 + x[2] % 0.3


def under_a_root(x, n):
    squares = 0.0
    for i in range(n):
        squares += x[i] * x[i]
    return sqrt(squares)


def guarded(x):
    return log(x[0]) if x[0] > 0.0 else 0.0


def test_kinks_have_the_zero_subgradient() -> None:
    assert both(kinked, np.zeros(5))[1].tolist() == [0.0] * 5
    assert both(under_a_root, np.zeros(3))[1].tolist() == [0.0] * 3
    assert both(tied, np.array([0.5, 2.0, 2.0]))[1].tolist() == [1.0, 1.5, 1.5]
    assert np.isnan(both(kinked, np.array([np.nan, 1.0, 1.0, 1.0, 1.0]))[1][0])


def test_what_changes_by_jumps_has_no_slope() -> None:
    f, g = both(rounded, np.array([2.25, 3.5, 1.25]))
    assert f == 0.25**2 + 3.0 * 3.5 + 1 + 1.0 + 1.25 % 0.3
    assert g.tolist() == [0.5, 3.0, 1.0]


def test_a_side_that_is_not_chosen_gives_nothing() -> None:
    assert both(guarded, np.array([0.0]))[1].tolist() == [0.0]
    assert both(guarded, np.array([2.0]))[1].tolist() == [0.5]


def text(function: Any) -> str:
    return inspect.getsource(derived(function))


def test_sums_are_gone_through_once() -> None:
    assert text(value_functions.sum_of_waves).count("for ") == 1
    assert text(value_functions.regression).count("for ") == 4  # g at 0, rows, and twice the coordinates


def test_a_number_of_each_round_waits_in_the_gradient() -> None:
    assert text(value_functions.product_of_all).count("for ") == 2


def test_few_numbers_act_on_a_loop() -> None:
    """However many its rounds are, it is gone through once, beside its derivatives."""
    for function in (value_functions.logistic_map, value_loops.simulated):
        assert text(function).count("for ") == 3  # one of them sets g to 0
        assert ", -1" not in text(function)


def while_loop(x):
    f = x[0]
    while f > 1.0:
        f = 0.5 * f
    return f


def breaks(x, n):
    f = 0.0
    for i in range(n):
        if x[i] < 0.0:
            break
        f += x[i]
    return f


def returns_inside(x, n):
    for i in range(n):
        if x[i] < 0.0:
            return x[i]
    return 0.0


def keeps_an_array(x, n):
    y = np.zeros(3)
    y[0] = x[0]
    return y[0]


def of_gamma(x):
    return gamma(x[0])


def sums_by_numpy(x):
    return np.sum(x)


def chooses_by_or(x):
    return x[0] or x[1]


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (while_loop, "a function with `while` is not derived: use assignments, for and if"),
        (breaks, "a loop with `break` is not derived: let it go on without effect"),
        (returns_inside, "a `return` inside a loop is not derived"),
        (keeps_an_array, "the derivative of np.zeros is not known"),
        (of_gamma, "the derivative of gamma is not known"),
        (sums_by_numpy, "the derivative of np.sum is not known"),
        (chooses_by_or, r"the gradient of `x\[0\] or x\[1\]` is not derived"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_what_is_not_derived_is_said_with_its_line(function: Any, words: str) -> None:
    place = "" if function is chooses_by_or else r"test_derived.py:\d+: .*"
    for _ in range(2):  # the second time from what is kept
        with pytest.raises(UnsupportedSource, match=place + words):
            derived(function)


def test_one_function_is_derived_once() -> None:
    assert derived(value_functions.chain) is derived(value_functions.chain)


def with_its_own(x, g, n):
    f = 0.0
    for i in range(n):
        f += x[i] ** 3
        g[i] = 7.0  # wrong
    return f


def test_a_gradient_of_its_own_is_left_aside() -> None:
    assert both(with_its_own, np.array([1.0, 2.0]))[1].tolist() == [3.0, 12.0]
