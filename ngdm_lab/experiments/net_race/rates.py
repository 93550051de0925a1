"""Which learning rates a rule is tried at on a net: the same number for every rule, in two rounds.

All rates are 10^(k / 8) with whole k. The first round has nine, half a decade apart, over four decades of lr times the
rule's mean gain; the second has the six that lie within three eighths of a decade of the best. Where the best lies at
an end, the second round goes six half-decades beyond it instead.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["BUDGET", "Tuning", "best", "first_round", "second_round"]

PER_DECADE = 8
STRIDE = 4  # places between two rates of the first round
DECADES = (-4, 0)  # of lr * gain, in the first round
BUDGET = 9 + 6  # trainings of one rule


@dataclass(frozen=True)
class Tuning:
    """What a rule's tuning gave.

    Attributes
    ----------
    rates : what was tried, ascending.
    scores, losses : on the validation share, NaN where the training diverged.
    chosen : the rate that is raced.
    """

    rates: tuple[float, ...]
    scores: tuple[float, ...]
    losses: tuple[float, ...]
    chosen: float

    @property
    def at_edge(self) -> bool:
        """Whether the best may lie beyond the rates that were tried."""
        return self.chosen in (self.rates[0], self.rates[-1])


def rate(place: int) -> float:
    """10^(place / 8)."""
    return float(10.0 ** (place / PER_DECADE))


def first_round(gain: float) -> list[int]:
    """The places of the first round for a rule of this mean gain, ascending."""
    shift = math.ceil(PER_DECADE * math.log10(gain))
    low, high = (PER_DECADE * decade for decade in DECADES)
    return list(range(low - shift, high - shift + 1, STRIDE))


def second_round(tried: Sequence[int], chosen: int) -> list[int]:
    """The places of the second round around the best of the first, or beyond it where it lies at an end."""
    if chosen == min(tried):
        return [chosen - STRIDE * j for j in range(6, 0, -1)]
    if chosen == max(tried):
        return [chosen + STRIDE * j for j in range(1, 7)]
    return [chosen + j for j in (-3, -2, -1, 1, 2, 3)]


def best(results: Mapping[int, Mapping[str, Any]]) -> int:
    """The place whose training has the best validation score, the lower loss among equals; the smallest if none ended.

    `results` holds a training's result for each place that was tried.
    """

    def order(place: int) -> tuple[float, float, int]:
        found = results[place]
        score, loss = float(found["valid_score"]), float(found["valid_loss"])
        if math.isnan(score) or math.isnan(loss):
            return math.inf, math.inf, place
        return (-score if found["measure"] == "accuracy" else score), loss, place

    return min(results, key=order)


def tuning(results: Mapping[int, Mapping[str, Any]], chosen: int) -> Tuning:
    """The record of both rounds."""
    places = sorted(results)
    return Tuning(
        tuple(rate(p) for p in places), tuple(float(results[p]["valid_score"]) for p in places),
        tuple(float(results[p]["valid_loss"]) for p in places), rate(chosen),
    )  # fmt: skip
