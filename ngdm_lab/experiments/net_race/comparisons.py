"""What a race of nets compares: every rule with the first, beside what the first and its twin differ by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ngdm_lab.experiments.statistics.compare import holm
from ngdm_lab.experiments.statistics.contrasts import floor_of
from ngdm_lab.experiments.statistics.means import MeanDifference, paired_mean

from .entries import NetEntry

__all__ = ["NetComparison", "compared"]


@dataclass(frozen=True)
class NetComparison:
    """One rule against the first, seed by seed.

    Attributes
    ----------
    label, against : the two rules.
    score, loss : mean differences, label less against.
    p : of the scores, corrected for the number of rules compared (Holm 1979); of the control, as it is.
    apart : whether p is below 0.05 and the difference larger than the control's interval reaches.
    """

    label: str
    against: str
    score: MeanDifference
    loss: MeanDifference
    p: float
    apart: bool


def compared(entries: Sequence[NetEntry]) -> tuple[tuple[NetComparison, ...], float]:
    """Every rule against the first, and the noise floor of the control."""
    first, rest = entries[0], [e for e in entries[1:] if not e.impossible]
    found = [(e, paired_mean(e.score, first.score), paired_mean(e.loss, first.loss)) for e in rest]
    floor = max((floor_of(e.score, first.score) for e in rest if e.twin), default=float("nan"))
    others = [score.p for e, score, _ in found if not e.twin]
    corrected = iter(holm(np.nan_to_num(np.array(others), nan=1.0)).tolist())
    made = []
    for e, score, loss in found:
        p = score.p if e.twin else next(corrected)
        apart = p < 0.05 and (np.isnan(floor) or abs(score.mean) > floor)
        made.append(NetComparison(e.label, first.label, score, loss, p, bool(apart and not e.twin)))
    return tuple(made), floor
