"""`rate_map`: the map of arrival over alpha and the learning rate, and the line that erratum E7 tells."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter
from numpy.typing import NDArray

from ngdm_lab.compiler.checks import check_flags, check_instance
from ngdm_lab.experiments import RateMap
from ngdm_lab.plots.drawing import layout, words
from ngdm_lab.plots.drawing.style import COLUMN, small, tone, users_style

__all__ = ["rate_map"]

Array = NDArray[np.float64]

# one hue from white to dark, so that grey print shows the same order
_SHARE = LinearSegmentedColormap.from_list("share", ["#FFFFFF", "#C0D7E9", "#5A96C2", "#1F5A8C", "#0B2545"])
_LINE, _EXACT = "#E8601C", "#9C2A00"  # the hues of NGDM's two forms
_HATCH, _STROKES = "#9A9A9A", "/////"


def rate_map(
    result: RateMap,
    ax: Axes | None = None,
    *,
    line: bool = True,
    legend: bool = True,
    notes: bool = False,
    bar: bool = True,
) -> Axes:
    """Draw the share of runs that arrive, over alpha and the learning rate, both logarithmic.

    The solid line is lr/psi'(alpha) = c, with the c on which most runs arrive. Of the diagonal form all of it is one
    setting of SGD (erratum E7), so arrival follows it. For an exact form a dashed line has lr times the largest
    eigenvalue of F^-1 constant: the map shows which of the two counts. Hatched: most runs diverge.

    Parameters
    ----------
    result : from `lab.rate_map`.
    ax : where to draw; a new figure if it is None.
    line, legend, bar : leave out the line, the legend, or the colour bar.
    notes : print the caption below, in small type; `caption` gives it, and `save` writes it beside the figure.

    Returns
    -------
    Axes
        x: alpha; y: learning rate; colour: arrivals in percent of the starts.

    Raises
    ------
    TypeError
        For what is no RateMap.
    """
    check_flags(line=line, legend=legend, notes=notes, bar=bar)
    check_instance("result", result, RateMap, "a RateMap (of lab.rate_map)")
    alphas, rates, levels_note = result.alphas, result.rates, ""
    handles: list[Any] = []
    with users_style():
        ax, own = layout.own_axes(ax, COLUMN, 2.6)
        ax.grid(False)
        ax.set(xscale="log", yscale="log")
        top = float(result.arrived.max()) or 1.0
        mesh = ax.pcolormesh(
            _edges(alphas), _edges(rates), result.arrived.T, cmap=_SHARE, vmin=0, vmax=top, rasterized=True, zorder=0
        )
        if (result.diverged > 0.5).any():
            _hatch(ax, result)
            handles.append(
                Patch(facecolor=tone(0), edgecolor=_HATCH, hatch=_STROKES, linewidth=0, label="most diverge")
            )
        if line:
            lines, levels_note = _lines(ax, result)
            handles = [*lines, *handles]
        ax.set(xlim=_edges(alphas)[[0, -1]], ylim=_edges(rates)[[0, -1]], xlabel="α", ylabel="learning rate")
        ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))
        ax.xaxis.set_minor_formatter(NullFormatter())
        ax.yaxis.set_major_locator(LogLocator(numticks=8))
        title = words.name_of(words.identity(result), result.optimizer)
        layout.title(ax, f"{title}\n{words.plain(words.surface_of(result), 60)}")
        if bar:
            _bar(ax, mesh)
        layout.below(ax, own, handles if legend else [], _notes(result, levels_note, own), notes)
    return ax


def _lines(ax: Axes, result: RateMap) -> tuple[list[Any], str]:
    """The lines of one effective rate, and what arrives on them, in words."""
    drawn, levels_note = [], ""
    kinds: list[tuple[str, Array, Any, str]] = [("lr/ψ′(α)", result.gain, "-", _LINE)]
    if not np.allclose(result.gain, result.largest, rtol=0.01):
        kinds.append(("lr·λ", result.largest, (0, (3, 1.5)), _EXACT))
    for name, gain, dash, colour in kinds:
        constant, shares = result.ridge(gain)
        if not np.isfinite(constant):
            continue
        x = np.geomspace(result.alphas[0], result.alphas[-1], 200)
        y = constant / np.exp(np.interp(np.log(x), np.log(result.alphas), np.log(gain)))
        label = f"{name} = {words.number(constant)}"
        ax.plot(x, y, color=tone(0), linewidth=2.4, zorder=3)
        ax.plot(x, y, color=colour, linestyle=dash, linewidth=1.2, label=label, zorder=3.1)
        drawn.append(Line2D([], [], color=colour, linestyle=dash, linewidth=1.2, label=label))
        low, high = 100 * np.nanmin(shares), 100 * np.nanmax(shares)
        levels_note += f" On {words.unbroken(name + ' = const:')} {low:.0f} to {high:.0f} % arrive (interpolated)."
    if len(kinds) > 1 and drawn:
        levels_note += " λ: largest eigenvalue of F⁻¹."
    return drawn, levels_note or " No line: too few runs arrive."


def _edges(grid: Array) -> Array:
    """(k + 1,) edges of cells around ascending positive values, halfway over the logarithm."""
    logs = np.log(grid)
    steps = np.diff(logs) if len(grid) > 1 else np.array([0.2])
    return np.exp(np.r_[logs[0] - steps[0] / 2, logs[:-1] + np.diff(logs) / 2, logs[-1] + steps[-1] / 2])


def _hatch(ax: Axes, result: RateMap) -> None:
    """Hatching over the cells where most runs diverge, exactly as far as they reach."""
    x, y = _edges(result.alphas), _edges(result.rates)
    for k, row in enumerate(result.diverged > 0.5):
        edges = np.flatnonzero(np.diff(np.r_[False, row, False].astype(int)))
        for low, high in edges.reshape(-1, 2):
            corner, wide, high_ = (x[k], y[low]), x[k + 1] - x[k], y[high] - y[low]
            cell = Rectangle(
                corner, wide, high_, facecolor="none", edgecolor=_HATCH, hatch=_STROKES, linewidth=0, zorder=1
            )
            ax.add_patch(cell)


def _bar(ax: Axes, mesh: Any) -> None:
    figure: Any = ax.figure
    bar = figure.colorbar(mesh, ax=ax, pad=0.02, aspect=28, format=FuncFormatter(lambda v, _: f"{100 * v:g} %"))
    bar.set_label("arrived")
    bar.outline.set_linewidth(0.4)
    bar.ax.tick_params(which="both", labelsize=small(), length=2, width=0.5)


def _notes(result: RateMap, levels_note: str, options: bool) -> list[str]:
    counted = (
        f"{len(result.alphas)} x {len(result.rates)} settings, {result.starts} starts each, {result.steps} steps, "
    )
    lines = [f"{counted}seed {result.seed}, target {words.number(result.target)}.{levels_note}"]
    kept = {k: v for k, v in words.options_of(result).items() if k not in ("distribution", "form")}
    if options and kept:
        lines.append("Options: " + ", ".join(f"{k}={v}" for k, v in kept.items()) + ".")
    return lines
