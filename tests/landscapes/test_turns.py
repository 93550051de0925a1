"""`ls.sinpi` and `ls.cospi` in landscapes of one's own, however they are called, and in single precision."""

from __future__ import annotations

import numpy as np
import pytest

import landscapes as ls
import ngdm_lab as lab
from landscapes import cospi, sinpi


@ls.landscape(bounds=(-5.12, 5.12), minima=lambda n: np.zeros((1, n)), f_min=0.0)
def by_name(x, g, n):
    f = 0.0
    for i in range(n):
        s = sinpi(x[i])
        f += x[i] * x[i] + 20.0 * s * s
        g[i] = 2.0 * x[i] + 125.66370614359172 * s * cospi(x[i])
    return f


@ls.landscape(bounds=(-5.12, 5.12), minima=lambda n: np.zeros((1, n)), f_min=0.0)
def by_module(x, g, n):
    f = 0.0
    for i in range(n):
        s = ls.sinpi(x[i])
        f += x[i] * x[i] + 20.0 * s * s
        g[i] = 2.0 * x[i] + 125.66370614359172 * s * ls.cospi(x[i])
    return f


def of_a_place(turns):
    @ls.landscape(bounds=(-5.12, 5.12), minima=lambda n: np.zeros((1, n)), f_min=0.0)
    def by_closure(x, g, n):
        f = 0.0
        for i in range(n):
            s = turns.sinpi(x[i])
            f += x[i] * x[i] + 20.0 * s * s
            g[i] = 2.0 * x[i] + 125.66370614359172 * s * turns.cospi(x[i])
        return f

    return by_closure


@pytest.mark.parametrize("family", [by_name, by_module, of_a_place(ls)], ids=lambda family: family.name)
def test_a_landscape_of_ones_own_is_vector_code_to_the_bits_of_ours(family):
    assert not ls.check_landscape(family(3)).failed
    mine = lab.ensemble(lab.Adam(0.01), family(4), 100, 50)
    assert mine.slow == ""
    assert np.array_equal(mine.x, lab.ensemble(lab.Adam(0.01), ls.rastrigin(4), 100, 50).x)


def test_a_name_that_stands_for_something_else_is_left_alone():
    @ls.landscape(bounds=(-1, 1), minima=[[0.0]])
    def bowl(x, g):
        cospi = 2.0
        g[0] = cospi * x[0]
        return x[0] ** 2

    assert bowl.grad([0.5]) == [1.0]


def test_in_python_they_take_numbers_and_arrays():
    x = np.array([[0.0, 0.5, 1.0], [-0.25, np.inf, np.nan]])
    assert np.array_equal(ls.sinpi(x), [[0.0, 1.0, 0.0], [ls.sinpi(-0.25), np.nan, np.nan]], equal_nan=True)
    assert np.array_equal(ls.cospi(x), [[1.0, 0.0, -1.0], [-ls.sinpi(-0.25), np.nan, np.nan]], equal_nan=True)
    assert type(ls.cospi(2)) is float
    assert ls.sinpi([]).shape == (0,)


@pytest.mark.parametrize("bad", ["a", None, {}, [[1.0], [1.0, 2.0]]], ids=repr)
def test_turns_are_of_numbers(bad):
    for turn in (ls.sinpi, ls.cospi):
        with pytest.raises((TypeError, ValueError), match=r"^x must be"):
            turn(bad)


def test_a_run_that_diverges_ends_as_one():
    """What is looked for in Python there raises nothing."""
    runs = lab.ensemble(lab.SGD(1e300), by_module(2), 10, 5)
    assert set(runs.status) == {"diverged"}
