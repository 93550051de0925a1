"""`@landscape`: the forms a definition may take, and clear words for those it may not."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import landscapes as ls
from landscapes import landscape
from landscapes.define import Family
from ngdm_lab.compiler.errors import UnsupportedSource
from ngdm_lab.compiler.source import gather

STRETCH = 10


@landscape(bounds=(-5, 5), minima=[[0, 0]])
def bowl(x, g):  # value returned, gradient written: one fused function
    g[0] = 2 * x[0]
    g[1] = 20 * x[1]
    return x[0] ** 2 + 10 * x[1] ** 2


def square(v):
    return v * v


def shrunk(v, by=0.5):
    return by * v


@landscape(bounds=lambda n: (-n, n), minima=lambda n, centre: np.full((1, n), centre), tags=["convex"])
def weighted(x, g, n, centre=0.25, weights=(1.0, 2.0, 3.0)):
    """sum_i w_i (x_i - centre)^2 + 1, the weights taken in turn."""
    f = 1.0
    k = weights.shape[0]
    for i in range(n):
        f += weights[i % k] * square(x[i] - centre)
        g[i] = 2.0 * weights[i % k] * (x[i] - centre)
    return f


def test_the_sample() -> None:
    assert isinstance(bowl, ls.Surface)
    assert bowl.dim == 2
    assert bowl.bounds.tolist() == [[-5.0, 5.0]] * 2
    assert bowl.minima.tolist() == [[0.0, 0.0]]
    assert bowl.f_min == 0.0
    assert bowl.name == "bowl-2d"
    assert bowl.value_and_grad([1, 2])[0] == 41.0
    assert bowl.grad([1, 2]).tolist() == [2.0, 40.0]
    assert bowl.hessian([0, 0]) == pytest.approx(np.diag([2.0, 20.0]), abs=1e-8)
    assert bowl.family(2).name == bowl.name


def test_a_family_with_parameters() -> None:
    assert isinstance(weighted, Family)
    assert weighted.defaults == {"centre": 0.25, "weights": (1.0, 2.0, 3.0)}
    assert weighted().dim == 2
    surface = weighted(4, centre=1, weights=[1, 10])
    assert surface.bounds.tolist() == [[-4.0, 4.0]] * 4
    assert surface.minima.tolist() == [[1.0] * 4]
    assert surface.f_min == 1.0  # not stated: the value there
    assert surface([0, 0, 0, 0]) == 23.0
    assert surface.grad([0, 0, 0, 2]).tolist() == [-2.0, -20.0, -2.0, 20.0]
    assert weighted(3)([0.25, 0.25, 1.25]) == 4.0
    with pytest.raises(TypeError, match="weighted has no parameter 'center'; its parameters: centre, weights"):
        weighted(3, center=1)
    with pytest.raises(TypeError, match="centre must be a number, got 'a'"):
        weighted(3, centre="a")
    with pytest.raises(TypeError, match="weights must be an array of real numbers"):
        weighted(3, weights=["1", "2"])
    with pytest.raises(ValueError, match="each component of weights must be a finite number"):
        weighted(3, weights=[1, np.nan])
    with pytest.raises(ValueError, match=r"minima of weighted must lie inside its bounds"):
        weighted(2, centre=9.0)


def test_limits_and_needed_parameters() -> None:
    @landscape(bounds=(-1, 1), limits={"a": {"above": 0, "most": 2}})
    def limited(x, g, n, a):
        g[0] = a
        return a * x[0]

    assert limited(1, a=2)([0.5]) == 1.0
    assert np.isnan(limited(1, a=2).f_min)
    with pytest.raises(TypeError, match="limited needs a value for its parameter 'a'"):
        limited(1)
    with pytest.raises(ValueError, match="a must be a finite number greater than 0 and at most 2, got 3"):
        limited(1, a=3)
    with pytest.raises(ValueError, match="each component of a must be a finite number greater than 0"):
        limited(2, a=[1.0, 0.0])


def test_closures() -> None:
    scale, table = 3.0, np.array([1.0, 4.0])

    @landscape(bounds=(-1, 1), dim=2)
    def with_numbers(x, g):
        g[0] = scale
        g[1] = STRETCH * math.pi
        return scale * x[0] + STRETCH * math.pi * x[1]

    @landscape(bounds=(-1, 1), dim=2)
    def with_array(x, g):
        f = 0.0
        for i in range(2):
            f += table[i] * square(x[i])  # square is a plain function still
            g[i] = shrunk(4.0 * table[i] * x[i])
        return f

    gather(with_numbers.family.function)
    assert with_numbers([1.0, 2.0]) == 3.0 + 20 * math.pi
    with pytest.raises(UnsupportedSource, match=r"test_define.py:\d+: table is a ndarray"):
        gather(with_array.family.function)
    assert with_array([1.0, 2.0]) == 17.0
    assert with_array.shifted(1.0).grad([2.0, 3.0]).tolist() == [2.0, 16.0]
    assert with_array.shifted(1.0).compiled is with_array.compiled  # not once more for each transform


def definition(power: int) -> ls.Surface:
    if power == 2:

        @landscape(bounds=(-1, 1), minima=[[0.0]])
        def curve(x, g):
            g[0] = 2.0 * x[0]
            return x[0] ** 2
    else:

        @landscape(bounds=(-1, 1), minima=[[0.0]])
        def curve(x, g):
            g[0] = 4.0 * x[0] ** 3
            return x[0] ** 4

    return curve


def test_a_new_definition_is_a_new_function() -> None:
    first, second, again = definition(2), definition(4), definition(2)
    assert first([0.5]) == 0.25
    assert second([0.5]) == 0.0625
    assert first([0.5]) == 0.25
    assert again.compiled is first.compiled  # the same text is compiled once


def test_awkward_names() -> None:
    """Names that a generated wrapper might use itself."""

    @landscape(bounds=(-1, 1), dim=1)
    def adaptor(x, g):
        g[0] = 5.0
        return 5.0 * x[0]

    @landscape(bounds=(-1, 1), dim=1)
    def p(x, g):
        g[0] = 6.0
        return 6.0 * x[0]

    @landscape(bounds=(-1, 1), dim=1)
    def numba(x):
        return 7.0 * x[0]

    assert [s([1.0]) for s in (adaptor, p, numba)] == [5.0, 6.0, 7.0]


def test_njit_functions() -> None:
    from numba import njit

    @landscape(bounds=(-1, 1), minima=[[0.5]])
    @njit
    def jitted(x, g):
        g[0] = 2.0 * (x[0] - 0.5)
        return (x[0] - 0.5) ** 2

    assert jitted.name == "jitted-1d"
    assert jitted.f_min == 0.0
    assert jitted.value_and_grad([1.0]) == (0.25, 1.0)


def test_a_forgotten_entry_of_the_gradient_shows() -> None:
    @landscape(bounds=(-1, 1), dim=2)
    def forgetful(x, g):
        g[0] = 1.0
        if x[0] != 0.0:
            g[1] = 0.0
        return x[0]

    assert np.isnan(forgetful.grad([0.0, 0.0])[1])


class Holder:
    def method(self, x, g):
        return 0.0

    @staticmethod
    def plain(x, g):
        g[0] = 1.0
        return x[0]

    @staticmethod
    def whole(x, g, n):
        for i in range(n):
            g[i] = 1.0
        return x[0]


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (lambda x, g: 0.0, "cannot compile a lambda: write it with def"),
        (Holder().method, "wants a function written with def, got method"),
        (Holder.method, r"must take \(x, g\) or \(x, g, n\), then its own parameters; got \(self, x, g\)"),
        (Holder, "wants a function written with def, got type"),
        (np.sin, "wants a function written with def, got ufunc"),
        (3.0, "wants a function written with def, got float"),
        (bowl, "wants a function written with def, got Surface"),
    ],
)
def test_what_is_no_landscape(function: Any, says: str) -> None:
    with pytest.raises(TypeError, match=says):
        landscape(bounds=(-1, 1), dim=1)(function)


def wrong_order(g, x):
    return 0.0


def wrong_name(point, g):
    return 0.0


def starred(x, *g):
    return 0.0


def called_dim(x, g, dim):
    return 0.0


@pytest.mark.parametrize("function", [wrong_order, wrong_name, starred, called_dim])
def test_wrong_parameters(function: Any) -> None:
    with pytest.raises(TypeError, match=function.__name__):
        landscape(bounds=(-1, 1), dim=1)(function)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"bounds": (-1, 1)}, "the dimension of plain cannot be told: give dim="),
        ({"bounds": (1, -1), "dim": 1}, r"bounds of plain must be finite \(low, high\) pairs"),
        ({"bounds": (-1, np.inf), "dim": 1}, r"bounds of plain must be finite"),
        ({"bounds": (-1, 0, 1), "dim": 1}, r"bounds of plain must be \(low, high\) or have shape \(1, 2\)"),
        ({"bounds": [(-1, 1)] * 3, "dim": 2}, r"have shape \(2, 2\), got shape \(3, 2\)"),
        ({"bounds": (-1, 1), "minima": [[0.0, 0.0]], "dim": 3}, r"minima of plain must have shape \(k, 3\)"),
        ({"bounds": (-1, 1), "minima": [[2.0]]}, "minima of plain must lie inside its bounds"),
        ({"bounds": (-1, 1), "minima": [[np.nan]]}, "minima of plain must lie inside its bounds"),
    ],
)
def test_what_does_not_fit(given: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        landscape(**given)(Holder.plain)


def test_dimension_from_what_is_given() -> None:
    assert landscape(bounds=[(-1, 1)] * 3)(Holder.whole).dim == 3
    assert landscape(bounds=(-1, 1), minima=[0.0, 0.0])(Holder.whole).dim == 2
    assert landscape(bounds=(-1, 1), minima=[], dim=4)(Holder.whole).minima.shape == (0, 4)
    assert landscape(bounds=(-1, 1), dims=(1, 1))(Holder.whole)().dim == 1
    assert landscape(bounds=(-1, 1), dims=(3, None))(Holder.whole)().dim == 3
    assert landscape(bounds=(-1, 1), dim=2, family=True)(Holder.whole)().dim == 2
    assert landscape(bounds=(-1, 1), dim=1, name="other", f_min=-1, source="here")(Holder.whole).name == "other-1d"
