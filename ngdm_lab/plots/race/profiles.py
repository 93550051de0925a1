"""`profiles`: performance profiles over landscapes, and distributions of evaluations over targets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, overload

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import NullFormatter, PercentFormatter

from ngdm_lab.compiler.checks import brief, check_flags
from ngdm_lab.experiments import Ecdf, PerformanceProfile, Race, ecdf, performance_profile
from ngdm_lab.experiments.statistics.compare import CONTROL
from ngdm_lab.plots.drawing import layout, words
from ngdm_lab.plots.drawing.grid import Sheet
from ngdm_lab.plots.drawing.style import COLUMN, look, users_style

from . import legend as shared

__all__ = ["profiles"]

_POINTS = 600  # along a curve over evaluations


@overload
def profiles(
    result: Race, ax: Sequence[Axes] | None = ..., *, legend: bool = ..., notes: bool = ...
) -> list[Axes]: ...
@overload
def profiles(
    result: PerformanceProfile | Ecdf, ax: Axes | None = ..., *, legend: bool = ..., notes: bool = ...
) -> Axes: ...
def profiles(
    result: Race | PerformanceProfile | Ecdf, ax: Any = None, *, legend: bool = True, notes: bool = False
) -> Any:
    """Performance profiles (Dolan and More 2002), or how much of all targets is solved within how many evaluations.

    A curve's height at the left is how often an optimizer is the best, or solves at once; at the right, how often
    it succeeds at all. The control is a rule that equals another in all but its name: curves no further apart than
    these two are noise.

    Parameters
    ----------
    result : of `lab.performance_profile` or `lab.ecdf`; or a Race, for its profile and, with the race's own target,
        its distribution side by side.
    ax : where to draw, for a race two Axes; a new figure if it is None.
    legend : False leaves out the legend.
    notes : print the caption below, in small type; `caption` gives it, and `save` writes it beside the figure.

    Returns
    -------
    Axes, or a list of two for a Race
        x: cost as a multiple of the best's, or evaluations, logarithmic; y: share in percent.

    Raises
    ------
    TypeError
        For another result.
    """
    check_flags(legend=legend, notes=notes)
    if isinstance(result, Race):
        with users_style():
            sheet = Sheet(2, ax, 1.8)
            own_target = ecdf(result, [result.settings["target"]])
            both: list[PerformanceProfile | Ecdf] = [performance_profile(result), own_target]
            lines = [_panel(panel, one) for panel, one in zip(sheet.panels, both, strict=True)]
            handles = shared.handles(result, marker=False) if legend else []
            said = [f"{side}: {line}" for side, line in zip(("Left", "Right"), lines, strict=True)]
            return sheet.finish(handles, [shared.settings(result), *said], notes)
    if not isinstance(result, PerformanceProfile | Ecdf):
        raise TypeError(f"result must come from lab.performance_profile or lab.ecdf, or be a Race, got {brief(result)}")
    with users_style():
        ax, own = layout.own_axes(ax, COLUMN, 2.3)
        line = _panel(ax, result)
        handles = [layout.handle(label, _name(label, result.control), marker=False) for label in result.labels]
        layout.below(ax, own, handles if legend else [], [line], notes)
    return ax


def _panel(ax: Axes, result: PerformanceProfile | Ecdf) -> str:
    """All curves; returns what they are."""
    top, line = _ratios(ax, result) if isinstance(result, PerformanceProfile) else _evaluations(ax, result)
    ax.set_xscale("log")
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.set_ylim(0, min(1.03, 1.08 * top + 0.01))
    ax.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol=" %"))
    return line


def _name(label: str, control: str) -> str:
    return f"control = {words.name_of(control)}" if label == CONTROL and control else words.name_of(label)


def _line(ax: Axes, label: str, x: Any, y: Any, few: bool) -> None:
    seen = look(label)
    steps = "steps-post" if few else "default"  # the corners of many small steps would hide the dashes
    ax.plot(x, y, drawstyle=steps, color=seen.colour, linestyle=seen.dash, linewidth=seen.width, label=label)


def _ratios(ax: Axes, result: PerformanceProfile) -> tuple[float, str]:
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
    note += "" if floor is None else f"Noise floor: a factor of {floor:.2f} between equal rules."
    return 1.0, note.strip()


def _evaluations(ax: Axes, result: Ecdf) -> tuple[float, str]:
    x = np.unique(np.round(np.geomspace(1, result.budget, _POINTS)))
    top = 0.0
    for label in result.labels:
        y = result.share(label, x)
        top = max(top, float(y.max()))
        _line(ax, label, x, y, False)
    ax.set(xlabel="evaluations", ylabel="solved", xlim=(1, max(2, result.budget)))
    runs = next(iter(result.hits.values())).shape[0]
    count = len(result.surfaces)
    high, low = (words.number(float(result.targets[k])) for k in (0, -1))
    targets = f"{len(result.targets)} targets from {high} to {low}" if len(result.targets) > 1 else f"target {low}"
    note = f"Share solved of {runs} runs on {count} landscape{'s' if count > 1 else ''}, {targets} above f_min. "
    floor = result.noise_floor
    note += "" if floor is None else f"Noise floor: {100 * floor:.1f} points between equal rules."
    return top, note.strip()
