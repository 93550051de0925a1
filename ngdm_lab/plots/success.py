"""`success`: how often runs arrive, against the learning rate and against the effective rate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, NullLocator, PercentFormatter
from numpy.typing import NDArray

from ngdm_lab.experiments import Entry, Tuning
from ngdm_lab.experiments.compare import wilson
from ngdm_lab.geometry.solver import solve_diagonal

from . import layout, words
from .style import COLUMN, dress, look, style

__all__ = ["effective_gain", "success"]

Array = NDArray[np.float64]


def success(
    entries: Entry | Sequence[Entry],
    axes: Sequence[Axes] | None = None,
    *,
    legend: bool = True,
    notes: bool = True,
) -> tuple[Axes, Axes]:
    """Share of tuning starts that arrive, against the learning rate (left) and lr x gain (right).

    The gain is how much F^-1 lengthens a step (see `effective_gain`): on the right, diagonal NGDM with a constant
    alpha falls on SGD, for it is the same rule (erratum E7). Bands are Wilson's 95 % intervals. A marker is the
    chosen rate, hollow where it is the first or last of the grid: a better one may lie beyond.

    Parameters
    ----------
    entries : what `race.on(surface)` gives, of a race with tuning.
    axes : two Axes; a new figure if it is None.
    legend, notes : leave out the legend, or the settings in small type.

    Returns
    -------
    (Axes, Axes)
        x: learning rate and effective rate, logarithmic; y: arrivals in percent of the starts.

    Raises
    ------
    ValueError
        For no entry, entries on several surfaces, entries without tuning, another number of Axes than two.
    TypeError
        For what is no entry of a race.
    """
    tuned = _tuned(entries)
    with style():
        left, right, own = _axes(axes)
        top, views = 0.0, []
        for shift, ax in zip((False, True), (left, right), strict=True):
            reach = []
            for e, tuning in tuned:
                gain = effective_gain(e) if shift else 1.0
                top = max(top, _draw(ax, e.label, tuning, gain, 0.5 / max(3, len(tuned))))
                reach.append(gain * _interesting(tuning))
            views.append((min(r.min() for r in reach), max(r.max() for r in reach)))
        for ax, (low, high) in zip((left, right), views, strict=True):
            _frame(ax, low, high, top)
        left.set(xlabel="learning rate", ylabel="arrived")
        layout.title(left, words.plain(tuned[0][0].surface_name, 60))
        right.set(xlabel="learning rate × gain")
        if own:
            right.tick_params(labelleft=False)
        handles = [layout.handle(e.label, words.name_of(e.label, e.runs.optimizer)) for e, _ in tuned]
        below = (handles if legend else [], _notes(tuned, own) if notes else [])
        layout.below(left, own, *below, last=right)
    return left, right


def effective_gain(entry: Entry) -> float:
    """How much the optimizer's F^-1 lengthens a step: what to multiply its learning rate by.

    For a diagonal F^-1 the mean of its diagonal, 1/psi' of the parameters; for an exact one its largest
    eigenvalue; 1 for an optimizer without F.
    """
    optimizer, n = entry.runs.optimizer, entry.runs.x0.shape[1]
    solver = None if optimizer is None else optimizer.solver(n)
    if optimizer is None or solver is None:
        return 1.0
    return float(solver.arrays[0].mean()) if solver.function is solve_diagonal else optimizer.gain(n)


def _tuned(entries: Any) -> list[tuple[Entry, Tuning]]:
    listed = [entries] if isinstance(entries, Entry) else list(entries) if np.iterable(entries) else [entries]
    if not listed:
        raise ValueError("entries must hold at least one entry, got an empty list")
    for e in listed:
        if not isinstance(e, Entry):
            raise TypeError(f"entries must be what race.on(surface) gives, got {e!r}")
    names = dict.fromkeys(e.surface_name for e in listed)
    if len(names) > 1:
        raise ValueError(f"entries must be on one surface, got {', '.join(names)}")
    tuned = [(e, e.tuning) for e in listed if e.tuning is not None]
    if not tuned:
        raise ValueError("entries must come from a race with tuning, got none with a tuning curve")
    return tuned


def _axes(axes: Any) -> tuple[Axes, Axes, bool]:
    if axes is None:
        _, made = plt.subplots(1, 2, figsize=(COLUMN, 1.9), sharey=True)
        for ax in made:
            dress(ax)
        return made[0], made[1], True
    pair = list(axes) if np.iterable(axes) else [axes]
    if len(pair) != 2:
        raise ValueError(f"axes must be two Axes, left and right, got {len(pair)}")
    return layout.check_axes(pair[0], "axes[0]"), layout.check_axes(pair[1], "axes[1]"), False


def _draw(ax: Axes, label: str, tuning: Tuning, gain: float, alpha: float) -> float:
    """Curve, band and chosen rate; returns the height that must be seen."""
    seen, x, share = look(label), gain * tuning.rates, tuning.arrival
    low, high = np.array([wilson(round(p * tuning.starts), tuning.starts) for p in share]).T
    near = share * tuning.starts > 2.5  # single arrivals all have the same wide interval
    ax.fill_between(x, low, high, where=near, color=seen.colour, alpha=alpha, linewidth=0, zorder=1.5)
    ax.plot(x, share, color=seen.colour, linestyle=seen.dash, linewidth=seen.width, label=label, zorder=3)
    filled: dict[str, Any] = {"markerfacecolor": seen.colour, "markeredgecolor": "white", "markeredgewidth": 0.5}
    if tuning.at_edge:
        filled = {"markerfacecolor": "white", "markeredgecolor": seen.colour, "markeredgewidth": 1.0}
    k = tuning.chosen
    ax.plot(x[k], share[k], linestyle="none", marker=seen.marker, markersize=5, zorder=4, clip_on=False, **filled)
    return float(share.max())


def _interesting(tuning: Tuning) -> Array:
    """First and last rate worth a look: where anything arrives, and the chosen one."""
    some = np.append(np.flatnonzero(tuning.arrival > 0), tuning.chosen)
    return tuning.rates[[some.min(), some.max()]]


def _frame(ax: Axes, low: float, high: float, top: float) -> None:
    ax.set_xscale("log")
    ax.set_xlim(low / 10**0.4, high * 10**0.4)
    ax.xaxis.set_major_locator(LogLocator(numticks=5))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_ylim(0, min(1.03, max(1.3 * top, 0.05)))
    ax.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol=" %"))
    if top == 0:
        ax.text(0.5, 0.5, "no run arrived", transform=ax.transAxes, ha="center", va="center", fontsize=7)


def _notes(tuned: list[tuple[Entry, Tuning]], options: bool) -> list[str]:
    runs = tuned[0][0].runs
    starts = " or ".join(str(k) for k in sorted({t.starts for _, t in tuned}))
    told = f"{starts} tuning starts a rate, {runs.steps} steps, seed {runs.seed}, target {words.number(runs.target)}. "
    told += "Band: Wilson 95 %, from 3 arrivals. Marker: chosen rate, hollow at the edge of the grid."
    named = [(words.name_of(e.label, e.runs.optimizer), effective_gain(e)) for e, _ in tuned]
    gains = [words.unbroken(f"{name} {words.number(gain)}") for name, gain in named if gain != 1] or ["1 for all"]
    others = sum(gain == 1 for _, gain in named)
    lines = [told, "Gain: " + ", ".join(gains) + ("; 1 for the others." if 0 < others < len(tuned) else ".")]
    if options:
        lines += words.option_lines((e.label, e.runs) for e, _ in tuned)
    return lines
