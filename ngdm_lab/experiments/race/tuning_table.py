"""The tuning curves of a race as rows and as CSV."""

from __future__ import annotations

from typing import Any

from ngdm_lab.experiments.statistics.compare import wilson

from .entries import Entries
from .tables import csv_text

__all__ = ["tuning_csv", "tuning_rows"]

_COLUMNS = (
    "surface", "optimizer", "round", "lr", "effective_lr", "starts", "ert", "ert_error", "success", "arrived",
    "arrival", "arrival_low", "arrival_high", "median_final", "chosen", "at_edge",
)  # fmt: skip


def tuning_rows(race: Entries) -> list[dict[str, Any]]:
    """One dictionary for each rate that was tried, in the order of the entries, rates ascending.

    round: where it was tried first; effective_lr: lr x gain; starts: of all rounds that tried it; ert: expected
    evaluations to the first hit, ert_error: standard error of its logarithm, success: share of runs that hit;
    arrival_low and arrival_high: Wilson's 95 % interval; at_edge: chosen, and the first or last of all rates.
    """
    out = []
    for e in race.entries:
        t = e.tuning
        for k in range(0 if t is None else len(t.rates)):
            assert t is not None
            starts, arrived = int(t.counts[k]), round(float(t.arrival[k] * t.counts[k]))
            low, high = wilson(arrived, starts)
            chosen, lr = k == t.chosen, float(t.rates[k])
            values = (
                e.surface_name, e.label, int(t.rounds[k]), lr, lr * t.gain, starts, float(t.times[k]),
                float(t.error[k]), float(t.hits[k]), arrived, float(t.arrival[k]), low, high, float(t.final[k]),
                chosen, chosen and t.at_edge,
            )  # fmt: skip
            out.append(dict(zip(_COLUMNS, values, strict=True)))
    return out


def tuning_csv(race: Entries) -> str:
    """The rows as CSV, numbers in full precision; the header alone for a race without tuning."""
    return csv_text(tuning_rows(race), _COLUMNS)
