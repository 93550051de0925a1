"""Convolution: of images side by side (`lanes`) as it stands, else as a matrix product of patches (im2col), a few
images at a time."""

from __future__ import annotations

from typing import Any

import numpy as np

from ngdm_lab.compiler.checks import brief, check_integer, check_integers, is_many
from ngdm_lab.nets import direct, winograd
from ngdm_lab.nets.initialise import glorot_uniform
from ngdm_lab.nets.kernel import kernel
from ngdm_lab.nets.matmul import matmul

from .activations import activate, add_bias, differentiate, resolve
from .base import Array, Layer, Shape, Spec

__all__ = ["Conv2D"]

NARROW = 16  # numbers under a row of the kernel below which a table is faster than short copies
IMAGE, PLACES, SIZES = "T[:, :, ::1]", "T[:, :, :, :, ::1]", ("int64",) * 5


@kernel("T[:, ::1]", "int32[::1]", "T[:, ::1]")
def gather_narrow(low, high, x, table, patches):  # type: ignore[no-untyped-def]
    """`gather` from a table of places in the flat image, -1 beyond the border; x and patches flat per image."""
    for b in range(low, high):
        image, to = x[b], patches[b]
        for e in range(table.shape[0]):
            place = np.uint32(max(table[e], np.int32(0)))
            to[e] = image[place] if table[e] >= np.int32(0) else 0.0


@kernel(IMAGE, PLACES, *SIZES)
def gather(low, high, x, patches, k1, k2, stride, top, left):  # type: ignore[no-untyped-def]
    """patches[b, i, j, p] = the k2 x channels numbers under row p of the kernel at (i, j), 0 beyond the border.

    x is (images, height, width channels), patches (images, out height, out width, k1, k2 channels). An item is a row
    of an image's places: number b out height + i.
    """
    height, rows, channels = x.shape[1], np.uint64(patches.shape[1]), patches.shape[4] // k2
    width = x.shape[2] // channels
    for item in range(low, high):
        b, i = np.int64(item // rows), np.int64(item % rows)
        for p in range(k1):
            row = i * stride + p - top
            inside = (row >= 0) & (row < height)
            line = x[b, row if inside else 0]
            for j in range(patches.shape[2]):
                column = j * stride - left
                start = max(0, -column) * channels
                stop = max(start, min(k2, width - column) * channels) if inside else start
                whole = patches[b, i, j, p]
                if stop - start < whole.shape[0]:
                    for c in range(whole.shape[0]):
                        whole[c] = 0.0
                to = whole[start:stop]
                source = line[column * channels + start : column * channels + stop]
                for c in range(source.shape[0]):
                    to[c] = source[c]


@kernel(PLACES, IMAGE, *SIZES)
def scatter(low, high, patches, dx, k1, k2, stride, top, left):  # type: ignore[no-untyped-def]
    """The transpose of `gather`: dx = the sum of what each patch says of an input.

    An item is a row of an image: number b height + row.
    """
    height, channels = np.uint64(dx.shape[1]), patches.shape[4] // k2
    width = dx.shape[2] // channels
    for item in range(low, high):
        b, row = np.int64(item // height), np.int64(item % height)
        line = dx[b, row]
        for c in range(line.shape[0]):
            line[c] = 0.0
        for back in range(k1):  # rows of places from above: those that this row lies under
            p = k1 - 1 - back
            i = (row + top - p) // stride
            if i >= 0 and i < patches.shape[1] and i * stride + p - top == row:
                for j in range(patches.shape[2]):
                    column = j * stride - left
                    start = max(0, -column) * channels
                    stop = max(start, min(k2, width - column) * channels)
                    source = patches[b, i, j, p, start:stop]
                    to = line[column * channels + start : column * channels + stop]
                    for c in range(source.shape[0]):
                        to[c] += source[c]


@kernel("T[::1]", "T[::1]")
def add(low, high, x, total):  # type: ignore[no-untyped-def]
    """total <- total + x."""
    for i in range(low, high):
        total[i] += x[i]


class Conv2D(Layer):
    """Eqs. 11 to 13: y = phi(I * K + b), (I * K)_ij = sum over p, q of I_(i+p, j+q) K_pq (a correlation).

    Parameters
    ----------
    filters : number of neurons (output channels).
    size : side of the kernel, or (height, width).
    stride : step between places, the same in both directions.
    padding : zeros around the image: "valid" for none, "same" for height and width divided by the stride, rounded up
        (the odd row and column below and to the right, as TensorFlow does), or a number for each side.
    activation : "relu", "tanh", "sigmoid" or None.

    Raises
    ------
    ValueError, TypeError
        For sizes below 1, an unknown padding or activation; in a model, for images smaller than the kernel.

    Notes
    -----
    Samples are (height, width, channels). weight (k1, k2, channels, filters): all numbers with one last index are the
    weight vector w_k of neuron k; bias (filters,). 3 x 3 kernels on images side by side are convolved by Winograd's
    scheme (`winograd`) where there are 16 or more channels and filters: errors are a few units of rounding larger, and
    a NaN in an image reaches results beside those whose kernel lies over it.
    """

    kind = "conv"

    @property
    def lanes(self) -> bool:  # type: ignore[override]
        """Whether it takes images side by side: not those that a stride leaves places of out."""
        return self.stride == 1

    def __init__(
        self,
        filters: int,
        size: int | tuple[int, int] = 3,
        *,
        stride: int = 1,
        padding: str | int = "valid",
        activation: str | None = None,
    ) -> None:
        self.filters = check_integer("filters", filters, 1)
        sides = check_integers("size", size, 1) if is_many(size) else [check_integer("size", size, 1)] * 2
        if len(sides) != 2:
            raise ValueError(f"size must be a number or a pair (height, width), got {brief(size)}")
        self.size = sides[0], sides[1]
        self.stride = check_integer("stride", stride, 1)
        if isinstance(padding, str) and padding not in ("valid", "same"):
            raise ValueError(f'padding must be "valid", "same" or a whole number, got {brief(padding)}')
        self.padding = padding if isinstance(padding, str) else check_integer("padding", padding, 0)
        self.activation = resolve(activation)

    def build(self, shape: Shape) -> Shape:
        if len(shape) != 3:
            raise ValueError(f"Conv2D takes samples of shape (height, width, channels), got {shape}")
        out, before = [], []
        for n, k in zip(shape[:2], self.size, strict=True):
            if self.padding == "same":
                places = -(-n // self.stride)
                start = max(0, (places - 1) * self.stride + k - n) // 2
            else:
                start = 0 if isinstance(self.padding, str) else self.padding
                places = (n + 2 * start - k) // self.stride + 1
            if places < 1:
                raise ValueError(f"Conv2D: a kernel of {self.size} does not fit into images of {shape[:2]}")
            out.append(places)
            before.append(start)
        self.input, self.shape = shape, (out[0], out[1], self.filters)
        self.fan = self.size[0] * self.size[1] * shape[2]
        self.corner = before[0], before[1]
        self.sizes = (*self.size, self.stride, *self.corner)
        self.images = max(1, self.device.patches // (out[0] * out[1]))
        self.table = self.device.array(self._table()) if self.size[1] * shape[2] < NARROW else None
        return self.shape

    def _table(self) -> Array:
        """For each number of an image's patches its place in the flat image, -1 beyond the border."""
        height, width, channels = self.input
        i, j, p, q, c = np.ogrid[: self.shape[0], : self.shape[1], : self.size[0], : self.size[1], :channels]
        row, column = i * self.stride + p - self.sizes[3], j * self.stride + q - self.sizes[4]
        inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
        places: Array = np.where(inside, (row * width + column) * channels + c, -1)
        return places.astype(np.int32).ravel()

    def parameters(self) -> dict[str, Spec]:
        weight = (*self.size, self.input[2], self.filters)
        return {"weight": (weight, "weight"), "bias": ((self.filters,), "bias")}

    def initialise(self, rng: np.random.Generator) -> None:
        """Glorot uniform, zero bias."""
        glorot_uniform(self.p["weight"], rng)
        self.p["bias"][...] = 0.0

    def _patches(self, x: Array) -> tuple[Array, Array]:
        """The patches of some images, by places and as a matrix."""
        height, width, _ = self.shape
        places = self.room("patches", (len(x), height, width, self.size[0], self.size[1] * self.input[2]))
        if self.table is None:
            gather(len(x) * height, _lines(x), places, *self.sizes)
        else:
            gather_narrow(len(x), x.reshape(len(x), -1), self.table, places.reshape(len(x), -1))
        return places, places.reshape(-1, self.fan)

    def forward(self, x: Array, training: bool, key: Any = (0, 0)) -> Array:
        if x.ndim == 5:
            return self._forward_lanes(x)
        self.x, self.y = x, self.room("y", (len(x), *self.shape))
        weight = self.p["weight"].reshape(self.fan, self.filters)
        for at in range(0, len(x), self.images):
            part = self.y[at : at + self.images].reshape(-1, self.filters)
            matmul(self._patches(x[at : at + self.images])[1], weight, part)
            add_bias(self.activation, part, self.p["bias"])
        return self.y

    def _forward_lanes(self, x: Array) -> Array:
        self.x, self.y = x, self.room("y", (len(x), *self.shape, x.shape[-1]))
        floor = 0.0 if self.activation == "relu" else -np.inf
        self._convolve(x, self.p["weight"], self.p["bias"], self.y, self.corner, floor)
        if self.activation != "relu":
            activate(self.activation, self.y, self.y)
        return self.y

    def _backward_lanes(self, dy: Array, wanted: bool) -> Array | None:
        weight, (k1, k2), (top, left) = self.p["weight"], self.size, self.corner
        differentiate(self.activation, self.y, dy)
        parts = self.room("parts", (min(direct.PARTS, len(dy)), *weight.shape))
        direct.correlate(self.x, dy, parts, self.g["weight"], self.corner)
        lanes = self.room("lanes", (self.filters * dy.shape[-1],))
        matmul(self.ones(dy.size // lanes.size), dy.reshape(-1, lanes.size), lanes)
        np.sum(lanes.reshape(self.filters, -1), axis=1, out=self.g["bias"])
        if not wanted:
            return None
        dx, turned = self.room("dx", self.x.shape), self.room("turned", (k1, k2, self.filters, self.input[2]))
        turned[...] = weight[::-1, ::-1].swapaxes(2, 3)
        self._convolve(dy, turned, self.room("no bias", self.input[2:]), dx, (k1 - 1 - top, k2 - 1 - left), -np.inf)
        return dx

    def _convolve(self, x: Array, weight: Array, bias: Array, y: Array, corner: tuple[int, int], floor: float) -> None:
        if winograd.suits(weight):
            winograd.convolve(x, weight, bias, y, corner, self.room, floor)
        else:
            direct.convolve(x, weight, bias, y, corner, floor)

    def backward(self, dy: Array, wanted: bool = True) -> Array | None:
        if dy.ndim == 5:
            return self._backward_lanes(dy, wanted)
        weight = self.p["weight"].reshape(self.fan, self.filters)
        total, part = self.g["weight"].reshape(weight.shape), self.room("part", weight.shape)
        dx = self.room("dx", self.x.shape) if wanted else None
        turned = self.room("turned", weight.shape[::-1])
        turned[...] = weight.T  # once for all parts, so that rows lie together
        for at in range(0, len(dy), self.images):
            here = slice(at, at + self.images)
            rows = dy[here].reshape(-1, self.filters)
            differentiate(self.activation, self.y[here], rows)
            places, patches = self._patches(self.x[here])
            matmul(patches.T, rows, total if at == 0 else part)  # Eq. 13
            if at:
                add(part.size, part.reshape(-1), total.reshape(-1))
            if dx is not None:
                matmul(rows, turned, patches)
                part_dx = _lines(dx[here])
                scatter(part_dx.shape[0] * part_dx.shape[1], places, part_dx, *self.sizes)
        matmul(self.ones(dy.size // self.filters), dy.reshape(-1, self.filters), self.g["bias"])
        return dx


def _lines(images: Array) -> Array:
    """Images (B, height, width, channels) as (B, height, width channels)."""
    return images.reshape(*images.shape[:2], -1)
