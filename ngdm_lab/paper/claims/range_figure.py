"""The figure of C3 to C6: arrivals against the rate, and against rate / psi'(alpha), for both forms of F^-1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, NullLocator

from ngdm_lab.plots.drawing.layout import footer
from ngdm_lab.plots.drawing.style import COLUMN, INK, dress, style

from .ranges import REFERENCE, Range, by_setting, curves
from .svg import save_svg
from .sweep import FORMS, SLOPES, SURFACES

__all__ = ["range_figure"]

_DASHES = ((0, (5, 1.5)), "-", (0, (1.2, 1)))  # of 4, 6, 8


def range_figure(results: Sequence[Mapping[str, Any]], path: Path, given: Range) -> None:
    """Draw the range's curves in colour over those of 4, 6, 8, and write them as SVG."""
    sweeps = by_setting(results)
    others = [alpha for alpha in given.alphas if alpha not in REFERENCE]
    shades = mpl.colormaps["plasma"](np.linspace(0.08, 0.8, len(others)))
    widths = np.linspace(3.0, 1.6, len(others))  # so that each of equal curves shows a rim
    with style():
        figure, axes = plt.subplots(2, 2, figsize=(COLUMN, 3.1), sharey=True, sharex="col")
        handles = [Line2D([], [], color=INK, ls=dash, lw=1.0, label=rf"$\alpha$ = {alpha:g}")
                   for alpha, dash in zip(REFERENCE, _DASHES, strict=True)]  # fmt: skip
        handles += [Line2D([], [], color=shade, lw=width, label=rf"$\alpha$ = {alpha:g}")
                    for alpha, shade, width in zip(others, shades, widths, strict=True)]  # fmt: skip
        shown = (*others, *REFERENCE)
        for column, scaled in enumerate((False, True)):
            seen = []
            for ax, form in zip(axes[:, column], FORMS, strict=True):
                dress(ax)
                rates, arrivals = curves(sweeps[form, SLOPES[1]], shown, scaled)
                seen += rates[(arrivals > 0.005).any(axis=0)].tolist()
                for alpha, share in zip(shown, arrivals, strict=True):
                    look: dict[str, Any] = (
                        {"color": INK, "ls": _DASHES[REFERENCE.index(alpha)], "lw": 0.9}
                        if alpha in REFERENCE
                        else {"color": shades[others.index(alpha)], "lw": widths[others.index(alpha)]}
                    )
                    ax.plot(rates, 100 * share, **look)
                ax.set_xscale("log")
                ax.xaxis.set_major_locator(LogLocator(numticks=4))
                ax.xaxis.set_minor_locator(NullLocator())
            if seen:
                axes[0, column].set_xlim(min(seen) / 1.6, 1.6 * max(seen))
        for ax, form in zip(axes[:, 0], FORMS, strict=True):
            ax.set_ylabel(f"arrived, %\n{form} $F^{{-1}}$")
        axes[1, 0].set_xlabel("rate")
        axes[1, 1].set_xlabel(r"rate / $\psi'(\alpha)$")
        axes[0, 0].set_ylim(0, None)
        note = f"Mean of {len(SURFACES)} landscapes, {results[0]['starts'] // 2} starts each, "
        note += f"{results[0]['steps']} steps; slope {SLOPES[1]:g}\N{NO-BREAK SPACE}i."
        footer(figure, handles, [note])
        save_svg(figure, path)
