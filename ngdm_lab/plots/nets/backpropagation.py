"""`backpropagation`: the scheme of Algorithm 5 on a small model, corrected, with what is printed otherwise marked."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch

from ngdm_lab.compiler.checks import brief, check_instance
from ngdm_lab.nets.layers.dense import Dense
from ngdm_lab.nets.model import Model
from ngdm_lab.plots.drawing.style import COLUMN, FAINT, INK, SMALL, style

__all__ = ["backpropagation"]

FORWARD, BACK, CHOSEN, MARK = "#0072B2", "#882E72", "#E8601C", "#9C2A00"
MOST = 6  # neurons of a layer that fit
HEIGHT = 5.1  # inches


def backpropagation(model: Model, layer: int = 0, neuron: int = 0) -> Figure:
    """Forward pass, error, deltas and the step of one neuron's weight vector, in a figure of their own.

    Circles and lines are the model's neurons and weights (thicker where a weight is larger); the chosen neuron's
    weight vector w_k is followed through the update.

    Parameters
    ----------
    model : of Dense layers, two or more, each with at most six neurons and inputs.
    layer, neuron : whose weight vector is followed, both from 0; not of the last layer.

    Raises
    ------
    TypeError
        For what is no Model.
    ValueError
        For other layers, too many neurons, or a neuron that is not there.
    """
    check_instance("model", model, Model, "a lab.nets.Model")
    if len(model.layers) < 2 or not all(isinstance(made, Dense) for made in model.layers):
        raise ValueError(f"model must have two or more layers, all Dense, got {brief(model)}")
    weights = [w for name, w in model.parameters.items() if model.kinds[name] == "weight"]
    sizes = [weights[0].shape[0], *(w.shape[1] for w in weights)]
    if max(sizes) > MOST:
        raise ValueError(f"model must have at most {MOST} neurons in a layer to be drawn, got {max(sizes)}")
    if not (0 <= layer < len(weights) - 1 and 0 <= neuron < sizes[layer + 1]):
        raise ValueError(f"layer and neuron must be those of a hidden neuron, got {layer} and {neuron}")
    with style():
        figure = Figure(figsize=(COLUMN, HEIGHT))
        figure.set_layout_engine("none")
        ax = figure.add_axes((0.0, 0.0, 1.0, 1.0))
        ax.set(xlim=(0, 340), ylim=(0, 100 * HEIGHT))  # 100 units an inch, so that circles are round
        ax.axis("off")
        _net(ax, weights, sizes, layer, neuron)
        _passes(ax, len(weights))
        _step(ax, layer, neuron, sizes[layer])
        _printed(ax)
    return figure


def _net(ax: Axes, weights: Any, sizes: list[int], layer: int, neuron: int) -> None:
    x = np.linspace(35, 235, len(sizes))
    y = [400 + 19.0 * (np.arange(n)[::-1] - (n - 1) / 2) for n in sizes]
    for k, w in enumerate(weights):
        wide = np.abs(w) / np.abs(w).max()
        for i in range(sizes[k]):
            for j in range(sizes[k + 1]):
                own = (k, j) == (layer, neuron)
                ax.plot([x[k], x[k + 1]], [y[k][i], y[k + 1][j]], color=CHOSEN if own else FAINT, zorder=1 + own,
                        linewidth=(1.0 if own else 0.3) + 0.9 * float(wide[i, j]))  # fmt: skip
    for k, column in enumerate(y):
        for j, height in enumerate(column):
            own = (k, j) == (layer + 1, neuron)
            ax.add_patch(Circle((x[k], height), 7.0, facecolor=CHOSEN if own else "white", edgecolor=INK, linewidth=0.8,
                                zorder=3))  # fmt: skip
        _text(ax, x[k], 340, rf"$y^{{({k})}} \in ℝ^{{{sizes[k]}}}$")
    _text(ax, 306, 414, "target $d$")
    _text(ax, 306, 397, f"$e = d - y^{{({len(weights)})}}$")
    ax.add_patch(FancyArrowPatch((245, 400), (272, 400), arrowstyle="-|>", mutation_scale=7, color=INK, linewidth=0.8))
    middle = (x[layer] + x[layer + 1]) / 2
    _text(ax, middle, 453, f"$w_k$ of neuron $k = {neuron + 1}$", CHOSEN)


def _passes(ax: Axes, last: int) -> None:
    ax.add_patch(FancyArrowPatch((15, 474), (325, 474), arrowstyle="-|>", mutation_scale=9, color=FORWARD,
                                 linewidth=1.4))  # fmt: skip
    along = r"$v^{(l+1)} = w^{(l)} y^{(l)}$,  $y^{(l+1)} = \varphi(v^{(l+1)})$"
    _text(ax, 170, 491, f"forward, $l = {_listed(range(last))}$:  {along}", FORWARD)
    ax.add_patch(FancyArrowPatch((325, 321), (15, 321), arrowstyle="-|>", mutation_scale=9, color=BACK,
                                 linewidth=1.4))  # fmt: skip
    _text(ax, 130, 304, rf"$\delta^{{({last})}} = -\,e \odot \varphi′(v^{{({last})}})$,", BACK, 8, badge="E13")
    back = r"$\delta^{(l)} = (w^{(l)\,T} \delta^{(l+1)}) \odot \varphi′(v^{(l)})$"
    _text(ax, 148, 283, f"{back},  $l = {_listed(range(last - 1, 0, -1))}$", BACK, 8, badge="E14")


def _listed(numbers: range) -> str:
    return ", ".join(map(str, numbers))


def _step(ax: Axes, layer: int, neuron: int, inputs: int) -> None:
    _text(ax, 170, 257, f"each neuron $k$, here of layer {layer + 1}: $w_k \\in ℝ^{{{inputs}}}$, "
          f"$F$ of {inputs}×{inputs}", CHOSEN, 7.5)  # fmt: skip
    boxes = (
        (rf"gradient  $\nabla_k = \delta^{{({layer + 1})}}_k\, y^{{({layer})}}$,   $g = \nabla_k + \lambda w_k$", "E14",
         "white"),
        (r"momentum  $b \leftarrow \mu b + (1 - \tau)\, g$   (first step: $b = g$)", "", "white"),
        (r"Nesterov  $g \leftarrow g + \mu b$", "", "white"),
        (r"natural gradient  $F^{-1} g$,   $F$ constant: Dir or GenDir", "", "#FBE3D6"),
        (r"step  $w_k \leftarrow w_k - \eta\, F^{-1} g$", "E13", "white"),
    )  # fmt: skip
    for k, (text, badge, fill) in enumerate(boxes):
        y = 229 - 29 * k
        ax.add_patch(FancyBboxPatch((20, y - 9.5), 275, 19, boxstyle="round,pad=0,rounding_size=4", facecolor=fill,
                                    edgecolor=CHOSEN, linewidth=0.8))  # fmt: skip
        _text(ax, 157, y, text, size=7.5)
        if badge:
            _badge(ax, 318, y, badge)
        if k:
            ax.add_patch(FancyArrowPatch((157, y + 20.5), (157, y + 9), arrowstyle="-|>", mutation_scale=6,
                                         color=CHOSEN, linewidth=0.8))  # fmt: skip


def _printed(ax: Axes) -> None:
    ax.plot([15, 325], [89, 89], color=FAINT, linewidth=0.5)
    _text(ax, 15, 78, "Printed otherwise:", INK, SMALL, "left")
    lines = (
        ("E13", r"$\delta^{(L)} = e \odot \varphi′$ with $e = d - y$, so that the step",
         "$w - \\eta F^{-1} g$ climbs"),
        ("E14", r"for $l$ from 0 to $L$, where $\delta^{(l)}$ needs $\delta^{(l+1)}$;",
         "$w^{(l)} y^{(l)}$ in line 3, $\\delta^{(l)} y^{(l-1)}$ in line 14"),
    )  # fmt: skip
    for k, (badge, first, second) in enumerate(lines):
        y = 60 - 30 * k
        _badge(ax, 32, y, badge)
        _text(ax, 52, y, first, INK, SMALL, "left")
        _text(ax, 52, y - 14, second, INK, SMALL, "left")


def _text(ax: Axes, x: float, y: float, text: str, colour: str = "black", size: float = 7.5, side: Any = "center",
          badge: str = "") -> None:  # fmt: skip
    ax.text(x, y, text, ha=side, va="center", color=colour, fontsize=size)
    if badge:
        _badge(ax, 318, y, badge)


def _badge(ax: Axes, x: float, y: float, text: str) -> None:
    ax.text(x, y, text, ha="center", va="center", color=MARK, fontsize=SMALL, weight="bold",
            bbox={"boxstyle": "round,pad=0.2", "facecolor": "white", "edgecolor": MARK, "linewidth": 0.8})  # fmt: skip
