"""Flatten: samples as vectors."""

from __future__ import annotations

from math import prod
from typing import Any

from .base import Array, Layer, Shape

__all__ = ["Flatten"]


class Flatten(Layer):
    """Samples of any shape as vectors, in C order; a view."""

    kind = "flatten"

    def build(self, shape: Shape) -> Shape:
        self.shape = shape
        return (prod(shape),)

    def forward(self, x: Array, training: bool, key: Any = (0, 0)) -> Array:
        return x.reshape(len(x), -1)

    def backward(self, dy: Array, wanted: bool = True) -> Array:
        return dy.reshape(len(dy), *self.shape)
