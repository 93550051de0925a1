"""The contact sheet: a panel a surface, in as many rows as needed, minima where they are."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

import landscapes as ls
from ngdm_lab import plots
from ngdm_lab.plots.drawing.field import Field


def overlap(a, b) -> bool:
    return a.x0 < b.x1 and b.x0 < a.x1 and a.y0 < b.y1 and b.y0 < a.y1


@pytest.mark.parametrize("width", [7.0, 3.34])
def test_all_families_and_nothing_overlaps(width):
    figure = plots.contact_sheet(width=width)
    assert isinstance(figure, Figure)
    assert figure.get_figwidth() == width
    titles = [ax.get_title(loc="left").replace("\n", " ") for ax in figure.axes]
    assert titles == [name.replace("_", " ") for name in ls.names()]
    boxes = [ax.get_tightbbox() for ax in figure.axes]
    whole = figure.bbox
    for k, box in enumerate(boxes):
        assert box.x0 >= whole.x0
        assert box.x1 <= whole.x1
        assert box.y0 >= whole.y0
        assert box.y1 <= whole.y1
        assert not any(overlap(box, other) for other in boxes[:k])
    for ax in figure.axes:
        width_, height_ = ax.bbox.width, ax.bbox.height
        assert width_ == pytest.approx(height_)
        for text in (ax.title, ax._left_title, ax.xaxis.label):
            assert text.get_fontsize() >= 7 or not text.get_text()


@pytest.mark.parametrize("name", ["easom", "shekel", "schaffer_2", "schaffer_4"])
def test_where_the_whole_shows_nothing_the_surroundings_of_the_minimum_are_shown(name):
    s = ls.get(name)
    [ax] = plots.contact_sheet(s).axes
    assert len(stars(ax)) >= 1
    assert ax.get_xlabel().rpartition("star ±")[2]
    view = np.array([ax.get_xlim(), ax.get_ylim()])
    assert np.ptp(view) < np.ptp(s.bounds[:2])
    z = Field(s, view, 60, s.minima[0] if s.dim > 2 else None)
    levels = z.levels(z.grid()[2])
    bands = np.bincount(np.digitize(np.ma.filled(z.grid()[2], np.inf), levels).ravel())
    assert bands.max() < 0.9 * bands.sum()


@pytest.mark.parametrize("name", ["rosenbrock", "rastrigin", "holder_table", "monkey_saddle"])
def test_others_are_shown_whole(name):
    [ax] = plots.contact_sheet(ls.get(name)).axes
    assert np.array_equal([ax.get_xlim(), ax.get_ylim()], ls.get(name).bounds)


def stars(ax):
    return next((line.get_xydata() for line in ax.lines if line.get_marker() == "*"), [])


def test_minima_are_marked_as_far_as_they_lie_in_the_slice():
    shown = [ls.himmelblau(), ls.dixon_price(2), ls.dixon_price(3), ls.colville(), ls.monkey_saddle()]
    figure = plots.contact_sheet(shown)
    found = [stars(ax) for ax in figure.axes]
    assert np.array_equal(found[0], ls.himmelblau().minima)
    assert len(found[1]) == 2
    assert np.array_equal(found[2], ls.dixon_price(3).minima[:1, :2])  # the other one lies in another plane
    assert found[3].tolist() == [[1.0, 1.0]]
    assert len(found[4]) == 0
    below = [ax.get_xlabel() for ax in figure.axes]
    assert below == ["±5", "±10", "3-D slice, ±10", "4-D slice, ±10", "±2"]


def test_a_slice_shows_the_values_of_the_surface():
    s = ls.colville()
    x1, x2, z = Field(s, s.bounds[:2], 5, s.minima[0]).grid()
    assert z.min() >= 0
    for i, j in ((0, 0), (3, 1)):
        assert z[i, j] == s([x1[i, j], x2[i, j], 1.0, 1.0])


def test_one_dimension_rotated_and_shifted_surfaces():
    figure = plots.contact_sheet([ls.sphere(1), ls.monkey_saddle().rotated(1), ls.sphere(3).shifted([1.0, 2.0, 3.0])])
    assert stars(figure.axes[0]).tolist() == [[0.0, 0.0]]
    assert figure.axes[2].get_xlabel() == "3-D slice, [−4.12, 6.12], [−3.12, 7.12]"
    assert len(plots.contact_sheet(ls.sphere(2)).axes) == 1


def test_bad_input():
    with pytest.raises(ValueError, match="surfaces must hold at least one"):
        plots.contact_sheet([])
    with pytest.raises(TypeError, match="surfaces must be a Surface"):
        plots.contact_sheet(["rosenbrock"])
    with pytest.raises(ValueError, match=r"width must be a finite number at least 1 and at most 40, got 0\.5"):
        plots.contact_sheet(width=0.5)
