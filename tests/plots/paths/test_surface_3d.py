"""Surfaces in space: paths lie on them, heights are values, and what hills hide is found."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import same_color

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab import plots
from ngdm_lab.plots.paths.surface_3d import _heights, _Relief, _wanted


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def paths():
    return [lab.trace(rule, ls.himmelblau(), [0.2, 4.5], 100) for rule in (lab.SGD(5e-4), lab.Adam(0.1))]


@ls.landscape(bounds=(-1, 1), minima=[[0.8, 0.0]], dim=2)
def walled(x, g):
    """A slope with a wall across: max(1 - 100 x1^2, 0) + 0.1 (x1 - 0.8)^2 + x2^2 / 10, with a valley on each side."""
    wall = max(1.0 - 100.0 * x[0] ** 2, 0.0)
    g[0] = 0.2 * (x[0] - 0.8) - (200.0 * x[0] if wall > 0 else 0.0)
    g[1] = 0.2 * x[1]
    return wall + 0.1 * (x[0] - 0.8) ** 2 + 0.1 * x[1] ** 2


WALL = walled if isinstance(walled, ls.Surface) else walled(2)


def _line(ax, label):
    [found] = [line for line in ax.lines if line.get_label() == label]
    return np.array(found.get_data_3d()).T


def test_paths_are_lifted_onto_the_surface(paths):
    ax = plots.surface_3d(paths, log=False, elevation=90.0)
    for path in paths:
        drawn = _line(ax, path.optimizer.name)
        for x, f in zip(path.x, path.f, strict=True):
            near = np.abs(drawn[:, :2] - x).max(axis=1) == 0
            assert near.any()
            assert np.abs(drawn[near, 2] - f).max() < 0.01 * np.ptp(ax.get_zlim())  # a little above, to be seen
        on = ls.himmelblau()(drawn[:, :2])
        assert np.abs(drawn[:, 2] - on).max() < 0.03 * np.ptp(ax.get_zlim())  # between the iterates too
        [line] = [line for line in ax.lines if line.get_label() == path.optimizer.name]
        assert same_color(line.get_color(), plots.colour(path.optimizer.name))
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_zlabel()) == ("$x_1$", "$x_2$", r"$f - f_{\min}$")
    assert ax.get_title() or ax.get_title(loc="left") == "himmelblau-2d"


def test_start_end_and_minimum(paths):
    ax = plots.surface_3d(paths[1], log=False)
    single = {
        line.get_marker(): np.array(line.get_data_3d())[:, 0] for line in ax.lines if line.get_linestyle() == "None"
    }
    assert np.allclose(single["*"][:2], ls.himmelblau().minima[1])
    assert single["*"][2] == 0
    assert np.array_equal(single["o"], [0.2, 4.5, paths[1].f[0]])
    assert np.allclose(single["s"], [*paths[1].x[-1], paths[1].f[-1]], atol=1e-9)
    names = [text.get_text() for text in ax.figure.legends[0].get_texts()]
    assert names == ["Adam, lr 0.1: not converged", "start", "minimum"]
    note = plots.caption(ax).replace("\n", " ")
    assert note.startswith("Height: f itself. Faint: hidden behind the surface. 100 steps, seed 0")
    assert plots.caption(plots.surface_3d(ls.beale())) == "Height: logarithm, shifted to hold 0."


def test_ticks_of_a_logarithmic_height_are_values():
    s = ls.rosenbrock(2)
    ax = plots.surface_3d(lab.trace(lab.Adam(0.05), s, [-1.2, 1.0], 200), view="bounds")
    ticks, words = ax.get_zticks(), [text.get_text() for text in ax.get_zticklabels()]
    assert words[0] == "0"
    steps = np.diff(ticks)
    assert (steps > 0.1 * np.ptp(ax.get_zlim())).all()  # labels have room
    assert np.allclose(steps[2:], steps[-1], rtol=0.1)  # tens, far from zero
    lift, values = _heights(np.ma.array([0.0, 1e-3, 1.0, 1e5]), True, True)
    assert lift(0.0) < lift(1e-9) < lift(1.0)
    assert np.isfinite(lift(-1e-12))
    assert values[0] == 0


def test_the_range_decides_about_the_logarithm():
    for s, wanted in ((ls.rosenbrock(2), True), (ls.sphere(2), False), (ls.himmelblau(), False), (ls.beale(), True)):
        ax = np.linspace(*s.bounds.T, 41).T
        z = np.ma.array(s(np.stack(np.meshgrid(*ax), axis=-1)) - s.f_min)
        assert _wanted(z, s) == wanted, s.name


def test_what_a_wall_hides():
    grid = np.linspace(-1, 1, 101)
    heights = WALL(np.stack(np.meshgrid(grid, grid), axis=-1))
    points = np.array([[0.1, 0.0, 0.0], [-0.9, 0.0, 0.0], [0.9, 0.0, 0.0]])
    points[:, 2] = WALL(points[:, :2])
    box = np.array([[-1.0, 1.0], [-1.0, 1.0]])
    from_left, from_right = (_Relief(box, heights, 65.0, azimuth) for azimuth in (180.0, 0.0))
    assert from_left.hidden(points).tolist() == [True, False, False]
    assert from_right.hidden(points).tolist() == [False, False, False]
    points[0] = [-0.1, 0.0, WALL([-0.1, 0.0])]
    assert from_left.hidden(points).tolist() == [False, False, False]
    assert from_right.hidden(points).tolist() == [True, False, False]
    assert not _Relief(box, heights, 90.0, 0.0).hidden(points).any()


def test_heights_between_corners_are_those_of_the_surface():
    grid = np.linspace(-5, 5, 141)
    s = ls.himmelblau()
    relief = _Relief(np.array(s.bounds), s(np.stack(np.meshgrid(grid, grid), axis=-1)), 42.0, -60.0)
    x = np.random.default_rng(1).uniform(-5, 5, (200, 2))
    assert np.allclose(relief.at(x), s(x), atol=1.0)  # of 890
    assert relief.at(np.array([5.0, 5.0])) == s([5.0, 5.0])


def test_it_is_seen_from_where_the_path_is_not_hidden():
    path = lab.trace(lab.SGD(0.05, momentum=0), WALL, [0.15, 0.8], 60)
    assert (path.x[:, 0] > 0.1).all()
    shown = plots.surface_3d(path, log=False)
    assert np.cos(np.radians(shown.azim)) > -0.6  # not from behind the wall
    assert np.isfinite(_line(shown, "sgd")).all()
    behind = plots.surface_3d(path, log=False, elevation=20.0, azimuth=180.0)
    assert np.isnan(_line(behind, "sgd")).any()


def test_a_path_that_leaves_ends_hollow(tmp_path):
    path = lab.trace(lab.SGD(10.0), ls.rosenbrock(2), [2.0, 2.0], 100)
    ax = plots.surface_3d(path)
    hollow = [line for line in ax.lines if same_color(line.get_markeredgecolor(), plots.colour("sgd"))]
    assert any(same_color(line.get_markerfacecolor(), "white") for line in hollow if line.get_marker() == "o")
    assert len(plots.save(ax, tmp_path / "a")) == 3


def test_a_flat_surface_and_a_start_out_of_view(tmp_path):
    @ls.landscape(bounds=(-1, 1), minima=[[0, 0]], dim=2)
    def level_floor(x, g):
        g[0] = 0.0
        g[1] = 0.0
        return 1.0

    s = level_floor if isinstance(level_floor, ls.Surface) else level_floor(2)
    for log in (None, True, False):
        plots.surface_3d(s, log=log).figure.canvas.draw()
    path = lab.trace(lab.Adam(0.1), ls.himmelblau(), [0.2, 4.5], 100)
    ax = plots.surface_3d(path, view=((-4, -1), (2, 4)))
    low, high = np.array([ax.get_xlim(), ax.get_ylim()]).T
    for line in ax.lines:
        x = np.array(line.get_data_3d())[:2].T
        x = x[np.isfinite(x).all(axis=1)]
        assert ((x >= low) & (x <= high)).all()
    again = lab.load(path.save(tmp_path / "path"))
    assert plots.surface_3d(again).figure.legends


def test_a_surface_alone_and_a_given_axes():
    figure = plt.figure(layout="constrained")
    ax = figure.add_subplot(projection="3d")
    assert plots.surface_3d(ls.monkey_saddle(), ax) is ax
    assert plt.get_fignums() == [figure.number]
    assert ax.get_xlim() == (-2.0, 2.0)
    assert not figure.legends


def test_texts_stay_in_the_figure(paths):
    ax = plots.surface_3d(paths)
    figure = ax.figure
    figure.canvas.draw()
    foot = figure.legends[0].get_window_extent().y1
    for box in (axis.label.get_window_extent() for axis in (ax.xaxis, ax.yaxis, ax.zaxis)):
        assert 0 <= box.x0 < box.x1 <= figure.bbox.x1
        assert foot - 2 <= box.y0 < box.y1 <= figure.bbox.y1


def test_what_cannot_be_drawn(paths):
    with pytest.raises(ValueError, match="what must have dimension 2, got sphere-3d"):
        plots.surface_3d(ls.sphere(3))
    with pytest.raises(ValueError, match="dimension 2, got sphere-3d"):
        plots.surface_3d(lab.trace(lab.Adam(), ls.sphere(3), [1.0, 1.0, 1.0], 1))
    with pytest.raises(TypeError, match="what must be a Trace"):
        plots.surface_3d("himmelblau")
    with pytest.raises(TypeError, match="ax must be three-dimensional, made with projection='3d'"):
        plots.surface_3d(paths, plt.figure().add_subplot())
    with pytest.raises(ValueError, match=r"elevation must be a finite number at least 0 and at most 90, got 100"):
        plots.surface_3d(paths, elevation=100)
    with pytest.raises(ValueError, match="log must be None or False where f_min is not known"):
        plots.surface_3d(ls.monkey_saddle().rotated(1), log=True)
    with pytest.raises(ValueError, match="view must be 'paths', 'bounds' or"):
        plots.surface_3d(paths, view="all")
