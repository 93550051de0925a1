"""Which part of a plane surface a picture of paths shows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from landscapes import Surface
from ngdm_lab.compiler.checks import brief, check_point
from ngdm_lab.experiments import Trace

__all__ = ["leaving_point", "view_box"]

Array = NDArray[np.float64]


def view_box(view: Any, traces: list[Trace], s: Surface) -> Array:
    """(2, 2) lower and upper end of each axis, for "paths", "bounds" or a box itself; ValueError for others."""
    if isinstance(view, str) and view in ("paths", "bounds"):
        return _around(traces, s) if view == "paths" else np.array(s.bounds)
    try:
        box = check_point("view", view)
    except (TypeError, ValueError):
        box = np.empty(0)
    if box.shape != (2, 2) or not np.isfinite(box).all() or not (box[:, 0] < box[:, 1]).all():
        raise ValueError(f"view must be 'paths', 'bounds' or ((low, high), (low, high)), got {brief(view)}")
    return box


def _around(traces: list[Trace], s: Surface) -> Array:
    """A box around all starts, the iterates inside the bounds, and the minimum next to each path's best point."""
    low, high = s.bounds.T
    points = [_start(trace) for trace in traces]
    for trace in traces:
        inside = ((trace.x >= low) & (trace.x <= high)).all(axis=1)  # False for NaN
        seen = trace.iterates
        points.append(seen[((seen >= low) & (seen <= high)).all(axis=1)])
        best = trace.x[np.argmin(np.where(inside, trace.f, np.inf))]
        if len(s.minima):
            points.append(s.minima[[np.argmin(np.linalg.norm((s.minima - best) / (high - low), axis=1))]])
    cloud = np.concatenate(points)
    span = (cloud.max(axis=0) - cloud.min(axis=0)) / (high - low)
    # a margin, and no slivers; more of the surroundings where a run leaves them
    left = any(trace.status in ("diverged", "escaped") for trace in traces)
    span = 1.2 * np.maximum(span, max(0.4 * span.max(), 0.3 if left else 0.01))
    middle, half = (cloud.max(axis=0) + cloud.min(axis=0)) / 2, span * (high - low) / 2
    # no more of what lies outside the bounds than the starts need
    starts, edge = np.concatenate(points[: len(traces)]), 0.02 * (high - low)
    floor, ceiling = np.minimum(low, starts.min(axis=0)) - edge, np.maximum(high, starts.max(axis=0)) + edge
    return np.stack([np.maximum(middle - half, floor), np.minimum(middle + half, ceiling)], axis=1)


def _start(trace: Trace) -> Array:
    """(1, n) the first point of a path, known also where the run diverged there."""
    first = trace.x[:1]
    return first if np.isfinite(first).all() or trace.runs.x0.shape != first.shape else trace.runs.x0


def leaving_point(a: Array, b: Array, box: Array) -> Array:
    """Where the way from a, inside the box, to b, outside, crosses the edge."""
    step = b - a
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        shares = np.where(step > 0, (box[:, 1] - a) / step, np.where(step < 0, (box[:, 0] - a) / step, np.inf))
    return np.clip(a + min(1.0, float(shares.min())) * step, box[:, 0], box[:, 1])
