"""Maps over alpha and the learning rate, with the paper's boxes and the lines of constant effective rate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

from ngdm_lab.plots.drawing.style import COLUMN, style

from .svg import save_svg

__all__ = ["draw"]

_BOX, _LINE = "#D55E00", "#333333"


def draw(found: Sequence[Mapping[str, Any]], path: Path) -> None:
    """One panel a map, two in a row, at the width of a column."""
    with style():
        rows = -(-len(found) // 2)
        figure = Figure(figsize=(COLUMN, 1.75 * rows + 0.35))
        for k, outcome in enumerate(found):
            _panel(figure.add_subplot(rows, 2, k + 1), outcome, left=k % 2 == 0)
        figure.supxlabel("learning rate (box: the paper's, star: best, line: same effective rate)", fontsize=7)
        save_svg(figure, path)


def _panel(ax: Axes, outcome: Mapping[str, Any], left: bool) -> None:
    cells, box = outcome["cells"], outcome["box"]
    accuracy = outcome["measure"] == "accuracy"
    values = np.array([np.mean(cell["scores"]) for cell in cells]) * (100 if accuracy else 1)
    alpha, lr = (np.array([cell[name] for cell in cells]) for name in ("alpha", "lr"))
    # the upper part of the scores is where maps differ
    low, high = (np.quantile(values, 0.4), values.max()) if accuracy else (values.min(), np.quantile(values, 0.6))
    shown = ax.scatter(lr, alpha, c=values, s=16, marker="s", cmap="viridis" if accuracy else "viridis_r", vmin=low,
                       vmax=high, linewidths=0)  # fmt: skip
    (a0, a1), (l0, l1) = box["alpha"], box["lr"]
    ax.add_patch(Rectangle((l0, a0), l1 - l0, a1 - a0, fill=False, edgecolor=_BOX, linewidth=1.2))
    line = sorted((c["alpha"], c["lr"]) for c in cells if c["rate"] == cells[outcome["chosen"]]["rate"])
    ax.plot([x for _, x in line], [a for a, _ in line], color=_LINE, linewidth=0.8, zorder=3)
    best = cells[outcome["best"]]
    ax.plot(best["lr"], best["alpha"], "*", color=_BOX, markeredgecolor="white", markeredgewidth=0.5, markersize=9)
    ax.set(xscale="log", yscale="log", title=f"{box['name']} ({'%' if accuracy else 'MSE'})")
    ticks = [t for t in (0.5, 2, 8, 30) if alpha.min() <= t <= alpha.max()]
    ax.yaxis.set_major_locator(FixedLocator(ticks))
    ax.yaxis.set_major_formatter(FixedFormatter([f"{t:g}" for t in ticks]))
    ax.yaxis.set_minor_locator(NullLocator())
    ax.grid(False)
    if left:
        ax.set_ylabel("α")
    bar = ax.figure.colorbar(shown, ax=ax, aspect=25, pad=0.03, extend="min" if accuracy else "max")
    bar.ax.tick_params(labelsize=7, length=2)
