"""Profiles and frames as figures: what is drawn is what the results hold."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import same_color

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab import plots
from ngdm_lab.experiments.statistics.compare import wilson

SMALL = {"starts": 40, "steps": 100, "progress": False}


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def race():
    rules = [lab.SGD(1e-3), lab.Adam(), lab.NGDM(1e-3, lab.Dirichlet(1.4), form="exact")]
    return lab.race(rules, [ls.himmelblau(), ls.rastrigin(6), ls.levy(2)], tuning_starts=16, **SMALL)


@pytest.fixture(scope="module")
def found():
    return lab.frames([lab.SGD(1e-2), lab.Adam(0.1)], ls.styblinski_tang(2), seeds=(0, 1), tuning_starts=16, **SMALL)


def test_performance_profile_is_drawn(race):
    made = lab.performance_profile(race)
    ax = plots.profiles(made)
    assert ax.get_xscale() == "log"
    for label, line in zip(made.labels, ax.lines, strict=True):
        x, y = line.get_data()
        assert np.allclose(y, made.share(label, x))
        assert y[-1] == pytest.approx(np.isfinite(made.ratios[made.labels.index(label)]).mean())
        assert same_color(line.get_color(), plots.colour(label))
    words = plots.caption(ax).replace("\n", " ")
    assert "1 solved by nobody" in words
    assert f"a factor of {made.noise_floor:.2f} between equal rules" in words


def test_ecdf_is_drawn(race):
    made = lab.ecdf(race, starts=10)
    ax = plots.profiles(made)
    for label, line in zip(made.labels, ax.lines, strict=True):
        x, y = line.get_data()
        assert np.allclose(y, made.share(label, x))
        assert x[-1] == made.budget
    assert "points between equal rules" in plots.caption(ax).replace("\n", " ")


def test_frames_are_drawn(found):
    ax = plots.frames(found)
    bars = {bar.get_label(): bar.patches[0].get_width() for bar in ax.containers}
    assert len(bars) == 9
    for label in found.labels:
        for kind in ("plain", "flipped", "rotated"):
            won, m = found.hits(label, kind)
            assert bars[f"{label}, {kind}"] == pytest.approx(won / m)
    spans = [line.get_xdata() for line in ax.lines if len(line.get_xdata()) == 2 and line.get_linestyle() == "-"]
    wanted = [wilson(*found.hits(label, kind)) for label in found.labels for kind in ("plain", "flipped", "rotated")]
    assert np.allclose(spans, np.repeat(wanted, 2, axis=0))  # each on its white rim
    names = [tick.get_text() for tick in ax.get_yticklabels()]
    assert names == ["SGD-Nesterov", "Adam", "control = SGD-Nesterov"]
    assert [t.get_text() for t in ax.figure.legends[0].get_texts()] == [
        "plain",
        "flipped, 2 frames",
        "rotated, 2 frames",
    ]
    assert "dot: one frame" in plots.caption(ax).replace("\n", " ")


def test_nobody_arrives_and_own_axes():
    made = lab.frames([lab.SGD(1e-9)], ls.rastrigin(6), seeds=(0,), kinds="rotated", tuning=False, **SMALL)
    _, ax = plt.subplots()
    assert plots.frames(made, ax, legend=False, notes=False) is ax
    assert ax.get_xlim()[0] == 0
    assert len(ax.containers) == 4  # two kinds for the optimizer and its control


def test_files(found, race, tmp_path):
    for name, ax in (("f", plots.frames(found)), ("p", plots.profiles(lab.performance_profile(race)))):
        assert all(path.stat().st_size > 100 for path in plots.save(ax, tmp_path / name))


def test_bad_input(race, found):
    with pytest.raises(TypeError, match="result must come from"):
        plots.profiles(race.entries)
    with pytest.raises(TypeError, match="result must be a Frames"):
        plots.frames(race)
    with pytest.raises(TypeError, match="Axes"):
        plots.frames(found, ax=3)
