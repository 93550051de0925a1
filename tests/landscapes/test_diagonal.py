"""The trough along (1, ..., 1): curvatures, and that it tells the exact form from the diagonal one."""

from __future__ import annotations

import numpy as np
import pytest

import landscapes as ls
import ngdm_lab as lab


@pytest.mark.parametrize("n", [2, 5, 10])
def test_curvatures(n: int) -> None:
    for narrowness in (3.0, 1e4):
        e, axes = np.linalg.eigh(ls.diagonal_trough(n, narrowness=narrowness).hessian(np.ones(n)))
        assert e == pytest.approx([2.0, *[2 * narrowness] * (n - 1)], rel=1e-6)
        assert np.abs(axes[:, 0]) == pytest.approx(n**-0.5, rel=1e-6)


def test_condition_number_that_the_exact_form_sees() -> None:
    n, alpha, narrowness = 10, 4.0, 1e4
    inverse = lab.Dirichlet(alpha).on(n).fisher_solve(np.eye(n))
    r = inverse[0].sum() * lab.geometry.trigamma(alpha)  # the stretch along (1, ..., 1)
    assert r > 9
    surface = ls.diagonal_trough(n, narrowness=narrowness)
    even = np.diag([1.0, -1.0] * 5)  # signs that add up to 0
    for signs, condition in ((np.eye(n), narrowness / r), (even, narrowness * r)):
        e = np.sort(np.linalg.eigvals(inverse @ signs @ surface.hessian(np.ones(n)) @ signs).real)
        assert e[-1] / e[0] == pytest.approx(condition, rel=1e-4)


def test_exact_form_wins_here_and_loses_when_turned() -> None:
    """At the rates that a race tunes to: arrivals from 200 starts after 2000 steps."""
    surface = ls.diagonal_trough(10)
    plain, exact = (lab.NGDM(1.0, lab.Dirichlet(lab.ramp(1.4, 0.005)), form=form) for form in ("diagonal", "exact"))

    def best(opt: lab.NGDM, s: ls.Surface, rates: tuple[float, ...]) -> float:
        return max(float(lab.ensemble(opt.replace(lr=lr), s, 200, 2000, seed=1).arrived.mean()) for lr in rates)

    rates = (1e-5, 1.78e-5, 5.62e-5)
    assert best(exact, surface, rates) > 0.99
    assert best(plain, surface, rates) < 0.15
    for turned in (surface.flipped(1), surface.rotated(1)):
        assert best(exact, turned, rates) < 0.05
