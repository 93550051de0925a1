"""Tuning curves: shares against lr and lr x gain; by erratum E7 equal rules fall on one curve."""

from __future__ import annotations

from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import same_color

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab import plots
from ngdm_lab.experiments.statistics.compare import wilson

RULES = [
    lab.SGD(1e-3),
    lab.NGDM(1e-3, lab.Dirichlet(12.0)),
    lab.NGDM(1e-3, lab.Dirichlet(1.4), form="exact"),
    lab.Adam(0.01),
]


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def race():
    return lab.race(RULES, [ls.himmelblau(), ls.rastrigin(6)], 10, 60, tuning_starts=16, progress=False)


@pytest.fixture(scope="module")
def entries(race):
    return race.on("himmelblau-2d")


def _line(ax, label):
    [found] = [line for line in ax.lines if line.get_label() == label]
    return found


def test_curves_are_the_tuning_curves(entries):
    left, right = plots.success(entries)
    for e in entries:
        assert np.array_equal(_line(left, e.label).get_xdata(), e.tuning.rates)
        assert np.array_equal(_line(left, e.label).get_ydata(), e.tuning.arrival)
        assert np.allclose(_line(right, e.label).get_xdata(), e.tuning.gain * e.tuning.rates)
        for ax in (left, right):
            assert same_color(_line(ax, e.label).get_color(), plots.colour(e.label))
    assert left.get_xlabel() == "learning rate"
    assert right.get_xlabel() == "learning rate × gain"
    assert left.get_ylabel() == "arrived"
    assert left.get_title(loc="left") == "himmelblau-2d"


def test_gains(entries):
    gains = {e.label: e.tuning.gain for e in entries}
    assert gains["sgd"] == gains["adam"] == 1
    assert gains["ngdm-dirichlet"] == pytest.approx(11.5072, rel=1e-4)  # 1/psi'(12)
    assert gains["ngdm-dirichlet-exact"] == pytest.approx(RULES[2].gain(2))


def test_equal_rules_fall_on_one_curve(entries):
    """E7: against lr x gain the diagonal rule repeats SGD, although its grid of rates is another."""
    _, right = plots.success(entries)
    sgd, diagonal = _line(right, "sgd"), _line(right, "ngdm-dirichlet")
    x = np.log(diagonal.get_xdata())
    inside = (x > np.log(sgd.get_xdata()[0])) & (x < np.log(sgd.get_xdata()[-1]))
    apart = np.abs(np.interp(x, np.log(sgd.get_xdata()), sgd.get_ydata()) - diagonal.get_ydata())[inside]
    assert np.quantile(apart, 0.9) < 0.3
    left_apart = np.abs(_line(right, "sgd").get_ydata() - _line(right, "ngdm-dirichlet").get_ydata())
    assert apart.mean() <= left_apart.mean() + 0.05


def test_chosen_rate_is_marked_and_hollow_at_the_edge(entries):
    e = entries[0]
    left, _ = plots.success([e])
    [mark] = [line for line in left.lines if line.get_marker() == plots.look("sgd").marker]
    assert mark.get_xdata()[0] == e.lr
    assert same_color(mark.get_markerfacecolor(), plots.colour("sgd"))
    edge = replace(e, tuning=replace(e.tuning, chosen=0))
    left, right = plots.success([edge])
    for ax in (left, right):
        [mark] = [line for line in ax.lines if line.get_marker() == plots.look("sgd").marker]
        assert same_color(mark.get_markerfacecolor(), "white")
        assert same_color(mark.get_markeredgecolor(), plots.colour("sgd"))


def test_band_is_wilsons(entries):
    e = entries[0]
    left, _ = plots.success([e])
    heights = np.concatenate([path.vertices[:, 1] for path in left.collections[0].get_paths()])
    k = int(np.argmax(e.tuning.arrival))
    starts = int(e.tuning.counts[k])
    low, high = wilson(round(e.tuning.arrival[k] * starts), starts)
    assert np.isclose(heights, low).any()
    assert np.isclose(heights, high).any()


def test_nobody_arrives(race):
    """Then the median last value is drawn: it decided."""
    entries = race.on("rastrigin-6d")
    assert not any(e.tuning.arrival.any() for e in entries)
    left, right = plots.success(entries)
    assert "median last" in left.get_ylabel()
    assert left.get_ylim() == right.get_ylim()
    for e in entries:
        finite = np.isfinite(e.tuning.final)
        assert np.allclose(_line(left, e.label).get_ydata()[finite], e.tuning.final[finite])


def test_notes_and_legend(entries):
    left, right = plots.success(entries)
    assert left.figure is right.figure
    names = [text.get_text() for text in left.figure.legends[0].get_texts()]
    assert names[:2] == ["SGD-Nesterov", "NGDM Dirichlet (diagonal)"]
    note = plots.caption(left).replace("\u00a0", " ").replace("\n", " ")
    for word in ("16 tuning starts a rate", "60 steps", "Wilson 95 %", "hollow", "NGDM Dirichlet (diagonal) 11.5"):
        assert word in note


def test_given_axes_are_used(entries):
    figure, axes = plt.subplots(1, 2, layout="constrained")
    assert plots.success(entries, axes) == tuple(axes)
    assert plt.get_fignums() == [figure.number]
    assert axes[0].get_legend() is not None
    assert axes[1].get_legend() is None


def test_what_cannot_be_drawn(race, entries):
    with pytest.raises(ValueError, match="entries must hold at least one"):
        plots.success([])
    with pytest.raises(TypeError, match=r"entries must be what race.on\(surface\) gives, .* got 3"):
        plots.success(3)
    with pytest.raises(ValueError, match="entries must be on one surface, got himmelblau-2d, rastrigin-6d"):
        plots.success(race.entries)
    untuned = lab.race([lab.SGD(1e-3)], [ls.sphere(2)], 5, 5, same_lr=1e-3, progress=False)
    with pytest.raises(ValueError, match="entries must come from a race with tuning"):
        plots.success(untuned.entries)
    _, axes = plt.subplots(1, 3)
    with pytest.raises(ValueError, match="axes must be 2 Axes, got 3"):
        plots.success(entries, axes)
    with pytest.raises(TypeError, match=r"each of axes must be a Matplotlib Axes"):
        plots.success(entries, [axes[0], None])
