"""One basin map on an Axes: colours of ends, pixels, hatches, contours and stars."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import hsv_to_rgb, to_rgb
from numpy.typing import NDArray

from landscapes import Surface
from ngdm_lab.compiler.checks import check_instance
from ngdm_lab.experiments import Basins
from ngdm_lab.plots.drawing import words
from ngdm_lab.plots.drawing.field import Field, outline
from ngdm_lab.plots.paths.traces import stars

__all__ = ["ENDS_REST", "draw_map", "end_colours", "minima_of", "surface_of_map"]

Array = NDArray[np.float64]

# saturated for minima (after Tol's "bright"; in grey print the first four and "diverged" are five different greys),
# muted for other ends, greys for the rest
_MINIMA = ("#2B589C", "#E3C84E", "#2E8B57", "#EE6677", "#66CCEE", "#AA3377", "#EE8866", "#009988")
_OTHERS = ("#BBCCEE", "#FFCCCC", "#CCDDAA", "#EEEEBB", "#CCEEFF", "#E5CCE5", "#F3D9C4", "#C2E0DA")
ENDS_REST = {-1: ("elsewhere", "#EDEDED", ""), -2: ("diverged", "#2B2B2B", ""), -3: ("outside", "#A8A8A8", "//////")}


def draw_map(ax: Axes, result: Basins, s: Surface | None, shade: bool) -> None:
    """All but title, legend and caption."""
    colours = end_colours(len(result.ends), minima_of(result, s))
    box = np.stack([result.runs.x0.min(axis=0), result.runs.x0.max(axis=0)], axis=1)
    image = _image(result, colours, shade)
    half = np.ptp(box, axis=1) / (result.resolution - 1) / 2  # starts are the middles of pixels
    edge = np.stack([box[:, 0] - half, box[:, 1] + half], axis=1)
    ax.imshow(image, origin="lower", extent=tuple(edge.ravel()), aspect="auto", interpolation="nearest", zorder=0)
    _hatch(ax, result, box)
    if s is not None:
        outline(ax, Field(s, box))
        stars(ax, s)
    ax.grid(False)
    ax.set(xlim=edge[0], ylim=edge[1], xlabel="$x_1$", ylabel="$x_2$")


def minima_of(result: Basins, s: Surface | None) -> int:
    """How many of the ends are minima of the surface; all where it is not known."""
    return min(len(s.minima), len(result.ends)) if s is not None else len(result.ends)


def surface_of_map(result: Basins, surface: Any) -> Surface | None:
    """The surface that the map has, or the one given for it; None where there is none, or the error."""
    if surface is None:
        return result.runs.surface
    check_instance("surface", surface, Surface, "a Surface such as ls.himmelblau() or None")
    if surface.name != words.surface_of(result.runs):
        raise ValueError(f"surface must be that of the map, {words.surface_of(result.runs)}, got {surface.name}")
    return surface


def end_colours(count: int, minima: int) -> list[Array]:
    """(3,) colours of the ends: minima saturated, others muted; further hues by the golden angle."""
    made = []
    for k in range(count):
        known, j, pale = (_MINIMA, k, 0.0) if k < minima else (_OTHERS, k - minima, 0.65)
        if j < len(known):
            made.append(np.array(to_rgb(known[j])))
        else:
            made.append(np.asarray(hsv_to_rgb((0.05 + 0.381966 * j % 1, 0.7 - 0.9 * pale / 2, 0.75 + 0.3 * pale))))
    return [np.clip(rgb, 0, 1) for rgb in made]


def _image(result: Basins, colours: list[Array], shade: bool) -> Array:
    """(resolution, resolution, 3) the map."""
    image = np.empty((*result.index.shape, 3))
    for k in np.unique(result.index):
        image[result.index == k] = colours[k] if k >= 0 else to_rgb(ENDS_REST[int(k)][1])
    hit = result.runs.hit.reshape(result.index.shape)
    late = (hit >= 0) & (result.index >= 0)
    if shade and late.any():
        time = np.log1p(hit[late])
        low, high = np.quantile(time, [0.02, 0.98])
        if high > low:
            image[late] *= 1.0 - 0.35 * np.clip((time - low) / (high - low), 0, 1)[:, None]
    return image


def _hatch(ax: Axes, result: Basins, box: Array) -> None:
    outside = result.index == -3
    if outside.any():
        axes = [np.linspace(low, high, result.resolution) for low, high in box]
        drawn = ax.contourf(*axes, outside.astype(float), [0.5, 1.5], colors="none", hatches=["//////"], zorder=1)
        drawn.set_edgecolor("#6E6E6E")
        drawn.set_linewidth(0)
