"""Every figure of a race can be read at the width of a journal's column, 85 mm."""

from __future__ import annotations

from itertools import combinations

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab import plots
from ngdm_lab.plots.drawing.layout import laid_out, unshown

WIDTH = 85 / 25.4  # inches
KINDS = {
    "convergence": plots.convergence, "success": plots.success, "tuning": plots.tuning_curve,
    "profiles": plots.profiles, "trajectories": plots.trajectories, "basins": plots.basins,
}  # fmt: skip


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def race():
    surfaces = [ls.himmelblau(), ls.styblinski_tang(10).flipped(), ls.ellipsoid(10, condition=1000), ls.rastrigin(2)]
    return lab.race(None, surfaces, 20, 60, tuning_starts=8, progress=False)


def texts(figure):
    """What is written: of ticks, those within the axis."""
    shown = [t for t in figure.findobj(mpl.text.Text) if t.get_visible() and t.get_text().strip()]
    hidden = set()
    for ax in figure.axes:
        for axis in (ax.xaxis, ax.yaxis):
            low, high = sorted(axis.get_view_interval())
            for tick in [*axis.get_major_ticks(), *axis.get_minor_ticks()]:
                if not low <= tick.get_loc() <= high or not tick.label1.get_visible():
                    hidden.add(tick.label1)
    return [t for t in shown if t not in hidden and not (t.axes is not None and not t.axes.axison)]


@pytest.mark.parametrize("kind", KINDS)
def test_at_85_mm(race, kind):
    with plots.style(), unshown():
        figure = KINDS[kind](race)[0].figure
        # as `save` does: else a figure without an engine gets that of the style
        with mpl.rc_context({"figure.constrained_layout.use": False}), laid_out(figure):
            figure.canvas.draw()
            seen = texts(figure)
            boxes = [(t.get_text(), t.get_window_extent()) for t in seen]
    scale = WIDTH / figure.get_figwidth()
    assert len(seen) > 10
    assert min(t.get_fontsize() for t in seen) * scale >= 5
    assert figure.get_figheight() * scale <= 9.2  # of a page
    for text, box in boxes:
        assert box.x0 >= -2, text
        assert box.x1 <= figure.bbox.x1 + 2, text
    for (one, a), (other, b) in combinations(boxes, 2):
        wide = min(a.x1, b.x1) - max(a.x0, b.x0)
        high = min(a.y1, b.y1) - max(a.y0, b.y0)
        assert min(wide, high) < 4, (one, other)  # pixels, a point: boxes are larger than letters
