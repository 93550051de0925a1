"""Paths in their plane: principal components, projections, what the plane holds."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab import plots
from ngdm_lab.plots.paths.path_plane import _Slice, plane_of


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def paths():
    s = ls.rosenbrock(6)
    rules = [lab.SGD(5e-4), lab.Adam(0.02)]
    return [lab.trace(rule, s, [-1.2, 1.0] * 3, 300) for rule in rules]


def _note(ax):
    return plots.caption(ax).replace("\u00a0", " ").replace("\n", " ")


@given(st.integers(2, 7), st.integers(3, 40), st.integers(0, 2**32 - 1))
def test_plane_is_that_of_the_covariance(n, k, seed):
    points = np.random.default_rng(seed).normal(size=(k, n)) * np.arange(1, n + 1)
    plane = plane_of(points)
    assert np.allclose(plane.middle, points.mean(axis=0))
    assert np.allclose(plane.axes @ plane.axes.T, np.eye(2), atol=1e-12)
    values, vectors = np.linalg.eigh(np.cov(points.T))
    assert np.allclose(plane.shares, values[:-3:-1] / values.sum(), atol=1e-12)
    for axis, vector in zip(plane.axes, vectors.T[:-3:-1], strict=True):
        assert axis[np.abs(axis).argmax()] > 0
        assert abs(axis @ vector) > 1 - 1e-6 or np.diff(values).min() < 1e-6 * values[-1]
    assert plane.held(points) == pytest.approx(plane.shares.sum(), abs=1e-12)
    back = plane.middle + plane.project(points) @ plane.axes
    assert np.square(points - back).sum() == pytest.approx((1 - plane.held(points)) * (k - 1) * values.sum(), abs=1e-9)


@pytest.mark.parametrize("points", [[[1.0, 2.0, 3.0], [2.0, 2.0, 3.0]], [[0.0, 0.0], [1.0, 1.0], [3.0, 3.0]]])
def test_points_on_a_line_still_span_a_plane(points):
    plane = plane_of(np.array(points))
    assert np.allclose(plane.axes @ plane.axes.T, np.eye(2), atol=1e-12)
    assert np.allclose(plane.shares, [1, 0], atol=1e-12)


def test_lines_are_the_projected_iterates(paths):
    ax = plots.path_plane(paths)
    plane = plane_of(np.concatenate([path.x for path in paths]))
    for path in paths:
        [line] = [line for line in ax.lines if line.get_label() == path.optimizer.name]
        assert np.allclose(line.get_xydata(), plane.project(path.x), atol=1e-12)
    marks = {line.get_marker(): line.get_xydata() for line in ax.lines if line.get_linestyle() == "None"}
    assert np.allclose(marks["*"], plane.project(np.ones((1, 6))), atol=1e-12)
    starts = [line.get_xydata() for line in ax.lines if line.get_marker() == "o"]
    assert any(np.allclose(start, plane.project(paths[0].x[:1]), atol=1e-12) for start in starts)


def test_the_variance_is_printed(paths):
    ax = plots.path_plane(paths)
    plane = plane_of(np.concatenate([path.x for path in paths]))
    one, two = (f"{np.floor(1000 * share) / 10:.1f} %" for share in plane.shares)
    assert ax.get_xlabel() == f"component 1: {one}"
    assert ax.get_ylabel() == f"component 2: {two}"
    assert f"{np.floor(1000 * plane.shares.sum()) / 10:.1f} % of the variance" in ax.get_title(loc="left")
    note = _note(ax)
    for path, name in zip(paths, ("SGD-Nesterov", "Adam"), strict=True):
        assert f"{name} {np.floor(1000 * plane.held(path.x)) / 10:.1f} %" in note
    assert "momentum=0.9" in note


def test_contours_are_the_surface_on_the_plane(paths):
    s, plane = ls.rosenbrock(6), plane_of(paths[0].x)
    field = _Slice(s, np.array([[-1.0, 2.0], [-2.0, 1.0]]), 5, plane=plane)
    x1, x2, z = field.grid()
    wanted = s(plane.middle + x1[3, 1] * plane.axes[0] + x2[3, 1] * plane.axes[1])
    assert z[3, 1] == pytest.approx(wanted, rel=1e-12)


def test_two_dimensions_are_held_wholly():
    path = lab.trace(lab.Adam(0.05), ls.rosenbrock(2), [-1.2, 1.0], 200)
    ax = plots.path_plane(path)
    assert "100.0 % of the variance" in ax.get_title(loc="left")


def test_the_final_half_spans_another_plane(paths):
    ax = plots.path_plane(paths, points="final")
    plane = plane_of(np.concatenate([path.x[150:] for path in paths]))
    [line] = [line for line in ax.lines if line.get_label() == "adam"]
    assert np.allclose(line.get_xydata(), plane.project(paths[1].x), atol=1e-12)
    assert "second half" in _note(ax)


def test_iterates_outside_the_bounds_do_not_span_the_plane(paths, tmp_path):
    wild = lab.trace(lab.SGD(1.0), ls.rosenbrock(6), [-1.2, 1.0] * 3, 300)
    assert wild.status == "diverged"
    ax = plots.path_plane([*paths, wild])
    cloud = np.concatenate([paths[0].x, paths[1].x, wild.x[:1]])
    [line] = [line for line in ax.lines if line.get_label() == "adam"]
    assert np.allclose(line.get_xydata(), plane_of(cloud).project(paths[1].x), atol=1e-9)
    assert len(plots.save(ax, tmp_path / "a")) == 3


def test_a_given_axes_is_used(paths):
    figure, ax = plt.subplots(layout="constrained")
    assert plots.path_plane(paths, ax, legend=False, notes=False, bar=False) is ax
    assert plt.get_fignums() == [figure.number]
    assert figure.axes == [ax]


def test_what_cannot_be_drawn(paths):
    with pytest.raises(ValueError, match="traces must be on a surface of dimension 2 or more, got sphere-1d"):
        plots.path_plane(lab.trace(lab.Adam(), ls.sphere(1), [1.0], 3))
    with pytest.raises(ValueError, match="two different points"):
        plots.path_plane(lab.trace(lab.SGD(0.0), ls.sphere(3), [1.0, 1.0, 1.0], 3))
    with pytest.raises(ValueError, match="points must be one of 'all', 'final', got 'last'"):
        plots.path_plane(paths, points="last")
    with pytest.raises(ValueError, match="iterates inside the bounds of sphere-3d, got none"):
        plots.path_plane(lab.trace(lab.SGD(0.1), ls.sphere(3), [90.0, 9.0, 9.0], 1))
    with pytest.raises(TypeError, match="traces must be a Trace"):
        plots.path_plane([1])
    with pytest.raises(TypeError, match="ax must be a Matplotlib Axes or None, got 3"):
        plots.path_plane(paths, 3)
