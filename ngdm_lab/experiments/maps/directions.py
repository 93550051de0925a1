"""Directions in a space of parameters: random, principal, scaled neuron by neuron."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ngdm_lab.compiler.checks import brief, check_array, check_integers, is_many
from ngdm_lab.compiler.room import check_memory

__all__ = ["neurons", "normalised", "principal", "random_pair"]

Array = NDArray[np.float64]


def neurons(*shapes: Sequence[int]) -> list[NDArray[np.int64]]:
    """The indices of each neuron's weights in a vector of parameters of these shapes, one after another.

    A weight is (..., units): all its axes but the last are one neuron's. A shape of one axis (biases) has no neurons.

    >>> [list(map(int, k)) for k in neurons((2, 3), (3,), (3, 1), (1,))]  # a 2-3-1 net
    [[0, 3], [1, 4], [2, 5], [9, 10, 11]]
    """
    found: list[NDArray[np.int64]] = []
    at = 0
    for given in shapes:
        shape = check_integers("shapes", given, 1)
        size = prod(shape)
        check_memory(f"each of shapes, {brief(given)},", size)
        if len(shape) > 1:
            found += list(np.arange(at, at + size).reshape(-1, shape[-1]).T)
        at += size
    return found


def random_pair(n: int, seed: int) -> Array:
    """Two directions (2, n) of unit length, normal before that."""
    pair = np.random.default_rng(seed).standard_normal((2, n))
    return pair / np.linalg.norm(pair, axis=1, keepdims=True)


def normalised(pair: Array, centre: Array, groups: Sequence[ArrayLike]) -> Array:
    """Each group of each direction scaled to the norm of the centre's group; 0 outside the groups.

    Raises ValueError for indices out of range or in two groups.
    """
    listed = list(groups) if is_many(groups) else []
    if not listed:
        raise ValueError(f"groups must hold lists of indices, got {brief(groups)}")
    made = np.zeros_like(pair)
    seen = np.zeros(len(centre), dtype=bool)
    for k, group in enumerate(listed):
        index = np.atleast_1d(check_array("groups", group))
        if index.dtype.kind not in "iu" or index.ndim != 1 or index.size == 0:
            raise ValueError(f"groups must hold lists of indices, got {brief(group)} as group {k}")
        if index.min() < 0 or index.max() >= len(centre):
            raise ValueError(f"groups must hold indices from 0 to {len(centre) - 1}, got {brief(group)} as group {k}")
        if seen[index].any() or len(np.unique(index)) < len(index):
            raise ValueError(f"groups must not share an index, got {brief(group)} as group {k}")
        seen[index] = True
        size = np.linalg.norm(pair[:, index], axis=1, keepdims=True)
        scale = np.divide(np.linalg.norm(centre[index]), size, out=np.zeros_like(size), where=size > 0)
        made[:, index] = pair[:, index] * scale
    return made


def principal(away: Array) -> tuple[Array, Array]:
    """(directions (2, n), shares (2,)) of points (k, n) taken from the centre, not from their mean.

    The directions are orthonormal, the largest component of each positive; the shares are of the squared distances.

    Raises ValueError where the points lie on one line through the centre.
    """
    _, sizes, rows = np.linalg.svd(away, full_matrices=False)
    if len(sizes) < 2 or not sizes[1] > 1e-12 * sizes[0]:
        raise ValueError("paths must leave the line through the centre to span a plane, got points on one line")
    pair = rows[:2] * np.sign(np.take_along_axis(rows[:2], np.abs(rows[:2]).argmax(axis=1)[:, None], 1))
    return pair, np.square(sizes[:2]) / np.square(sizes).sum()
