"""The figures of a race: what is written, what is left out, and that nobody's figures are touched."""

from __future__ import annotations

import importlib

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_hex

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab import plots
from ngdm_lab.experiments.race import pictures
from ngdm_lab.optimizers import update_rule
from ngdm_lab.plots.drawing import layout
from ngdm_lab.plots.drawing.grid import Sheet

SMALL = {"starts": 12, "steps": 40, "tuning_starts": 8, "progress": False}
RULES = [lab.SGD(1e-3), lab.Adam(0.05)]


@update_rule(direction=True)
def signs_only(x, g, n, t, width=1.0):
    for i in range(n):
        g[i] = width if g[i] > 0 else -width


@pytest.fixture(autouse=True)
def small_maps(monkeypatch):
    monkeypatch.setattr(pictures, "MAP", 10)
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def race():
    return lab.race(RULES, [ls.himmelblau(), ls.rosenbrock(2), ls.rastrigin(4)], **SMALL)


def _names(made):
    return [path.name for path in made]


def _files(*kinds):
    return [f"{kind}.{suffix}" for kind in kinds for suffix in ("png", "pdf", "txt")]


def _said(ax):
    return plots.caption(ax).replace("\n", " ")


def test_six_figures_with_their_captions(race, tmp_path):
    made = plots.race_figures(race, tmp_path / "new" / "figures")
    kinds = ("convergence", "profile", "ecdf", "success", "trajectories", "basins")
    assert _names(made) == _files(*kinds)
    for path in made:
        if path.suffix != ".txt":
            assert path.read_bytes()[:4] in (b"\x89PNG", b"%PDF")
        else:
            assert "target 0.001" in path.read_text() or path.stem == "profile"
    assert sorted(path.parent.iterdir()) == sorted(made)
    width = int.from_bytes(made[0].read_bytes()[16:20], "big")
    assert width == 1002  # 85 mm at 300 dots an inch
    assert plt.get_fignums() == []


def test_some_of_the_figures(tmp_path, monkeypatch):
    """Each is the same, whichever others are drawn, also of labels that have no colour of their own yet."""
    race = lab.race({"mine": lab.SGD(1e-3), "yours": lab.Adam(0.05)}, ls.himmelblau(), **SMALL)
    given = importlib.import_module("ngdm_lab.plots.drawing.style")
    monkeypatch.setattr(given, "_given", {})
    plots.race_figures(race, tmp_path)
    monkeypatch.setattr(given, "_given", {})
    some = plots.race_figures(race, tmp_path / "some", ["basins", "success"])
    assert _names(some) == _files("success", "basins")
    for path in some:
        assert path.read_bytes() == (tmp_path / path.name).read_bytes()
    assert plots.race_figures(race, tmp_path, []) == []


def test_captions_below_on_demand(race, tmp_path):
    heights = []
    for notes in (False, True):
        png, _, text = plots.race_figures(race, tmp_path / str(notes), ["ecdf"], notes=notes)
        heights.append(int.from_bytes(png.read_bytes()[20:24], "big"))
        assert "Share solved of 12 runs on 3 landscapes" in text.read_text()
    assert heights[1] > heights[0] + 30


def test_the_users_style_on_demand(race, tmp_path):
    with plt.style.context("dark_background"):
        packages = plots.race_figures(race, tmp_path / "one", ["ecdf"])[0]
        users = plots.race_figures(race, tmp_path / "two", ["ecdf"], own_style=True)[0]
    assert plt.imread(packages)[0, 0, :3].tolist() == [1, 1, 1]
    assert plt.imread(users)[0, 0, :3].tolist() == [0, 0, 0]


def test_panels_keep_their_renderer():
    """Without a canvas that keeps one, Matplotlib makes a renderer for every text that is measured."""
    with plots.style(), layout.unshown():
        figure = Sheet(2, None, 1.0).figure
    assert figure.canvas.get_renderer() is figure.canvas.get_renderer()
    assert figure.dpi == 300
    assert plt.get_fignums() == []


def test_a_race_is_a_grid_of_its_landscapes(race):
    axes = plots.convergence(race)
    assert [ax.get_title(loc="left") for ax in axes] == race.surfaces
    names = [text.get_text() for text in axes[0].figure.legends[0].get_texts()]
    assert names == ["SGD-Nesterov", "Adam", "control = SGD-Nesterov"]
    tuned = "tuned in rounds of 4 + 8 + 8 other starts"
    for word in ("12 starts", "40 steps", "seed 0", "target 0.001", tuned, "10 to 90 %"):
        assert word in _said(axes[0])
    for ax in axes:
        lines = {line.get_label(): line for line in ax.lines}
        for label in ("sgd", "adam", "control"):
            assert to_hex(lines[label].get_color()).upper() == plots.colour(label)
    assert [bool(ax.get_xlabel()) for ax in axes] == [False, True, True]
    assert [bool(ax.get_ylabel()) for ax in axes] == [True, False, True]


def test_ones_own_axes_take_a_race(race):
    figure, axes = plt.subplots(1, 3, layout="constrained")
    assert plots.convergence(race, axes) == list(axes)
    assert plt.get_fignums() == [figure.number]
    with pytest.raises(ValueError, match="axes must be 3 Axes, got 2"):
        plots.convergence(race, axes[:2])


def test_success_has_two_panels_a_surface(race):
    axes = plots.success(race)
    assert len(axes) == 6
    assert [ax.get_title(loc="left") for ax in axes[::2]] == race.surfaces


def test_tuning_curves_of_all_landscapes(race):
    axes = plots.tuning_curve(race)
    assert [ax.get_title(loc="left") for ax in axes] == race.surfaces
    assert len(axes[0].figure.legends) == 1


def test_paths_start_at_a_telling_start_and_leave_the_control_out(race):
    axes = plots.trajectories(race)
    assert len(axes) == 2
    assert len(axes[0].figure.legends) == 1
    assert all(ax.get_legend() is None for ax in axes)
    entries = [e for e in race.on("himmelblau-2d") if e.label != "control"]
    k = pictures.common_start(entries)
    lines = {line.get_label(): line for line in axes[0].lines}
    assert "control" not in lines
    for e in entries:
        assert np.array_equal(lines[e.label].get_xydata()[0], e.runs.x0[k])
        if e.runs.status[k] != "diverged":  # the very run of the race
            assert np.array_equal(lines[e.label].get_xydata()[-1], e.runs.x[k])
    assert "all from one start" in _said(axes[0])


def test_maps_are_of_landscapes_with_several_basins(race):
    axes = plots.basins(race)
    assert [ax.get_title(loc="left").split("\n")[0] for ax in axes] == ["SGD-Nesterov", "Adam"]
    assert "himmelblau-2d" in axes[0].get_ylabel()
    assert "after 40 steps at the rate of the race, from 10 x 10 starts on a grid" in _said(axes[0])
    with pytest.raises(ValueError, match="result must be a race with a landscape of several basins"):
        plots.basins(lab.race(RULES, ls.rosenbrock(2), 5, 10, same_lr=1e-3, progress=False))


def test_many_landscapes_are_cut_to_the_telling_ones():
    surfaces = [ls.get(name, 2) for name in ("sphere", "rosenbrock", "beale", "booth", "matyas", "rastrigin", "ackley",
                                             "griewank")]  # fmt: skip
    made = lab.race(RULES, surfaces, 8, 30, tuning_starts=8, progress=False)
    for axes, each in ((plots.trajectories(made), 1), (plots.success(made), 2)):
        assert len(axes) == 6 * each
        shown = [ax.get_title(loc="left").split("\n")[0] for ax in axes[::each]]
        left = [name for name in made.surfaces if name not in shown]
        assert len(left) == 2
        assert all(name in _said(axes[0]).partition("Not shown")[2] for name in left)
        inches = axes[0].figure.get_figheight()
        assert inches < 9  # a page


def test_what_does_not_apply_is_left_out(tmp_path):
    made = lab.race(RULES, [ls.sphere(3)], 5, 10, same_lr=1e-3, progress=False)
    assert _names(plots.race_figures(made, tmp_path)) == _files("convergence", "ecdf")
    assert "one learning rate for all, 0.001" in _said(plots.convergence(made)[0])
    own = lab.race(RULES, [ls.sphere(3)], 5, 10, tuning=False, progress=False)
    assert "the optimizers' own learning rates" in _said(plots.convergence(own)[0])


def test_ones_own_rules_and_landscapes(tmp_path):
    @ls.landscape(bounds=(-5, 5), minima=[[0, 1], [0, -1]], dim=2)
    def a_bowl_with_quite_a_long_name_of_its_own(x, g):
        g[0] = 2 * x[0]
        g[1] = 4 * x[1] * (x[1] ** 2 - 1)
        return x[0] ** 2 + (x[1] ** 2 - 1) ** 2

    s = a_bowl_with_quite_a_long_name_of_its_own
    s = s if isinstance(s, ls.Surface) else s(2)
    made = lab.race([lab.SGD(1e-3), signs_only(lr=0.01)], [s], **SMALL)
    live = plots.race_figures(made, tmp_path / "live")
    assert _names(live) == _files("convergence", "ecdf", "success", "trajectories", "basins")
    loaded = lab.load(made.save(tmp_path / "race"))  # rule and landscape are not in the file, but the maps are
    drawn = plots.race_figures(loaded, tmp_path / "loaded")
    assert _names(drawn) == _files("convergence", "ecdf", "success", "basins")
    assert "arrive" not in plots.basins(loaded)[0].get_title(loc="left")


def test_ten_optimizers_and_runs_that_all_diverge(tmp_path):
    rules = [lab.SGD(10.0 ** (3 + k)) for k in range(10)]
    made = lab.race(rules, [ls.himmelblau()], 5, 20, tuning=False, progress=False)
    assert all((e.runs.status == "diverged").all() for e in made.entries)
    assert _names(plots.race_figures(made, tmp_path)) == _files("convergence", "ecdf", "trajectories", "basins")
    names = [text.get_text() for text in plots.convergence(made)[0].figure.legends[0].get_texts()]
    assert names[:2] == ["SGD-Nesterov, lr 1e3", "SGD-Nesterov, lr 1e4"]


def test_one_colour_for_an_optimizer_in_every_figure(race):
    """Whatever is drawn of an optimizer under its label has its one colour."""
    for axes in (plots.convergence(race), plots.success(race), plots.trajectories(race)):
        for line in [line for ax in axes for line in ax.lines]:
            if line.get_label() in race.labels:
                assert to_hex(line.get_color()).upper() == plots.colour(line.get_label()).upper()


def test_what_cannot_be_drawn_or_written(race, tmp_path):
    with pytest.raises(TypeError, match=r"race must be a Race \(of lab.race\), got 3"):
        plots.race_figures(3, tmp_path)
    with pytest.raises(ValueError, match=r"each of only must be one of 'convergence', 'profile', .* got 'basin'"):
        plots.race_figures(race, tmp_path, ["basin"])
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ValueError, match=r"cannot write .*file"):
        plots.race_figures(race, tmp_path / "file")


def test_functions_are_not_hidden_by_modules():
    for name in plots.__all__:
        assert callable(getattr(lab.plots, name)), name
