"""Figures of claims as SVG, equal bytes for equal figures."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from ngdm_lab.compiler.files import write_file
from ngdm_lab.plots.drawing.layout import laid_out

__all__ = ["save_svg"]


def save_svg(figure: Figure, path: Path) -> None:
    """Write a figure as SVG, with text as outlines, and close it."""
    import matplotlib.pyplot as plt

    content = io.BytesIO()
    settings: Any = {"svg.hashsalt": "ngdm-lab", "svg.fonttype": "path", "savefig.bbox": "standard"}
    with mpl.rc_context(settings), laid_out(figure):
        figure.savefig(content, format="svg", metadata={"Date": None, "Creator": None})
    plt.close(figure)
    write_file(path, content.getvalue())
