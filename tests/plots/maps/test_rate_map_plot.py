"""The map of arrival: cells are shares, lines have one effective rate."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab import plots
from ngdm_lab.geometry import trigamma


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


RATES = 10.0 ** (np.arange(-40, -8) / 8)
ALPHAS = [0.5, 1.0, 2.0, 4.0, 8.0]


@pytest.fixture(scope="module")
def diagonal():
    return lab.rate_map(lab.NGDM(1, lab.Dirichlet(1.4)), ls.rosenbrock(2), ALPHAS, RATES, 64, 500)


@pytest.fixture(scope="module")
def exact():
    return lab.rate_map(lab.NGDM(1, lab.Dirichlet(1.4), form="exact"), ls.rosenbrock(2), ALPHAS, RATES, 64, 500)


def _note(ax):
    return plots.caption(ax).replace("\u00a0", " ").replace("\n", " ")


def _legend(ax):
    return [text.get_text() for text in ax.figure.legends[0].get_texts()]


def test_cells_are_the_shares(diagonal):
    ax = plots.rate_map(diagonal)
    [mesh] = [c for c in ax.collections if c.get_array() is not None]
    assert np.array_equal(np.asarray(mesh.get_array()).reshape(len(RATES), 5), diagonal.arrived.T)
    corners = mesh.get_coordinates()
    x, y = corners[0, :, 0], corners[:, 0, 1]
    assert np.allclose(np.sqrt(x[1:] * x[:-1]), ALPHAS)  # settings are in the middle of their cells
    assert np.allclose(np.sqrt(y[1:] * y[:-1]), RATES)
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("α", "learning rate")
    assert ax.get_title(loc="left") == "NGDM Dirichlet (diagonal)\nrosenbrock-2d"
    bar = next(other for other in ax.figure.axes if other is not ax)
    assert bar.get_ylabel() == "arrived"
    lightness = [np.dot(mesh.cmap(v)[:3], [0.299, 0.587, 0.114]) for v in np.linspace(0, 1, 50)]
    assert (np.diff(lightness) < 0).all()  # in grey print too


def test_the_line_has_one_effective_rate(diagonal):
    ax = plots.rate_map(diagonal)
    constant = diagonal.ridge()[0]
    [line] = [line for line in ax.lines if not line.get_label().startswith("_")]
    x, y = line.get_data()
    at = np.isin(np.round(np.log2(x), 6), [-1.0, 3.0])  # between settings the gain is interpolated
    assert at.sum() == 2
    assert np.allclose(y[at] / trigamma(x[at]), constant)
    assert np.allclose(y / trigamma(x), constant, rtol=0.1)
    assert _legend(ax)[0].startswith("lr/ψ′(α) = ")
    low, high = 100 * np.nanmin(diagonal.ridge()[1]), 100 * np.nanmax(diagonal.ridge()[1])
    note = _note(ax)
    assert f"On lr/ψ′(α) = const: {low:.0f} to {high:.0f} % arrive" in note
    for word in ("5 x 32 settings", "64 starts each", "500 steps", "seed 0", "momentum=0.9"):
        assert word in note


def test_an_exact_form_has_its_second_line(exact):
    ax = plots.rate_map(exact)
    assert len(_legend(ax)) == 3
    [line] = [line for line in ax.lines if line.get_label().startswith("lr·λ")]
    assert line.get_linestyle() == "--"
    y = line.get_ydata()
    assert y[0] * exact.largest[0] == pytest.approx(y[-1] * exact.largest[-1])
    assert "λ: largest eigenvalue" in _note(ax)


def test_hatching_lies_where_most_diverge(diagonal):
    ax = plots.rate_map(diagonal)
    cells = [patch.get_bbox() for patch in ax.patches if patch.get_hatch()]
    for k, alpha in enumerate(ALPHAS):
        for r, rate in enumerate(RATES):
            hatched = any(box.x0 < alpha < box.x1 and box.y0 < rate < box.y1 for box in cells)
            assert hatched == (diagonal.diverged[k, r] > 0.5)
    assert "most diverge" in _legend(ax)


def test_without_any_arrival(tmp_path):
    made = lab.rate_map(lab.NGDM(1, lab.Dirichlet(1.4)), ls.rosenbrock(2), [2.0], [1e-9], 8, 2)
    ax = plots.rate_map(made)
    assert "No line: too few runs arrive." in _note(ax)
    assert not ax.lines
    assert len(plots.save(ax, tmp_path / "a")) == 3


def test_a_given_axes_a_loaded_map_and_parts_left_out(diagonal, tmp_path):
    figure, ax = plt.subplots(layout="constrained")
    made = lab.load(diagonal.save(tmp_path / "map"))
    assert plots.rate_map(made, ax, line=False, legend=False, notes=False, bar=False) is ax
    assert figure.axes == [ax]
    assert not ax.lines


def test_texts_do_not_overlap(exact):
    ax = plots.rate_map(exact, notes=True)
    figure = ax.figure
    figure.canvas.draw()
    legend, note = figure.legends[0].get_window_extent(), figure.texts[0].get_window_extent()
    assert ax.get_tightbbox().y0 >= legend.y1 > legend.y0 >= note.y1 > 0
    assert max(legend.x1, note.x1, *(other.get_tightbbox().x1 for other in figure.axes)) <= figure.bbox.x1 + 1


def test_what_is_no_map(diagonal):
    with pytest.raises(TypeError, match=r"result must be a RateMap \(of lab.rate_map\), got 3"):
        plots.rate_map(3)
    with pytest.raises(TypeError, match="ax must be a Matplotlib Axes or None"):
        plots.rate_map(diagonal, 3)
