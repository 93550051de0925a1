"""`frames`: hits in the plain, the sign-flipped and the rotated frames of a landscape, side by side."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator, PercentFormatter

from ngdm_lab.compiler.checks import check_flags, check_instance
from ngdm_lab.experiments import Frames
from ngdm_lab.experiments.race.frames import KINDS
from ngdm_lab.experiments.statistics.compare import wilson
from ngdm_lab.plots.drawing import layout, words
from ngdm_lab.plots.drawing.style import COLUMN, look, tone, users_style

from . import legend as shared

__all__ = ["frames"]

_SHADE = {"plain": 1.0, "flipped": 0.45, "rotated": 0.15}  # how much of the optimizer's colour is left
_HATCH = {"plain": "", "flipped": "////", "rotated": "...."}
_THICK = 0.8  # of the room of an optimizer that its bars take


def frames(result: Frames, ax: Axes | None = None, *, legend: bool = True, notes: bool = False) -> Axes:
    """Bars of the share of runs that hit, for each optimizer in each kind of frame, with Wilson's 95 % intervals.

    A bar counts the runs in all frames of its kind together; a dot is one of several frames of a kind.

    Parameters
    ----------
    result : of `lab.frames`.
    ax : where to draw; a new figure if it is None.
    legend : False leaves out the legend.
    notes : print the caption below, in small type; `caption` gives it, and `save` writes it beside the figure.

    Returns
    -------
    Axes
        x: hits in percent of the runs; y: the optimizers from the top, the control last.

    Raises
    ------
    TypeError
        For another result.
    """
    check_flags(legend=legend, notes=notes)
    check_instance("result", result, Frames, "a Frames (of lab.frames)")
    kinds = [kind for kind in KINDS if result.names[kind]]
    labels = result.labels
    with users_style():
        ax, own = layout.own_axes(ax, COLUMN, 0.55 + 0.13 * (len(kinds) + 0.9) * len(labels))
        top = 0.0
        for i, label in enumerate(labels):
            for k, kind in enumerate(kinds):
                middle = i + _THICK * ((k + 0.5) / len(kinds) - 0.5)
                top = max(top, _bar(ax, result, label, kind, middle, _THICK / len(kinds)))
        ax.set(xlabel="reached the target", xlim=(0, min(1.02, 1.06 * top) or 1.0), ylim=(len(labels) - 0.45, -0.55))
        names = shared.names(result.race)
        ax.set_yticks(range(len(labels)), [names[label] for label in labels])
        ax.tick_params(axis="y", length=0)
        ax.grid(False, axis="y")
        ax.xaxis.set_major_locator(MaxNLocator(5))
        ax.xaxis.set_major_formatter(PercentFormatter(1.0, symbol=" %"))
        layout.title(ax, words.plain(result.surface, 60))
        handles = [_handle(kind, len(result.names[kind])) for kind in kinds]
        layout.below(ax, own, handles if legend else [], [_note(result, kinds)], notes)
    return ax


def _faded(colour: Any, share: float) -> tuple[float, float, float]:
    """The colour mixed with the paper's."""
    red, green, blue = (share * part + 1 - share for part in to_rgb(colour))
    return red, green, blue


def _bar(ax: Axes, result: Frames, label: str, kind: str, middle: float, thick: float) -> float:
    """One bar with its interval and its frames' dots; returns how far to the right they reach."""
    won, m = result.hits(label, kind)
    low, high = wilson(won, m)
    colour = look(label).colour
    ax.barh(
        middle, won / m, height=thick, color=_faded(colour, _SHADE[kind]), edgecolor=colour, hatch=_HATCH[kind],
        linewidth=0.5, label=f"{label}, {kind}", zorder=2,
    )  # fmt: skip
    for width, ink in ((2.4, tone(0)), (1.0, tone(0.8))):  # a rim of white: the line crosses dark bars
        ax.plot([low, high], [middle, middle], color=ink, linewidth=width, solid_capstyle="butt", zorder=4)
    each = [float((result.race.entry(label, name).runs.hit >= 0).mean()) for name in result.names[kind]]
    if len(each) > 1:
        ax.plot(
            each, np.full(len(each), middle), linestyle="none", marker="o", markersize=2.4, color=tone(0),
            markeredgecolor=tone(0.8), markeredgewidth=0.6, zorder=5, clip_on=False,
        )  # fmt: skip
    return max(high, *each)


def _handle(kind: str, count: int) -> Patch:
    text = kind if count == 1 else f"{kind}, {count} frames"
    return Patch(
        facecolor=_faded("#555555", _SHADE[kind]), edgecolor="#555555", hatch=_HATCH[kind], linewidth=0.5, label=text
    )


def _note(result: Frames, kinds: list[str]) -> str:
    o = result.race.settings
    note = f"{o['starts']} starts a frame, {o['steps']} steps, seed {o['seed']}, target {words.number(o['target'])}; "
    note += "each rate tuned in its frame" if o["tuning"] else "rates as given"
    note += ". Line: Wilson 95 % of all frames of a kind"
    return note + ("; dot: one frame." if any(len(result.names[kind]) > 1 for kind in kinds) else ".")
