"""Max pooling of images."""

from __future__ import annotations

from typing import Any

import numpy as np

from ngdm_lab.compiler.checks import check_integer
from ngdm_lab.nets.kernel import kernel

from .base import Array, Layer, Shape

__all__ = ["MaxPool2D"]


NARROW = 16  # channels below which a table of places is faster than loops over them


def beats(v, best):  # type: ignore[no-untyped-def]
    """Whether v is larger, or NaN."""
    return (v > best) | (v != v)


@kernel("T[:, ::1]", "int32[::1]", "int32[::1]", "T[:, ::1]", "int32[:, ::1]")
def pool_narrow(low, high, x, corners, shifts, y, places):  # type: ignore[no-untyped-def]
    """`pool` from the places of the windows' corners in the flat image, and of the others from there; all flat."""
    for b in range(low, high):
        image, best, place = x[b], y[b], places[b]
        for e in range(corners.shape[0]):
            at = corners[e]
            most = image[np.uint32(at)]
            for s in range(1, shifts.shape[0]):
                here = np.int32(corners[e] + shifts[s])
                v = image[np.uint32(here)]
                more = beats(v, most)
                most = v if more else most
                at = here if more else at
            best[e] = most
            place[e] = at


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
                        more = beats(v, best[c])
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

    Raises
    ------
    ValueError, TypeError
        For numbers below 1; in a model, for images smaller than a window.

    Notes
    -----
    Samples are (height, width, channels). The derivative goes to the first maximum of a window.
    """

    kind, lanes = "pool", True

    def __init__(self, size: int = 2, stride: int | None = None) -> None:
        self.size = check_integer("size", size, 1)
        self.stride = check_integer("stride", self.size if stride is None else stride, 1)

    def build(self, shape: Shape) -> Shape:
        if len(shape) != 3 or min(shape[:2]) < self.size:
            wanted = f"(height, width, channels) with height and width of at least {self.size}"
            raise ValueError(f"MaxPool2D takes samples of shape {wanted}, got {shape}")
        height, width = ((n - self.size) // self.stride + 1 for n in shape[:2])
        self.shape = (height, width, shape[2])
        self.table = self._table(shape) if shape[2] < NARROW and self.device.name == "cpu" else None
        return self.shape

    def _table(self, shape: Shape) -> tuple[Array, Array]:
        """Places in the flat image: of each window's corner, and of a window's numbers from its corner."""
        height, width, channels = self.shape
        i, j, c = np.ogrid[:height, :width, :channels]
        corners = ((i * shape[1] + j) * self.stride * channels + c).astype(np.int32)
        p, q = np.ogrid[: self.size, : self.size]
        return corners.ravel(), ((p * shape[1] + q) * channels).astype(np.int32).ravel()

    def forward(self, x: Array, training: bool, key: Any = (0, 0)) -> Array:
        self.input, side = x.shape, x.shape[4:]
        shape = (len(x), *self.shape, *side)
        y, self.places = self.room("y", shape), self.room("places", shape, np.int32)
        if self.table is None or side:  # numbers of images side by side are channels beside each other
            whole = (array.reshape(*array.shape[:3], -1) for array in (y, self.places))
            pool(len(x) * shape[1], x.reshape(*x.shape[:3], -1), self.size, self.stride, *whole)
        else:
            flat = (array.reshape(len(x), -1) for array in (y, self.places))
            pool_narrow(len(x), x.reshape(len(x), -1), *self.table, *flat)
        return y

    def backward(self, dy: Array, wanted: bool = True) -> Array | None:
        if not wanted:
            return None
        dx = self.room("dx", self.input)
        pool_back(len(dy), *(part.reshape(len(dy), -1) for part in (dy, self.places, dx)))
        return dx
