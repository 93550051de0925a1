"""`convergence`: the best value so far against the evaluations spent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, overload

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator, SymmetricalLogLocator
from numpy.typing import NDArray

from ngdm_lab.compiler.checks import check_each, check_flags
from ngdm_lab.engine import LEVELS, Ensemble
from ngdm_lab.experiments import Entry, Race
from ngdm_lab.experiments.race.profiles import expected_evaluations
from ngdm_lab.experiments.statistics.compare import CONTROL
from ngdm_lab.plots.drawing import layout, words
from ngdm_lab.plots.drawing.field import known, short, value_label
from ngdm_lab.plots.drawing.grid import Sheet
from ngdm_lab.plots.drawing.style import COLUMN, look, small, tone, users_style

from . import legend as shared

__all__ = ["convergence"]

Array = NDArray[np.float64]
Curve = tuple[str, Ensemble, Array]  # label, runs, (k, 3): low, middle, high

_LOW, _MIDDLE, _HIGH = (LEVELS.index(level) for level in (0.1, 0.5, 0.9))


@overload
def convergence(
    results: Race, ax: Axes | Sequence[Axes] | None = ..., *, legend: bool = ..., notes: bool = ...
) -> list[Axes]: ...
@overload
def convergence(
    results: Ensemble | Entry | Sequence[Ensemble | Entry], ax: Axes | None = ..., *, legend: bool = ...,
    notes: bool = ...,
) -> Axes: ...  # fmt: skip
def convergence(
    results: Race | Ensemble | Entry | Sequence[Ensemble | Entry],
    ax: Any = None,
    *,
    legend: bool = True,
    notes: bool = False,
) -> Any:
    """Median over the runs of the best f - f_min met so far, against evaluations; of the best, a 10-90 % band too.

    The best has the fewest expected evaluations to the target or, where nobody reaches it, the lowest last median;
    it and the control have bands, the others are lines. Only points inside the bounds count. A curve begins where its
    quantile is finite: before that too many runs have not been inside yet. A dashed grey line is the target. Where
    f_min is not known, f itself is drawn.

    Parameters
    ----------
    results : a Race, for a panel a landscape; or an Ensemble, a list of them, or what `race.on(surface)` gives, all on
        one surface.
    ax : where to draw, as many Axes as a race has landscapes; a new figure if it is None.
    legend : False leaves out the legend.
    notes : print the caption below, in small type; `caption` gives it, and `save` writes it beside the figure.

    Returns
    -------
    Axes, or a list of them for a Race
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
    if isinstance(results, Race):
        return _of_race(results, ax, legend, notes)
    pairs = labelled(results)
    with users_style():
        ax, own = layout.own_axes(ax, COLUMN, 2.4)
        banded = _panel(ax, pairs)
        layout.title(ax, words.plain(words.surface_of(pairs[0][1]), 60))
        names = words.names_of(pairs)
        handles = [layout.handle(label, name, marker=False) for label, name in names.items()]
        of = " and of ".join(words.unbroken(names[label]) for label in banded)
        layout.below(ax, own, handles if legend else [], _notes(pairs, own, of), notes)
    return ax


def _of_race(race: Race, axes: Any, legend: bool, notes: bool) -> list[Axes]:
    with users_style():
        sheet = Sheet(len(race.surfaces), axes, 1.3)
        for name, ax in zip(race.surfaces, sheet.panels, strict=True):
            _panel(ax, labelled(race.on(name)))
            sheet.title(ax, words.plain(name, 60))
        of = "the best on each landscape" + " and of the control" * (CONTROL in race.labels)
        handles = shared.handles(race, marker=False) if legend else []
        return sheet.finish(handles, [shared.settings(race), _what_is_drawn(of)], notes)


def _panel(ax: Axes, pairs: list[tuple[str, Ensemble]]) -> list[str]:
    """One surface; returns the labels of the curves that have bands."""
    curves = [(label, runs, _heights(runs)) for label, runs in pairs]
    banded = [label for label in dict.fromkeys([_best(curves), CONTROL]) if label in dict(pairs)]
    ax.set(xlabel="evaluations", ylabel=value_label(curves[0][1].surface, "best "))
    ax.set_xscale("log")
    _scale(ax, [(label, runs, heights if label in banded else heights[:, 1:2]) for label, runs, heights in curves])
    ax.set_xlim(1, 1.02 * max(int(runs.snapshots[-1]) + 1 for _, runs, _ in curves) + 0.2)
    for label, runs, heights in curves:
        _draw(ax, label, runs, heights, label in banded)
    if any(np.isfinite(heights).any() for _, _, heights in curves):
        _target(ax, curves)
    return banded


def _best(curves: list[Curve]) -> str:
    """The label of the best but the control: by the table's expected evaluations, else by the last median."""

    def rank(curve: Curve) -> tuple[bool, float, float]:
        label, runs, heights = curve
        last = heights[-1, 1]
        return label == CONTROL, expected_evaluations(runs), float(last) if np.isfinite(last) else np.inf

    return min(curves, key=rank)[0]


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
        step = max(1, round(decades / 4))
        tiny = 10.0 ** (step * np.floor(np.log10(tiny) / step + 1e-9))  # a labelled power
        room = max(0.5, 0.13 * decades, 0.7 * step if step > 1 else 0.0)  # between the labels
        ax.set_yscale("symlog", linthresh=tiny, linscale=room)
        ax.yaxis.set_major_locator(SymmetricalLogLocator(base=10.0**step, linthresh=tiny))
        ax.yaxis.set_minor_locator(NullLocator())
        ax.set_ylim(-0.25 * tiny if low == 0 else 2 * low, high * 3)
    elif high > 30 * abs(low) > 0:
        ax.set_yscale("symlog", linthresh=10.0 ** np.ceil(np.log10(abs(low))))
        ax.set_ylim(low - 0.1 * abs(low), high * 1.5)
    else:
        ax.set_ylim(low - 0.05 * span, high + 0.05 * span)


def _draw(ax: Axes, label: str, runs: Ensemble, heights: Array, banded: bool) -> None:
    seen, x = look(label), runs.snapshots + 1
    low, middle, high = np.where(np.isfinite(heights), heights, np.nan).T
    top = np.where(np.isfinite(high), high, ax.get_ylim()[1])  # open above: some runs were not inside yet
    if banded:
        ax.fill_between(x, low, top, where=np.isfinite(low), color=seen.colour, alpha=0.15, linewidth=0, zorder=1.5)
        for edge in (low, high):
            ax.plot(x, edge, color=seen.colour, linewidth=0.4, alpha=0.5, zorder=1.6)
    ax.plot(x, middle, color=seen.colour, linestyle=seen.dash, linewidth=seen.width, label=label, zorder=3)


def _target(ax: Axes, curves: list[Curve]) -> None:
    for target in sorted({runs.target for _, runs, _ in curves if known(runs.surface) and runs.target > 0}):
        if target < ax.get_ylim()[0]:
            text, height = f"target {words.number(target)} lies below", 0.0
        else:
            ax.axhline(target, color=tone(0.46), linewidth=0.8, linestyle=(0, (4, 2)), zorder=1)
            text, height = "target", target
        transform = ax.get_yaxis_transform() if height else ax.transAxes
        ax.annotate(
            text, (0, height), (3, 1.5), xycoords=transform, textcoords="offset points",
            fontsize=small(), color=tone(0.65),
        )  # fmt: skip


def _what_is_drawn(of: str) -> str:
    low, high = (f"{100 * LEVELS[k]:g}" for k in (_LOW, _HIGH))
    return f"Line: median; band: {low} to {high} % of the runs, of {of}."


def _notes(pairs: list[tuple[str, Ensemble]], options: bool, banded: str) -> list[str]:
    settings = dict.fromkeys(
        f"{len(r)} starts, {r.steps} steps, seed {r.seed}, target {words.number(r.target)}" for _, r in pairs
    )
    lines = [f"{'; '.join(settings)}. {_what_is_drawn(banded)}"]
    if options:
        lines += [words.rate_line(pairs), *words.option_lines(pairs)]
    return lines
