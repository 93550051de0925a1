"""What a race's figures show is what its table says: every line and share against `race.rows()`."""

from __future__ import annotations

import re

import matplotlib.pyplot as plt
import numpy as np
import pytest

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab import plots
from ngdm_lab.experiments.race import pictures


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def race():
    rules = [lab.SGD(1e-3), lab.Adam(0.05), lab.SGD(1e-3, momentum=0.0)]
    surfaces = [ls.himmelblau(), ls.rastrigin(2), ls.sphere(3), ls.rosenbrock(2)]
    return lab.race(rules, surfaces, 60, 150, tuning_starts=16, progress=False)


@pytest.fixture(scope="module")
def table(race):
    return {(row["surface"], row["optimizer"]): row for row in race.rows()}


def _lines(ax):
    return {line.get_label(): line for line in ax.lines if not line.get_label().startswith("_")}


def test_medians_of_the_convergence(race, table):
    """The line ends at the table's median of the best values."""
    for surface, ax in zip(race.surfaces, plots.convergence(race), strict=True):
        f_min = race.on(surface)[0].runs.surface.f_min
        for label in race.labels:
            x, y = _lines(ax)[label].get_data()
            row = table[surface, label]
            assert x[-1] == row["steps"] + 1
            assert y[-1] == pytest.approx(row["median_best"] - f_min, rel=0.05, abs=1e-12)


def test_bands_of_the_best_and_the_control_only(race, table):
    for surface, ax in zip(race.surfaces, plots.convergence(race), strict=True):
        own = [label for label in race.labels if label != "control"]
        best = min(own, key=lambda label: (table[surface, label]["ert"], table[surface, label]["median_best"]))
        bands = [c for c in ax.collections if len(c.get_paths())]
        colours = {tuple(np.round(band.get_facecolor()[0][:3], 6)) for band in bands}
        wanted = {tuple(np.round(plt.matplotlib.colors.to_rgb(plots.colour(k)), 6)) for k in (best, "control")}
        assert colours == wanted
    assert "band: 10 to 90 % of the runs, of the best on each landscape and of the control" in plots.caption(
        ax
    ).replace("\n", " ")


def test_heights_of_the_distribution(race, table):
    """At the right, the mean over landscapes of the table's `success`."""
    _, distribution = plots.profiles(race)
    for label in race.labels:
        rows = [table[surface, label] for surface in race.surfaces]
        assert _lines(distribution)[label].get_ydata()[-1] == pytest.approx(np.mean([row["success"] for row in rows]))


def test_heights_of_the_profile(race, table):
    """At every factor, the landscapes whose expected evaluations are at most so many times the best's."""
    profile, _ = plots.profiles(race)
    best = {s: min(table[s, k]["ert"] for k in race.labels if k != "control") for s in race.surfaces}
    for label in race.labels:
        x, y = _lines(profile)[label].get_data()
        solved = [[table[s, label]["ert"] <= ratio * best[s] * (1 + 1e-12) and np.isfinite(best[s])
                   for s in race.surfaces] for ratio in x]  # fmt: skip
        assert np.allclose(y, np.mean(solved, axis=1))


def test_rates_that_were_chosen(race, table):
    """The markers of both figures of tuning stand at the table's learning rates."""
    marks = []
    for surface, ax in zip(race.surfaces, plots.tuning_curve(race), strict=True):
        marks.append((surface, ax))
    for k, ax in enumerate(plots.success(race)[::2]):
        marks.append((race.surfaces[k], ax))
    for surface, ax in marks:
        drawn = [line.get_xdata()[0] for line in ax.lines if len(line.get_xdata()) == 1]
        assert drawn == [table[surface, label]["lr"] for label in race.labels]


def test_ends_of_the_paths(race):
    axes = plots.trajectories(race)
    names = [ax.get_title(loc="left").split("\n")[0] for ax in axes]
    assert names == [s for s in race.surfaces if s != "sphere-3d"]
    for surface, ax in zip(names, axes, strict=True):
        entries = [e for e in race.on(surface) if e.label != "control"]
        k = pictures.common_start(entries)
        for e in entries:
            assert np.array_equal(_lines(ax)[e.label].get_xydata()[0], e.runs.x0[k])
            if e.runs.status[k] != "diverged":
                assert np.array_equal(_lines(ax)[e.label].get_xydata()[-1], e.runs.x[k])


def test_arrivals_above_the_maps(race, table):
    """Counted as the table counts, with the race's steps and target; they differ by the starts alone."""
    axes = plots.basins(race)
    panels = [(surface, label, found) for surface, maps in race.pictures.maps.items() for label, found in maps.items()]
    assert [surface for surface, _, _ in panels] == ["himmelblau-2d"] * 3 + ["rastrigin-2d"] * 3
    for ax, (surface, label, found) in zip(axes, panels, strict=True):
        row = table[surface, label]
        assert (found.runs.steps, found.runs.target) == (row["steps"], row["target"])
        shown = float(re.search(r"([\d.]+) % arrive", ax.get_title(loc="left"))[1]) / 100
        assert shown == pytest.approx(found.runs.arrived.mean(), abs=5e-4)
        spread = np.sqrt(0.25 / row["starts"] + 0.25 / len(found.runs))
        assert abs(shown - row["arrival"]) < 4 * spread


def test_no_label_is_given_twice(race):
    """Plain gradient descent is no SGD with Nesterov's step."""
    names = [text.get_text() for text in plots.convergence(race)[0].figure.legends[0].get_texts()]
    assert names == ["SGD-Nesterov", "Adam", "gradient descent", "control = SGD-Nesterov"]
