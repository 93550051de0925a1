"""C3: at alpha of 12 and more the step grows, and the minimum is not reached to the needed accuracy."""

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

RANGE = Range((12.0, 30.0, 100.0), 30.0, (Part("arrival", -1), Part("step", 1)))


def judge(results: Sequence[Mapping[str, Any]], level: Level) -> Verdict:
    """By `ranges.RULE`."""
    return judge_range(results, level, RANGE)


def figure(results: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Arrivals against the rate and against rate / psi'."""
    range_figure(results, path, RANGE)


CLAIM = Claim(
    id="C3",
    words=(
        "[With alpha in [12, infinity)] the natural gradient is not able to minimise the loss to the needed accuracy, "
        "since the step grows. As alpha tends to infinity it becomes exploding."
    ),
    place="Section 2.2, after Eq. (8)",
    hypothesis=(
        "Alpha = 12, 30, 100 arrive (f - f_min at most 1e-3) less often than 4, 6, 8, and their first step is longer."
    ),
    rule=RULE,
    jobs=jobs,
    judge=judge,
    figure=figure,
    command="ngdm-lab paper claims --only C3",
)
