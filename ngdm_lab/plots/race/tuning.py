"""`tuning_curve`: every learning rate that was tried, how fast runs were with it, and the chosen one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator, PercentFormatter
from numpy.typing import NDArray

from landscapes import Surface
from ngdm_lab.compiler.checks import brief, check_flags
from ngdm_lab.experiments import Entry, Race, Tuning
from ngdm_lab.experiments.race.plan import CONTROL
from ngdm_lab.experiments.statistics.compare import wilson
from ngdm_lab.plots.drawing import layout, words
from ngdm_lab.plots.drawing.field import known, short, value_label
from ngdm_lab.plots.drawing.grid import Sheet
from ngdm_lab.plots.drawing.style import COLUMN, look, small, tone, users_style

from . import legend as shared

__all__ = ["Curve", "draw_curves", "gain_line", "settings_line", "tuning_curve", "what_is_drawn"]

Array = NDArray[np.float64]

EFFECTIVE = "learning rate × gain"


@dataclass(frozen=True, eq=False)
class Curve:
    """A tuning under its optimizer's label, and in words as `name`."""

    label: str
    name: str
    tuning: Tuning

    @classmethod
    def all(cls, entries: Sequence[Entry]) -> list[Curve]:
        """Those of entries with tuning."""
        names = words.names_of((e.label, e.runs) for e in entries)
        return [cls(e.label, names[e.label], e.tuning) for e in entries if e.tuning is not None]

    def x(self, effective: bool) -> Array:
        """Learning rates or effective rates, ascending."""
        return self.tuning.rates * (self.tuning.gain if effective else 1.0)


def tuning_curve(
    race_or_tuning: Race | Tuning | Mapping[str, Tuning],
    surface: str | None = None,
    ax: Any = None,
    *,
    effective: bool = False,
    legend: bool = True,
    notes: bool = False,
) -> Any:
    """Expected evaluations to the target against the learning rate, a curve for each optimizer.

    Where no run of any optimizer reaches it, the median last value instead: it decided there. Bands are 95 %
    intervals; where no run hits there is no curve. A marker is the chosen rate, hollow where it is the first or last
    that was tried: a better one may lie beyond.

    Parameters
    ----------
    race_or_tuning : a race with tuning, what `ngdm_lab.experiments.race.tune` gives, or several of these by label.
    surface : name of one of the race's surfaces; all are drawn, a panel each, if it is None.
    ax : where to draw, for several surfaces as many Axes; a new figure if it is None.
    effective : draw against lr x gain, how much F^-1 lengthens a step. There diagonal NGDM with a constant alpha
        falls on SGD, for it is the same rule (erratum E7).
    legend : False leaves out the legend.
    notes : print the caption below, in small type; `caption` gives it, and `save` writes it beside the figure.

    Returns
    -------
    Axes, or a list of them for several surfaces
        x: learning rate or effective rate, logarithmic. y: expected evaluations, logarithmic, or median last
        f - f_min (f where f_min is not known, as for a tuning without its race).

    Raises
    ------
    ValueError
        For a race without tuning, a surface it does not have, no tuning at all.
    TypeError
        For what is no race and no tuning.
    """
    check_flags(effective=effective, legend=legend, notes=notes)
    if isinstance(race_or_tuning, Race) and surface is None and len(tuned := _tuned(race_or_tuning)) > 1:
        return _of_race(race_or_tuning, tuned, ax, effective, legend, notes)
    curves, where, ran = _curves(race_or_tuning, surface)
    with users_style():
        ax, own = layout.own_axes(ax, COLUMN, 2.2)
        draw_curves(ax, curves, where, effective, "time")
        if isinstance(race_or_tuning, Race):
            layout.title(ax, words.plain(ran["surface"], 60))
        handles = [layout.handle(c.label, c.name) for c in curves]
        lines = [
            settings_line(curves, ran) + what_is_drawn(curves, "time"),
            *([gain_line(curves)] if effective else []),
        ]
        single = isinstance(race_or_tuning, Tuning)
        layout.below(ax, own, handles if legend and not single else [], lines, notes)
    return ax


def _of_race(
    race: Race, surfaces: list[str], axes: Any, effective: bool, legend: bool, notes: bool
) -> list[Axes]:
    with users_style():
        sheet = Sheet(len(surfaces), axes, 1.3)
        drawn = []
        for name, ax in zip(surfaces, sheet.panels, strict=True):
            curves, where, _ = _curves(race, name)
            drawn += curves
            draw_curves(ax, curves, where, effective, "time")
            sheet.title(ax, words.plain(name, 60))
        lines = [shared.settings(race), what_is_drawn(drawn, "time")]
        return sheet.finish(shared.handles(race) if legend else [], lines, notes)


def _tuned(race: Race) -> list[str]:
    """The surfaces with tuning; ValueError where there is none."""
    names = [name for name in race.surfaces if any(e.tuning is not None for e in race.on(name))]
    if not names:
        raise ValueError("race_or_tuning must be a race with tuning, got one without")
    return names


def draw_curves(ax: Axes, curves: Sequence[Curve], surface: Surface | None, effective: bool, measure: str) -> None:
    """All curves and chosen rates on one Axes, with its scales and labels; measure: "time" or "arrival"."""
    nobody = not _anybody(curves, measure)
    reach, tops, values = [], [], []
    for c in curves:
        x = c.x(effective)
        y = _values(c.tuning, surface) if nobody else _measured(c.tuning, measure)
        seen = look(c.label)
        if not nobody:
            _band(ax, x, c.tuning, seen.colour, 0.5 / max(3, len(curves)), measure)
        ax.plot(x, y, color=seen.colour, linestyle=seen.dash, linewidth=seen.width, label=c.label, zorder=3)
        shown = _interesting(c.tuning, nobody, measure)
        reach.append(x[shown][[0, -1]])
        values.append(y[shown])
        tops.append(float(np.nanmax(y, initial=0.0)))
    ax.set_xscale("log")
    ax.set_xlim(min(r[0] for r in reach) / 10**0.4, max(r[1] for r in reach) * 10**0.4)
    ax.xaxis.set_major_locator(LogLocator(numticks=5))
    ax.xaxis.set_minor_locator(NullLocator())
    if nobody:
        _value_axis(ax, np.concatenate(values), surface)
    elif measure == "time":
        _value_axis(ax, np.concatenate(values), surface, always=True)
    else:
        ax.set_ylim(0, min(1.03, max(1.3 * max(tops), 0.05)))
        ax.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol=" %"))
    said = "expected evaluations" if measure == "time" else "arrived"
    ax.set(
        xlabel=EFFECTIVE if effective else "learning rate",
        ylabel=value_label(surface, "median last ") if nobody else said,
    )
    for c in curves:
        _mark(ax, c, c.x(effective), _values(c.tuning, surface) if nobody else _measured(c.tuning, measure))


def what_is_drawn(curves: Sequence[Curve], measure: str) -> str:
    """What lines, bands and markers are."""
    bands = {"time": ("Evaluations to the first hit, 95 % band from 3 hits. ", "No run hit. "),
             "arrival": ("Band: Wilson 95 %, from 3 arrivals. ", "No run arrived. ")}  # fmt: skip
    note = bands[measure][not _anybody(curves, measure)]
    return note + "Marker: chosen rate, hollow at the edge of all that were tried."


def gain_line(curves: Sequence[Curve]) -> str:
    """The gains that are not 1."""
    gains = [words.unbroken(f"{c.name} {words.number(c.tuning.gain)}") for c in curves if c.tuning.gain != 1]
    others = len(curves) - len(gains)
    return "Gain: " + ", ".join(gains or ["1 for all"]) + ("; 1 for the others." if gains and others else ".")


def settings_line(curves: Sequence[Curve], ran: Mapping[str, Any]) -> str:
    """Tuning starts and, where they are known, steps, seed and target."""
    m = " or ".join(str(k) for k in sorted({c.tuning.starts for c in curves}))
    tail = f", {ran['steps']} steps, seed {ran['seed']}, target {words.number(ran['target'])}" if ran else ""
    return f"{m} tuning starts a rate and round, half in the coarse one{tail}. "


def _curves(given: Any, surface: str | None) -> tuple[list[Curve], Surface | None, dict[str, Any]]:
    """Curves, their surface where it is known, and what the notes tell."""
    if isinstance(given, Race):
        names = _tuned(given)
        entries = [e for e in given.on(names[0] if surface is None else surface) if e.tuning is not None]
        if not entries:
            raise ValueError(f"surface must be one with tuning, got {brief(surface)}")
        ran = {"surface": entries[0].surface_name, **{k: given.settings[k] for k in ("steps", "seed", "target")}}
        curves = Curve.all(entries)
        twin = next((c.name for c in curves if c.label == given.control), "")
        curves = [replace(c, name=f"{CONTROL} = {twin}") if twin and c.label == CONTROL else c for c in curves]
        return curves, entries[0].runs.surface, ran
    if surface is not None:
        raise ValueError(f"surface must be left out where no race is given, got {brief(surface)}")
    tunings = {"tuning": given} if isinstance(given, Tuning) else given
    if not isinstance(tunings, Mapping) or not all(isinstance(t, Tuning) for t in tunings.values()):
        raise TypeError(f"race_or_tuning must be a Race, a Tuning or Tunings by label, got {brief(given)}")
    if not tunings:
        raise ValueError("race_or_tuning must hold at least one tuning, got an empty mapping")
    return [Curve(str(label), words.name_of(str(label)), t) for label, t in tunings.items()], None, {}


def _anybody(curves: Sequence[Curve], measure: str) -> bool:
    return any(bool((c.tuning.hits if measure == "time" else c.tuning.arrival).any()) for c in curves)


def _measured(tuning: Tuning, measure: str) -> Array:
    """What the curve shows, NaN where it breaks."""
    return tuning.arrival if measure == "arrival" else np.where(np.isfinite(tuning.times), tuning.times, np.nan)


def _values(tuning: Tuning, surface: Surface | None) -> Array:
    """Median last f - f_min, NaN where it is no number: there the line breaks."""
    shift = surface.f_min if surface is not None and known(surface) else 0.0
    return np.where(np.isfinite(tuning.final), tuning.final - shift, np.nan)


def _band(ax: Axes, x: Array, tuning: Tuning, colour: str, alpha: float, measure: str) -> None:
    if measure == "time":
        some, half = tuning.hits * tuning.counts > 2.5, np.exp(1.96 * np.nan_to_num(tuning.error))
        y = _measured(tuning, measure)
        ax.fill_between(x, y / half, y * half, where=some, color=colour, alpha=alpha, linewidth=0, zorder=1.5)
        return
    arrived = np.round(tuning.arrival * tuning.counts).astype(np.int64)
    low, high = np.array([wilson(int(k), int(m)) for k, m in zip(arrived, tuning.counts, strict=True)]).T
    # single arrivals all have the same wide interval
    ax.fill_between(x, low, high, where=arrived >= 3, color=colour, alpha=alpha, linewidth=0, zorder=1.5)


def _mark(ax: Axes, c: Curve, x: Array, y: Array) -> None:
    seen, k = look(c.label), c.tuning.chosen
    filled: dict[str, Any] = {"markerfacecolor": seen.colour, "markeredgecolor": tone(0), "markeredgewidth": 0.5}
    if c.tuning.at_edge:
        filled = {"markerfacecolor": tone(0), "markeredgecolor": seen.colour, "markeredgewidth": 1.0}
    ax.plot(x[k], y[k], linestyle="none", marker=seen.marker, markersize=5, zorder=4, clip_on=False, **filled)


def _interesting(tuning: Tuning, nobody: bool, measure: str) -> NDArray[np.intp]:
    """Indices from the first to the last rate worth a look: where anything arrives or hits, and the chosen one.

    Where nothing does, two decades on each side of the chosen one.
    """
    if nobody:
        return np.flatnonzero(np.abs(np.log10(tuning.rates / tuning.lr)) <= 2)
    some = np.append(np.flatnonzero((tuning.hits if measure == "time" else tuning.arrival) > 0), tuning.chosen)
    return np.arange(some.min(), some.max() + 1)


def _value_axis(ax: Axes, values: Array, surface: Surface | None, always: bool = False) -> None:
    """Logarithmic where all values allow it, or `always`, else linear; limits from what is in view."""
    values = values[np.isfinite(values)]
    if len(values) == 0:
        ax.set(ylim=(0, 1), yticks=[])
        note = "with every rate the median run\ndiverged or left the box"
        ax.text(0.5, 0.5, note, transform=ax.transAxes, ha="center", va="center", fontsize=small())
        return
    low, high = float(values.min()), float(values.max())
    if low > 0 and (always or known(surface) or high > 30 * low):
        ax.set_yscale("log")
        ax.set_ylim(low / (high / low) ** 0.08 / 1.1, high * (high / low) ** 0.08 * 1.1)
        few = high / low < 100
        ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)) if few else LogLocator(numticks=6))
        ax.yaxis.set_minor_locator(NullLocator())
        if few:
            ax.yaxis.set_major_formatter(FuncFormatter(short))
    else:
        span = high - low or max(abs(high), 1.0)
        ax.set_ylim(low - 0.08 * span, high + 0.08 * span)
