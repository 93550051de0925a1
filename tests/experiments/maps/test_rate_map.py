"""Maps over alpha and rate: each cell is the ensemble of its setting; arrival follows the effective rate (E7)."""

from __future__ import annotations

import numpy as np
import pytest

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab.geometry import trigamma
from ngdm_lab.optimizers import update_rule

ALPHAS, RATES = [0.5, 2.0, 8.0], [1e-5, 1e-4, 1e-3, 1e-2]


@pytest.fixture(scope="module")
def made():
    return lab.rate_map(lab.NGDM(1, lab.Dirichlet(1.4)), ls.rosenbrock(2), ALPHAS, RATES, 64, 500, seed=3)


def test_each_cell_is_the_ensemble_of_its_setting(made):
    assert made.arrived.shape == made.diverged.shape == (3, 4)
    for k, r in ((0, 3), (1, 2), (2, 1)):
        rule = lab.NGDM(RATES[r], lab.Dirichlet(ALPHAS[k]))
        runs = lab.ensemble(rule, ls.rosenbrock(2), 64, 500, 3)
        assert made.arrived[k, r] == runs.arrived.mean()
        assert made.diverged[k, r] == (runs.status == "diverged").mean()
    assert 0 < made.arrived.max() < 1
    assert made.diverged.max() > 0.5
    assert np.allclose(made.gain, 1 / trigamma(np.array(ALPHAS)))
    assert np.allclose(made.gain, made.largest)


def test_arrival_follows_the_effective_rate():
    """E7: at lr psi'(alpha) the diagonal form is SGD at lr, so a line of the map is one number."""
    s, effective = ls.rosenbrock(2), np.array([2e-4, 5e-4, 8e-4])
    for alpha in (0.5, 4.0, 20.0):
        rates = effective * float(trigamma(alpha))
        row = lab.rate_map(lab.NGDM(1, lab.Dirichlet(1.4)), s, [alpha], rates, 256, 500).arrived[0]
        sgd = [lab.ensemble(lab.SGD(float(lr)), s, 256, 500).arrived.mean() for lr in effective]
        assert np.allclose(row, sgd, atol=2 / 256)  # chaotic runs at the edge differ by rounding


def test_the_ridge_is_the_best_line(made):
    rates = 10.0 ** (np.arange(-48, -15) / 8)
    fine = lab.rate_map(lab.NGDM(1, lab.Dirichlet(1.4)), ls.rosenbrock(2), ALPHAS, rates, 64, 500)
    constant, shares = fine.ridge()
    assert shares.shape == (3,)
    assert shares.mean() > 0.7 * fine.arrived.max()
    for k in range(3):
        best = fine.rates[np.argmax(fine.arrived[k])] * fine.gain[k]
        assert constant == pytest.approx(best, rel=0.5)
    nothing = lab.rate_map(lab.NGDM(1, lab.Dirichlet(1.4)), ls.rosenbrock(2), ALPHAS, [1e-9], 64, 5).ridge()
    assert np.isnan(nothing[0])
    assert np.isnan(nothing[1]).all()


def test_family_form_ramp_and_options_stay():
    @update_rule(direction=True)
    def plain_descent(x, g, n, t):
        g[0] = g[0]

    law = lab.GeneralizedDirichlet(lab.ramp(2.0, 0.1), 4.0)
    rule = lab.preconditioned(plain_descent(lr=0.1), law, "exact")
    made = lab.rate_map(rule, ls.sphere(4), [1.0, 3.0], [0.01, 0.1], 64, 200)
    for k, alpha in enumerate((1.0, 3.0)):
        moved = lab.GeneralizedDirichlet(lab.ramp(alpha, 0.1), 2 * alpha)
        for r, lr in enumerate((0.01, 0.1)):
            runs = lab.ensemble(rule.replace(distribution=moved, lr=lr), ls.sphere(4), 64, 200)
            assert made.arrived[k, r] == runs.arrived.mean()
        assert made.largest[k] == pytest.approx(rule.replace(distribution=moved).gain(4))
        assert made.largest[k] > 1.5 * made.gain[k]


def test_saves_and_loads(made, tmp_path):
    again = lab.load(made.save(tmp_path / "map"))
    assert isinstance(again, lab.RateMap)
    for name in ("alphas", "rates", "arrived", "diverged", "gain", "largest"):
        assert np.array_equal(getattr(again, name), getattr(made, name))
    assert again.optimizer.distribution.alpha == made.optimizer.distribution.alpha
    assert (again.surface.name, again.starts, again.steps, again.seed) == ("rosenbrock-2d", 64, 500, 3)
    assert repr(again) == repr(made)
    assert "ngdm-dirichlet on rosenbrock-2d, 3 alphas x 4 rates" in repr(made)
    assert again.manifest() == made.manifest()


def test_a_users_landscape_is_named_after_loading(tmp_path):
    @ls.landscape(bounds=(-5, 5), minima=[[0, 0]], dim=2)
    def mapped_dish(x, g):
        g[0] = 2 * x[0]
        g[1] = 2 * x[1]
        return x[0] ** 2 + x[1] ** 2

    s = mapped_dish if isinstance(mapped_dish, ls.Surface) else mapped_dish(2)
    made = lab.rate_map(lab.NGDM(1, lab.Dirichlet(1.4)), s, [1.0], [0.1], 64, 100)
    again = lab.load(made.save(tmp_path / "map"))
    assert again.surface is None
    assert "on mapped_dish-2d" in repr(again)
    assert lab.plots.rate_map(again).get_title(loc="left").endswith("mapped_dish-2d")


def test_the_default_grid_covers_the_papers_alphas():
    made = lab.rate_map(lab.NGDM(1, lab.Dirichlet(1.4)), ls.sphere(2), starts=1, steps=1)
    assert made.alphas[0] < 0.5
    assert made.alphas[-1] > 12
    assert np.allclose(np.diff(np.log10(made.rates)), 1 / 12)


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ((lab.SGD(0.1), ls.sphere(2)), TypeError, "opt must be an optimizer with a distribution, such as lab.NGDM"),
        ((3, ls.sphere(2)), TypeError, "opt must be an optimizer with a distribution"),
        ((lab.NGDM(1, lab.Dirichlet(1.0)), "sphere"), TypeError, "s must be a Surface"),
        ((lab.NGDM(1, lab.Dirichlet(1.0)), ls.sphere(2), [2.0, 1.0]), ValueError, "alphas must be .* ascending"),
        ((lab.NGDM(1, lab.Dirichlet(1.0)), ls.sphere(2), [0.0, 1.0]), ValueError, "alphas must be .* positive"),
        ((lab.NGDM(1, lab.Dirichlet(1.0)), ls.sphere(2), None, []), ValueError, "rates must be a list of at least one"),
        ((lab.NGDM(1, lab.Dirichlet(1.0)), ls.sphere(2), None, 0.1), ValueError, "rates must have at least one axis"),
        ((lab.NGDM(1, lab.Dirichlet([1.0, 2.0])), ls.sphere(2)), ValueError, "a distribution of numbers or ramps"),
        ((lab.NGDM(1, lab.GeneralizedDirichlet(1, 1)), ls.sphere(3), [1.0], [0.1]), ValueError, "even"),
        ((lab.NGDM(1, lab.Dirichlet(lab.ramp(5.0, -0.5))), ls.sphere(3), [1.0], [0.1]), ValueError, "got 0.0 at i = 2"),
    ],
)
def test_bad_input(arguments, error, text):
    with pytest.raises(error, match=text):
        lab.rate_map(*arguments)
