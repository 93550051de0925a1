"""How a run ended: one word, and the sentence behind it."""

from __future__ import annotations

__all__ = ["SENTENCES", "WORDS", "shown"]

# codes of the compiled driver; a word's place in WORDS is its code
RUNNING, DONE, BUDGET, DIVERGED, ESCAPED, INTERRUPTED, STOPPED = range(7)

WORDS = ("running", "done", "budget", "diverged", "escaped", "interrupted", "stopped")

SENTENCES = {
    "running": "The run is not over.",
    "done": "The run is over and the last point lies inside the bounds, within the target of f_min.",
    "budget": "All steps were taken; the last point is not within the target.",
    "diverged": "The point or the value became infinite or NaN, or the point grew beyond 1e12 times its start.",
    "escaped": "All steps were taken; the last point lies outside the bounds and below f_min.",
    "interrupted": "The run was stopped from outside before its last step.",
    "stopped": "The optimizer ended the run by itself; the last point is not within the target.",
}

_SHOWN = {"done": "converged", "budget": "not converged"}


def shown(status: str) -> str:
    """A status in the field's word: "converged" for done, "not converged" for budget, else itself."""
    return _SHOWN.get(status, status)
