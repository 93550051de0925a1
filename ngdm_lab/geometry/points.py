"""Points of the simplex, seeds and weights as users give them: looked at once, before anything is computed."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ngdm_lab.compiler.checks import brief, check_array, check_integer, check_integers, check_point, is_many
from ngdm_lab.compiler.room import check_memory
from ngdm_lab.geometry.exact_sums import sums_from, two_sum

TOLERANCE = 1e-9  # how far the components of a point may be from adding up to 1,
ROUNDINGS = 16  # or this many times the precision of a type that is coarser

Array = NDArray[np.float64]
RandomState = int | Sequence[int] | np.random.Generator | np.random.RandomState | np.random.SeedSequence | None
Size = int | Sequence[int] | None


def check_simplex(value: ArrayLike, name: str, width: int | None = None) -> Array:
    """A point or batch of the closed simplex as a new float64 array whose rows have the sum 1 to rounding.

    Parameters
    ----------
    value : array of shape (k,) or (m, k), k >= 2.
    name : what to call it in an error.
    width : k, where it is known.

    Raises
    ------
    TypeError
        For what is no array of real numbers.
    ValueError
        For another shape, NaN, infinity, a negative component, or a sum further than 1e-9 from 1 (of float32
        points 2e-6, of float16 points 0.016).
    """
    z = check_point(name, value, width)
    check_rows(z, name)
    if z.shape[-1] < 2:
        raise ValueError(f"{name} must have at least two components, got shape {z.shape}")
    return z / _sums(z, name, check_array(name, value).dtype)[..., None]


def as_points(x: ArrayLike, components: int, name: str = "x") -> tuple[Array, Array]:
    """Points of the closed simplex with all their components, and what the last one has beyond its double.

    Parameters
    ----------
    x : array of real numbers, shape (..., components) or (..., components - 1)
        With or without the last component, which is 1 minus the sum of the others. What is given is not changed
        by so much as a rounding.

    Returns
    -------
    float64 arrays of the shapes (..., components), a copy, and (..., 1), 0 for a last component that is given.

    Raises
    ------
    TypeError
        For what is no array of real numbers.
    ValueError
        As ``check_simplex``; without the last component for a sum above 1 by more than that.
    """
    points = check_point(name, x)
    if points.shape[-1] not in (components - 1, components):
        raise ValueError(
            f"{name} must have the shape (..., {components}), or (..., {components - 1}) without the last component, "
            f"got {points.shape}"
        )
    dtype = check_array(name, x).dtype
    if points.shape[-1] == components:
        _sums(points, name, dtype)
        return points, np.zeros((*points.shape[:-1], 1))
    _sums(points, name, dtype, whole=False)
    high, low, _ = (part[..., :1] for part in sums_from(points))
    rest, beyond = two_sum(1.0, -high)
    rest, beyond = two_sum(rest, beyond - low)
    inside = rest > 0.0
    return np.concatenate([points, np.where(inside, rest, 0.0)], axis=-1), np.where(inside, beyond, 0.0)


def check_rows(array: Array, name: str) -> None:
    """ValueError unless the array is one point or a batch of points."""
    if array.ndim > 2:
        raise ValueError(f"{name} must be one point or a batch of shape (m, {array.shape[-1]}), got {array.shape}")


def place(bad: NDArray[np.bool_]) -> str:
    """Where the first True is, in words, for an array of points."""
    *row, component = np.argwhere(bad)[0].tolist()
    return f"at component {component}{_row(' of', row)}"


def _row(before: str, index: list[int]) -> str:
    return f"{before} row {index[0] if len(index) == 1 else tuple(index)}" if index else ""


def _tolerance(dtype: np.dtype[Any]) -> float:
    return max(TOLERANCE, ROUNDINGS * float(np.finfo(dtype).eps)) if dtype.kind == "f" else TOLERANCE


def _sums(points: Array, name: str, dtype: np.dtype[Any], whole: bool = True) -> Array:
    """The sums of the components; ValueError for a point off the simplex, or with less than the whole of one.

    How far a sum may be off follows from the type in which the points were given.
    """
    bad = ~((points >= 0.0) & np.isfinite(points))
    if bad.any():
        raise ValueError(
            f"{name} must lie on the simplex: components are finite and not negative, got "
            f"{float(points[bad][0])!r} {place(bad)}"
        )
    total: Array = points.sum(axis=-1)
    tolerance = _tolerance(dtype)
    off = np.abs(total - 1.0) > tolerance if whole else total > 1.0 + tolerance
    if off.any():
        what = "components have the sum 1" if whole else "without the last component the sum is at most 1"
        within = "" if tolerance == TOLERANCE else f" (to {tolerance:.1g}, for {dtype.name})"
        where = _row(" in", np.argwhere(off)[0].tolist()) if total.ndim else ""
        raise ValueError(f"{name} must lie on the simplex: {what}{within}, got {brief(float(total[off][0]))}{where}")
    return total


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
    array = check_array("x", x)
    if array.ndim != 2 or array.shape[1] < least:
        raise ValueError(f"x must have the shape (m, K), one point a row, K at least {least}, got {array.shape}")
    points, _ = as_points(array, array.shape[1])
    points /= points.sum(axis=-1, keepdims=True)
    given = np.ones(len(points)) if weights is None else check_array("weights", weights)
    if given.shape != (len(points),):
        raise ValueError(f"weights must have the shape ({len(points)},), one for each point, got {given.shape}")
    if not (np.isfinite(given) & (given >= 0)).all():
        bad = float(given[~(np.isfinite(given) & (given >= 0))][0])
        raise ValueError(f"weights must be finite and at least 0, got {brief(bad)}")
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
        if isinstance(random_state, bool | np.bool_):
            raise TypeError
        return np.random.default_rng(random_state)
    except Exception:
        raise TypeError(
            f"random_state must be None, a whole number at least 0 or a NumPy generator, got {brief(random_state)}"
        ) from None


def as_size(size: Any, components: int) -> tuple[int, ...]:
    """The shape of a sample: () for None. TypeError when not made of whole numbers, ValueError below 0."""
    if size is None:
        return ()
    try:
        shape = tuple(check_integers("size", size) if is_many(size) else [check_integer("size", size)])
    except TypeError:
        raise TypeError(f"size must be None, a whole number or a tuple of them, got {brief(size)}") from None
    check_memory(f"size = {brief(size)}", 3 * prod(shape) * components)
    return shape


def log_gammas(shape: Array, size: tuple[int, ...], generator: Any) -> Array:
    """Logarithms of Gamma(shape) variates, of the shape size + shape.shape.

    A gamma variate of shape a below 1 is one of shape a + 1 times U^(1/a) (Marsaglia and Tsang 2000);
    its logarithm stays finite where the variate itself would underflow.
    """
    shape = np.broadcast_to(shape, size + shape.shape)
    small = shape < 1
    drawn: Array = np.log(generator.standard_gamma(np.where(small, shape + 1, shape)))
    if small.any():
        drawn[small] -= generator.standard_exponential(int(small.sum())) / shape[small]
    return drawn
