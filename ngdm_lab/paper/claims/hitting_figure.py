"""The figure of C9: evaluations to the minimum by landscape, and the digits that a falling rate brings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.lines import Line2D

from ngdm_lab.plots.drawing.layout import footer
from ngdm_lab.plots.drawing.style import COLUMN, FAINT, INK, dress, look, style

from .surfaces import NAMES
from .svg import save_svg

__all__ = ["LOOKS", "hitting_figure"]

# labels of the package's looks
LOOKS = {
    "sgd": "sgd", "adam": "adam", "apollo": "apollo", "dir": "ngdm-dirichlet", "dir-exact": "ngdm-dirichlet-exact",
    "gendir": "ngdm-gendir", "gendir-exact": "ngdm-gendir-exact", "twin": "control", "adam-twin": "adam",
}  # fmt: skip


def hitting_figure(
    path: Path,
    surfaces: Sequence[str],
    labels: Sequence[str],
    means: Mapping[tuple[str, str], float],
    newton: Mapping[str, float],
    gains: Mapping[tuple[str, str], tuple[float, float, float]],
    floors: Mapping[str, float],
) -> None:
    """Draw both panels and write them as SVG.

    Parameters
    ----------
    means : (landscape, label) to mean evaluations; `newton` the same of Gauss-Newton.
    gains : (label, "plain" or "noisy") to the difference of digits with its interval; `floors` their noise floors.
    """
    with style():
        figure, (top, low) = plt.subplots(2, 1, figsize=(COLUMN, 3.6), height_ratios=(2.4, 1))
        for ax in (top, low):
            dress(ax)
        for row, name in enumerate(surfaces):
            for k, label in enumerate(labels):
                shift = 0.7 * (k / (len(labels) - 1) - 0.5)
                seen = look(LOOKS[label])
                top.plot(means[name, label], row + shift, marker=seen.marker, color=seen.colour, ms=3.2, ls="none")
            if name in newton:
                top.plot(newton[name], row, marker="*", color=INK, ms=6, ls="none")
        top.set_xscale("log")
        top.set_yticks(range(len(surfaces)), [" ".join(name.split(":")[:2]) for name in surfaces])
        top.set_ylim(len(surfaces) - 0.5, -0.5)
        top.set_xlabel("mean evaluations to the first hit")
        kinds = list(floors)
        methods = list(dict.fromkeys(label for label, _ in gains))
        ticks = []
        for i, kind in enumerate(kinds):
            for k, label in enumerate(methods):
                y = i * (len(methods) + 0.6) + k
                mean, left, right = gains[label, kind]
                seen = look(LOOKS[label])
                low.fill_betweenx([y - 0.5, y + 0.5], -floors[kind], floors[kind], color=FAINT, alpha=0.3, lw=0)
                low.plot([left, right], [y, y], color=seen.colour, lw=1.2)
                low.plot(mean, y, marker=seen.marker, color=seen.colour, ms=3.5, ls="none")
                ticks.append((y, f"{NAMES[label].removesuffix(' diagonal')}{', noise' if kind == 'noisy' else ''}"))
        low.axvline(0, color=INK, lw=0.6)
        low.set_yticks(*zip(*ticks, strict=True))
        low.invert_yaxis()
        low.set_xlabel("digits that a falling rate brings")
        handles = [Line2D([], [], ls="none", marker=look(LOOKS[k]).marker, color=look(LOOKS[k]).colour, ms=3.5,
                          label=NAMES[k]) for k in labels]  # fmt: skip
        handles.append(Line2D([], [], ls="none", marker="*", color=INK, ms=6, label="Gauss-Newton (sees f)"))
        footer(figure, handles, ["Line: 95 % interval; grey: noise floor."])
        save_svg(figure, path)
