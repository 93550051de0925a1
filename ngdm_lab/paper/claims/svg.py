"""A claim's figure as a file: equal figures, equal bytes."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

__all__ = ["write_svg"]


def write_svg(figure: Figure, path: Path) -> None:
    """Write a figure as SVG, letters as outlines, so that it looks the same wherever it is shown."""
    with mpl.rc_context({"svg.hashsalt": "ngdm-lab", "svg.fonttype": "path", "savefig.bbox": "standard"}):
        figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})
