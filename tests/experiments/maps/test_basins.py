"""Basin maps: every pixel is sorted to where its run ended."""

from __future__ import annotations

import numpy as np
import pytest

import landscapes as ls
import ngdm_lab as lab
from landscapes import batch
from landscapes.batch import Batch
from landscapes.curvature import by_differences


def test_four_basins_of_himmelblau():
    s = ls.himmelblau()
    made = lab.basins(lab.SGD(1e-3), s, 40, 2000)
    assert made.index.shape == (40, 40)
    assert np.array_equal(made.ends[:4], s.minima)
    assert made.shares().sum() == pytest.approx(1.0, abs=0.02)
    assert (made.shares()[:4] > 0.1).all()
    # a pixel beside a minimum belongs to it, in image coordinates: row = x2, column = x1
    axis = np.linspace(-5, 5, 40)
    for k, (x1, x2) in enumerate(s.minima):
        assert made.index[np.abs(axis - x2).argmin(), np.abs(axis - x1).argmin()] == k


def test_ends_that_are_no_minima_are_found():
    made = lab.basins(lab.SGD(1e-2), ls.styblinski_tang(2), 30, 1000)
    assert len(made.ends) == 4  # the minimum and three local ones
    assert made.shares().sum() == pytest.approx(1.0, abs=0.01)


def test_ends_are_looked_at_in_lanes(monkeypatch):
    """What evaluates points one by one takes seconds to compile; the surface that was given goes on having it."""
    s = ls.styblinski_tang(2)
    with monkeypatch.context() as patched:
        patched.setattr(batch, "_one_by_one", lambda: pytest.fail("a map evaluates a few points one by one"))
        made = lab.basins(lab.SGD(1e-2), s, 30, 1000)
    assert len(made.ends) == 4
    assert s.batch.few == batch.FEW


def test_diverged_and_outside():
    assert (lab.basins(lab.SGD(10.0), ls.sphere(2), 10, 2000).index == -2).sum() > 90
    escaped = lab.basins(lab.SGD(1e-2), ls.monkey_saddle(), 10, 30)
    assert (escaped.index == -3).any()


def test_saves_and_loads(tmp_path):
    made = lab.basins(lab.Adam(0.1), ls.himmelblau(), 10, 100)
    again = lab.load(made.save(tmp_path / "map"))
    assert np.array_equal(again.index, made.index)
    assert np.array_equal(again.runs.x, made.runs.x)
    assert again.resolution == 10
    assert again.runs.surface.name == "himmelblau-2d"


def test_other_dimensions_are_refused():
    with pytest.raises(ValueError, match="s must have dimension 2 for a map, got sphere-3d"):
        lab.basins(lab.Adam(), ls.sphere(3))


def test_a_map_looks_its_function_up_once_whatever_it_finds(monkeypatch):
    """Not for each of the ends that are tried, which took longer than the runs."""
    asked, make = [], Batch.__init__
    monkeypatch.setattr(Batch, "__init__", lambda *given: asked.append(given) or make(*given))
    assert len(lab.basins(lab.SGD(1e-3), ls.rastrigin(2), 40, 300).ends) > 5
    assert len(asked) <= 2
    asked.clear()
    quiet = ls.rastrigin(2)
    by_differences(quiet, np.array([1.0, 2.0]))
    by_differences(quiet, np.array([2.0, 2.0]))
    assert len(asked) == 1
