"""`convergence`: the best value so far against the evaluations spent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, SymmetricalLogLocator
from numpy.typing import NDArray

from ngdm_lab.engine import LEVELS, Ensemble
from ngdm_lab.experiments import Entry

from . import layout, words
from .field import value_label
from .style import COLUMN, FAINT, look, style

__all__ = ["convergence"]

Array = NDArray[np.float64]
Curve = tuple[str, Ensemble, Array]  # label, runs, (k, 3): low, middle, high

_LOW, _MIDDLE, _HIGH = (LEVELS.index(level) for level in (0.1, 0.5, 0.9))


def convergence(
    results: Ensemble | Entry | Sequence[Ensemble | Entry],
    ax: Axes | None = None,
    *,
    legend: bool = True,
    notes: bool = True,
) -> Axes:
    """Median and 10-90 % band over the runs of the best f - f_min met so far, against evaluations.

    Only points inside the bounds count. A curve begins where its quantile is finite: before that too many runs
    have not been inside yet. A dashed grey line is the target. Where f_min is not known, f itself is drawn.

    Parameters
    ----------
    results : an Ensemble, a list of them, or what `race.on(surface)` gives; all on one surface.
    ax : where to draw; a new figure if it is None.
    legend, notes : leave out the legend, or the settings in small type.

    Returns
    -------
    Axes
        x: evaluations of value and gradient, counted from 1, logarithmic. y: best f - f_min in units of f,
        logarithmic; linear near zero where zero is reached.

    Raises
    ------
    ValueError
        For no result, results on several surfaces, or an ensemble that was run with quantiles=False.
    TypeError
        For what is no result.
    """
    pairs = labelled(results)
    with style():
        ax, own = layout.own_axes(ax, COLUMN, 2.4)
        curves = [(label, runs, _heights(runs)) for label, runs in pairs]
        surface = curves[0][1].surface
        ax.set(xlabel="evaluations", ylabel=value_label(surface, "best "), title=words.plain(words.surface_of(pairs[0][1])))
        ax.set_xscale("log")
        _scale(ax, curves)
        for label, runs, heights in curves:
            _draw(ax, label, runs, heights)
        _target(ax, curves)
        handles = [layout.handle(label, _entry(label, runs), marker=False) for label, runs in pairs]
        layout.below(ax, own, handles if legend else [], _notes(pairs, own) if notes else [])
    return ax


def labelled(results: Any) -> list[tuple[str, Ensemble]]:
    """(label, runs) of whatever holds runs; checks that they belong into one picture."""
    listed = [results] if isinstance(results, Ensemble | Entry) else list(results) if np.iterable(results) else [results]
    if not listed:
        raise ValueError("results must hold at least one result, got an empty list")
    for r in listed:
        if not isinstance(r, Ensemble | Entry):
            raise TypeError(f"results must be an Ensemble, a list of them or race.on(surface), got {r!r}")
    labels = words.numbered(r.label if isinstance(r, Entry) else words.identity(r) for r in listed)
    runs = [r.runs if isinstance(r, Entry) else r for r in listed]
    names = dict.fromkeys(words.surface_of(r) for r in runs)
    if len(names) > 1:
        raise ValueError(f"results must be on one surface, got {', '.join(names)}: draw each on its own Axes")
    for label, r in zip(labels, runs, strict=True):
        if len(r.snapshots) == 0:
            raise ValueError(f"results must hold quantiles, got {label} of an ensemble that was run with quantiles=False")
    return list(zip(labels, runs, strict=True))


def _heights(runs: Ensemble) -> Array:
    """Low, middle and high quantile of f - f_min; rounding below zero counts as zero, inf stays."""
    heights = runs.quantiles[:, [_LOW, _MIDDLE, _HIGH]]
    if _known(runs):
        f_min = runs.surface.f_min  # type: ignore[union-attr]
        heights = heights - f_min
        heights[np.abs(heights) <= _rounding(f_min)] = 0.0
    return heights


def _known(runs: Ensemble) -> bool:
    return runs.surface is not None and bool(np.isfinite(runs.surface.f_min))


def _rounding(f_min: float) -> float:
    """Differences below this are rounding, or nobody's concern."""
    return 1e-15 * max(1.0, abs(f_min))


def _scale(ax: Axes, curves: list[Curve]) -> None:
    """A logarithmic y axis, linear near zero only where values of zero or below ask for it."""
    runs, values = curves[0][1], np.concatenate([heights.ravel() for _, _, heights in curves])
    values = values[np.isfinite(values)]
    if len(values) == 0:
        ax.set_ylim(0, 1)
        ax.set_yticks([])
        ax.text(0.5, 0.5, "no run was ever inside the bounds", transform=ax.transAxes, ha="center", va="center")
        return
    low, high = float(values.min()), float(values.max())
    if low > 0:
        if _known(runs) or high > 30 * low:
            ax.set_yscale("log")
            _plain_ticks(ax.yaxis, low, high)
        return
    if _known(runs):
        tiny = float(np.abs(values[values != 0]).min(initial=runs.target or 1.0))
        ax.set_yscale("symlog", linthresh=tiny, linscale=0.5)
        decades = np.log10(max(high, 10 * tiny) / tiny)
        ax.yaxis.set_major_locator(SymmetricalLogLocator(base=10.0 ** max(1, round(decades / 5)), linthresh=tiny))
        ax.yaxis.set_minor_formatter(NullFormatter())
        ax.set_ylim(bottom=-0.3 * tiny if low == 0 else None)
    elif high > 30 * abs(low):
        ax.set_yscale("symlog", linthresh=10.0 ** np.ceil(np.log10(max(abs(low), 1e-300))))
    else:
        ax.yaxis.set_major_locator(MaxNLocator(6))


def _plain_ticks(axis: Any, low: float, high: float) -> None:
    """At most about six labelled powers of ten."""
    if np.log10(high / low) > 2:
        axis.set_major_locator(LogLocator(numticks=7))
        axis.set_minor_formatter(NullFormatter())


def _draw(ax: Axes, label: str, runs: Ensemble, heights: Array) -> None:
    seen, x = look(label), runs.snapshots + 1
    low, middle, high = heights.T
    top = np.where(np.isfinite(high), high, 1e300)  # open above: some runs have not been inside yet
    limits = ax.get_ylim()
    fill = ax.fill_between(x, low, top, where=np.isfinite(low), color=seen.colour, alpha=0.11, linewidth=0, zorder=1.5)
    if not np.isfinite(high).all():
        finite = heights[np.isfinite(heights)]
        ax.dataLim.intervaly = limits if len(finite) == 0 else (finite.min(), finite.max())
        del fill
    ax.plot(
        x, np.where(np.isfinite(middle), middle, np.nan), color=seen.colour, linestyle=seen.dash,
        linewidth=seen.width, label=label, zorder=3,
    )  # fmt: skip


def _target(ax: Axes, curves: list[Curve]) -> None:
    for target in sorted({runs.target for _, runs, _ in curves if _known(runs) and runs.target > 0}):
        ax.axhline(target, color=FAINT, linewidth=0.8, linestyle=(0, (4, 2)), zorder=1)
        ax.annotate(
            "target", (1, target), (-1, 1.5), xycoords=ax.get_yaxis_transform(), textcoords="offset points",
            ha="right", va="bottom", fontsize=7, color="#5A5A5A",
        )  # fmt: skip


def _entry(label: str, runs: Ensemble) -> str:
    rate = words.rate_of(runs)
    return words.name_of(label, runs.optimizer) + ("" if rate is None else f", lr {words.number(rate)}")


def _notes(pairs: list[tuple[str, Ensemble]], options: bool) -> list[str]:
    told = dict.fromkeys(
        f"{len(r)} starts, {r.steps} steps, seed {r.seed}, target {words.number(r.target)}" for _, r in pairs
    )
    lines = ["; ".join(told) + ". Line: median; band: 10 to 90 % of the runs."]
    if options:
        lines += words.option_lines([(words.name_of(label, r.optimizer), words.options_of(r)) for label, r in pairs])
    return lines
