"""What is recorded of a value: scalar functions that every kernel of lanes calls."""

from __future__ import annotations

import numpy as np

__all__ = ["counted", "strange"]


def counted(f, inside):
    """The value where it counts, inside the bounds and not minus infinity; else infinity."""
    # `&`, since `and` would be a branch
    return f if (inside > 0.0) & (f > -np.inf) else np.inf


def strange(value, goal, ceiling):
    """Whether a lane needs a closer look: at its goal, outside, or not finite.

    A live lane has ceiling = inf. A dead one has goal = ceiling = NaN, for which no comparison holds.
    """
    return (value <= goal) | (value >= ceiling)
