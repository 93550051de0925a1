"""Max pooling of images."""

from __future__ import annotations

from typing import Any

import numpy as np

from landscapes.checks import check_integer
from ngdm_lab.nets.kernel import kernel

from .base import Array, Layer, Shape

__all__ = ["MaxPool2D"]


@kernel("T[:, :, :, ::1]", "int64", "int64", "T[:, :, :, ::1]", "int32[:, :, :, ::1]")
def pool(low, high, x, size, stride, y, places):  # type: ignore[no-untyped-def]
    """y = the windows' maxima (NaN if there is one) and their places in the flat image, the first of equals.

    An item is a row of an image's windows: number b out height + i.
    """
    width, channels, rows = x.shape[2], x.shape[3], np.uint64(y.shape[1])
    for item in range(low, high):
        b, i = np.int64(item // rows), np.int64(item % rows)
        for j in range(y.shape[2]):
            best, place = y[b, i, j], places[b, i, j]
            corner = x[b, i * stride, j * stride]
            at = np.int32((i * stride * width + j * stride) * channels)
            for c in range(best.shape[0]):
                best[c] = corner[c]
                place[c] = at + c
            for p in range(size):
                for q in range(size):
                    row = x[b, i * stride + p, j * stride + q]
                    here = np.int32(at + (p * width + q) * channels)
                    for c in range(best.shape[0]):
                        v = row[c]
                        more = (v > best[c]) | (v != v)
                        best[c] = v if more else best[c]
                        place[c] = np.int32(here + c) if more else place[c]


@kernel("T[:, ::1]", "int32[:, ::1]", "T[:, ::1]")
def pool_back(low, high, dy, places, dx):  # type: ignore[no-untyped-def]
    """dx = dy at the maxima's places, summed where windows overlap; images low to high, flat."""
    for b in range(low, high):
        image, place, d = dx[b], places[b], dy[b]
        for i in range(image.shape[0]):
            image[i] = 0.0
        for e in range(d.shape[0]):
            image[np.uint32(place[e])] += d[e]


class MaxPool2D(Layer):
    """The maximum over windows of size x size; rows and columns that no window covers are left out.

    Parameters
    ----------
    size : side of a window.
    stride : step from one to the next, by default `size`.

    Notes
    -----
    Samples are (height, width, channels). The derivative goes to the first maximum of a window.
    """

    kind = "pool"

    def __init__(self, size: int = 2, stride: int | None = None) -> None:
        self.size = check_integer("size", size, 1)
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
        y, self.places = self.room("y", shape), self.room("places", shape, np.int32)
        pool(len(x) * shape[1], x, self.size, self.stride, y, self.places)
        return y

    def backward(self, dy: Array, wanted: bool = True) -> Array | None:
        if not wanted:
            return None
        dx = self.room("dx", self.input)
        pool_back(len(dy), *(part.reshape(len(dy), -1) for part in (dy, self.places, dx)))
        return dx
