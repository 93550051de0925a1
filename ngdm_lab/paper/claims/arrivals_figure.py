"""The figure of C10: arrivals in plain, flipped and rotated frames beside the basin's share of the box."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from ngdm_lab.experiments.statistics.compare import wilson
from ngdm_lab.plots.drawing.layout import footer
from ngdm_lab.plots.drawing.style import COLUMN, FAINT, SMALL, dress, look, style

from .hitting_figure import LOOKS
from .surfaces import NAMES
from .svg import save_svg

__all__ = ["arrivals_figure"]


def arrivals_figure(
    path: Path,
    surfaces: Sequence[str],
    kinds: Sequence[str],
    labels: Sequence[str],
    counts: Mapping[tuple[str, str, str], tuple[int, int]],
    shares: Mapping[str, float],
) -> None:
    """Draw a small panel for each landscape and write all as SVG.

    Parameters
    ----------
    counts : (landscape, kind of frame, label) to (arrivals, runs).
    shares : landscape to its basin's share of the box, drawn as a line.
    """
    with style():
        rows = -(-len(surfaces) // 2)
        figure, axes = plt.subplots(rows, 2, figsize=(COLUMN, 1.05 * rows), sharex=True, squeeze=False)
        for ax in axes.flat[len(surfaces) :]:
            ax.set_visible(False)
        for ax, name in zip(axes.flat, surfaces, strict=False):
            dress(ax)
            ax.axhline(100 * shares[name], color=FAINT, lw=1.0, ls=(0, (4, 2)))
            for k, label in enumerate(labels):
                seen = look(LOOKS[label])
                for x, kind in enumerate(kinds):
                    won, runs = counts[name, kind, label]
                    place = x + 0.75 * (k / (len(labels) - 1) - 0.5)
                    ax.plot([place] * 2, [100 * end for end in wilson(won, runs)], color=seen.colour, lw=1.0)
                    ax.plot(
                        place,
                        100 * won / runs,
                        marker=seen.marker,
                        color=seen.colour,
                        mfc=_inside(label),
                        ms=2.6,
                        ls="none",
                    )
            ax.set_title(name.replace(":", " "), fontsize=SMALL)
            ax.set_ylim(0, None)
            ax.yaxis.set_major_locator(MaxNLocator(4))
            ax.set_xticks(range(len(kinds)), kinds)
            ax.grid(False, axis="x")
        for ax in axes[:, 0]:
            ax.set_ylabel("arrived, %")
        marks = [(label, look(LOOKS[label])) for label in labels]
        handles = [
            Line2D([], [], ls="none", marker=seen.marker, color=seen.colour, mfc=_inside(k), ms=3.5, label=NAMES[k])
            for k, seen in marks
        ]
        handles.append(Line2D([], [], color=FAINT, lw=1.0, ls=(0, (4, 2)), label="basin's share of the box"))
        footer(figure, handles, ["Lines: Wilson 95 % intervals of all frames of a kind."])
        save_svg(figure, path)


def _inside(label: str) -> str:
    """The control of Adam is Adam's mark, hollow."""
    return "white" if label == "adam-twin" else look(LOOKS[label]).colour
