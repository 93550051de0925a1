"""Several paired differences at once: Student's test, Holm's correction, and what each says beside a noise floor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .compare import holm
from .means import paired_mean
from .paired import Decision

__all__ = ["Contrast", "contrasts", "floor_of"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Contrast:
    """The mean of a - b over pairs, where larger is in favour of a.

    Attributes
    ----------
    label : of the pair.
    mean, low, high : with Student's interval.
    p : of Student's paired test, corrected for all contrasts that were asked for together.
    floor : the largest difference that counts as none.
    decision : "in favour" or "against" where p is small and the mean beyond the floor, "equal" where the interval
        lies within the floor, else "undecided".
    """

    label: str
    mean: float
    low: float
    high: float
    p: float
    floor: float
    decision: Decision


def contrasts(pairs: Sequence[tuple[str, Array, Array, float]], level: float = 0.05) -> list[Contrast]:
    """From (label, a, b, floor) with a and b of shape (m,), the values at one place from one seed."""
    if not pairs:
        return []
    found = [(label, paired_mean(a, b), floor) for label, a, b, floor in pairs]
    corrected = holm(np.nan_to_num(np.array([d.p for _, d, _ in found]), nan=1.0)).tolist()
    made = []
    for (label, d, floor), p in zip(found, corrected, strict=True):
        said: Decision = "undecided"
        if p < level and abs(d.mean) > floor:
            said = "in favour" if d.mean > 0 else "against"
        elif -floor <= d.low and d.high <= floor:
            said = "equal"
        made.append(Contrast(label, d.mean, d.low, d.high, p, floor, said))
    return made


def floor_of(twin: Array, first: Array) -> float:
    """How far the interval of the difference of two equal rules (m,) reaches from 0."""
    d = paired_mean(twin, first)
    return float(np.nanmax(np.abs([d.mean, d.low, d.high])))
