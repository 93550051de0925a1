"""Ensembles and single runs as HTML, for notebooks: the numbers are their attributes'."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from ngdm_lab.compiler.markup import card, details, point

from .status import SENTENCES, WORDS, shown

__all__ = ["ends", "ensemble_card", "run_card", "title"]


def title(runs: Any) -> str:
    """Who ran where, by names; they stay where optimizer or surface cannot be loaded."""
    listed = ((runs.optimizer, "optimizer"), (runs.surface, "surface"))
    who, where = (o.name if o else runs.described.get(kind, {}).get("name", "?") for o, kind in listed)
    return f"{who} on {where}"


def ends(runs: Any) -> str:
    """How many runs ended in which way, in words."""
    counts = Counter(runs.status.tolist())
    return ", ".join(f"{counts[word]} {shown(word)}" for word in WORDS if counts[word])


def ensemble_card(runs: Any) -> str:
    """An Ensemble as HTML."""
    hits, count = runs.hit[runs.hit >= 0] + 1, len(runs)
    middle = f", after {np.median(hits):g} evaluations (median)" if len(hits) else ""
    wrong = int(runs.undercuts.sum())
    return card(title(runs), {
        "runs": f"{count} of {runs.steps} steps, seed {runs.seed}",
        "ended": ends(runs),
        "reached the target": f"{len(hits)} of {count}{middle}; f - f_min <= {runs.target:g}",
        "last f": f"{np.median(np.where(np.isnan(runs.f), np.inf, runs.f)):.6g} (median)",
        "optimizer": runs.optimizer.options() if runs.optimizer else "not in the file",
        "f_min": f"{wrong} runs went below the declared one inside the bounds, so it is wrong" if wrong else "",
        "slow": runs.slow,
    }, *_sources(runs))  # fmt: skip


def run_card(runs: Any) -> str:
    """An Ensemble of one as HTML: its status as a sentence, where it began and ended."""
    status, s, hit = str(runs.status[0]), runs.surface, int(runs.hit[0])
    f_min = f", f_min = {s.f_min:.6g}" if s else ""
    return card(title(runs), {
        "status": f"{shown(status)}. {SENTENCES[status]}",
        "evaluations": int(runs.evaluations[0]),
        "reached the target": f"after {hit + 1} evaluations" if hit >= 0 else "never",
        "start": point(runs.x0[0]),
        "last point": f"{point(runs.x[0])}, f = {runs.f[0]:.6g}{f_min}",
        "optimizer": runs.optimizer.options() if runs.optimizer else "not in the file",
    }, *_sources(runs))  # fmt: skip


def _sources(runs: Any) -> list[str]:
    return [details(f"the {part} as it was run", text) for part, text in runs.sources.items()]
