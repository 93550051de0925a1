"""The tuning pass: its grid, its choice, and that its starts are its own."""

from __future__ import annotations

import numpy as np
import pytest

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab.experiments.tune import TUNING_RUNS, choose, rate_grid, tune


def test_grid_has_eight_rates_a_decade():
    rates = rate_grid(lab.SGD(1.0), 2)
    assert np.allclose(np.diff(np.log10(rates)), 1 / 8)
    assert rates[0] == pytest.approx(1e-6)
    assert rates[-1] == pytest.approx(10)


@pytest.mark.parametrize(
    ("optimizer", "n", "gain"),
    [
        (lab.NGDM(1.0, lab.Dirichlet(0.5)), 4, 0.20264),
        (lab.NGDM(1.0, lab.Dirichlet(12.0)), 4, 11.5072),
        (lab.Apollo(), 3, 100.0),
        (lab.Adam(), 3, 1.0),
    ],
)
def test_grid_moves_with_the_gain(optimizer, n, gain):
    assert optimizer.gain(n) == pytest.approx(gain, rel=1e-4)
    rates = rate_grid(optimizer, n)
    assert len(rates) == len(rate_grid(lab.SGD(1.0), n))
    # by less than one place of the grid
    assert 0 <= np.log10(rate_grid(lab.SGD(1.0), n)[0] / gain / rates[0]) < 1 / 8 + 1e-9


@pytest.mark.parametrize("n", [2, 6, 40])
@pytest.mark.parametrize("form", ["diagonal", "exact"])
def test_gain_is_the_largest_eigenvalue(n, form):
    for d in (lab.Dirichlet(lab.ramp(1.4, 0.005)), lab.GeneralizedDirichlet(lab.ramp(3.5, 0.005), 3.9)):
        on = d.on(n)
        inverse = np.linalg.inv(on.fisher()) if form == "exact" else np.diag(on.fisher_solve(np.ones(n), form=form))
        gain = lab.NGDM(1.0, d, form=form).gain(n)
        assert gain == pytest.approx(np.linalg.eigvalsh(inverse).max(), rel=0.02)


def test_choice_by_arrival_then_by_quality():
    final = np.array([5.0, 3.0, 1.0, 2.0])
    assert choose(np.array([0.0, 0.9, 0.2, 0.1]), final, 100) == 1  # far more arrivals
    assert choose(np.array([0.0, 0.90, 0.89, 0.1]), final, 100) == 2  # within one standard error: quality
    assert choose(np.zeros(4), final, 100) == 2  # nobody arrives: quality
    assert choose(np.zeros(4), np.full(4, np.inf), 100) == 0  # everything diverged: the smallest rate
    assert choose(np.array([0.0, 0.3, 0.0, 0.0]), np.full(4, np.inf), 100) == 1  # the median run diverges


def test_tuning_finds_the_known_rate():
    """On the sphere SGD without momentum converges in one step at lr = 1/2 and for no rate above 1."""
    found = tune(lab.SGD(1.0, momentum=0.0), ls.sphere(3), starts=16, steps=20)
    assert found.lr == pytest.approx(0.5, rel=0.16)
    assert not found.at_edge
    assert (found.arrival[found.rates > 1.0] == 0).all()


def test_edge_is_marked():
    found = tune(lab.SGD(1.0), ls.sphere(2).scaled(1e9), starts=4, steps=10)
    assert found.at_edge
    assert found.chosen == 0


def test_tuning_starts_are_not_the_races():
    s = ls.sphere(2)
    mine = lab.ensemble(lab.SGD(0.1), s, 64, 1).x0
    tuning = lab.ensemble(lab.SGD(0.1), s, 64, 1, first_run=TUNING_RUNS).x0
    assert not np.isin(mine, tuning).any()


def test_a_coarse_grid_is_refused():
    with pytest.raises(ValueError, match="per_decade must be at least 8, got 4"):
        tune(lab.SGD(1.0), ls.sphere(2), per_decade=4)
