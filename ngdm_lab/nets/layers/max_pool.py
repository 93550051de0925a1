"""Max pooling of images."""

from __future__ import annotations

from typing import Any

import numpy as np

from landscapes.checks import check_integer
from ngdm_lab.nets.kernel import kernel

from .base import Array, Layer, Shape

__all__ = ["MaxPool2D"]


@kernel("T[:, :, :, ::1]", "int64", "int64", "T[:, :, :, ::1]", "uint8[:, :, :, ::1]")
def pool(low, high, x, size, stride, y, place):  # type: ignore[no-untyped-def]
    """y = the windows' maxima (NaN if there is one) and where they stand, the first of equals; images low to high."""
    for b in range(low, high):
        for i in range(y.shape[1]):
            for j in range(y.shape[2]):
                best, at = y[b, i, j], place[b, i, j]
                first = x[b, i * stride, j * stride]
                for c in range(best.shape[0]):
                    best[c] = first[c]
                    at[c] = 0
                for k in range(1, size * size):
                    row = x[b, i * stride + k // size, j * stride + k % size]
                    for c in range(best.shape[0]):
                        v = row[c]
                        more = (v > best[c]) | (v != v)
                        best[c] = v if more else best[c]
                        at[c] = k if more else at[c]


@kernel("T[:, :, :, ::1]", "uint8[:, :, :, ::1]", "int64", "int64", "T[:, :, :, ::1]")
def pool_back(low, high, dy, place, size, stride, dx):  # type: ignore[no-untyped-def]
    """dx = dy at the maxima's places, summed where windows overlap; images low to high."""
    for b in range(low, high):
        flat = dx[b].reshape(dx[b].size)
        for i in range(flat.shape[0]):
            flat[i] = 0.0
        for i in range(dy.shape[1]):
            for j in range(dy.shape[2]):
                d, at = dy[b, i, j], place[b, i, j]
                for k in range(size * size):
                    row = dx[b, i * stride + k // size, j * stride + k % size]
                    for c in range(d.shape[0]):
                        row[c] += d[c] if at[c] == k else 0.0


class MaxPool2D(Layer):
    """The maximum over windows of size x size; rows and columns that no window covers are left out.

    Parameters
    ----------
    size : side of a window, 1 to 16.
    stride : step from one to the next, by default `size`.

    Notes
    -----
    Samples are (height, width, channels). The derivative goes to the first maximum of a window.
    """

    kind = "pool"

    def __init__(self, size: int = 2, stride: int | None = None) -> None:
        self.size = check_integer("size", size, 1, 16)  # places are kept as uint8
        self.stride = check_integer("stride", self.size if stride is None else stride, 1)

    def build(self, shape: Shape) -> Shape:
        if len(shape) != 3 or min(shape[:2]) < self.size:
            wanted = f"(height, width, channels) with height and width of at least {self.size}"
            raise ValueError(f"MaxPool2D takes samples of shape {wanted}, got {shape}")
        height, width = ((n - self.size) // self.stride + 1 for n in shape[:2])
        self.shape = (height, width, shape[2])
        return self.shape

    def forward(self, x: Array, training: bool, key: Any = (0, 0)) -> Array:
        self.input = x.shape
        shape = (len(x), *self.shape)
        y, self.place = self.room("y", shape), self.room("place", shape, np.uint8)
        pool(len(x), x, self.size, self.stride, y, self.place)
        return y

    def backward(self, dy: Array, wanted: bool = True) -> Array | None:
        if not wanted:
            return None
        dx = self.room("dx", self.input)
        pool_back(len(dy), dy, self.place, self.size, self.stride, dx)
        return dx
