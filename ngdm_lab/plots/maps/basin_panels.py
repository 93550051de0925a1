"""`basin_panels`: the basin maps of several optimizers side by side, in the same colours, with one legend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from landscapes import Surface
from ngdm_lab.compiler.checks import check_each, check_flags, check_number
from ngdm_lab.experiments import Basins
from ngdm_lab.plots.drawing import layout, words
from ngdm_lab.plots.drawing.style import COLUMN, PAGE, WIDEST, dress, small, users_style
from ngdm_lab.plots.paths.traces import STAR

from .basin_map import ENDS_REST, draw_map, end_colours, surface_of_map

__all__ = ["basin_panels", "common_ends"]

Array = NDArray[np.float64]

_NEAR = 0.02  # of the box's width: ends of different maps nearer than this are one
_MOST = 8  # ends named in the legend


def basin_panels(
    results: Sequence[Basins],
    axes: Sequence[Axes] | None = None,
    surface: Surface | None = None,
    *,
    width: float = PAGE,
    shade: bool = False,
    legend: bool = True,
    notes: bool = False,
) -> list[Axes]:
    """Draw basin maps of several optimizers on one surface as panels that share colours and legend.

    An end has one colour in all panels: ends of different maps are one where they lie within 2 % of the box's width.
    Above a panel stands the share of its starts that end at a minimum of the surface. Otherwise as `basins`.

    Parameters
    ----------
    results : maps from `lab.basins`, all on one surface and over one box.
    axes : as many Axes, all of one figure; a new figure if it is None.
    surface : needed for minima and contours where the maps do not have it: a user's landscape, loaded.
    width : of a new figure, in inches: 7 is a page, 3.34 a column.
    shade : darker where a run took more evaluations to come within the target; hides colours in grey print.
    legend : False leaves out the legend.
    notes : print the caption below, in small type; `caption` gives it, and `save` writes it beside the figure.

    Returns
    -------
    list of Axes
        In the order of `results`.

    Raises
    ------
    ValueError
        For no map, maps on several surfaces or boxes, another number of Axes, another surface than the maps'.
    TypeError
        For what is no Basins.
    """
    check_flags(shade=shade, legend=legend, notes=notes)
    listed = _checked(results)
    width = check_number("width", width, least=1.5, most=WIDEST)
    s = surface_of_map(listed[0], surface)
    known = 0 if s is None else len(s.minima)
    common, minima = common_ends(listed, known)
    with users_style():
        panels, own, columns = _axes(axes, len(listed), width)
        labels = words.numbered(words.identity(r.runs) for r in listed)
        names = words.names_of((label, r.runs) for label, r in zip(labels, listed, strict=True))
        for k, (result, label) in enumerate(zip(common, labels, strict=True)):
            ax = panels[k]
            draw_map(ax, result, s, shade)
            layout.title(ax, _title(result, names[label], minima), _room(width, columns) if own else None, small())
            if own:
                if k % columns:
                    ax.set_ylabel("")
                    ax.tick_params(labelleft=False)
                if k + columns < len(listed):
                    ax.set_xlabel("")
                    ax.tick_params(labelbottom=False)
        handles = _handles(common, minima, s is not None and known > 0) if legend else []
        lines = _notes(listed, minima, shade)
        layout.below(panels[0], own, handles, lines, notes, last=panels[-1] if not own else None)
    return panels


def _checked(results: Any) -> list[Basins]:
    listed = check_each("results", results, Basins, "a Basins map (of lab.basins)")
    names = dict.fromkeys(words.surface_of(r.runs) for r in listed)
    if len(names) > 1:
        raise ValueError(f"results must be on one surface, got {', '.join(names)}")
    boxes = {tuple(np.r_[r.runs.x0.min(axis=0), r.runs.x0.max(axis=0)].tolist()) for r in listed}
    if len(boxes) > 1:
        raise ValueError(f"results must be maps of one box, got {len(boxes)} boxes")
    return listed


def common_ends(listed: list[Basins], known: int) -> tuple[list[Basins], int]:
    """The maps with one list of ends for all, and how many of these are minima of the surface.

    Minima come first in every map; of other ends those of more pixels come first.
    """
    minima = min(known, *(len(r.ends) for r in listed))
    width = np.ptp(listed[0].runs.x0, axis=0)
    pixels = {(k, j): int((r.index == j).sum()) for k, r in enumerate(listed) for j in range(minima, len(r.ends))}
    ends = list(listed[0].ends[:minima])
    place: dict[tuple[int, int], int] = {}
    for k, j in sorted(pixels, key=lambda key: (-pixels[key], key)):
        point = listed[k].ends[j]
        near = [i for i in range(minima, len(ends)) if (np.abs(ends[i] - point) <= _NEAR * width).all()]
        if not near:
            ends.append(point)
        place[k, j] = near[0] if near else len(ends) - 1
    made = []
    for k, r in enumerate(listed):
        index = r.index.copy()
        for j in range(minima, len(r.ends)):
            index[r.index == j] = place[k, j]
        made.append(replace(r, ends=np.array(ends).reshape(-1, 2), index=index))
    return made, minima


def _axes(axes: Any, count: int, width: float) -> tuple[list[Axes], bool, int]:
    """(panels, whether the figure is ours, columns)."""
    if axes is not None:
        return layout.several_axes(axes, count), False, count
    most = max(1, int(width / (COLUMN / 2)))
    rows = -(-count // most)
    columns = -(-count // rows)
    figure = layout.new_figure(width, rows * (_room(width, columns) / 72 + 0.3) + 0.15)
    panels = [figure.add_subplot(rows, columns, k + 1) for k in range(count)]
    for ax in panels:
        dress(ax)
    return panels, True, columns


def _room(width: float, columns: int) -> float:
    """Points that a panel takes of the width."""
    return 72 * (width - 0.4) / columns - 8


def _title(result: Basins, name: str, minima: int) -> str:
    """Name and rate; the share of starts that end at a minimum."""
    rate = words.rate_of(result.runs)
    below_name = [] if rate is None else [f"lr {words.number(rate)}"]
    if minima:
        share = 100 * float(result.shares()[:minima].sum())
        below_name.append(f"{words.number(share)} % at {'minima' if minima > 1 else 'minimum'}")
    return "\n".join([name.partition(", lr ")[0], *([": ".join(below_name)] if below_name else [])])


def _handles(common: list[Basins], minima: int, stars: bool) -> list[Any]:
    """One entry for each end that any map has, at most some; one for the rest of them, and for what is no end."""
    ends, colours = common[0].ends, end_colours(len(common[0].ends), minima)
    shown = [k for k in range(len(ends)) if k < minima or any((r.index == k).any() for r in common)]
    handles: list[Any] = []
    for k in shown[:_MOST]:
        handles.append(Patch(facecolor=tuple(colours[k].tolist()), label=words.point(ends[k])))
    left = len(shown) - len(handles)
    if left:
        handles.append(Patch(facecolor="none", edgecolor="#999999", linewidth=0.5, label=f"{left} more ends"))
    for k, (word, colour, hatch) in ENDS_REST.items():
        if any((r.index == k).any() for r in common):
            edge = "#6E6E6E" if hatch else None
            handles.append(Patch(facecolor=colour, hatch=hatch, edgecolor=edge, label=word))
    if stars:
        handles.append(Line2D([], [], label="minimum", **STAR))
    return handles


def _notes(listed: list[Basins], minima: int, shade: bool) -> list[str]:
    note = f"{words.plain(words.surface_of(listed[0].runs), 60)}; "
    each = dict.fromkeys(
        f"{r.resolution} x {r.resolution} starts, {r.runs.steps} steps, seed {r.runs.seed}, "
        f"target {words.number(r.runs.target)}"
        for r in listed
    )
    note += f"{'; '.join(each)}. Colour: where the run from there ended."
    if minima:
        note += f" Above: share of the starts that end at {'a' if minima > 1 else 'the'} minimum of the surface."
    if shade and any((r.runs.hit >= 0).any() for r in listed):
        note += " Darker: more evaluations to the target."
    labels = words.numbered(words.identity(r.runs) for r in listed)
    return [note, *words.option_lines((label, r.runs) for label, r in zip(labels, listed, strict=True))]
