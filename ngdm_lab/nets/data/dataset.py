"""Data: a training set and a test set, checked once, with where they come from."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import prod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ngdm_lab.compiler.checks import (
    brief,
    check_array,
    check_float_type,
    check_instance,
    check_integer,
    check_integers,
    check_names,
    check_seed,
    check_str,
    settle,
)

from .series import Series

__all__ = ["Data", "stratified", "unit"]

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Data:
    """A training set and a test set. Made by `load`, or of your own arrays: ``Data(x, y, x_test, y_test)``.

    Attributes
    ----------
    x_train, x_test : (m, ...) float32 inputs (float64 stays float64), read-only. Images are (m, rows, columns,
        channels) in [0, 1]; windows of a time series are (m, steps, 1).
    y_train, y_test : (m,) int64 labels from 0, or (m, k) targets of the type of x.
    name : what it is called in tables.
    classes : the labels' names; empty for targets. Left out, the labels are numbered.
    source : where it comes from, in words; also whether files were checked.
    split : how training and test set were parted.
    sha256 : digests of the files it was read from, or of the arrays' bytes, by name; empty for generated data.
    settings : what it was made with: seed, noise, sizes.
    series : the whole time series that the windows were cut from, with its clean signal; None for other data.

    Raises
    ------
    ValueError
        For empty sets, lengths or shapes that do not fit, numbers that are not finite, labels out of range.
    TypeError
        For what is no array of real numbers.
    """

    x_train: Array
    y_train: Array
    x_test: Array
    y_test: Array
    name: str = "own data"
    classes: tuple[str, ...] = ()
    source: str = ""
    split: str = ""
    sha256: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    series: Series | None = None

    def __post_init__(self) -> None:
        for word in ("name", "source", "split"):
            check_str(word, getattr(self, word))
        for word in ("sha256", "settings"):
            check_instance(word, getattr(self, word), Mapping, "a mapping of names to values")
        settle(self, classes=tuple(check_names("classes", self.classes)))
        if self.series is not None:
            check_instance("series", self.series, Series, "a Series or None")
        arrays = {}
        for part in ("train", "test"):
            x = _inputs(f"x_{part}", getattr(self, f"x_{part}"))
            arrays[f"x_{part}"] = x
            arrays[f"y_{part}"] = _targets(f"y_{part}", getattr(self, f"y_{part}"), x)
        for kind in "xy":
            train, test = arrays[f"{kind}_train"], arrays[f"{kind}_test"]
            if train.shape[1:] != test.shape[1:] or train.dtype != test.dtype:
                raise ValueError(
                    f"{kind}_train and {kind}_test must agree but for their length, got {train.dtype} "
                    f"{train.shape} and {test.dtype} {test.shape}"
                )
        if arrays["y_train"].ndim == 1:
            object.__setattr__(self, "classes", _classes(self.classes, arrays["y_train"], arrays["y_test"]))
        elif self.classes:
            raise ValueError(f"classes must be empty where y holds targets of shape (m, k), got {self.classes}")
        for name, array in arrays.items():
            array.setflags(write=False)
            object.__setattr__(self, name, array)

    @property
    def labelled(self) -> bool:
        """True where y holds labels, False where it holds targets."""
        return self.y_train.ndim == 1

    @cached_property
    def digest(self) -> str:
        """sha256 of the arrays, with their shapes and types."""
        found = hashlib.sha256()
        for array in (self.x_train, self.y_train, self.x_test, self.y_test):
            found.update(repr((array.shape, array.dtype.str)).encode())
            found.update(np.ascontiguousarray(array).data)
        return found.hexdigest()

    def astype(self, dtype: Any) -> Data:
        """The same with inputs and targets in float32 or float64. Raises ValueError for another type."""
        wanted = check_float_type("dtype", dtype)
        y: dict[str, Any] = {} if self.labelled else {k: getattr(self, k).astype(wanted) for k in ("y_train", "y_test")}
        return replace(self, x_train=self.x_train.astype(wanted), x_test=self.x_test.astype(wanted), **y)

    def reshaped(self, *shape: int) -> Data:
        """The same with inputs of shape (m, *shape), as in ``data.reshaped(784)`` for an MLP.

        Raises ValueError for a shape that holds another number of values.
        """
        if prod(check_integers("shape", shape, 1)) != prod(self.x_train.shape[1:]) or not shape:
            raise ValueError(f"shape must hold the values of {self.x_train.shape[1:]}, got {brief(shape)}")
        x: dict[str, Any] = {k: getattr(self, k).reshape(-1, *shape) for k in ("x_train", "x_test")}
        return replace(self, **x)

    def described(self) -> dict[str, Any]:
        """What a manifest says of it, in JSON types."""
        shapes = {"train": list(self.x_train.shape), "test": list(self.x_test.shape)}
        words = {k: getattr(self, k) for k in ("name", "source", "split")}
        return {**words, "shapes": shapes, "sha256": dict(self.sha256), "settings": dict(self.settings)}

    def __repr__(self) -> str:
        kind = f"{len(self.classes)} classes" if self.labelled else f"targets {self.y_train.shape[1:]}"
        sizes = f"{len(self.x_train)} + {len(self.x_test)}"
        return f"<Data {self.name}: {sizes} inputs {self.x_train.shape[1:]} {self.x_train.dtype}, {kind}>"


def stratified(labels: ArrayLike, test: int, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Indices (train, test), shuffled; each class gives its share of the `test` ones, to one place.

    Raises ValueError for a `test` that leaves either side empty.
    """
    y = check_array("labels", labels)
    if y.ndim != 1:
        raise ValueError(f"labels must have one axis, got shape {y.shape}")
    if not 0 < check_integer("test", test) < len(y):
        raise ValueError(f"test must lie between 1 and {len(y) - 1}, got {test}")
    rng = np.random.default_rng(check_seed("seed", seed))
    kinds, counts = np.unique(y, return_counts=True)
    share = counts * test / len(y)
    take = np.floor(share).astype(int)
    # what is missing falls to the largest remainders, the first of equals first
    take[np.argsort(take - share, kind="stable")[: test - take.sum()]] += 1
    held = [rng.permutation(np.flatnonzero(y == kind))[:k] for kind, k in zip(kinds, take, strict=True)]
    chosen = rng.permutation(np.concatenate(held))
    return rng.permutation(np.setdiff1d(np.arange(len(y)), chosen)), chosen


def unit(pixels: NDArray[Any], white: int = 255) -> NDArray[np.float32]:
    """Bytes as float32 in [0, 1], `white` as 1."""
    made: NDArray[np.float32] = np.divide(pixels, np.float32(white), dtype=np.float32)
    return made


def _real(name: str, value: Any) -> Array:
    if isinstance(value, np.ndarray) and value.dtype.kind == "b":
        return value
    return check_array(name, value)


def _inputs(name: str, value: Any) -> Array:
    x = _real(name, value)
    if x.ndim < 2 or x.size == 0:
        raise ValueError(f"{name} must have shape (m, ...) with m and all others at least 1, got shape {x.shape}")
    return _finite(name, x)


def _finite(name: str, array: Array) -> Array:
    # a view where the type fits: MNIST and more are not copied for a look
    made = np.ascontiguousarray(array, dtype=np.float64 if array.dtype == np.float64 else np.float32).view()
    if not np.isfinite(made).all():
        raise ValueError(f"{name} must be finite, got {made[~np.isfinite(made)][0]}")
    return made


def _targets(name: str, value: Any, x: Array) -> Array:
    y = _real(name, value)
    if y.ndim == 0 or len(y) != len(x):
        raise ValueError(f"{name} must have {len(x)} entries, one for each input, got shape {y.shape}")
    if y.ndim == 1 and y.dtype.kind in "iu":
        if y.min() < 0:
            raise ValueError(f"{name} must hold labels from 0, got {y.min()}")
        return np.ascontiguousarray(y, dtype=np.int64).view()
    if y.ndim == 1:
        raise ValueError(f"{name} must hold whole labels (m,) or targets (m, k), got {y.dtype} of shape {y.shape}")
    return _finite(name, y).astype(x.dtype, copy=False)


def _classes(given: tuple[str, ...], train: Array, test: Array) -> tuple[str, ...]:
    top = max(int(train.max()), int(test.max()))
    if not given:
        return tuple(str(k) for k in range(top + 1))
    if top >= len(given):
        raise ValueError(f"y must hold labels below {len(given)}, the number of classes, got {top}")
    return tuple(str(name) for name in given)
