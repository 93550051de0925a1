"""Paths over contours: the right points, names, ends and options."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import same_color

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab import plots
from ngdm_lab.optimizers import update_rule
from ngdm_lab.plots.drawing.field import Field
from ngdm_lab.plots.drawing.view import leaving_point, view_box


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def paths():
    rules = [lab.SGD(1e-3), lab.Adam(0.1), lab.NGDM(1e-3, lab.Dirichlet(lab.ramp(1.4, 0.005)))]
    return [lab.trace(o, ls.rosenbrock(2), [-1.2, 1.0], 300) for o in rules]


@update_rule(direction=True)
def my_rule(x, g, n, t, speed=1.0):
    for i in range(n):
        g[i] = speed * g[i]


def _line(ax, label):
    [found] = [line for line in ax.lines if line.get_label() == label]
    return found


def _legend(ax):
    holder = ax.figure if ax.figure.legends else ax
    legend = holder.legends[0] if holder is ax.figure else ax.get_legend()
    return [text.get_text().replace("\n", " ") for text in legend.get_texts()]  # a narrow one breaks its lines


def _notes(ax):
    return plots.caption(ax).replace("\n", " ")


def test_paths_are_the_iterates_in_their_colours(paths):
    ax = plots.trajectories(paths)
    for path in paths:
        line = _line(ax, path.optimizer.name)
        assert np.array_equal(line.get_xydata(), path.x)
        assert same_color(line.get_color(), plots.colour(path.optimizer.name))
    assert ax.get_xlabel() == "$x_1$"
    assert ax.get_ylabel() == "$x_2$"
    assert ax.get_title(loc="left") == "rosenbrock-2d"


def test_legend_and_options(paths):
    ax = plots.trajectories(paths)
    assert _legend(ax) == [
        "SGD-Nesterov, lr 0.001: not converged",
        "Adam, lr 0.1: not converged",
        "NGDM Dirichlet (diagonal), lr 0.001: not converged",
        "start",
        "minimum",
    ]
    note = _notes(ax)
    options = "momentum=0.9", "betas=(0.9, 0.999)", "Dirichlet(α=1.4+0.005i)"
    for word in ("300 steps", "seed 0", *options, "Not converged:"):
        assert word in note
    bar = ax.figure.axes[-1]
    assert bar is not ax
    assert bar.get_ylabel() == r"$f - f_{\min}$"


def test_start_end_and_minimum_are_marked(paths):
    ax = plots.trajectories(paths[0])
    marks = {line.get_marker(): line for line in ax.lines if line.get_linestyle() == "None"}
    assert np.array_equal(marks["*"].get_xydata(), [[1.0, 1.0]])
    ends = [line.get_xydata() for line in ax.lines if line.get_marker() == plots.look("sgd").marker]
    assert any(np.array_equal(end, paths[0].x[-1:]) for end in ends)
    assert any(np.array_equal(end, [[-1.2, 1.0]]) for end in ends)  # sgd's marker is round, as the start's is


def test_a_given_axes_is_used_and_no_figure_is_made(paths):
    figure, (ax, other) = plt.subplots(1, 2, layout="constrained")
    assert plots.trajectories(paths, ax) is ax
    assert plt.get_fignums() == [figure.number]
    assert not other.lines
    assert _legend(ax)[0] == "SGD-Nesterov, lr 0.001: not converged"
    assert "momentum=0.9" in _notes(ax)
    figure.canvas.draw()
    assert ax.get_position().y0 > 0.2  # room is made for what hangs below


def test_legend_goes_inside_where_nothing_lays_out_the_figure(paths):
    _, ax = plt.subplots(layout="none")
    plots.trajectories(paths, ax)
    assert ax.get_legend().get_frame_on()


def test_parts_can_be_left_out(paths):
    ax = plots.trajectories(paths, legend=False, notes=False, bar=False)
    assert ax.figure.axes == [ax]
    assert not ax.figure.legends
    assert not any(text.get_text() for text in ax.figure.texts)


def test_diverged_paths_say_so_and_end_hollow_at_the_edge():
    s = ls.rosenbrock(2)
    path = lab.trace(lab.SGD(10.0), s, [2.0, 2.0], 300)
    assert path.status == "diverged"
    ax = plots.trajectories(path)
    steps = int(path.runs.evaluations[0]) - 1
    assert _legend(ax)[0] == f"SGD-Nesterov, lr 10: diverged after {steps} steps"
    assert "Diverged: became infinite" in _notes(ax)
    drawn = _line(ax, "sgd").get_xydata()
    assert np.isfinite(drawn).all()
    single = [line for line in ax.lines if len(line.get_xydata()) == 1]
    [end] = [line for line in single if line.get_markeredgecolor() == plots.colour("sgd")]
    assert same_color(end.get_markerfacecolor(), "white")
    box = np.array([ax.get_xlim(), ax.get_ylim()])
    point = end.get_xydata()[0]
    assert np.isclose(point[:, None], box, rtol=1e-9, atol=1e-12).any()


def test_all_diverged_at_once_can_be_drawn(tmp_path):
    s = ls.rosenbrock(2)
    ax = plots.trajectories([lab.trace(o, s, [2.0, 2.0], 50) for o in (lab.SGD(1e3), lab.Adam(1e300))])
    assert sum("diverged" in text for text in _legend(ax)) >= 1
    assert len(plots.save(ax, tmp_path / "a")) == 3


def test_runs_of_equal_settings_share_a_colour_and_others_do_not():
    s = ls.himmelblau()
    twice = [lab.trace(lab.Adam(0.1), s, start, 400) for start in ([0.0, 4.0], [1.0, -3.0])]
    other = lab.trace(lab.Adam(0.01), s, [0.0, 4.0], 100)
    ax = plots.trajectories([*twice, other])
    assert _legend(ax)[:2] == ["Adam, lr 0.1: 2 converged", "Adam, lr 0.01: not converged"]
    colours = {line.get_label(): line.get_color() for line in ax.lines if line.get_label().startswith("adam")}
    assert set(colours) == {"adam", "adam (2)"}
    assert colours["adam"] == plots.colour("adam") != colours["adam (2)"]


def test_long_names_stay_within_the_figure():
    rule = my_rule(lr=0.01)
    long = lab.preconditioned(rule, lab.Dirichlet(lab.ramp(2.0, 0.1)), "exact")
    ax = plots.trajectories([lab.trace(o, ls.himmelblau(), [0.0, 4.0], 50) for o in (long, rule)], notes=True)
    figure = ax.figure
    figure.canvas.draw()
    for artist in [*figure.legends, *figure.texts]:
        box = artist.get_window_extent()
        assert box.x0 >= 0
        assert box.x1 <= figure.bbox.x1 + 1
        assert box.y0 >= 0
    tops = [figure.legends[0].get_window_extent().y1, figure.texts[0].get_window_extent().y1]
    assert ax.xaxis.get_tightbbox().y0 >= tops[0] >= tops[1]


def test_views(paths):
    s = ls.rosenbrock(2)
    near = plots.trajectories(paths[0])
    assert near.get_xlim()[0] > -3
    assert near.get_xlim()[1] < 3
    whole = plots.trajectories(paths[0], view="bounds")
    assert np.array_equal([whole.get_xlim(), whole.get_ylim()], s.bounds)
    chosen = plots.trajectories(paths[0], view=((-2, 2), (-1, 3)))
    assert np.array_equal([chosen.get_xlim(), chosen.get_ylim()], [[-2, 2], [-1, 3]])
    box = view_box("paths", [lab.trace(lab.SGD(0.0), s, [30.0, 1.0], 1)], s)
    assert box[0, 0] < 1 < 30 < box[0, 1]  # a start outside the bounds is in view, and the minimum


@pytest.mark.parametrize("view", ["all", 3, ((1, 0), (0, 1)), ((0, 1), (0, np.nan)), ((0, 1),)])
def test_impossible_views(paths, view):
    with pytest.raises(ValueError, match="view must be 'paths', 'bounds' or"):
        plots.trajectories(paths, view=view)


def test_leaving_point():
    box = np.array([[0.0, 1.0], [0.0, 2.0]])
    assert np.allclose(leaving_point(np.array([0.5, 1.0]), np.array([1.5, 1.0]), box), [1.0, 1.0])
    assert np.allclose(leaving_point(np.array([0.5, 0.5]), np.array([0.5, -1e300]), box), [0.5, 0.0])


def test_levels_show_valleys():
    s = ls.rosenbrock(2)
    field = Field(s, np.array(s.bounds))
    z = field.grid()[2]
    levels = field.levels(z)
    assert (np.diff(levels) > 0).all()
    assert levels[-1] / levels[0] > 1e3  # spread over the logarithm
    assert 6 <= len(levels) <= 20
    unknown = ls.monkey_saddle().rotated(1)
    assert np.isnan(unknown.f_min)
    field = Field(unknown, np.array(unknown.bounds))
    z = field.grid()[2]
    shares = [(z < level).mean() for level in field.levels(z)]
    assert np.allclose(np.diff(shares), np.diff(shares).mean(), atol=0.02)  # quantiles


def test_noise_does_not_shift_the_contours():
    s = ls.himmelblau()
    box = np.array(s.bounds)
    assert np.array_equal(Field(s, box).grid()[2], Field(s.noisy(5.0), box).grid()[2])


def test_unknown_minimum_is_said():
    s = ls.monkey_saddle().rotated(1)
    ax = plots.trajectories(lab.trace(lab.SGD(1e-2), s, [0.5, 0.5], 20))
    assert "not known" in ax.figure.axes[-1].get_ylabel()
    assert "minimum" not in _legend(ax)


def test_a_flat_surface_and_a_run_without_steps_can_be_drawn():
    @ls.landscape(bounds=(-1, 1), dim=2)
    def plain_level(x, g):
        g[0] = 0.0
        g[1] = 0.0
        return 1.0

    s = plain_level if isinstance(plain_level, ls.Surface) else plain_level(2)
    assert plots.trajectories(lab.trace(lab.SGD(0.1), s, [0.5, 0.5], 0)).figure.axes[1:] == []


def test_a_loaded_run_on_ones_own_landscape_needs_the_surface(tmp_path):
    @ls.landscape(bounds=(-5, 5), minima=[[0, 0]], dim=2)
    def own_bowl(x, g):
        g[0] = 2 * x[0]
        g[1] = 20 * x[1]
        return x[0] ** 2 + 10 * x[1] ** 2

    s = own_bowl if isinstance(own_bowl, ls.Surface) else own_bowl(2)
    path = lab.load(lab.trace(my_rule(lr=0.01, speed=2.0), s, [3.0, 3.0], 50).save(tmp_path / "path"))
    assert path.surface is None
    assert path.optimizer is None
    with pytest.raises(ValueError, match="surface must be given: own_bowl-2d was defined by a user"):
        plots.trajectories(path)
    with pytest.raises(ValueError, match="surface must be the one of the traces, own_bowl-2d, got sphere-2d"):
        plots.trajectories(path, surface=ls.sphere(2))
    with pytest.raises(TypeError, match="surface must be a Surface"):
        plots.trajectories(path, surface="own_bowl")
    ax = plots.trajectories(path, surface=s)
    assert _legend(ax)[0] == "my-rule, lr 0.01: not converged"
    assert "speed=2" in _notes(ax)


def test_what_cannot_be_drawn(paths):
    with pytest.raises(ValueError, match="traces must hold at least one"):
        plots.trajectories([])
    with pytest.raises(TypeError, match="traces must be a Trace"):
        plots.trajectories("path")
    with pytest.raises(TypeError, match="traces must be a Trace"):
        plots.trajectories(3)
    with pytest.raises(ValueError, match="traces must lie on one surface, got rosenbrock-2d, himmelblau-2d"):
        plots.trajectories([paths[0], lab.trace(lab.Adam(), ls.himmelblau(), [0.0, 0.0], 1)])
    with pytest.raises(ValueError, match="dimension 2, got sphere-3d"):
        plots.trajectories(lab.trace(lab.Adam(), ls.sphere(3), [0.0, 0.0, 0.0], 1))
    with pytest.raises(TypeError, match="ax must be a Matplotlib Axes or None, got 'here'"):
        plots.trajectories(paths, "here")
