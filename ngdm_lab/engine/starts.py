"""Where runs start: from points that are given, or that a seed draws."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from landscapes import Surface
from ngdm_lab.compiler.checks import brief, check_integer, check_point, is_many
from ngdm_lab.compiler.random import uniforms
from ngdm_lab.compiler.room import check_memory

__all__ = ["drawn", "drawn_or_given"]

KEPT = 2  # vectors at least that one setting keeps of each start


def drawn_or_given(starts: Any, s: Surface, seed: int, first_run: int, settings: int = 1) -> NDArray[np.float64]:
    """(m, n) starts: `starts` of them uniform in the bounds, or those given; TypeError or ValueError for others."""
    if not is_many(starts):
        m = check_integer("starts", starts, 1)
        check_memory(f"starts = {m} in {s.dim} dimensions", m * (s.dim + 1) * (KEPT * settings + 1))
        return drawn(m, s.bounds, seed, first_run)
    x0 = check_point("starts", starts, s.dim)
    if x0.ndim != 2 or len(x0) == 0:
        raise ValueError(f"starts must be a number or an array of shape (m, {s.dim}), got shape {x0.shape}")
    bad = ~np.isfinite(x0).all(axis=1)
    if bad.any():
        row = int(np.argmax(bad))
        raise ValueError(f"starts must be finite, got {brief(x0[row].tolist())} in row {row}")
    return x0


def drawn(m: int, bounds: NDArray[np.float64], seed: int, first_run: int) -> NDArray[np.float64]:
    """(m, n) starts, uniform in the bounds (n, 2): a row depends on them, the seed and the run's index alone."""
    low, high = bounds.T
    return np.ascontiguousarray(low + (high - low) * uniforms(m, len(bounds), seed=seed, first=first_run))
