"""`learning_curves`: loss or score of training runs against the epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from ngdm_lab.compiler.checks import check_choice, check_each, check_flags
from ngdm_lab.nets.training.history import Fit
from ngdm_lab.plots.drawing import layout, words
from ngdm_lab.plots.drawing.caption import tell
from ngdm_lab.plots.drawing.style import COLUMN, PAGE, dress, larger, look, tone, users_style

__all__ = ["learning_curves", "learning_figure"]

_LONE = {"train": "_", "valid": "|", "test": "o"}
_DASHES: dict[str, Any] = {"train": (0, (1.2, 1.2)), "valid": (0, (5, 1.5)), "test": "-"}


def learning_curves(
    results: Fit | Sequence[Fit] | Mapping[str, Fit],
    ax: Axes | None = None,
    *,
    what: str = "loss",
    legend: bool = True,
    notes: bool = False,
) -> Axes:
    """Curves of training runs, one colour for each optimizer.

    The test set is a solid line, a validation share dashed, the training loss (mean over the epoch's batches, while
    the parameters move and with dropout) dotted. A run that diverged ends where it did.

    Parameters
    ----------
    results : a Fit, several, or label -> Fit; all with one measure.
    ax : where to draw; a new figure if it is None.
    what : "loss", on a logarithmic axis, or "score": the accuracy, or the mean squared error.
    legend : False leaves out the legend.
    notes : print the caption below, in small type; `caption` gives it, and `save` writes it beside the figure.

    Returns
    -------
    Axes
        x: epochs; y: mean loss, or score.

    Raises
    ------
    ValueError
        For no result, results with different measures, or an unknown `what`.
    TypeError
        For what is no Fit.
    """
    check_flags(legend=legend, notes=notes)
    check_choice("what", what, ("loss", "score"))
    runs = _labelled(results)
    with users_style():
        ax, own = layout.own_axes(ax, COLUMN, 2.4)
        _draw(ax, runs, what)
        title = {str(fit.described.get("model")) for fit in runs.values()}
        layout.title(ax, words.plain(", ".join(sorted(title)), 60))
        layout.below(ax, own, _handles(runs, what) if legend else [], _notes(runs), notes)
    return ax


def learning_figure(results: Fit | Sequence[Fit] | Mapping[str, Fit]) -> Figure:
    """Loss and score side by side in a figure of their own; arguments and errors of `learning_curves`."""
    runs = _labelled(results)
    with users_style():
        figure = Figure(figsize=(larger() * PAGE, larger() * 2.5))
        for ax, what in zip(figure.subplots(1, 2), ("loss", "score"), strict=True):
            dress(ax)
            _draw(ax, runs, what)
        layout.footer(figure, _handles(runs, "loss"), [])
        tell(figure, _notes(runs))
    return figure


def _labelled(results: Any) -> dict[str, Fit]:
    named = isinstance(results, Mapping)
    fits = check_each("results", list(results.values()) if named else results, Fit, "what lab.nets.fit returns")
    runs = dict(zip(map(str, results) if named else words.numbered(fit.name for fit in fits), fits, strict=True))
    measures = {fit.measure for fit in runs.values()}
    if len(measures) > 1:
        raise ValueError(f"results must have one measure, got {' and '.join(sorted(measures))}")
    return runs


def _draw(ax: Axes, runs: Mapping[str, Fit], what: str) -> None:
    measure = next(iter(runs.values())).measure
    longest = 1
    begun = False  # whether anything is drawn
    for label, fit in runs.items():
        seen = look(label)
        x = np.arange(1, fit.epochs + 1)
        longest = max(longest, fit.epochs)
        for part in ("train", "valid", "test"):
            y = fit.history.get(f"{part}_{what}")
            if y is None or not np.isfinite(y).any():
                continue
            if what == "score" and measure == "accuracy":
                y = 100 * y
            begun = True
            marker = seen.marker if part == "test" and fit.epochs <= 30 else "none"
            if marker == "none" and np.isfinite(y).sum() == 1:  # a line of one point is invisible
                ax.plot(x, y, color=seen.colour, linestyle="none", marker=_LONE[part], markersize=5)
            ax.plot(x, y, color=seen.colour, linestyle=_DASHES[part], linewidth=1.2 if part == "test" else 0.9,
                    marker=marker, markersize=3.2, markeredgewidth=0.3, markeredgecolor=tone(0))  # fmt: skip
    loss = "mean squared error" if measure == "mse" else "cross-entropy"
    ax.set(xlabel="epoch", ylabel=loss if what == "loss" or measure == "mse" else "accuracy")
    ax.set_xlim(0.5, longest + 0.5)
    integer = MaxNLocator(integer=True, steps=[1, 2, 5, 10])
    ax.xaxis.set_major_locator(integer if longest > 1 else FixedLocator([1]))
    ax.xaxis.set_minor_locator(NullLocator())
    if not begun:
        ax.set_yticks([])
        ax.text(0.5, 0.5, "no epoch was finished", transform=ax.transAxes, ha="center", va="center", color=tone(0.8))
    elif what == "loss":
        _logarithmic(ax)
    elif measure == "accuracy":
        ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g} %"))


def _logarithmic(ax: Axes) -> None:
    """A logarithmic axis with numbers a reader can use; an ordinary one where it would show no three of them."""
    ax.set_yscale("log")
    low, high = ax.get_ylim()
    for mantissas in ((1, 2, 5), (1, 1.5, 2, 3, 4, 5, 7)):
        ticks = [m * 10.0**k for k in range(-12, 13) for m in mantissas if low <= m * 10.0**k <= high]
        if 3 <= len(ticks) <= 9:
            ax.yaxis.set_major_locator(FixedLocator(ticks))
            ax.yaxis.set_minor_locator(NullLocator())
            ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: words.number(value)))
            return
    if high < 10 * low:
        ax.set_yscale("linear")


def _handles(runs: Mapping[str, Fit], what: str) -> list[Line2D]:
    made = [
        layout.handle(label, _entry(label, fit), marker=fit.epochs <= 30)
        for label, fit in runs.items()
    ]  # fmt: skip
    for handle in made:
        handle.set_linestyle("-")
    parts = {part for fit in runs.values() for part in ("train", "valid", "test")
             if np.isfinite(fit.history.get(f"{part}_{what}", np.nan)).any()}  # fmt: skip
    in_words = {"train": "training, while it goes on", "valid": "validation", "test": "test"}
    lines = [
        Line2D([], [], color=tone(0.8), linestyle=_DASHES[p], linewidth=1, label=said)
        for p, said in in_words.items()
        if p in parts
    ]
    return [*made, *lines]


def _entry(label: str, fit: Fit) -> str:
    name = words.name_of(label, fit.optimizer)
    steps = f"{fit.steps} step{'' if fit.steps == 1 else 's'}"
    return f"{name}: {fit.status} after {steps}" if fit.status != "done" else name


def _notes(runs: Mapping[str, Fit]) -> list[str]:
    described = [fit.described for fit in runs.values()]
    shared = {k: {str(t.get(k)) for t in described} for k in ("batch_size", "seed", "index", "schedule")}
    if not any("distribution" in t.get("optimizer", {}).get("fields", {}) for t in described):
        del shared["index"]  # it says where alpha_i belongs
    data = {str(t.get("data", {}).get("name")) for t in described}
    sizes = {" + ".join(str(n[0]) for n in t["data"]["shapes"].values()) for t in described if "data" in t}
    settings = [f"data {', '.join(sorted(data))} ({', '.join(sorted(sizes))})"]
    settings += [f"{k.replace('_', ' ')} {', '.join(sorted(v))}" for k, v in shared.items() if v != {"None"}]
    pairs: Any = list(runs.items())  # with an optimizer and what is written of it, as other results have
    return [f"{'; '.join(map(words.unbroken, settings))}. {words.rate_line(pairs)}", *words.option_lines(pairs)]
