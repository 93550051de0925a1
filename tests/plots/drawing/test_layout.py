"""What stands below a figure stays below it, also where the figure is cropped, as notebooks do."""

from __future__ import annotations

import io

import matplotlib.image
import numpy as np
import pytest
from matplotlib.figure import Figure

from ngdm_lab.plots.drawing import layout
from ngdm_lab.plots.drawing.style import style


def printed_bands(figure, **options):
    """How many bands of rows with ink a picture of the figure has: what overlaps in height is one band."""
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=100, **options)
    file.seek(0)
    ink = (matplotlib.image.imread(file)[..., :3] < 0.9).any(axis=(1, 2))
    return int(np.sum(np.diff(np.r_[False, ink].astype(int)) == 1))


@pytest.mark.parametrize("lines", [[], ["a note below the legend"]])
def test_legend_stays_below_the_axis_label_in_a_cropped_figure(lines):
    with style():
        figure = Figure(figsize=(7, 2))
        ax = figure.add_subplot()
        (line,) = ax.plot([0, 1], label="a line")
        ax.set_xlabel("x")
        layout.footer(figure, [line], lines)
        assert printed_bands(figure, bbox_inches="tight") == printed_bands(figure) >= 4 + len(lines)
