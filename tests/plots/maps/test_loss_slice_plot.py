"""Pictures of planes through a loss."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab import plots
from ngdm_lab.experiments import neurons

SURFACE = ls.tiny_spirals()
START = np.random.default_rng(3).uniform(-1, 1, 33)


@pytest.fixture(scope="module")
def paths():
    return [lab.trace(lab.Adam(0.03), SURFACE, START, 300), lab.trace(lab.SGD(0.3), SURFACE, START, 300)]


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def notes(ax):
    return plots.caption(ax).replace("\n", " ")


def test_a_random_plane(tmp_path):
    plane = lab.loss_slice(SURFACE, START, groups=neurons((2, 8), (8,), (8, 1), (1,)), seed=5)
    ax = plots.loss_slice(plane)
    assert ax.get_title(loc="left") == "tiny_spirals-33d\nrandom plane, filter-normalised"
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("direction 1", "direction 2")
    assert ax.get_xlim() == (-1.0, 1.0)
    cross = [line for line in ax.lines if line.get_marker() == "+"]
    assert cross[0].get_xydata().tolist() == [[0.0, 0.0]]
    assert len(ax.collections) > 1  # contours
    assert plots.save(ax, tmp_path / "slice")[0].stat().st_size > 10_000


def test_paths_on_their_principal_plane(paths):
    plane = lab.loss_slice(SURFACE, directions="principal", paths=paths)
    ax = plots.loss_slice(plane, paths)
    share = f"{100 * plane.share:.1f} %"
    assert ax.get_title(loc="left") == f"tiny_spirals-33d\nprincipal plane: {share} of the paths"
    assert ax.get_xlabel().startswith("component 1: ")
    for path, label in zip(paths, ("adam", "sgd"), strict=True):
        drawn = next(line for line in ax.lines if line.get_label() == label)
        np.testing.assert_allclose(drawn.get_xydata(), plane.coordinates(path.x))
        assert drawn.get_color() == plots.colour(label)
    plain = plots.trajectories([plane.project(path) for path in paths])  # and any other plot of surfaces takes it
    assert plain.get_xlabel() == "$x_1$"


def test_vectors_by_label(paths):
    plane = lab.loss_slice(SURFACE, directions="principal", paths=paths)
    figure, own = plt.subplots()
    ax = plots.loss_slice(plane, {"adam": paths[0].x, "mine": paths[1].x[:50]}, own, bar=False)
    assert ax is own
    assert len(figure.axes) == 1
    drawn = {line.get_label(): line for line in ax.lines}
    np.testing.assert_allclose(drawn["mine"].get_xydata(), plane.coordinates(paths[1].x[:50]))
    ax = plots.loss_slice(plane, {"adam": paths[0].x})
    assert ax is not own


def test_losses_that_are_not_finite_are_left_out():
    class Wild:
        name, kinds = "wild", {"w": "weight"}

        def __init__(self):
            self.vector = np.ones(4)
            self.parameters = {"w": self.vector.reshape(2, 2)}

        def evaluate(self, x, y):
            f = float(np.square(self.vector - 1).sum())
            return (f if f < 1.0 else np.inf if f < 1.5 else np.nan), 0.0

    plane = lab.loss_slice(Wild(), data=(0, 0), pixels=15)
    assert not np.isfinite(plane.values).all()
    ax = plots.loss_slice(plane)
    assert "Directions: seed 0. 15 × 15 evaluations." in notes(ax)
    ax.figure.canvas.draw()


def test_bad_input(paths):
    plane = lab.loss_slice(SURFACE, START)
    with pytest.raises(TypeError, match=r"plane must be a slice made by lab\.loss_slice"):
        plots.loss_slice(SURFACE)
    with pytest.raises(TypeError, match="each of paths must be a Trace"):
        plots.loss_slice(plane, [paths[0].x])
    with pytest.raises(ValueError, match="last axis of length 33"):
        plots.loss_slice(plane, {"adam": np.ones((3, 4))})
