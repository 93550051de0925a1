"""`architecture`: the layers of a model from input to output, with their shapes and numbers of parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import FancyBboxPatch, Patch

from ngdm_lab.compiler.checks import brief, check_flags, check_instance, check_integers
from ngdm_lab.nets.model import Model
from ngdm_lab.nets.summary import Row, summary
from ngdm_lab.plots.drawing import layout, words
from ngdm_lab.plots.drawing.style import COLUMN, small, tone, users_style

__all__ = ["architecture", "handles", "height"]

ROW = 0.155  # inches a layer takes
# kind -> (family, as the legend says it); families differ in colour and, for print in grey, in hatch
_FAMILIES = {
    "Conv2D": "convolution", "Dense": "dense", "LSTM": "recurrent", "GRU": "recurrent", "SimpleRNN": "recurrent",
    "MaxPool2D": "pooling", "BatchNorm": "normalisation",
}  # fmt: skip
_FILLS = {
    "convolution": ("#0072B2", ""), "dense": ("#56B4E9", ""), "recurrent": ("#009E73", ""),
    "pooling": ("#E69F00", "////"), "normalisation": ("#F0E442", "...."), "no parameters": ("#D0D0D0", ""),
}  # fmt: skip
_MARKS = (("o", "#D55E00"), ("D", "#882E72"), ("^", "#000000"))
# places of the columns, as shares of the width: middle of the bars, names, right ends of shapes and of counts
_BARS, _WIDE, _NAMES, _SHAPES, _COUNTS = 0.125, 0.19, 0.24, 0.845, 1.0


def architecture(
    model: Model,
    ax: Axes | None = None,
    *,
    marks: Mapping[str, Sequence[int]] | None = None,
    legend: bool = True,
    notes: bool = False,
) -> Axes:
    """The layers of a model, one a line: kind and settings, shape of one sample's result, numbers trained.

    A bar's width grows with the logarithm of how many numbers a layer hands on. Everything is read from the model.

    Parameters
    ----------
    model : a Model.
    ax : where to draw; a new figure if it is None.
    marks : what to mark, in words, to the layers' indices, from 0; at most three. Such as the sizes that somebody
        chose: ``{"size not stated": [1, 5]}``.
    legend : False leaves out the legend.
    notes : print the caption below, in small type; `caption` gives it, and `save` writes it beside the figure.

    Returns
    -------
    Axes
        Without scales: x from 0 to 1, y counts lines downwards, the input is line 0 and layer k line k + 1.

    Raises
    ------
    TypeError
        For what is no Model.
    ValueError
        For a mark at a layer that is not there, or more than three kinds of marks.
    """
    check_flags(legend=legend, notes=notes)
    check_instance("model", model, Model, "a lab.nets.Model")
    marks = dict(check_instance("marks", {} if marks is None else marks, Mapping, "a mapping of names to layers"))
    if len(marks) > len(_MARKS):
        raise ValueError(f"marks must be at most {len(_MARKS)}, got {len(marks)}")
    rows = summary(model)
    for name, places in marks.items():
        for k in check_integers(f"marks[{brief(name)}]", places):
            if not 0 <= k < len(rows):
                raise ValueError(f"marks must name layers 0 to {len(rows) - 1}, got {k} under {name!r}")
    with users_style():
        ax, own = layout.own_axes(ax, COLUMN, height(model))
        ax.set(xlim=(-0.02, 1.0), ylim=(len(rows) + 0.6, -1.5))
        ax.grid(False)
        ax.set_xticks([])
        ax.set_yticks([])
        ax.spines[:].set_visible(False)
        layout.title(ax, words.plain(model.name, 60))
        _draw(ax, model, rows, marks)
        remarks = [f"{model.size:,} parameters; loss: {model.loss.name.replace('_', '-')}."]
        layout.below(ax, own, handles(model, list(marks)) if legend else [], remarks, notes)
    return ax


def height(model: Model) -> float:
    """Inches that a model's layers take, without legend and notes."""
    return ROW * (len(model.layers) + 2.6) + 0.25


def handles(model: Model, marks: Sequence[str] = ()) -> list[Any]:
    """The legend's entries: families of layers that the model has, then the marks, by their words."""
    met = {_family(row) for row in summary(model)}
    made: list[Any] = [
        Patch(facecolor=colour, hatch=hatch, edgecolor=tone(0.8), linewidth=0.5, label=family)
        for family, (colour, hatch) in _FILLS.items() if family in met
    ]  # fmt: skip
    for name, (marker, edge) in zip(marks, _MARKS, strict=False):
        made.append(Line2D([], [], linestyle="none", marker=marker, markersize=4, markerfacecolor=tone(0),
                           markeredgecolor=edge, markeredgewidth=1.0, label=name))  # fmt: skip
    return made


def _draw(ax: Axes, model: Model, rows: Sequence[Row], marks: Mapping[str, Sequence[int]]) -> None:
    for x, text, side in ((_NAMES, "layer", "left"), (_SHAPES, "output", "right"), (_COUNTS, "trained", "right")):
        ax.text(x, -1, text, ha=side, va="center", fontsize=small(), color=tone(0.8), style="italic")
    start = Row("input", "", tuple(model.input_shape), 0)
    most = max(row.size for row in (start, *rows))
    for line, row in enumerate((start, *rows)):
        colour, hatch = _FILLS[_family(row)] if line else (tone(0), "")
        width = _WIDE * (0.12 + 0.88 * np.log1p(row.size) / np.log1p(most))
        box = FancyBboxPatch((_BARS - width / 2, line - 0.33), width, 0.66, boxstyle="round,pad=0,rounding_size=0.006",
                             facecolor=colour, hatch=hatch, edgecolor=tone(0.8), linewidth=0.5)  # fmt: skip
        ax.add_patch(box)
        if line:
            ax.plot([_BARS, _BARS], [line - 0.67, line - 0.33], color=tone(0.8), linewidth=0.7, zorder=0)
        name = f"{row.kind} {row.settings}".strip()
        ink = tone(1 if row.parameters or not line else 0.8)
        ax.text(_NAMES, line, name, va="center", fontsize=small(), color=ink)
        shape = "×".join("T" if n is None else str(n) for n in row.shape)
        ax.text(_SHAPES, line, shape, ha="right", va="center", fontsize=small())
        count = f"{row.parameters:,}" if row.parameters else ("–" if line else "")
        ink = tone(1 if row.parameters else 0.46)
        ax.text(_COUNTS, line, count, ha="right", va="center", fontsize=small(), color=ink)
    for (marker, edge), places in zip(_MARKS, marks.values(), strict=False):
        if not places:
            continue  # an empty line would count in the layout, at the figure's corner
        ax.plot([0.0] * len(places), [p + 1 for p in places], linestyle="none", marker=marker, markersize=4,
                markerfacecolor=tone(0), markeredgecolor=edge, markeredgewidth=1.0, clip_on=False)  # fmt: skip


def _family(row: Row) -> str:
    return _FAMILIES.get(row.kind, "dense" if row.parameters else "no parameters")
