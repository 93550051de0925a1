"""`convergence`: the best value so far against the evaluations spent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator, SymmetricalLogLocator
from numpy.typing import NDArray

from ngdm_lab.compiler.checks import check_each, check_flags
from ngdm_lab.engine import LEVELS, Ensemble
from ngdm_lab.experiments import Entry
from ngdm_lab.plots.drawing import layout, words
from ngdm_lab.plots.drawing.field import known, short, value_label
from ngdm_lab.plots.drawing.style import COLUMN, FAINT, look, style

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
    check_flags(legend=legend, notes=notes)
    pairs = labelled(results)
    with style():
        ax, own = layout.own_axes(ax, COLUMN, 2.4)
        curves = [(label, runs, _heights(runs)) for label, runs in pairs]
        surface = curves[0][1].surface
        ax.set(xlabel="evaluations", ylabel=value_label(surface, "best "))
        layout.title(ax, words.plain(words.surface_of(pairs[0][1]), 60))
        ax.set_xscale("log")
        _scale(ax, curves)
        ax.set_xlim(1, 1.02 * max(int(runs.snapshots[-1]) + 1 for _, runs, _ in curves) + 0.2)
        for label, runs, heights in curves:
            _draw(ax, label, runs, heights, 0.3 / max(2, len(curves)))
        if any(np.isfinite(heights).any() for _, _, heights in curves):
            _target(ax, curves)
        labels = [label for label, _ in pairs]
        handles = [layout.handle(label, _entry(label, runs, labels), marker=False) for label, runs in pairs]
        layout.below(ax, own, handles if legend else [], _notes(pairs, own) if notes else [])
    return ax


def labelled(results: Any) -> list[tuple[str, Ensemble]]:
    """(label, runs) of whatever holds runs; checks that they belong into one picture."""
    listed: list[Any] = check_each("results", results, (Ensemble, Entry), "an Ensemble or an entry of race.on(surface)")
    labels = words.numbered(r.label if isinstance(r, Entry) else words.identity(r) for r in listed)
    runs = [r.runs if isinstance(r, Entry) else r for r in listed]
    names = dict.fromkeys(words.surface_of(r) for r in runs)
    if len(names) > 1:
        raise ValueError(f"results must be on one surface, got {', '.join(names)}: draw each on its own Axes")
    for label, r in zip(labels, runs, strict=True):
        if len(r.snapshots) == 0:
            raise ValueError(f"results must hold quantiles, got {label} from a run with quantiles=False")
    return list(zip(labels, runs, strict=True))


def _heights(runs: Ensemble) -> Array:
    """Low, middle and high quantile of f - f_min; rounding below zero counts as zero, inf stays."""
    heights = runs.quantiles[:, [_LOW, _MIDDLE, _HIGH]]
    if known(runs.surface):
        f_min = runs.surface.f_min  # type: ignore[union-attr]
        heights = heights - f_min
        heights[np.abs(heights) <= _rounding(f_min)] = 0.0
    return heights


def _rounding(f_min: float) -> float:
    """Differences below this are rounding, or nobody's concern."""
    return 1e-15 * max(1.0, abs(f_min))


def _scale(ax: Axes, curves: list[Curve]) -> None:
    """A logarithmic y axis, linear near zero only where values of zero or below ask for it; and its limits."""
    runs, values = curves[0][1], np.concatenate([heights.ravel() for _, _, heights in curves])
    values = values[np.isfinite(values)]
    if len(values) == 0:
        ax.set(ylim=(0, 1), yticks=[])
        ax.text(0.5, 0.5, "no run was ever\ninside the bounds", transform=ax.transAxes, ha="center", va="center")
        return
    if known(runs.surface):
        # the target is in view unless that would press the curves together
        values = np.append(values, [r.target for _, r, _ in curves if r.target > 0 and values.min() <= 30 * r.target])
    low, high = float(values.min()), float(values.max())
    span = high - low or max(abs(high), 1.0)
    if low > 0 and (known(runs.surface) or high > 30 * low):
        ax.set_yscale("log")
        ax.set_ylim(low / (high / low) ** 0.05 / 1.1, high * (high / low) ** 0.05 * 1.1)
        few = high / low < 100
        ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)) if few else LogLocator(numticks=7))
        ax.yaxis.set_minor_locator(NullLocator())
        if few:
            ax.yaxis.set_major_formatter(FuncFormatter(short))
    elif known(runs.surface):
        tiny = float(np.abs(values[values != 0]).min())
        decades = float(np.log10(max(high, tiny) / tiny))
        step = max(1, round(decades / 5))
        tiny = 10.0 ** (step * np.floor(np.log10(tiny) / step + 1e-9))  # a labelled power
        ax.set_yscale("symlog", linthresh=tiny, linscale=max(0.5, 0.13 * decades))  # room between the labels
        ax.yaxis.set_major_locator(SymmetricalLogLocator(base=10.0**step, linthresh=tiny))
        ax.yaxis.set_minor_locator(NullLocator())
        ax.set_ylim(-0.25 * tiny if low == 0 else 2 * low, high * 3)
    elif high > 30 * abs(low) > 0:
        ax.set_yscale("symlog", linthresh=10.0 ** np.ceil(np.log10(abs(low))))
        ax.set_ylim(low - 0.1 * abs(low), high * 1.5)
    else:
        ax.set_ylim(low - 0.05 * span, high + 0.05 * span)


def _draw(ax: Axes, label: str, runs: Ensemble, heights: Array, alpha: float) -> None:
    seen, x = look(label), runs.snapshots + 1
    low, middle, high = np.where(np.isfinite(heights), heights, np.nan).T
    top = np.where(np.isfinite(high), high, ax.get_ylim()[1])  # open above: some runs were not inside yet
    ax.fill_between(x, low, top, where=np.isfinite(low), color=seen.colour, alpha=alpha, linewidth=0, zorder=1.5)
    for edge in (low, high):
        ax.plot(x, edge, color=seen.colour, linewidth=0.4, alpha=0.5, zorder=1.6)
    ax.plot(x, middle, color=seen.colour, linestyle=seen.dash, linewidth=seen.width, label=label, zorder=3)


def _target(ax: Axes, curves: list[Curve]) -> None:
    for target in sorted({runs.target for _, runs, _ in curves if known(runs.surface) and runs.target > 0}):
        if target < ax.get_ylim()[0]:
            text, height = f"target {words.number(target)} lies below", 0.0
        else:
            ax.axhline(target, color=FAINT, linewidth=0.8, linestyle=(0, (4, 2)), zorder=1)
            text, height = "target", target
        transform = ax.get_yaxis_transform() if height else ax.transAxes
        ax.annotate(
            text, (0, height), (3, 1.5), xycoords=transform, textcoords="offset points",
            fontsize=7, color="#5A5A5A",
        )  # fmt: skip


def _entry(label: str, runs: Ensemble, labels: list[str]) -> str:
    """Legend text; with the learning rate where one optimizer stands there several times."""
    name, rate = words.name_of(label, runs.optimizer), words.rate_of(runs)
    several = any(other != label and words.base_of(other) == words.base_of(label) for other in labels)
    return f"{name}, lr {words.number(rate)}" if several and rate is not None else name


def _notes(pairs: list[tuple[str, Ensemble]], options: bool) -> list[str]:
    settings = dict.fromkeys(
        f"{len(r)} starts, {r.steps} steps, seed {r.seed}, target {words.number(r.target)}" for _, r in pairs
    )
    lines = ["; ".join(settings) + ". Line: median; band: 10 to 90 % of the runs."]
    if options:
        lines += [words.rate_line(pairs), *words.option_lines(pairs)]
    return lines
