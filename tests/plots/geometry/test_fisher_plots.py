"""Figures of densities and Fisher matrices show the numbers that the geometry gives."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.axes import Axes

import ngdm_lab as lab
from ngdm_lab import plots
from ngdm_lab.geometry import trigamma
from ngdm_lab.plots.geometry.fisher import RANGES
from ngdm_lab.plots.geometry.simplex import CORNERS, ELLIPSE, SHARES, lattice, ternary


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def _line(ax, label):
    [found] = [line for line in ax.lines if line.get_label() == label]
    return found


def _back(u, v):
    """Points of the plane as points of the simplex."""
    return np.linalg.solve(np.vstack((CORNERS.T, np.ones(3))), np.vstack((u, v, np.ones(len(u))))).T


def test_ternary_puts_the_corners_in_their_places():
    u, v = ternary(np.eye(3))
    np.testing.assert_allclose(np.column_stack((u, v)), CORNERS)
    x = np.random.default_rng(0).dirichlet([1, 1, 1], 20)
    np.testing.assert_allclose(_back(*ternary(x)), x, atol=1e-14)


def test_lattice_lies_in_the_simplex():
    x = lattice(8, 1)
    assert len(x) == 21
    np.testing.assert_allclose(x.sum(axis=1), 1, rtol=1e-15)
    assert x.min() == 1 / 8


def test_ellipses_lie_at_one_divergence_from_their_centres():
    """To second order: halved in size they would lie there to the third."""
    law = lab.Dirichlet([20.0, 50.0, 30.0])
    ax = plots.simplex(law)
    drawn = [line for line in ax.lines if line.get_color() == ELLIPSE and len(line.get_xdata()) == 73]
    assert len(drawn) == 21
    lengths = []
    for centre, line in zip(lattice(8, 1), drawn, strict=True):
        x = _back(*line.get_data())
        np.testing.assert_allclose(x.sum(axis=1), 1, atol=1e-14)
        steps = 100 * (x - centre)
        lengths.append(np.sum(steps * lab.Dirichlet(100 * centre).fisher_mul(steps), axis=1) / 2)
    np.testing.assert_allclose(lengths, lengths[0][0], rtol=1e-10)
    text = plots.caption(ax).replace("\n", " ")
    assert f"KL = {lengths[0][0]:.2g}" in text


def test_bands_hold_what_they_say():
    """The share of fresh points above each band's lower edge."""
    law = lab.GeneralizedDirichlet([2, 3], [5, 1.2])
    ax = plots.simplex(law, ellipses=False)
    levels = ax.collections[0].levels[:-1]
    heights = law.logpdf(law.rvs(20_000, random_state=99))
    for level, share in zip(levels, SHARES, strict=True):
        assert 100 * np.mean(heights > level) == pytest.approx(share, abs=1.5)


@pytest.mark.parametrize("alpha", [0.3, 1.0, [0.5, 2.0, 40.0]])
def test_any_law_of_three_components_can_be_drawn(alpha, tmp_path):
    _, given = plt.subplots()
    assert plots.simplex(lab.Dirichlet(alpha), given, notes=False) is given
    plots.save(given, tmp_path / "simplex")


def test_other_laws_are_refused():
    with pytest.raises(ValueError, match="alpha must have 3 values for 3 coordinates, got 4"):
        plots.simplex(lab.Dirichlet([1, 2, 3, 4]))
    with pytest.raises(ValueError, match=r"distribution must be a single one, got a batch of shape \(2,\)"):
        plots.simplex(lab.Dirichlet(np.ones((2, 3))))
    with pytest.raises(TypeError, match="distribution must be a Dirichlet or a GeneralizedDirichlet, got 3"):
        plots.simplex(3)


def test_the_gain_and_the_papers_ranges():
    ax = plots.gain()
    x, y = _line(ax, "1/ψ′(α)").get_data()
    np.testing.assert_allclose(y, 1 / trigamma(x), rtol=1e-15)
    names = [t.get_text() for t in ax.texts]
    assert [n for n in names if n.startswith("C")] == [name for name, *_ in RANGES]
    assert "11.51 at α = 12" in names
    assert "0.2026 at α = 0.5" in names
    text = plots.caption(ax).replace("\n", " ")
    for claim in ("C1 [1, 4]", "C2 [4, 8]", "C3 [12, ∞)", "C4 (0, 0.5]", "C5 [0.5, 1]", "C6 [9, 12]"):
        assert claim in text


def test_e2_the_dropped_term_against_n():
    ax = plots.dropped_term((1.4, 12.0), most=1000)
    assert isinstance(ax, Axes)
    for alpha, factor in ((1.4, 3.3), (12.0, 24.4)):
        n, y = _line(ax, f"α = {alpha:g}").get_data()
        assert (n[0], n[-1]) == (2, 1000)
        assert y[-1] == pytest.approx(factor, abs=0.05)
        assert f"{factor}" in [t.get_text() for t in ax.texts]
    with pytest.raises(ValueError, match=r"most must be at least 2|alphas must hold"):
        plots.dropped_term([])


def test_e3_the_block_and_its_diagonal():
    ax = plots.pair_block(3.5)
    fisher = lab.GeneralizedDirichlet(3.5, 3.5).on(2).fisher()
    for label, matrix in (("exact, Eq. 7", fisher), ("diagonal form", np.eye(2) * trigamma(3.5))):
        steps = np.array(_line(ax, label).get_data())
        np.testing.assert_allclose(np.einsum("ik,ij,jk->k", steps, matrix, steps), 1, rtol=1e-12)
    text = plots.caption(ax).replace("\n", " ")
    assert "[[23.00, 19.98]" in text
    assert "3.03" in text
    assert "46%" in text
    with pytest.raises(TypeError, match="ax must be a Matplotlib Axes or None, got 3"):
        plots.pair_block(3.5, ax=3)
