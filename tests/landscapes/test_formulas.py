"""Families against `formulas.py`: values, gradients, minima, tags, and that they run in lanes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import landscapes as ls
from family_battery import (
    check_exact,
    check_lanes,
    check_minima,
    check_nothing_lower,
    check_outside,
    check_plateau,
    check_second_minimum,
    check_separable,
)
from formulas import CASES

KINKED = {"alpine_1", "bukin_6", "salomon", "schwefel_2_22"}  # at the minimum
SHAPES = [
    (name, n)
    for name in CASES
    for least, most in [ls.families()[name].dims]
    for n in ([least] if least == most else [n for n in (1, 2, 5) if n >= least])
]
SMALL = [(name, n) for name, n in SHAPES if n < 5 or ls.families()[name].dims == (n, n)]


@pytest.mark.parametrize(("name", "n"), SHAPES)
@given(data=st.data())
def test_value_and_gradient(name: str, n: int, data: st.DataObject) -> None:
    surface = ls.get(name, n)
    x = [data.draw(st.floats(low, high, allow_subnormal=False)) for low, high in surface.bounds]
    if "smooth" not in surface.tags:  # the differences of the formula do not see what is nearer to a kink
        x = [0.0 if abs(v) < 1e-10 else v for v in x]
        x = [v if not v or abs(math.sin(2 * v)) > 1e-10 else v + 1e-9 for v in x]  # kinks where a sine or cosine is 0
    blur = 1e-8 if "smooth" not in surface.tags and 0.0 in x else 1e-24  # differences of |x|^(3/2) at 0
    check_exact(surface, CASES[name].formula, x, CASES[name].terms, blur)


@pytest.mark.parametrize(("name", "n"), SHAPES)
def test_minima(name: str, n: int) -> None:
    surface = ls.get(name, n)
    if name not in KINKED | {"eggholder"}:
        low, high = surface.bounds.T
        assert ((surface.minima > low) & (surface.minima < high)).all()
        case = CASES[name]
        if surface.f_min == 0.0 and name != "schwefel":
            assert surface(surface.minima[0]) == 0.0
        check_minima(surface, case.formula, case.places * n, case.terms)
    elif name != "eggholder":
        assert surface.f_min == 0.0
        assert np.abs(surface(surface.minima)).max() <= (1e-14 * n if name == "alpine_1" else 0.0)


@pytest.mark.parametrize(("name", "n"), SMALL)
def test_nothing_lower(name: str, n: int) -> None:
    check_nothing_lower(ls.get(name, n), slack=2e-13 * n if name == "schwefel" else 0.0)


@pytest.mark.parametrize(("name", "n"), SMALL)
def test_tags(name: str, n: int) -> None:
    surface = ls.get(name, n)
    check_outside(surface, CASES[name].outside(n))
    check_separable(surface)
    if "unimodal" not in surface.tags:  # those have a test of their own
        check_second_minimum(surface, CASES[name].second(n))
    if "plateau" in surface.tags:
        check_plateau(surface)


@pytest.mark.parametrize("name", CASES)
def test_lanes(name: str) -> None:
    check_lanes(ls.get(name))
