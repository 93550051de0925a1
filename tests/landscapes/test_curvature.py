"""Second derivatives by forward mode over derived gradients."""

from __future__ import annotations

import inspect
from math import cos, sqrt
from typing import Any

import mpmath
import numpy as np
import pytest
from scipy.optimize import rosen_hess

import landscapes as ls
import value_functions
from landscapes.curvature import by_differences
from ngdm_lab.compiler.gradient.derive import derived
from ngdm_lab.compiler.gradient.tangent import product_of

EXACT = value_functions.in_mpmath()


def second(function: Any, x: np.ndarray, own: list[Any]) -> np.ndarray:
    """All second derivatives, by the text in Python."""
    rows = np.full((len(x), len(x)), np.nan)
    for along, row in zip(np.eye(len(x)), rows, strict=True):
        g, again = np.full(len(x), np.nan), np.full(len(x), np.nan)
        product_of(function)(x, g, along, row, len(x), *own)
        derived(function)(x, again, len(x), *own)
        assert np.array_equal(g, again)
    return rows


def curvature(function: Any, x: np.ndarray, v: np.ndarray) -> float:
    """The second derivative along v, of a function of mpmath's numbers."""
    with mpmath.workdps(60):
        at, along = ([mpmath.mpf(float(c)) for c in given] for given in (x, v))
        pairs = list(zip(at, along, strict=True))
        made = mpmath.diff(lambda t: function([a + t * b for a, b in pairs], len(x)), 0, 2, h=mpmath.mpf(10) ** -20)
        return float(made)


@pytest.mark.parametrize("name", ls.names())
def test_of_all_landscapes_they_are_symmetric(name: str) -> None:
    """Nothing in the text knows that they must be."""
    s = ls.get(name)
    for x in np.random.default_rng(7).uniform(*s.bounds.T, (3, s.dim)):
        if name == "easom":  # level but around its minimum
            x = s.minima[0] + 0.01 * (x - s.minima[0])
        h = second(s.family.function, x, [v for _, v in s.parameters])
        assert np.abs(h - h.T).max() <= 1e-13 * np.abs(h).max()


@pytest.mark.parametrize("function", value_functions.FUNCTIONS, ids=lambda f: f.__name__)
def test_against_mpmath(function: Any) -> None:
    """The curvature along random directions."""
    rng = np.random.default_rng(11)
    defaults = [p.default for name, p in inspect.signature(function).parameters.items() if name not in ("x", "n")]
    x = rng.uniform(-1.4, 1.4, 3)
    h = second(function, x, defaults)
    for v in rng.normal(size=(3, 3)):
        want = curvature(EXACT[function.__name__], x, v)
        assert v @ h @ v == pytest.approx(want, rel=1e-11, abs=1e-13 * np.abs(h).max())


def test_hessians_are_exact() -> None:
    x = np.random.default_rng(0).uniform(-2, 2, 6)
    np.testing.assert_allclose(ls.rosenbrock(6).hessian(x), rosen_hess(x), rtol=1e-15, atol=1e-13)
    assert ls.booth().hessian([3.0, 4.0]).tolist() == [[10.0, 8.0], [8.0, 10.0]]


@pytest.mark.parametrize(
    "s",
    [ls.levy(4), ls.rosenbrock(5).rotated(3).shifted(0.25).flipped(1).scaled(2.5), ls.styblinski_tang(3).noisy(0.5)],
    ids=lambda s: s.name,
)
def test_products(s: ls.Surface) -> None:
    rng = np.random.default_rng(2)
    x, v = rng.uniform(-1, 1, s.dim), rng.normal(size=(3, s.dim))
    h = s.hessian(x)
    assert np.abs(h - by_differences(s, x)).max() <= 1e-7 * np.abs(h).max()
    products = s.hessian_product(x, v)
    assert products.shape == v.shape
    assert np.abs(products - v @ h).max() <= 1e-13 * np.abs(h).max() * np.abs(v).max()
    np.testing.assert_allclose(s.hessian_product(x, v[1]), products[1], rtol=1e-12)


def test_a_kink_of_the_text_alone_is_none_of_the_function() -> None:
    @ls.landscape(bounds=(-1.0, 1.0), dim=2)
    def even(x):
        return cos(abs(x[0])) + sqrt(x[1] * x[1]) ** 2

    @ls.landscape(bounds=(-1.0, 1.0), dim=1)
    def jump(x):
        return x[0] ** 2 if x[0] > 0.0 else 2.0 * x[0] ** 2

    np.testing.assert_allclose(even.hessian([0.0, 0.0]), [[-1.0, 0.0], [0.0, 2.0]], atol=1e-6)
    assert jump.hessian([0.0]) == 4.0  # it is one here


def test_differences_where_nothing_is_derived() -> None:
    @ls.landscape(bounds=(-1.0, 1.0), dim=2)
    def by_while(x, n):
        f, i = 0.0, 0
        while i < n:
            f += x[i] ** 3
            i += 1
        return f * x[0]

    x = [0.5, 0.75]
    assert by_while.curved is None
    assert np.abs(by_while.hessian(x) - [[12 * 0.25, 3 * 0.75**2], [3 * 0.75**2, 6 * 0.75 * 0.5]]).max() < 1e-3
    assert by_while.hessian_product(x, [0.0, 1.0]).shape == (2,)


def test_a_raise_reaches_the_caller() -> None:
    @ls.landscape(bounds=(-1.0, 1.0), dim=2)
    def picky(x):
        if x[0] > 2.0:
            raise ValueError("too far")
        return x[0] * x[1] * x[1]

    assert picky.hessian([1.5, 3.0]).tolist() == [[0.0, 6.0], [6.0, 3.0]]


def test_bad_vectors() -> None:
    with pytest.raises(ValueError, match="v must have a last axis of length 2"):
        ls.booth().hessian_product([1.0, 2.0], [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="x must be one point"):
        ls.booth().hessian_product([[1.0, 2.0]], [1.0, 2.0])
