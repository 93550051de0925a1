"""Figures of claims as SVG, equal bytes for equal figures."""

from __future__ import annotations

import io
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from ngdm_lab.compiler.build import write_atomically

__all__ = ["save_svg"]


def save_svg(figure: Figure, path: Path) -> None:
    """Write a figure as SVG, with text as outlines, and close it."""
    import matplotlib.pyplot as plt

    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
        figure.set_layout_engine(None)
    for ax in figure.axes:
        # the layout's last bits differ from call to call, and marks in the file are made of them
        ax.set_position(Bbox(ax.get_position().get_points().round(4)))
    content = io.BytesIO()
    with mpl.rc_context({"svg.hashsalt": "ngdm-lab", "svg.fonttype": "path", "savefig.bbox": "standard"}):
        figure.savefig(content, format="svg", metadata={"Date": None, "Creator": None})
    plt.close(figure)
    write_atomically(path, content.getvalue())
