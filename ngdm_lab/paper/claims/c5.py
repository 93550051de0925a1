"""C5: at alpha in [0.5, 1] the descent is fast, but does not get round the nearest local minima."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ngdm_lab.claims import Claim, Verdict
from ngdm_lab.claims.claim import Level

from .range_figure import range_figure
from .ranges import RULE, Part, Range, judge_range
from .sweep import jobs

__all__ = ["CLAIM"]

RANGE = Range((0.5, 0.75, 1.0), 0.75, (Part("escape", -1), Part("speed", 1)))


def judge(results: Sequence[Mapping[str, Any]], level: Level) -> Verdict:
    """By `ranges.RULE`."""
    return judge_range(results, level, RANGE)


def figure(results: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Arrivals against the rate and against rate / psi'."""
    range_figure(results, path, RANGE)


CLAIM = Claim(
    id="C5",
    words=(
        "On [0.5, 1] the natural gradient is not able to get round the nearest local minima, in spite of its fast "
        "convergence."
    ),
    place="Section 2.2, after Eq. (9)",
    hypothesis=(
        "Alpha = 0.5, 0.75, 1 arrive less often than 4, 6, 8 from starts outside of the minimum's basin, and "
        "faster from those inside."
    ),
    rule=RULE,
    jobs=jobs,
    judge=judge,
    figure=figure,
    command="ngdm-lab paper claims --only C5",
)
