"""The tuning curve: every rate tried, the chosen one marked, equal rules on one curve, values where nobody arrives."""

from __future__ import annotations

from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import same_color

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab import plots
from ngdm_lab.experiments import tune
from ngdm_lab.experiments.statistics.compare import wilson

RULES = [lab.SGD(1e-3), lab.NGDM(1e-3, lab.Dirichlet(12.0)), lab.Adam(0.01)]


@ls.landscape(bounds=(-2, 2), dims=(2, 2))
def falling(x, g, n):
    """No minimum is stated, and most rates lead out of the box."""
    g[0] = 1.0
    g[1] = 0.0
    return x[0]


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def race():
    surfaces = [ls.himmelblau(), ls.rastrigin(6), falling(2)]
    return lab.race(RULES, surfaces, 10, 60, tuning_starts=16, progress=False)


def _line(ax, label):
    [found] = [line for line in ax.lines if line.get_label() == label]
    return found


def _mark(ax, label):
    [found] = [line for line in ax.lines if line.get_marker() == plots.look(label).marker]
    return found


def _notes(ax):
    return plots.caption(ax).replace("\u00a0", " ").replace("\n", " ")


def test_every_rate_is_there_and_the_chosen_one_is_marked(race):
    ax = plots.tuning_curve(race, "himmelblau-2d")
    for e in race.on("himmelblau-2d"):
        assert np.array_equal(_line(ax, e.label).get_xdata(), e.tuning.rates)
        times = np.where(np.isfinite(e.tuning.times), e.tuning.times, np.nan)
        assert np.array_equal(_line(ax, e.label).get_ydata(), times, equal_nan=True)
        assert same_color(_line(ax, e.label).get_color(), plots.colour(e.label))
        assert _mark(ax, e.label).get_xdata()[0] == e.lr
        assert _mark(ax, e.label).get_ydata()[0] == e.tuning.times[e.tuning.chosen]
    names = [text.get_text() for text in ax.figure.legends[0].get_texts()]
    assert sorted(names) == ["Adam", "NGDM Dirichlet (diagonal)", "SGD-Nesterov", "control = SGD-Nesterov"]
    assert ax.get_xscale() == "log"
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("learning rate", "expected evaluations")
    assert ax.get_title(loc="left") == "himmelblau-2d"
    for word in (
        "16 tuning starts a rate and round, half in the coarse one",
        "60 steps, seed 0",
        "95 % band from 3 hits",
    ):
        assert word in _notes(ax)
    assert "Gain" not in _notes(ax)


def test_equal_rules_fall_on_one_curve(race):
    """E7: against lr x gain the diagonal rule repeats SGD; against lr it lies elsewhere."""
    off = {}
    for effective in (False, True):
        ax = plots.tuning_curve(race, "himmelblau-2d", effective=effective)
        sgd, diagonal = (np.array(_line(ax, k).get_data()) for k in ("sgd", "ngdm-dirichlet"))
        off[effective] = np.abs(np.log(diagonal[0] / sgd[0])).max()
        assert np.array_equal(diagonal[1], sgd[1], equal_nan=True)
    assert ax.get_xlabel() == "learning rate × gain"
    assert "Gain: NGDM Dirichlet (diagonal) 11.5, control = SGD-Nesterov 3.52; 1 for the others." in _notes(ax)
    assert off[True] < 1e-9
    assert off[False] == pytest.approx(np.log(11.5072), rel=1e-4)


@pytest.mark.parametrize("measure", ["time", "arrival"])
def test_bands_are_intervals_from_three_runs(race, measure):
    e = race.entry("sgd", "himmelblau-2d")
    ax = plots.tuning_curve(e.tuning) if measure == "time" else plots.success(e)[0]
    heights = np.concatenate([path.vertices[:, 1] for path in ax.collections[0].get_paths()])
    t = e.tuning
    for k, starts in enumerate(t.counts.tolist()):
        share = (t.hits if measure == "time" else t.arrival)[k]
        interval = wilson(round(share * starts), starts)
        if measure == "time":
            interval = [t.times[k] * np.exp(sign * 1.96 * t.error[k]) for sign in (-1, 1)]
        assert share * starts < 2.5 or all(np.isclose(heights, bound).any() for bound in interval)


def test_a_tuning_alone_and_several_by_label(race):
    tuning = race.entry("adam", "himmelblau-2d").tuning
    ax = plots.tuning_curve(tuning)
    assert np.array_equal(_line(ax, "tuning").get_xdata(), tuning.rates)
    assert not ax.figure.legends
    assert "16 tuning starts a rate and round, half in the coarse one. Evaluations" in _notes(ax)
    made = {f"momentum {m}": tune(lab.SGD(1.0, momentum=m), ls.sphere(2), starts=8, steps=20) for m in (0.0, 0.5)}
    ax = plots.tuning_curve(made, effective=True)
    assert [text.get_text() for text in ax.figure.legends[0].get_texts()] == list(made)
    assert "Gain: 1 for all." in _notes(ax)


def test_hollow_at_the_edge(race):
    tuning = race.entry("sgd", "himmelblau-2d").tuning
    filled = plots.tuning_curve({"sgd": tuning})
    assert same_color(_mark(filled, "sgd").get_markerfacecolor(), plots.colour("sgd"))
    hollow = plots.tuning_curve({"sgd": replace(tuning, chosen=0)})
    assert same_color(_mark(hollow, "sgd").get_markerfacecolor(), "white")


def test_where_nobody_arrives_values_are_drawn(race):
    ax = plots.tuning_curve(race, "rastrigin-6d")
    assert ax.get_ylabel() == r"median last $f - f_{\min}$"
    assert ax.get_yscale() == "log"
    for e in race.on("rastrigin-6d"):
        finite = np.isfinite(e.tuning.final)
        assert np.array_equal(_line(ax, e.label).get_ydata()[finite], e.tuning.final[finite])
        assert np.isnan(_line(ax, e.label).get_ydata()[~finite]).all()
        low, high = ax.get_ylim()
        assert low < e.tuning.final[e.tuning.chosen] < high
    assert "No run hit." in _notes(ax)


def test_without_a_known_minimum_f_itself_is_drawn(race):
    ax = plots.tuning_curve(race, "falling-2d")
    assert "not known" in ax.get_ylabel()
    assert ax.get_yscale() == "linear"


def test_nothing_to_draw():
    made = tune(lab.SGD(1.0), ls.sphere(2), starts=4, steps=10)
    ax = plots.tuning_curve(replace(made, hits=0 * made.hits, final=np.full(len(made.rates), np.inf)))
    assert any("diverged" in text.get_text() for text in ax.texts)


def test_a_loaded_race_draws_the_same(race, tmp_path):
    again = lab.load(race.save(tmp_path / "race"))
    for surface in race.surfaces[:2]:
        one, other = (plots.tuning_curve(r, surface, effective=True) for r in (race, again))
        for a, b in zip(one.lines, other.lines, strict=True):
            assert np.array_equal(a.get_data(), b.get_data(), equal_nan=True)


def test_given_axes_and_no_words(race):
    figure, ax = plt.subplots(layout="constrained")
    assert plots.tuning_curve(race, "himmelblau-2d", ax, legend=False, notes=False) is ax
    assert plt.get_fignums() == [figure.number]
    assert ax.get_legend() is None


def test_what_cannot_be_drawn(race):
    with pytest.raises(ValueError, match="unknown surface 'himmelblau'"):
        plots.tuning_curve(race, "himmelblau")
    untuned = lab.race([lab.SGD(1e-3)], [ls.sphere(2)], 5, 5, same_lr=1e-3, progress=False)
    with pytest.raises(ValueError, match="race_or_tuning must be a race with tuning, got one without"):
        plots.tuning_curve(untuned)
    with pytest.raises(ValueError, match="surface must be left out where no race is given, got 'sphere-2d'"):
        plots.tuning_curve(race.entries[0].tuning, "sphere-2d")
    with pytest.raises(ValueError, match="race_or_tuning must hold at least one tuning, got an empty mapping"):
        plots.tuning_curve({})
    with pytest.raises(TypeError, match="race_or_tuning must be a Race, a Tuning or Tunings by label, got 3"):
        plots.tuning_curve(3)
    with pytest.raises(TypeError, match="ax must be a Matplotlib Axes or None"):
        plots.tuning_curve(race, "himmelblau-2d", 3)
