"""What is recorded of runs, in plain functions: of a value in lanes, shared by the linked blocks and the fused kernels;
and at which evaluations their best is kept, for every driver.

`driver.advance_run` records the same of a run at a time, and is what these are held to.
"""

from __future__ import annotations

import numpy as np

__all__ = ["counted", "due", "first_from", "keep", "needs_attention"]


def first_from(marks, t):
    """Place of the first mark from evaluation t on; their number where there is none."""
    at = 0
    while at < marks.shape[0] and marks[at] < t:
        at += 1
    return at


def due(marks, at):
    """The evaluation of mark `at`; -1 where there is none."""
    return marks[at] if at < marks.shape[0] else -1


def counted(f, inside):
    """The value where it counts, inside the bounds and not minus infinity; else infinity."""
    # `&`, since `and` would be a branch
    return f if (inside > 0.0) & (f > -np.inf) else np.inf


def needs_attention(value, goal, ceiling):
    """Whether a lane needs a closer look: at its goal, outside, or not finite.

    A live lane has ceiling = inf. A dead one has goal = ceiling = NaN, for which no comparison holds.
    """
    return (value <= goal) | (value >= ceiling)


def keep(f, inside, best, goal, ceiling, looks):
    """The record of a value; looks <- 1 where a lane needs a closer look. Each parameter is one of `rows.ROWS`."""
    value = counted(f[0], inside[0])
    best[0] = value if value < best[0] else best[0]
    looks[0] = 1.0 if needs_attention(value, goal[0], ceiling[0]) else 0.0
