"""Points of the simplex, seeds and weights as users give them: looked at once, before anything is computed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

TOLERANCE = 1e-9  # how far the components of a point may be from adding up to 1

Array = NDArray[np.float64]
RandomState = int | Sequence[int] | np.random.Generator | np.random.RandomState | np.random.SeedSequence | None
Size = int | Sequence[int] | None


def as_points(x: ArrayLike, components: int, name: str = "x") -> Array:
    """Points of the simplex with all their components: a float64 copy of shape (..., components).

    Parameters
    ----------
    x : array of real numbers, shape (..., components) or (..., components - 1)
        With or without the last component, which is 1 minus the sum of the others.

    Raises
    ------
    TypeError
        when x is not real and numeric.
    ValueError
        for another shape, a component below 0 or NaN, components that do not add up to 1 (to 1e-9).
    """
    array = np.asarray(x)
    if array.dtype.kind not in "iuf":
        raise TypeError(f"{name} must be an array of real numbers, got dtype {array.dtype}")
    if array.ndim == 0 or array.shape[-1] not in (components - 1, components):
        raise ValueError(
            f"{name} must have the shape (..., {components}), or (..., {components - 1}) without the last component, "
            f"got {array.shape}"
        )
    points = array.astype(np.float64)
    if not (points >= 0).all():
        raise ValueError(f"{name} must have components of at least 0, got {float(points[~(points >= 0)][0])!r}")
    total = points.sum(axis=-1)
    if array.shape[-1] == components:
        wrong = ~(np.abs(total - 1) <= TOLERANCE)
        if wrong.any():
            raise ValueError(f"{name} must have components that add up to 1, got the sum {float(total[wrong][0])!r}")
        return points
    wrong = ~(total <= 1 + TOLERANCE)
    if wrong.any():
        raise ValueError(
            f"{name} without its last component must add up to at most 1, got the sum {float(total[wrong][0])!r}"
        )
    return np.concatenate([points, np.maximum(1 - total, 0.0)[..., None]], axis=-1)


def as_sample(x: ArrayLike, weights: ArrayLike | None, least: int) -> tuple[Array, Array]:
    """A sample for a fit: points of shape (m, K) with their last component, and weights of shape (m,) that add to 1.

    Raises
    ------
    TypeError
        when x or weights is not real and numeric.
    ValueError
        for another shape, fewer than `least` components, fewer than two points of positive weight, points off the
        simplex or on its boundary, weights that are negative, not finite or all 0.
    """
    array = np.asarray(x)
    if array.dtype.kind in "iuf" and (array.ndim != 2 or array.shape[1] < least):
        raise ValueError(f"x must have the shape (m, K), one point a row, K at least {least}, got {array.shape}")
    components = array.shape[-1] if array.ndim else 1
    points = as_points(array, components)
    given = np.ones(len(points)) if weights is None else np.asarray(weights)
    if given.dtype.kind not in "iuf":
        raise TypeError(f"weights must be an array of real numbers, got dtype {given.dtype}")
    if given.shape != (len(points),):
        raise ValueError(f"weights must have the shape ({len(points)},), one for each point, got {given.shape}")
    if not (np.isfinite(given) & (given >= 0)).all():
        bad = float(given[~(np.isfinite(given) & (given >= 0))][0])
        raise ValueError(f"weights must be finite and at least 0, got {bad!r}")
    used = given > 0
    if used.sum() < 2:
        raise ValueError(f"x must have at least two points (of positive weight), got {int(used.sum())}")
    points, given = points[used], given[used] / given.max()
    if not (points > 0).all():
        row, column = np.argwhere(~(points > 0))[0]
        raise ValueError(
            f"the likelihood has no maximum: x[{np.flatnonzero(used)[row]}, {column}] is 0, and every component must "
            "be positive"
        )
    return points, given / given.sum()


def as_generator(random_state: RandomState) -> np.random.Generator | np.random.RandomState:
    """A generator from a seed, as scipy.stats takes it; TypeError for what is none."""
    if isinstance(random_state, (np.random.Generator, np.random.RandomState)):
        return random_state
    try:
        return np.random.default_rng(random_state)
    except (TypeError, ValueError):
        raise TypeError(
            f"random_state must be None, a whole number at least 0 or a NumPy generator, got {random_state!r}"
        ) from None


def as_size(size: Any) -> tuple[int, ...]:
    """The shape of a sample: () for None. TypeError when not made of whole numbers, ValueError below 0."""
    if size is None:
        return ()
    given = size if isinstance(size, (tuple, list, np.ndarray)) else (size,)
    if not all(isinstance(k, (int, np.integer)) and not isinstance(k, bool) for k in given):
        raise TypeError(f"size must be None, a whole number or a tuple of them, got {size!r}")
    if any(k < 0 for k in given):
        raise ValueError(f"size must be at least 0, got {size!r}")
    return tuple(int(k) for k in given)


def log_gammas(shape: Array, size: tuple[int, ...], generator: Any) -> Array:
    """Logarithms of Gamma(shape) variates, of the shape size + shape.shape.

    A gamma variate of shape a below 1 is one of shape a + 1 times U^(1/a) (Marsaglia and Tsang 2000, section 6);
    its logarithm stays finite where the variate itself would underflow.
    """
    shape = np.broadcast_to(shape, size + shape.shape)
    small = shape < 1
    drawn: Array = np.log(generator.standard_gamma(np.where(small, shape + 1, shape)))
    if small.any():
        drawn[small] -= generator.standard_exponential(int(small.sum())) / shape[small]
    return drawn
