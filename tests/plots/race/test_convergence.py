"""Best value against evaluations: quantiles where they belong, on axes that can show them."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import same_color

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab import plots


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def race():
    rules = [lab.SGD(1e-3), lab.Adam(0.05)]
    return lab.race(rules, [ls.himmelblau(), ls.rastrigin(4)], 30, 100, tuning_starts=8, progress=False)


def _line(ax, label):
    [found] = [line for line in ax.lines if line.get_label() == label]
    return found


def _bands(ax):
    return [collection for collection in ax.collections if len(collection.get_paths())]


def test_median_and_band_against_evaluations():
    runs = lab.ensemble(lab.Adam(0.05), ls.rastrigin(4), 40, 200)
    ax = plots.convergence(runs)
    line = _line(ax, "adam")
    assert np.array_equal(line.get_xdata(), runs.snapshots + 1)
    assert np.allclose(line.get_ydata(), runs.quantiles[:, 2] - runs.surface.f_min)
    assert same_color(line.get_color(), plots.colour("adam"))
    [band] = _bands(ax)
    corners = band.get_paths()[0].vertices[:, 1]
    assert np.isclose(corners.min(), (runs.quantiles[:, 0]).min())
    assert np.isclose(corners.max(), (runs.quantiles[:, 4]).max())
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    assert ax.get_xlabel() == "evaluations"
    assert ax.get_ylabel() == r"best $f - f_{\min}$"
    assert ax.get_title(loc="left") == "rastrigin-4d"


def test_all_entries_of_a_race_each_in_its_colour(race):
    ax = plots.convergence(race.on("rastrigin-4d"))
    for entry in race.on("rastrigin-4d"):
        assert same_color(_line(ax, entry.label).get_color(), plots.colour(entry.label))
    note = plots.caption(ax).replace("\u00a0", " ").replace("\n", " ")
    for word in ("30 starts", "100 steps", "seed 0", "10 to 90 %", "Learning rates: SGD-Nesterov", "momentum=0.9"):
        assert word in note
    names = [text.get_text() for text in ax.figure.legends[0].get_texts()]
    assert names == ["SGD-Nesterov", "Adam", "control"]


def test_target_is_marked_where_it_is_near(race):
    near = plots.convergence(race.on("himmelblau-2d"))
    assert any(np.allclose(line.get_ydata(), 1e-3) and len(set(line.get_ydata())) == 1 for line in near.lines)
    assert near.get_ylim()[0] < 1e-3
    far = plots.convergence(lab.ensemble(lab.SGD(1e-9), ls.rastrigin(4), 10, 5))
    assert any(text.get_text() == "target 0.001 lies below" for text in far.texts)
    assert far.get_ylim()[0] > 1e-3


def test_zero_makes_the_axis_linear_below():
    runs = lab.ensemble(lab.SGD(1e-3), ls.himmelblau(), 20, 800)
    assert (runs.quantiles[-1, 0] - runs.surface.f_min) < 1e-15
    ax = plots.convergence(runs)
    assert ax.get_yscale() == "symlog"
    ax.figure.canvas.draw()
    heights = [t for t in ax.get_yticks() if ax.get_ylim()[0] <= t <= ax.get_ylim()[1]]
    assert 0 in heights
    assert len(heights) < 10


def test_runs_that_were_never_inside():
    outside = np.full((10, 3), 50.0) + np.arange(10)[:, None]
    never = lab.ensemble(lab.SGD(0.0), ls.sphere(3), outside, 20)
    ax = plots.convergence(never)
    assert np.isnan(_line(ax, "sgd").get_ydata()).all()
    assert any("no run was ever" in text.get_text() for text in ax.texts)
    later = lab.ensemble(lab.SGD(0.05), ls.sphere(3), outside, 60)
    assert np.isinf(later.quantiles[0]).all()
    ax = plots.convergence([never, later])
    heights = _line(ax, "sgd (2)").get_ydata()
    assert np.isnan(heights[0])
    assert np.isfinite(heights[-1])
    assert np.isfinite(ax.get_ylim()).all()


def test_band_is_open_above_while_some_runs_are_outside():
    starts = np.concatenate([np.full((5, 2), 1.0), np.full((5, 2), 1e6)])
    runs = lab.ensemble(lab.SGD(0.0), ls.sphere(2), starts, 10)
    assert np.isinf(runs.quantiles[-1, 4])
    ax = plots.convergence(runs)
    [band] = _bands(ax)
    assert np.isclose(band.get_paths()[0].vertices[:, 1].max(), ax.get_ylim()[1])


def test_everything_diverged(tmp_path):
    runs = lab.ensemble(lab.SGD(1e6), ls.rosenbrock(4), 10, 50)
    assert (runs.status == "diverged").all()
    assert len(plots.save(plots.convergence(runs), tmp_path / "a")) == 3


def test_unknown_minimum_draws_f_itself():
    s = ls.monkey_saddle().rotated(1)
    runs = lab.ensemble(lab.SGD(1e-3), s, 20, 50)
    ax = plots.convergence(runs)
    assert np.allclose(_line(ax, "sgd").get_ydata(), runs.quantiles[:, 2])
    assert "not known" in ax.get_ylabel()
    assert ax.get_yscale() == "linear"
    assert not any("target" in text.get_text() for text in ax.texts)


def test_settings_of_one_optimizer_are_distinguished_by_rate():
    s = ls.sphere(2)
    runs = [lab.ensemble(lab.SGD(lr), s, 5, 30) for lr in (1e-2, 1e-3)]
    ax = plots.convergence(runs)
    names = [text.get_text() for text in ax.figure.legends[0].get_texts()]
    assert names == ["SGD-Nesterov, lr 0.01", "SGD-Nesterov, lr 0.001"]
    assert _line(ax, "sgd").get_color() != _line(ax, "sgd (2)").get_color()


def test_a_given_axes_is_used(race):
    figure, ax = plt.subplots(layout="constrained")
    assert plots.convergence(race.on("himmelblau-2d"), ax) is ax
    assert plt.get_fignums() == [figure.number]
    assert not figure.legends
    assert ax.get_legend() is not None


def test_no_steps():
    ax = plots.convergence(lab.ensemble(lab.SGD(1e-3), ls.sphere(2), 5, 0))
    assert np.array_equal(_line(ax, "sgd").get_xdata(), [1])


def test_what_cannot_be_drawn(race):
    with pytest.raises(ValueError, match="results must hold at least one"):
        plots.convergence([])
    with pytest.raises(TypeError, match=r"results must be an Ensemble .* got 3"):
        plots.convergence(3)
    with pytest.raises(TypeError, match="results must be an Ensemble"):
        plots.convergence([race])
    with pytest.raises(ValueError, match="results must be on one surface, got himmelblau-2d, rastrigin-4d"):
        plots.convergence(race.entries)
    with pytest.raises(ValueError, match="results must hold quantiles, got sgd from a run with quantiles=False"):
        plots.convergence(lab.ensemble(lab.SGD(1e-3), ls.sphere(2), 5, 5, quantiles=False))
    with pytest.raises(TypeError, match="ax must be a Matplotlib Axes or None"):
        plots.convergence(race.on("himmelblau-2d"), plt)
