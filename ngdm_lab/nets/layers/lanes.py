"""Images side by side: a batch (B, height, width, channels) as (blocks, height, width, channels, lanes).

So many images as numbers fit into a vector of 64 bytes are a block, one to a lane, and layers work on vectors whatever
the shape of images and kernels. Where B is no multiple, the last block has idle lanes; in them derivatives are 0 and
nothing else counts.

`path` puts the two layers here around each stretch of a model's layers that take such batches.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import numpy as np

from ngdm_lab.nets.kernel import kernel
from ngdm_lab.nets.matmul import wide
from ngdm_lab.nets.tiles import BYTES

from .base import Array, Layer
from .conv2d import Conv2D

__all__ = ["Apart", "SideBySide", "lanes", "path", "suits"]

IDLE = 1.5  # places of a batch's lanes over its images, above which too many would be idle


def lanes(dtype: Any) -> int:
    """Images in a block."""
    return int(BYTES // np.dtype(dtype).itemsize)


def suits(batch: int, dtype: Any) -> bool:
    """Whether so many images go side by side here: there are enough of them, and vectors are long."""
    blocks = -(-batch // lanes(dtype))
    return wide() and blocks * lanes(dtype) <= IDLE * batch


def path(layers: Sequence[Layer], dtype: Any) -> list[Layer]:
    """The layers with `SideBySide` and `Apart` around each stretch that takes images side by side and convolves."""
    made: list[Layer] = []
    for together, group in groupby(layers, _takes):
        stretch = list(group)
        if together and any(isinstance(layer, Conv2D) for layer in stretch):
            ends = SideBySide(), Apart()
            for end in ends:
                end.bind({}, {}, dtype, 0)
            stretch = [ends[0], *stretch, ends[1]]
        made += stretch
    return made


def _takes(layer: Layer) -> bool:
    """Whether a layer takes them: where a class has another `forward` than the one that says so, it may not."""
    own = next(made for made in type(layer).__mro__ if "forward" in vars(made))
    return "lanes" in vars(own) and layer.lanes


@kernel("T[:, ::1]", "T[:, :, ::1]")
def put_together(low, high, x, y):  # type: ignore[no-untyped-def]
    """y[b, e, l] = x[b lanes + l, e], 0 in idle lanes; blocks low to high, flat images."""
    for b in range(low, high):
        first = b * np.uint64(y.shape[2])
        for l in range(y.shape[2]):  # noqa: E741
            alive = first + l < x.shape[0]
            image = x[first + l if alive else 0]
            for e in range(y.shape[1]):
                y[b, e, l] = image[e] if alive else 0.0


@kernel("T[:, :, ::1]", "T[:, ::1]")
def take_apart(low, high, x, y):  # type: ignore[no-untyped-def]
    """y[b lanes + l, e] = x[b, e, l]; images low to high, flat."""
    for image in range(low, high):
        b, l = image // np.uint64(x.shape[2]), image % np.uint64(x.shape[2])  # noqa: E741
        for e in range(x.shape[1]):
            y[image, e] = x[b, e, l]


class SideBySide(Layer):
    """Images put side by side; their derivatives taken apart."""

    kind = "lanes"

    def forward(self, x: Array, training: bool, key: Any = (0, 0)) -> Array:
        width = lanes(self.dtype)
        self.input, y = x.shape, self.room("y", (-(-len(x) // width), *x.shape[1:], width))
        put_together(len(y), x.reshape(len(x), -1), y.reshape(len(y), -1, width))
        return y

    def backward(self, dy: Array, wanted: bool = True) -> Array | None:
        if not wanted:
            return None
        dx = self.room("dx", self.input)
        take_apart(len(dx), dy.reshape(len(dy), -1, dy.shape[-1]), dx.reshape(len(dx), -1))
        return dx


class Apart(Layer):
    """Images taken apart; their derivatives put side by side."""

    kind = "apart"

    def forward(self, x: Array, training: bool, key: Any = (0, 0)) -> Array:
        self.input, y = x.shape, self.room("y", (self.batch, *x.shape[1:-1]))
        take_apart(len(y), x.reshape(len(x), -1, x.shape[-1]), y.reshape(len(y), -1))
        return y

    def backward(self, dy: Array, wanted: bool = True) -> Array | None:
        dx = self.room("dx", self.input)
        put_together(len(dx), dy.reshape(len(dy), -1), dx.reshape(len(dx), -1, dx.shape[-1]))
        return dx
