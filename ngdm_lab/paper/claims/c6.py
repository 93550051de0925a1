"""C6: at alpha in [9, 12] local minima are got round, but the result is less accurate."""

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

RANGE = Range((9.0, 10.5, 12.0), 10.5, (Part("escape", 1), Part("digits", -1)))


def judge(results: Sequence[Mapping[str, Any]], level: Level) -> Verdict:
    """By `ranges.RULE`."""
    return judge_range(results, level, RANGE)


def figure(results: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Arrivals against the rate and against rate / psi'."""
    range_figure(results, path, RANGE)


CLAIM = Claim(
    id="C6",
    words=("On [9, 12] the natural gradient is able to get round local minima, but converges with less accuracy."),
    place="Section 2.2, after Eq. (9)",
    hypothesis=(
        "Alpha = 9, 10.5, 12 arrive more often than 4, 6, 8 from starts outside of the minimum's basin, and end "
        "with fewer digits from those inside."
    ),
    rule=RULE,
    jobs=jobs,
    judge=judge,
    figure=figure,
    command="ngdm-lab paper claims --only C6",
)
