"""`profiles`: performance profiles over landscapes, and distributions of evaluations over targets."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import NullFormatter, PercentFormatter

from ngdm_lab.compiler.checks import brief, check_flags
from ngdm_lab.experiments import Ecdf, PerformanceProfile
from ngdm_lab.experiments.statistics.compare import CONTROL
from ngdm_lab.plots.drawing import layout, words
from ngdm_lab.plots.drawing.style import COLUMN, look, style

__all__ = ["profiles"]

_POINTS = 600  # along a curve over evaluations


def profiles(
    result: PerformanceProfile | Ecdf, ax: Axes | None = None, *, legend: bool = True, notes: bool = True
) -> Axes:
    """Performance profiles (Dolan and More 2002), or how much of all targets is solved within how many evaluations.

    A curve's height at the left is how often an optimizer is the best, or solves at once; at the right, how often
    it succeeds at all. The control is a rule that equals another in all but its name: curves no further apart than
    these two are noise.

    Parameters
    ----------
    result : of `lab.performance_profile` or `lab.ecdf`.
    ax : where to draw; a new figure if it is None.
    legend, notes : leave out the legend, or the settings in small type.

    Returns
    -------
    Axes
        x: cost as a multiple of the best's, or evaluations, logarithmic; y: share in percent.

    Raises
    ------
    TypeError
        For another result.
    """
    check_flags(legend=legend, notes=notes)
    if not isinstance(result, PerformanceProfile | Ecdf):
        raise TypeError(f"result must come from lab.performance_profile or lab.ecdf, got {brief(result)}")
    with style():
        ax, own = layout.own_axes(ax, COLUMN, 2.3)
        top, below = _ratios(ax, result) if isinstance(result, PerformanceProfile) else _evaluations(ax, result)
        ax.set_xscale("log")
        ax.xaxis.set_minor_formatter(NullFormatter())
        ax.set_ylim(0, min(1.03, 1.08 * top + 0.01))
        ax.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol=" %"))
        handles = [layout.handle(label, _name(label, result.control), marker=False) for label in result.labels]
        layout.below(ax, own, handles if legend else [], below if notes else [])
    return ax


def _name(label: str, control: str) -> str:
    return f"control = {words.name_of(control)}" if label == CONTROL and control else words.name_of(label)


def _line(ax: Axes, label: str, x: Any, y: Any, few: bool) -> None:
    seen = look(label)
    steps = "steps-post" if few else "default"  # the corners of many small steps would hide the dashes
    ax.plot(x, y, drawstyle=steps, color=seen.colour, linestyle=seen.dash, linewidth=seen.width, label=label)


def _ratios(ax: Axes, result: PerformanceProfile) -> tuple[float, list[str]]:
    finite = result.ratios[np.isfinite(result.ratios)]
    right = 1.3 * max(2.0, float(finite.max(initial=1.0)))
    for label in result.labels:
        mine = result.ratios[result.labels.index(label)]
        x = np.unique(np.concatenate([[1.0, right], mine[np.isfinite(mine) & (mine >= 1)]]))
        _line(ax, label, x, result.share(label, x), True)
    what = "a first hit" if result.cost == "hit" else "an arrival"
    ax.set(xlabel="evaluations, times the best's", ylabel="landscapes solved", xlim=(1, right))
    count = len(result.surfaces)
    note = (
        f"Share of {count} landscape{'s' if count > 1 else ''} on which the expected evaluations to {what} are at most "
    )
    note += "so many times the best's; all evaluations spent over successes. "
    nobody = sum(not np.isfinite(column).any() for column in result.costs.T)
    note += f"{nobody} solved by nobody. " if nobody else ""
    floor = result.noise_floor
    note += "No noise floor." if floor is None else f"Noise floor: a factor of {floor:.2f} between equal rules."
    return 1.0, [note]


def _evaluations(ax: Axes, result: Ecdf) -> tuple[float, list[str]]:
    x = np.unique(np.round(np.geomspace(1, result.budget, _POINTS)))
    top = 0.0
    for label in result.labels:
        y = result.share(label, x)
        top = max(top, float(y.max()))
        _line(ax, label, x, y, False)
    ax.set(xlabel="evaluations", ylabel="solved", xlim=(1, max(2, result.budget)))
    runs = next(iter(result.hits.values())).shape[0]
    count = len(result.surfaces)
    note = f"Share solved of {runs} runs on {count} landscape{'s' if count > 1 else ''}, {len(result.targets)} targets "
    note += f"from {words.number(float(result.targets[0]))} to {words.number(float(result.targets[-1]))} above f_min. "
    floor = result.noise_floor
    note += "No noise floor." if floor is None else f"Noise floor: {100 * floor:.1f} points between equal rules."
    return top, [note]
