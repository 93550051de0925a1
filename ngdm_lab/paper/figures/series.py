"""Figures 4 to 6, all from one saved run: the noisy sinusoid, and forecasts of it by the LSTM and the GRU."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from ngdm_lab.paper.forecasts import Forecast, Forecasts
from ngdm_lab.paper.numbers import COLUMNS, PAPER
from ngdm_lab.paper.rosters import DEFAULTS, column_of
from ngdm_lab.plots.drawing.layout import footer
from ngdm_lab.plots.drawing.style import COLUMN, FAINT, INK, SMALL, dress, look, style

Array = NDArray[np.float64]

__all__ = ["figure4", "figure5", "figure6", "zoom"]

TRAIN, TEST, FLOOR = "#56B4E9", "#E69F00", "#9C2A00"
_LOOKS = {
    "SGD-Nesterov": "sgd", "Adam": "adam", "Apollo": "apollo", "NGDM Dir, diagonal": "ngdm-dirichlet",
    "NGDM Dir, exact": "ngdm-dirichlet-exact", "NGDM GenDir, diagonal": "ngdm-gendir",
    "NGDM GenDir, exact": "ngdm-gendir-exact",
}  # fmt: skip


def zoom(run: Forecasts) -> slice:
    """The times of the close view: the last period and a half of the test part, or what there is of it."""
    test = run.series.test
    return slice(max(test.start, test.stop - round(1.5 * run.settings["period"])), test.stop)


def figure4(run: Forecasts) -> tuple[Figure, str]:
    """The noisy sinusoid with its clean signal and the split, and the caption."""
    s = run.series
    with style():
        figure = Figure(figsize=(COLUMN, 3.0))
        whole, close = figure.subplots(2, 1, height_ratios=(1, 1.25))
        reach = round(run.settings["period"])
        near = slice(max(0, s.cut - reach), min(len(s.clean), s.cut + s.window + reach))
        for ax, shown, size in ((whole, slice(0, len(s.clean)), 0.8), (close, near, 2.2)):
            dress(ax)
            for part, colour, marker in ((slice(0, s.cut), TRAIN, "o"), (slice(s.cut, None), TEST, "s")):
                t = s.times[shown]
                t = t[np.isin(t, s.times[part])]
                ax.plot(t, s.noisy[t], linestyle="none", marker=marker, markersize=size, color=colour)
            ax.plot(s.times[shown], s.clean[shown], color="black", linewidth=0.6 if ax is whole else 1.2)
            ax.axvline(s.cut - 0.5, color=INK, linewidth=0.8, linestyle=(0, (3, 2)))
            ax.margins(x=0.01)
            ax.set_ylabel("value")
        close.axvspan(s.cut - 0.5, s.cut + s.window - 0.5, color="#EEEEEE", zorder=0)
        close.set_xlabel("time t")
        handles = [Line2D([], [], linestyle="none", marker=m, markersize=3.5, color=c, label=text) for c, m, text in
                   ((TRAIN, "o", "noisy, training part"), (TEST, "s", "noisy, test part"))]  # fmt: skip
        handles.append(Line2D([], [], color="black", linewidth=1.2, label="clean signal"))
        first = Patch(facecolor="#EEEEEE", label=f"first window of the test part ({s.window})")
        footer(figure, [*handles, first], [])
    train, test = s.train, s.test
    noise = (s.noisy - s.clean).std()
    caption = (
        f"Figure 4. The noisy sinusoid ({run.source}), {len(s.clean)} values; below, the end of the training part and "
        f"the beginning of the test part. {_split(run)} Training targets: {train.stop - train.start}, test targets: "
        f"{test.stop - test.start}. The noise has the standard deviation {noise:.4f} in this draw, {s.sigma:g} by its "
        f"law, so sigma^2 = {s.floor:g} is the error of a forecaster that knows the clean signal. The paper states "
        "neither the noise nor the sizes; its text cites Figure 2 for what Figure 4 shows (E16)."
    )
    return figure, caption


def figure5(run: Forecasts) -> tuple[Figure, str]:
    """Forecasts of the LSTM, and the caption."""
    return _forecasts(run, "lstm_forecaster", 5, "LSTM")


def figure6(run: Forecasts) -> tuple[Figure, str]:
    """Forecasts of the GRU, and the caption."""
    return _forecasts(run, "gru_forecaster", 6, "GRU")


def _forecasts(run: Forecasts, model: str, number: int, name: str) -> tuple[Figure, str]:
    seed = run.seeds[0]
    shown, errors = run.of(model, seed), run.errors(model)
    rows = -(-len(shown) // 2)
    heights = (1.15, 0.72 * rows + 0.15, 0.5 + 0.15 * len(shown))
    with style():
        figure = Figure(figsize=(COLUMN, sum(heights)))
        parts: Any = figure.subfigures(3, 1, height_ratios=heights)
        above, middle, below = parts
        _whole(above.subplots(), run, model, seed)
        panels = list(middle.subplots(rows, 2, sharex=True, sharey=True).flat)
        for ax, forecast in zip(panels, shown, strict=False):
            _close(ax, run, forecast)
        for ax in panels[len(shown) :]:
            _spare(ax, run)
            panels[len(shown) - 2].tick_params(labelbottom=True)  # nothing stands below it
        _errors(below.subplots(), run, errors)
    return figure, _caption(run, model, number, name, seed)


def _whole(ax: Axes, run: Forecasts, model: str, seed: int) -> None:
    s = run.series
    dress(ax)
    t = s.times[s.test]
    ax.plot(t, s.noisy[s.test], linestyle="none", marker=".", markersize=1.8, color=FAINT)
    ax.plot(t, s.clean[s.test], color="black", linewidth=1.0)
    every = np.array([f.values for f in run.of(model, seed) if f.status == "done"]).reshape(-1, len(t))
    if len(every):
        ax.fill_between(t, every.min(axis=0), every.max(axis=0), color=TRAIN, alpha=0.55, linewidth=0)
    near = zoom(run)
    ax.axvspan(near.start, near.stop - 1, facecolor="none", edgecolor=INK, linewidth=0.7, linestyle=(0, (3, 2)))
    ax.margins(x=0.01)
    ax.set_ylabel("value")
    handles = [
        Line2D([], [], linestyle="none", marker=".", markersize=3, color=FAINT, label="noisy"),
        Line2D([], [], color="black", linewidth=1.0, label="clean"),
        Patch(facecolor=TRAIN, alpha=0.55, label="forecasts of all rules"),
    ]
    ax.legend(handles=handles, ncols=3, loc="lower left", bbox_to_anchor=(0.0, 1.0))


def _close(ax: Axes, run: Forecasts, forecast: Forecast) -> None:
    s, near = run.series, zoom(run)
    dress(ax)
    t = s.times[near]
    ax.plot(t, s.noisy[near], linestyle="none", marker=".", markersize=2, color=FAINT)
    ax.plot(t, s.clean[near], color="black", linewidth=0.8)
    if forecast.status == "done":
        colour = look(_LOOKS[forecast.label]).colour
        colour = "#7A5195" if colour == "#000000" else colour  # SGD's black is the clean signal's here
        ax.plot(t, forecast.values[near.start - s.test.start :], color=colour, linewidth=1.6)
    else:
        ax.text(0.5, 0.5, forecast.status, transform=ax.transAxes, ha="center", va="center", fontsize=8, color=FLOOR,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 1})  # fmt: skip
    ax.margins(x=0.01)
    ax.set_title(forecast.label, fontsize=SMALL, pad=2)


def _spare(ax: Axes, run: Forecasts) -> None:
    """What the close views show, in the place that is left."""
    near = zoom(run)
    ax.axis("off")
    caption = f"Close views of the\ndashed frame above,\nt = {near.start} to {near.stop - 1};\ncoloured: forecast"
    ax.text(0.04, 0.5, caption, transform=ax.transAxes, va="center", fontsize=SMALL, color=INK, linespacing=1.3)


def _errors(ax: Axes, run: Forecasts, errors: dict[str, tuple[Array, Array]]) -> None:
    """Against both targets, each seed a point."""
    dress(ax)
    for k, (noisy, clean) in enumerate(errors.values()):
        ax.plot(noisy, np.full(len(noisy), k), linestyle="none", marker="o", markersize=3.5, color="#0072B2")
        ax.plot(clean, np.full(len(clean), k), linestyle="none", marker="D", markersize=3.5, markerfacecolor="white",
                markeredgecolor="#E8601C", markeredgewidth=1.0)  # fmt: skip
        if not np.isfinite(noisy).any():
            ax.text(0.4, k, "no forecast", transform=ax.get_yaxis_transform(), ha="center", va="center", fontsize=SMALL,
                    zorder=4, bbox={"facecolor": "white", "edgecolor": "none", "pad": 1})  # fmt: skip
    ax.axvline(run.series.floor, color=FLOOR, linewidth=1.0, linestyle=(0, (4, 2)))
    ax.annotate(r"$\sigma^2$", (run.series.floor, 1), (2, 1), xycoords=("data", "axes fraction"),
                textcoords="offset points", color=FLOOR, fontsize=8)  # fmt: skip
    ax.set_yticks(range(len(errors)), list(errors))
    ax.set_ylim(len(errors) - 0.4, -0.6)
    ax.set_xlim(left=0)
    ax.set_xlabel("MSE against ● noisy, ◇ clean values")


def _split(run: Forecasts) -> str:
    s = run.series
    return (f"The first {s.cut} values are for training, the last {len(s.clean) - s.cut} for test; a forecast sees the "
            f"{s.window} values before it.")  # fmt: skip


def _caption(run: Forecasts, model: str, number: int, name: str, seed: int) -> str:
    s, near = run.series, zoom(run)
    t = run.settings
    rates = ", ".join(f"{f.label} {f.lr:g}" for f in run.of(model, seed))
    means = []
    for label, (noisy, clean) in run.errors(model).items():
        printed = PAPER[model][COLUMNS.index(column_of(label))].score
        lost = [f.status for f in run.of(model) if f.label == label and f.status != "done"]
        numbers = f"{np.nanmean(noisy):.4f} and {np.nanmean(clean):.4f}" if np.isfinite(noisy).any() else "none"
        ended = f", {len(lost)} of {len(noisy)} {lost[0]}" if lost else ""
        means.append(f"{label} {numbers} (paper {printed:g}){ended}")
    seeds = f"seed {seed}" if len(run.seeds) == 1 else f"seeds {', '.join(map(str, run.seeds))}, drawn: {seed}"
    drawn = float(np.mean((s.noisy[s.test] - s.clean[s.test]) ** 2))
    return (
        f"Figure {number}. Forecasts of the {name} ({t['units']} units) of the noisy sinusoid's test part "
        f"({run.source}). {_split(run)} {t['epochs']} epochs, batches of {t['batch_size']}, {seeds}, level "
        f"{run.level}. Above, the {s.test.stop - s.test.start} test values with the band in which all rules' forecasts "
        f"lie; middle, times {near.start} to {near.stop - 1} rule by rule; below, mean squared errors, each seed a "
        "point. Learning "
        f"rates: {rates}; {DEFAULTS}. Mean errors against the noisy and against the clean values: {'; '.join(means)}. "
        f"Independent noise cannot be forecast: sigma^2 = {s.floor:g} ({drawn:.4f} in this draw) is the error against "
        "the noisy values of a forecaster that knows the clean signal, and the error against the clean ones shows what "
        "a rule learned."
    )
