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
from ngdm_lab.plots.drawing.grid import grid

module = importlib.import_module("ngdm_lab.plots.race.figures")
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


def _note(figure):
    return " ".join(text.get_text() for text in figure.texts).replace("\n", " ")


def test_four_figures_twice(race, tmp_path):
    made = plots.race_figures(race, tmp_path / "new" / "figures")
    kinds = ("convergence", "success", "trajectories", "basins")
    assert _names(made) == [f"{kind}.{suffix}" for kind in kinds for suffix in ("png", "pdf")]
    for path in made:
        assert path.read_bytes()[:4] in (b"\x89PNG", b"%PDF")
    assert sorted(path.parent.iterdir()) == sorted(made)
    width = int.from_bytes(made[0].read_bytes()[16:20], "big")
    assert width == 1400  # 7 inches at 200 dots
    assert plt.get_fignums() == []


def test_some_of_the_figures(tmp_path, monkeypatch):
    """Each is the same, whichever others are drawn, also of labels that have no colour of their own yet."""
    race = lab.race({"mine": lab.SGD(1e-3), "yours": lab.Adam(0.05)}, ls.himmelblau(), **SMALL)
    given = importlib.import_module("ngdm_lab.plots.drawing.style")
    monkeypatch.setattr(given, "_given", {})
    assert len(plots.race_figures(race, tmp_path)) == 8
    monkeypatch.setattr(given, "_given", {})
    some = plots.race_figures(race, tmp_path / "some", ["basins", "success"])
    assert _names(some) == ["success.png", "success.pdf", "basins.png", "basins.pdf"]
    for path in some:
        assert path.read_bytes() == (tmp_path / path.name).read_bytes()
    assert plots.race_figures(race, tmp_path, []) == []


def test_panels_keep_their_renderer():
    """Without a canvas that keeps one, Matplotlib makes a renderer for every text that is measured."""
    with plots.style():
        figure, _ = grid(2, 2, 1.0)
    assert figure.canvas.get_renderer() is figure.canvas.get_renderer()
    assert figure.dpi == 200


def test_convergence_has_a_panel_a_surface(race):
    with plots.style():
        figure = module._convergence(race)
    assert [ax.get_title(loc="left") for ax in figure.axes] == race.surfaces
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert names == ["SGD-Nesterov", "Adam", "control = SGD-Nesterov"]
    note = _note(figure)
    tuned = "tuned in rounds of 4 + 8 + 8 other starts"
    for word in ("12 starts", "40 steps", "seed 0", "target 0.001", tuned, "10 to 90 %"):
        assert word in note
    for ax in figure.axes:
        lines = {line.get_label(): line for line in ax.lines}
        for label in ("sgd", "adam", "control"):
            assert to_hex(lines[label].get_color()).upper() == plots.colour(label)


def test_success_has_two_panels_a_surface(race):
    with plots.style():
        figure = module._success(race)
    assert len(figure.axes) == 6
    assert [ax.get_title(loc="left") for ax in figure.axes[::2]] == race.surfaces


def test_paths_start_where_most_arrive_and_leave_the_control_out(race):
    with plots.style():
        figure = module._paths(race)
    panels = [ax for ax in figure.axes if ax.get_xlabel() == "$x_1$"]
    assert len(panels) == 2
    entries = [e for e in race.on("himmelblau-2d") if e.label != "control"]
    k = pictures.common_start(entries)
    lines = {line.get_label(): line for line in panels[0].lines}
    assert "control" not in lines
    for e in entries:
        assert np.array_equal(lines[e.label].get_xydata()[0], e.runs.x0[k])
        if e.runs.status[k] != "diverged":  # the very run of the race
            assert np.array_equal(lines[e.label].get_xydata()[-1], e.runs.x[k])
    assert "One start for all" in _note(figure)


def test_maps_are_of_the_first_plane_surface(race):
    with plots.style():
        figure = module._maps(race)
    assert [ax.get_title(loc="left").split("\n")[0] for ax in figure.axes] == ["SGD-Nesterov", "Adam"]
    assert "himmelblau-2d: 10 x 10 starts, 40 steps" in _note(figure)


def test_what_does_not_apply_is_left_out(tmp_path):
    made = lab.race(RULES, [ls.sphere(3)], 5, 10, same_lr=1e-3, progress=False)
    assert _names(plots.race_figures(made, tmp_path)) == ["convergence.png", "convergence.pdf"]
    with plots.style():
        assert "one learning rate for all, 0.001" in _note(module._convergence(made))
    own = lab.race(RULES, [ls.sphere(3)], 5, 10, tuning=False, progress=False)
    with plots.style():
        assert "the optimizers' own learning rates" in _note(module._convergence(own))


def test_ones_own_rules_and_landscapes(tmp_path):
    @ls.landscape(bounds=(-5, 5), minima=[[0, 0]], dim=2)
    def a_bowl_with_quite_a_long_name_of_its_own(x, g):
        g[0] = 2 * x[0]
        g[1] = 20 * x[1]
        return x[0] ** 2 + 10 * x[1] ** 2

    s = a_bowl_with_quite_a_long_name_of_its_own
    s = s if isinstance(s, ls.Surface) else s(2)
    made = lab.race([lab.SGD(1e-3), signs_only(lr=0.01)], [s], **SMALL)
    assert len(plots.race_figures(made, tmp_path / "live")) == 8
    with plots.style():
        assert "stars: minima" in _note(module._maps(made))
    loaded = lab.load(made.save(tmp_path / "race"))  # rule and landscape are not in the file, but the maps are
    drawn = plots.race_figures(loaded, tmp_path / "loaded")
    assert _names(drawn)[::2] == ["convergence.png", "success.png", "basins.png"]
    with plots.style():
        assert "stars" not in _note(module._maps(loaded))


def test_ten_optimizers_and_runs_that_all_diverge(tmp_path):
    rules = [lab.SGD(10.0 ** (3 + k)) for k in range(10)]
    made = lab.race(rules, [ls.rosenbrock(2)], 5, 20, tuning=False, progress=False)
    assert all((e.runs.status == "diverged").all() for e in made.entries)
    assert _names(plots.race_figures(made, tmp_path))[::2] == ["convergence.png", "trajectories.png", "basins.png"]


def test_one_colour_for_an_optimizer_in_every_figure(race):
    """Whatever is drawn of an optimizer under its label has its one colour."""
    with plots.style():
        figures = [draw(race) for draw in (module._convergence, module._success, module._paths)]
    for figure in figures:
        for ax in figure.axes:
            for line in ax.lines:
                if line.get_label() in race.labels:
                    assert to_hex(line.get_color()).upper() == plots.colour(line.get_label()).upper()


def test_grids():
    assert [module.columns_for(k, 3) for k in (1, 2, 3, 4, 5, 11)] == [1, 2, 3, 2, 3, 3]


def test_what_cannot_be_drawn_or_written(race, tmp_path):
    with pytest.raises(TypeError, match=r"race must be a Race \(of lab.race\), got 3"):
        plots.race_figures(3, tmp_path)
    with pytest.raises(ValueError, match=r"each of only must be one of 'convergence', 'success', .* got 'basin'"):
        plots.race_figures(race, tmp_path, ["basin"])
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ValueError, match=r"cannot write .*file"):
        plots.race_figures(race, tmp_path / "file")


def test_functions_are_not_hidden_by_modules():
    for name in plots.__all__:
        assert callable(getattr(lab.plots, name)), name
