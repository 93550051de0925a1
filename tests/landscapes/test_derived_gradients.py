"""Landscapes whose gradient is derived: against those written by hand, and in every engine."""

from __future__ import annotations

import inspect
from math import cos, sin
from typing import Any

import numpy as np
import pytest

import landscapes as ls
import ngdm_lab as lab
import value_functions
from landscapes import blocks, evaluation
from ngdm_lab.compiler.gradient.derive import derived

QUICK = ("branches", "regression", "product_of_all", "two_states", "helpers", "early", "modules")


@pytest.mark.parametrize("name", ls.names())
def test_every_gradient_of_the_catalogue_is_the_derived_one(name: str) -> None:
    """A landscape's own gradient is left out of its text, and derived from what remains."""
    s = ls.get(name)
    function, own = s.family.function, [v for _, v in s.parameters]
    head, _ = evaluation.leading(function)
    for x in np.random.default_rng(1).uniform(*s.bounds.T, (20, s.dim)):
        by_hand, made = np.full(s.dim, np.nan), np.full(s.dim, np.nan)
        given = {"x": x, "g": by_hand, "n": s.dim}
        value = function(*(given[word] for word in head), *own)
        assert derived(function)(x, made, s.dim, *own) == value
        assert np.abs(made - by_hand).max() <= 1e-13 * np.abs(by_hand).max()


def of_four(function: Any) -> ls.Surface:
    return ls.landscape(bounds=(-1.5, 1.5), dim=4)(function)


@pytest.mark.parametrize(
    "function",
    [pytest.param(f, marks=[] if f.__name__ in QUICK else pytest.mark.slow) for f in value_functions.FUNCTIONS],
    ids=lambda f: f.__name__,
)
def test_values_alone_are_vector_code(function: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    s = of_four(function)
    assert s.tags == frozenset()
    assert blocks.landscape(s).slow == ""
    x = np.random.default_rng(3).uniform(-1.5, 1.5, (70, 4))
    f, g = s.value_and_grad(x)
    assert np.array_equal(s.value(x), f)
    defaults = [p.default for p in list(inspect.signature(function).parameters.values())[2:]]
    for point, value, slope in zip(x, f, g, strict=True):
        want = np.full(4, np.nan)
        assert value == pytest.approx(derived(function)(point, want, 4, *defaults), rel=1e-12)
        assert np.abs(slope - want).max() <= 1e-12 * np.abs(want).max()
    lanes = lab.ensemble(lab.SGD(1e-4), s, 70, 10)
    monkeypatch.setenv("NGDM_LAB_ENGINE", "runs")
    assert np.abs(lanes.x - lab.ensemble(lab.SGD(1e-4), s, 70, 10).x).max() <= 1e-13


def test_an_index_outside_is_still_found() -> None:
    """A user's function is guarded first; what is derived has the same checks."""

    @ls.landscape(bounds=(0.1, 2.9), dim=3)
    def looks_far(x, n):
        k = int(x[0])
        return x[k] ** 2

    assert looks_far.grad([1.5, 3.0, 4.0]).tolist() == [0.0, 6.0, 0.0]
    with pytest.raises(IndexError, match=r"x\[3\]: x has 3 entries"):
        looks_far.value([3.5, 3.0, 4.0])


def test_a_raise_reaches_the_caller() -> None:
    @ls.landscape(bounds=(-1.0, 1.0), dim=2)
    def picky(x):
        if x[0] > 2.0:
            raise ValueError("too far")
        return x[0] * x[1]

    assert picky.grad([1.5, 3.0]).tolist() == [3.0, 1.5]
    with pytest.raises(ValueError, match="too far"):
        picky.value_and_grad([2.5, 3.0])


def test_helpers_and_arrays_of_a_closure() -> None:
    """An array that is no parameter: not for lanes, but its gradient is exact."""
    table = np.array([1.0, -2.0, 0.5])

    @ls.landscape(bounds=(-1.0, 1.0), dim=3)
    def weighted(x, n):
        f = 0.0
        for i in range(n):
            f += table[i] * x[i] ** 3
        return f

    assert weighted.grad([1.0, 2.0, 4.0]).tolist() == [3.0, -24.0, 24.0]
    assert "ndarray" in blocks.landscape(weighted).slow


def test_gradients_that_are_not_written() -> None:
    """Derived where the text allows it, else formed by differences."""

    @ls.landscape(bounds=(-3, 3), dims=(1, 5))
    def wave(x, n):
        f = 0.0
        for i in range(n):
            f += sin(x[i]) * cos(0.5 * x[i]) + x[i] * x[i]
        return f

    @ls.landscape(bounds=(-3, 3), dims=(1, 5))
    def wave_by_while(x, n):
        f, i = 0.0, 0
        while i < n:
            f += sin(x[i]) * cos(0.5 * x[i]) + x[i] * x[i]
            i += 1
        return f

    x = np.random.default_rng(0).uniform(-3, 3, (50, 4))
    want = np.cos(x) * np.cos(x / 2) - 0.5 * np.sin(x) * np.sin(x / 2) + 2 * x
    for family, tags, most in ((wave, set(), 1e-14), (wave_by_while, {"numeric-gradient"}, 1e-9)):
        assert family.tags == tags
        f, g = family(4).value_and_grad(x)
        assert f == pytest.approx((np.sin(x) * np.cos(x / 2) + x * x).sum(axis=1), rel=1e-14)
        assert np.abs(g - want).max() <= most
    with pytest.raises(ValueError, match="dim of wave must be 1 to 5, got 6"):
        wave(6)

    @ls.landscape(bounds=(-9, 9), dim=1)
    def line(x):
        f = 0.0
        while f != x[0]:
            f = x[0]
        return f

    assert line.tags == {"numeric-gradient"}
    assert (line.grad(np.random.default_rng(1).uniform(-9, 9, (50, 1))) == 1.0).all()  # steps as rounded
