"""The table of a race of nets, as rows and as text."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ngdm_lab.experiments.race.tables import align, several, wrap
from ngdm_lab.experiments.statistics.compare import chance
from ngdm_lab.experiments.statistics.means import mean_interval

from .comparisons import NetComparison
from .entries import NetEntry

__all__ = ["UNITS", "numbers", "opening", "rows", "text"]

UNITS = {"accuracy": ("accuracy, %", 100.0, 2), "mse": ("squared error", 1.0, 4)}


def rows(entries: Sequence[NetEntry], comparisons: Sequence[NetComparison]) -> list[dict[str, Any]]:
    """One dictionary of numbers for each rule; scores and losses with their bootstrap interval."""
    against = {c.label: c for c in comparisons}
    made = []
    for e in entries:
        found, (low, high), (loss_low, loss_high) = against.get(e.label), mean_interval(e.score), mean_interval(e.loss)
        made.append({
            "label": e.label, "optimizer": e.name, "lr": e.lr, "index": e.index, "mean_rate": e.lr * e.gain,
            "tuned": e.tuning is not None, "at_edge": bool(e.tuning and e.tuning.at_edge), "seeds": len(e.score),
            "done": e.status.count("done"), "diverged": e.status.count("diverged"),
            "impossible": e.status.count("impossible"), "measure": e.measure,
            "score": float(e.score.mean()), "score_low": low, "score_high": high,
            "loss": float(e.loss.mean()), "loss_low": loss_low, "loss_high": loss_high,
            "difference": found.score.mean if found else 0.0, "difference_low": found.score.low if found else 0.0,
            "difference_high": found.score.high if found else 0.0, "p": found.p if found else 1.0,
            "apart": found.apart if found else False, "seconds": float(e.seconds.mean()),
        })  # fmt: skip
    return made


def numbers(value: float, low: float, high: float, scale: float, digits: int, sign: str = "") -> str:
    """ "97.81 [97.70, 97.93]"; without its interval where that is not known."""
    if math.isnan(value):
        return "none"
    first = f"{scale * value:{sign}.{digits}f}"
    return first if math.isnan(low) else f"{first} [{scale * low:{sign}.{digits}f}, {scale * high:{sign}.{digits}f}]"


def text(
    entries: Sequence[NetEntry],
    comparisons: Sequence[NetComparison],
    floor: float,
    settings: Mapping[str, Any],
    answer: Sequence[str] = (),
) -> str:
    """The table with what it was made from and the answer above it, and what it says below."""
    measure = entries[0].measure
    unit, scale, digits = UNITS[measure]
    cells = [["", "rate", unit, "loss", "minus the first", "p"]]
    for e, row in zip(entries, rows(entries, comparisons), strict=True):
        if e.impossible:
            cells.append([e.label, f"{e.lr:.3g}", "impossible", "", "", ""])
            continue
        lost = f" ({row['diverged']} diverged)" if row["diverged"] else ""
        first = e is entries[0]
        cells.append([
            e.label, f"{e.lr:.3g}" + ("!" if row["at_edge"] else ""),
            numbers(row["score"], row["score_low"], row["score_high"], scale, digits) + lost,
            numbers(row["loss"], row["loss_low"], row["loss_high"], 1.0, 4),
            "" if first else numbers(row["difference"], row["difference_low"], row["difference_high"], scale, digits,
                                     "+"),
            "" if first else f"{row['p']:.2g}" + (" *" if row["apart"] else ""),
        ])  # fmt: skip
    head = [line for sentence in (opening(settings), *answer) for line in wrap(sentence)]
    return "\n".join([*head, "", *align(cells), "", *_tail(entries, comparisons, floor, settings)])


def opening(settings: Mapping[str, Any]) -> str:
    """Net, data, budget and how the rates were found, in a sentence."""
    data, seeds = settings["data"], settings["seeds"]
    sizes = f"{data['shapes']['train'][0]} + {data['shapes']['test'][0]} samples"
    how, length = "every rule at its given rate", several(settings["epochs"], "epoch")
    if settings["tuned"]:
        how = (f"every rate tuned by {settings['budget']} trainings of {several(settings['tuning_epochs'], 'epoch')} "
               f"on {100 * settings['validation']:g} % of the training set")  # fmt: skip
    return (f"{settings['model']['name']} on {data['name']} ({sizes}), {length}, batches of {settings['batch_size']}, "
            f"{len(seeds)} seeds; {how}.")  # fmt: skip


def _tail(
    entries: Sequence[NetEntry], comparisons: Sequence[NetComparison], floor: float, settings: Mapping[str, Any]
) -> list[str]:
    _, scale, digits = UNITS[entries[0].measure]
    lines = ["Means over the seeds with bootstrap intervals (95 %); differences seed by seed with Student's interval; "
             "p by Holm for all rules together; * p < 0.05 and more than equal rules differ by."]  # fmt: skip
    control = next((c for c in comparisons if c.label == next((e.label for e in entries if e.twin), "")), None)
    if control is not None:
        lines.append(f"Noise floor: {entries[0].label} once more, with draws of its own, differs by "
                     f"{numbers(control.score.mean, control.score.low, control.score.high, scale, digits, '+')} "
                     f"({chance(control.p)}); differences up to {scale * floor:.{digits}f} are noise.")  # fmt: skip
    if any(e.tuning and e.tuning.at_edge for e in entries):
        lines.append("! the best rate lies at the end of those tried: a better one may lie beyond.")
    lines += [f"{e.label}: {e.why}." for e in entries if e.impossible]
    if any("diverged" in e.status for e in entries):
        lines.append(f"A training that diverged counts with the score of guessing, {scale * settings['chance']:.4g}.")
    able = [e for e in entries if not e.twin and not e.impossible]
    best = max(able, key=lambda e: e.better * float(np.mean(e.score)))
    apart = [c.label for c in comparisons if c.apart]
    lines.append(f"Best mean: {best.label}. " + (f"Different from {entries[0].label} beyond noise: {', '.join(apart)}."
                 if apart else f"No rule differs from {entries[0].label} beyond noise."))  # fmt: skip
    return [line for sentence in lines for line in wrap(sentence)]
