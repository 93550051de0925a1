"""C4: at alpha of 0.5 and less the step shrinks, and local minima are not got round."""

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

RANGE = Range((0.01, 0.1, 0.25, 0.5), 0.25, (Part("escape", -1), Part("arrival", -1), Part("step", -1)))


def judge(results: Sequence[Mapping[str, Any]], level: Level) -> Verdict:
    """By `ranges.RULE`."""
    return judge_range(results, level, RANGE)


def figure(results: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Arrivals against the rate and against rate / psi'."""
    range_figure(results, path, RANGE)


CLAIM = Claim(
    id="C4",
    words=(
        "On (0, 0.5] the natural gradient takes too small values, which do not let it converge in the region of the "
        "global minimum. [It] is not able to get round local minima, since the step shrinks considerably. As alpha "
        "tends to 0 it becomes vanishing."
    ),
    place="Section 2.2, after Eq. (9)",
    hypothesis=(
        "Alpha = 0.01, 0.1, 0.25, 0.5 arrive less often than 4, 6, 8, from all starts and from those outside of the "
        "minimum's basin, and their first step is shorter."
    ),
    rule=RULE,
    jobs=jobs,
    judge=judge,
    figure=figure,
    command="ngdm-lab paper claims --only C4",
)
