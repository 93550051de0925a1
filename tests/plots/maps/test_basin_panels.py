"""Basin maps side by side: one colour for one end in all panels, one legend."""

from __future__ import annotations

from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import rgb_to_hsv, same_color, to_rgb

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab import plots
from ngdm_lab.plots.maps.basin_panels import common_ends


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def maps():
    s = ls.himmelblau()
    return [lab.basins(rule, s, 15, 400) for rule in (lab.SGD(1e-3), lab.Adam(0.1), lab.SGD(0.1))]


def overlap(a, b) -> bool:
    return a.x0 < b.x1 and b.x0 < a.x1 and a.y0 < b.y1 and b.y0 < a.y1


def _legend(figure):
    [legend] = figure.legends
    return dict(zip([t.get_text() for t in legend.get_texts()], [*legend.get_patches(), None], strict=True))


def test_one_end_has_one_colour_in_all_panels(maps):
    axes = plots.basin_panels(maps)
    entries = _legend(axes[0].figure)
    for k, point in enumerate(("(3, 2)", "(−2.81, 3.13)", "(−3.78, −3.28)", "(3.58, −1.85)")):
        for ax, made in zip(axes, maps, strict=True):
            inside = ax.images[0].get_array()[made.index == k]
            assert all(same_color(pixel, entries[point].get_facecolor()) for pixel in inside)
    assert list(entries)[4:] == ["diverged", "minimum"]
    assert [ax.get_title(loc="left") for ax in axes] == [
        f"{name}: {share:.3g} % at minima"
        for name, share in zip(
            ("SGD-Nesterov\nlr 0.001", "Adam\nlr 0.1", "SGD-Nesterov\nlr 0.1"),
            [100 * made.shares()[:4].sum() for made in maps],
            strict=True,
        )
    ]


def test_other_ends_are_matched_by_place():
    s = ls.styblinski_tang(2)
    one, other = (lab.basins(lab.SGD(1e-2, momentum=m), s, 20, 500) for m in (0.0, 0.5))
    assert len(one.ends) == len(other.ends) == 4
    swapped = replace(other, ends=other.ends[[0, 3, 1, 2]], index=np.take([0, 2, 3, 1, -3, -2, -1], other.index))
    common, minima = common_ends([one, swapped], len(s.minima))
    assert minima == 1
    assert len(common[0].ends) == 4  # not seven
    assert np.array_equal(common[0].ends, common[1].ends)
    for before, after in zip((one, swapped), common, strict=True):
        for k, end in enumerate(before.ends):
            near = np.abs(after.ends - end).max(axis=1).argmin()
            assert np.array_equal(before.index == k, after.index == near)
            assert np.abs(after.ends[near] - end).max() < 0.2
    alone = replace(one, ends=one.ends[:1], index=np.where(one.index > 0, -1, one.index))
    common, _ = common_ends([alone, other], 1)
    assert len(common[0].ends) == 4
    assert (common[0].index == alone.index).all()


def test_the_basins_of_minima_differ_in_grey():
    colours = [np.array(to_rgb(c)) for c in importable()._MINIMA[:4]] + [
        np.array(to_rgb(importable().ENDS_REST[-2][1]))
    ]
    greys = sorted(float(c @ [0.299, 0.587, 0.114]) for c in colours)
    assert (np.diff(greys) > 0.08).all()
    assert all(rgb_to_hsv(c)[1] > 0.4 for c in colours[:4])


def importable():
    import importlib

    return importlib.import_module("ngdm_lab.plots.maps.basin_map")


@pytest.mark.parametrize("width", [7.0, 3.34])
def test_nothing_overlaps(maps, width, tmp_path):
    axes = plots.basin_panels([*maps, maps[0]], width=width)
    figure = axes[0].figure
    assert figure.get_figwidth() == width
    figure.canvas.draw()
    boxes = [ax.get_tightbbox() for ax in axes]
    boxes += [figure.legends[0].get_window_extent(), figure.texts[0].get_window_extent()]
    for k, box in enumerate(boxes):
        assert box.x0 >= -1
        assert box.x1 <= figure.bbox.x1 + 1
        assert not any(overlap(box, other) for other in boxes[:k])
    sides = {round(ax.bbox.width) for ax in axes}
    assert max(sides) - min(sides) <= 2
    assert len(plots.save(axes[0], tmp_path / "a")) == 3


def test_given_axes_are_used(maps):
    figure, pair = plt.subplots(1, 3, layout="constrained")
    assert plots.basin_panels(maps, pair, notes=False) == list(pair)
    assert plt.get_fignums() == [figure.number]
    assert pair[0].get_legend() is not None


def test_what_cannot_be_drawn(maps):
    with pytest.raises(ValueError, match="results must hold at least one"):
        plots.basin_panels([])
    with pytest.raises(TypeError, match="each of results must be a Basins map"):
        plots.basin_panels([maps[0], 3])
    with pytest.raises(ValueError, match="results must be on one surface, got himmelblau-2d, sphere-2d"):
        plots.basin_panels([maps[0], lab.basins(lab.SGD(0.1), ls.sphere(2), 3, 1)])
    with pytest.raises(ValueError, match="axes must be 3 Axes, got 1"):
        plots.basin_panels(maps, plt.figure().add_subplot())
    with pytest.raises(ValueError, match=r"width must be a finite number at least 1\.5 and at most 40, got 0"):
        plots.basin_panels(maps, width=0)
    with pytest.raises(ValueError, match="surface must be that of the map"):
        plots.basin_panels(maps, surface=ls.sphere(2))
