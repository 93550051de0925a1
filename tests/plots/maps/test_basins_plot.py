"""Basin maps: each pixel in the colour of its end, shares in the legend."""

from __future__ import annotations

from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import rgb_to_hsv, same_color, to_rgb

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab import plots


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def himmelblau():
    return lab.basins(lab.SGD(1e-3), ls.himmelblau(), 25, 500)


def _legend(ax):
    legend = ax.figure.legends[0] if ax.figure.legends else ax.get_legend()
    return dict(zip([t.get_text() for t in legend.get_texts()], legend.get_patches() + [None] * 9, strict=False))


def test_pixels_have_the_colour_of_their_end(himmelblau):
    ax = plots.basins(himmelblau, shade=False)
    image = ax.images[0].get_array()
    assert image.shape == (25, 25, 3)
    patches = [patch for patch in _legend(ax).values() if patch is not None]
    for k in range(4):
        inside = image[himmelblau.index == k]
        assert np.allclose(inside, inside[0])
        assert same_color(patches[k].get_facecolor(), inside[0])
    assert len({tuple(image[himmelblau.index == k][0]) for k in range(4)}) == 4


def test_image_lies_where_the_starts_are(himmelblau):
    ax = plots.basins(himmelblau)
    left, right, bottom, top = ax.images[0].get_extent()
    half = 10 / 24 / 2  # pixels are centred on starts
    assert np.allclose([left, right, bottom, top], [-5 - half, 5 + half, -5 - half, 5 + half])
    assert ax.images[0].origin == "lower"
    assert np.allclose(ax.get_xlim(), (left, right))
    [stars] = [line for line in ax.lines if line.get_marker() == "*"]
    assert np.array_equal(stars.get_xydata(), ls.himmelblau().minima)


def test_legend_tells_the_shares(himmelblau):
    ax = plots.basins(himmelblau)
    texts = list(_legend(ax))
    for point, share in zip(("(3, 2)", "(−2.81, 3.13)"), himmelblau.shares(), strict=False):
        assert f"{point}: {100 * share:.1f} %" in texts
    assert "minimum" in texts
    assert ax.get_title(loc="left") == "SGD-Nesterov, lr 0.001"
    note = plots.caption(ax).replace("\n", " ")
    for word in ("himmelblau-2d", "25 x 25 starts", "500 steps", "Darker: more evaluations", "momentum=0.9"):
        assert word in note


def test_late_arrivals_are_darker(himmelblau):
    plain = plots.basins(himmelblau, shade=False).images[0].get_array()
    shaded = plots.basins(himmelblau).images[0].get_array()
    hit = himmelblau.runs.hit.reshape(25, 25)
    darker = 1 - (shaded / plain).min(axis=2)
    late, early = hit > np.quantile(hit[hit >= 0], 0.9), (hit >= 0) & (hit < np.quantile(hit[hit >= 0], 0.1))
    assert darker[late].mean() > darker[early].mean() + 0.1
    assert (darker >= -1e-12).all()


def test_minima_are_saturated_and_other_ends_muted():
    made = lab.basins(lab.SGD(1e-2), ls.styblinski_tang(2), 20, 500)
    assert len(made.ends) == 4
    image = plots.basins(made, shade=False).images[0].get_array()
    saturation = [rgb_to_hsv(image[made.index == k][0])[1] for k in range(4)]
    assert saturation[0] > max(saturation[1:]) + 0.2


def test_diverged_outside_and_elsewhere_are_greys_with_shares():
    made = lab.basins(lab.SGD(1e-2), ls.monkey_saddle(), 15, 30)
    assert (made.index == -3).any()
    index = made.index.copy()
    index[0, :] = -2
    index[1, :] = -1
    shares = {k: f"{100 * (index == k).mean():.1f} %" for k in (-1, -2, -3)}
    ax = plots.basins(replace(made, index=index))
    image = ax.images[0].get_array()
    for row in (0, 1):
        assert np.allclose(image[row], image[row, 0, 0])
        assert rgb_to_hsv(image[row, 0])[1] == 0
    texts = list(_legend(ax))
    assert texts == [f"elsewhere: {shares[-1]}", f"diverged: {shares[-2]}", f"outside: {shares[-3]}"]
    assert _legend(ax)[texts[2]].get_hatch()


def test_everything_diverged(tmp_path):
    made = lab.basins(lab.SGD(1e3), ls.rosenbrock(2), 10, 50)
    ax = plots.basins(made)
    assert "diverged: 100.0 %" in _legend(ax)
    assert len(plots.save(ax, tmp_path / "a")) == 3


def test_many_ends_are_summed_up():
    made = lab.basins(lab.SGD(1e-3), ls.rastrigin(2), 40, 200)
    assert len(made.ends) > 12
    ax = plots.basins(made)
    texts = list(_legend(ax))
    assert len(texts) <= 10
    assert any("more ends" in text for text in texts)
    colours = {tuple(np.round(c, 6)) for c in plots.basins(made, shade=False).images[0].get_array().reshape(-1, 3)}
    assert len(colours) >= len(made.ends)
    short = plots.basins(made, legend=3)
    assert len(_legend(short)) == 3
    assert not plots.basins(made, legend=False).figure.legends


def test_runs_strewn_over_a_valley_are_no_ends():
    """Runs that still creep along Rosenbrock's valley are elsewhere: the valley's floor has one end."""
    made = lab.basins(lab.Apollo(1e-6), ls.rosenbrock(2), 40, 300)
    assert (made.index == -1).mean() > 0.4
    assert len(made.ends) == 1


def test_a_given_axes_is_used(himmelblau):
    figure, ax = plt.subplots(layout="constrained")
    assert plots.basins(himmelblau, ax) is ax
    assert plt.get_fignums() == [figure.number]
    assert ax.get_legend() is not None


def test_a_loaded_map_of_ones_own_landscape(tmp_path):
    @ls.landscape(bounds=(-2, 2), minima=[[0, 0]], dim=2)
    def mapped_bowl(x, g):
        g[0] = 2 * x[0]
        g[1] = 2 * x[1]
        return x[0] ** 2 + x[1] ** 2

    s = mapped_bowl if isinstance(mapped_bowl, ls.Surface) else mapped_bowl(2)
    made = lab.load(lab.basins(lab.SGD(0.1), s, 6, 50).save(tmp_path / "map"))
    assert made.runs.surface is None
    ax = plots.basins(made)
    assert not [line for line in ax.lines if line.get_marker() == "*"]
    assert "(0, 0): 100.0 %" in _legend(ax)
    assert [line for line in plots.basins(made, surface=s).lines if line.get_marker() == "*"]
    with pytest.raises(ValueError, match="surface must be that of the map, mapped_bowl-2d, got sphere-2d"):
        plots.basins(made, surface=ls.sphere(2))
    with pytest.raises(TypeError, match="surface must be a Surface"):
        plots.basins(made, surface=3)


def test_what_is_no_map(himmelblau):
    with pytest.raises(TypeError, match=r"result must be a Basins map .* got 3"):
        plots.basins(3)
    with pytest.raises(TypeError, match="ax must be a Matplotlib Axes or None"):
        plots.basins(himmelblau, 3)
    assert to_rgb("#3D6CA8")  # the palette is in Matplotlib's notation
