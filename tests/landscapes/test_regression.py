"""Logistic regression on the Challenger's and on Fisher's data: the data, the loss, its minimum."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import landscapes as ls
from family_battery import (
    check_basins,
    check_convex,
    check_exact,
    check_minima,
    check_nothing_lower,
    check_outside,
    check_separable,
    mp,
    mpf,
)

# the flights by temperature: all of them, and those with damage
FLIGHTS = "53 57 58 63 66 67 67 67 68 69 70 70 70 70 72 73 75 75 76 76 78 79 81"
DAMAGED = "53 57 58 63 70 70 75"
IRIS = ls.logistic_iris.defaults["rows"].reshape(100, 5)


def challenger(x: list[Any], penalty: Any = 0.01) -> Any:
    def over(temperatures: str, sign: int) -> Any:
        return sum(mp.log(1 + mp.exp(-sign * (x[0] + x[1] * mpf(int(t) - 70) / 10))) for t in temperatures.split())

    every = over(FLIGHTS, -1) - over(DAMAGED, -1) + over(DAMAGED, 1)
    return every / 23 + mpf(penalty) / 2 * (x[0] ** 2 + x[1] ** 2)


def iris(x: list[Any], penalty: Any = 0.01) -> Any:
    z = [sum(mpf(float(a)) * v for a, v in zip(row, x, strict=True)) for row in IRIS]
    return sum(mp.log(1 + mp.exp(-v)) for v in z) / 100 + mpf(penalty) / 2 * sum(v**2 for v in x)


FORMULAS = {"logistic_challenger": challenger, "logistic_iris": iris}


@pytest.mark.parametrize("name", FORMULAS)
@given(data=st.data())
def test_value_and_gradient(name: str, data: st.DataObject) -> None:
    surface = ls.get(name)
    x = [data.draw(st.floats(low, high, allow_subnormal=False)) for low, high in surface.bounds]
    check_exact(surface, FORMULAS[name], x)


@pytest.mark.parametrize("name", FORMULAS)
def test_minimum_and_tags(name: str) -> None:
    surface = ls.get(name)
    check_nothing_lower(surface)
    check_basins(surface, count=20)
    check_outside(surface)
    check_separable(surface)
    check_convex(surface)
    for penalty in (0.01, 1.0, 1e-4, 0.0):
        surface = ls.get(name, penalty=penalty)
        check_minima(surface, lambda x, p=penalty: FORMULAS[name](x, p))
        assert (np.abs(surface.minima[0]) < surface.bounds[:, 1]).all()


def test_the_data() -> None:
    """Means of the two kinds as Fisher (1936) has them; the fits without penalty as R's glm prints them."""
    labels = IRIS[:, 0]
    assert labels.tolist() == [-1.0] * 50 + [1.0] * 50
    lengths = IRIS[:, 1:] * labels[:, None]
    assert lengths[:50].mean(axis=0) == pytest.approx([5.936, 2.770, 4.260, 1.326], rel=1e-12)
    assert lengths[50:].mean(axis=0) == pytest.approx([6.588, 2.974, 5.552, 2.026], rel=1e-12)
    fit = ls.logistic_iris(penalty=0.0).minima[0]
    assert fit == pytest.approx([-42.638, -2.465, -6.681, 9.429, 18.286], abs=6e-4)
    level, slope = ls.logistic_challenger(penalty=0.0).minima[0]
    assert [level - 7 * slope, slope / 10] == pytest.approx([15.0429, -0.2322], abs=6e-5)


def test_data_of_your_own() -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(30, 2))
    surface = ls.logistic_challenger(rows=rows, penalty=0.1)
    x = np.array([0.3, -0.7])
    assert surface(x) == pytest.approx(np.log1p(np.exp(-rows @ x)).mean() + 0.05 * x @ x, rel=1e-14)
    assert np.abs(surface.grad(surface.minima[0])).max() < 1e-15
    assert ls.from_spec(surface.spec())(x) == surface(x)
    assert ls.logistic_challenger(rows=rows.ravel(), penalty=0.1)(x) == surface(x)
    assert "rows" not in ls.logistic_iris().spec()["parameters"]
    with pytest.raises(ValueError, match=r"rows must hold rows of 2 numbers, .* got shape \(2, 3\)"):
        ls.logistic_challenger(rows=np.ones((2, 3)))
    with pytest.raises(ValueError, match="take a larger penalty"):
        ls.logistic_challenger(rows=[[1.0, 2.0], [-1.0, 1.0]], penalty=0.0)
    with pytest.raises(ValueError, match="penalty must be a finite number at least 0"):
        ls.logistic_iris(penalty=-1.0)


def test_far_out_the_loss_is_linear() -> None:
    """No overflow, and no digits lost, where the exponentials of all flights end."""
    surface = ls.logistic_challenger(penalty=0.0)
    for x in ([800.0, 0.0], [-1e5, 3e4], [1e200, 1e190]):
        f, g = surface.value_and_grad(x)
        z = ls.logistic_challenger.defaults["rows"].reshape(-1, 2) @ np.array(x)
        assert f == pytest.approx(np.maximum(-z, 0).mean(), rel=1e-12)
        assert np.isfinite(g).all()
