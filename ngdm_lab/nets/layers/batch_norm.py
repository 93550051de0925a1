"""Batch normalisation over all axes but the last."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from ngdm_lab.compiler.checks import check_number
from ngdm_lab.nets.kernel import kernel

from .base import Array, Layer, Shape, Spec

__all__ = ["BatchNorm"]


@kernel("T[:, ::1]", "float64[:, ::1]")
def column_moments(low, high, x, sums):  # type: ignore[no-untyped-def]
    """sums[0] = mean, sums[1] = biased variance of the columns low to high, in float64 around the first row."""
    m = x.shape[0]
    for j in range(low, high):
        sums[0, j] = 0.0
        sums[1, j] = 0.0
    for i in range(m):
        for j in range(low, high):
            d = np.float64(x[i, j]) - np.float64(x[0, j])
            sums[0, j] += d
            sums[1, j] += d * d
    for j in range(low, high):
        shift = sums[0, j] / m
        variance = sums[1, j] / m - shift * shift
        sums[0, j] = shift + np.float64(x[0, j])
        sums[1, j] = 0.0 if variance < 0.0 else variance  # NaN stays


@kernel("T[:, ::1]", "T[::1]", "T[::1]", "T[::1]", "T[:, ::1]")
def normalise(low, high, x, mean, scale, beta, y):  # type: ignore[no-untyped-def]
    """y = (x - mean) scale + beta, rows low to high."""
    for i in range(low, high):
        for j in range(x.shape[1]):
            y[i, j] = (x[i, j] - mean[j]) * scale[j] + beta[j]


@kernel("T[:, ::1]", "T[:, ::1]", "T[::1]", "float64[:, ::1]")
def column_products(low, high, dy, x, mean, sums):  # type: ignore[no-untyped-def]
    """sums[0] = sum dy, sums[1] = sum dy (x - mean), columns low to high, in float64."""
    for j in range(low, high):
        sums[0, j] = 0.0
        sums[1, j] = 0.0
    for i in range(x.shape[0]):
        for j in range(low, high):
            d = np.float64(dy[i, j])
            sums[0, j] += d
            sums[1, j] += d * np.float64(x[i, j] - mean[j])


@kernel("T[:, ::1]", "T[:, ::1]", "T[::1]", "T[::1]", "T[::1]", "T[::1]")
def normalise_back(low, high, dy, x, mean, scale, slope, shift):  # type: ignore[no-untyped-def]
    """dy <- scale (dy - shift - slope (x - mean)), rows low to high."""
    for i in range(low, high):
        for j in range(x.shape[1]):
            dy[i, j] = scale[j] * (dy[i, j] - shift[j] - slope[j] * (x[i, j] - mean[j]))


class BatchNorm(Layer):
    """y = gamma (x - mean) / sqrt(variance + eps) + beta, for each channel (Ioffe and Szegedy 2015).

    In training mean and (biased) variance are the batch's, and the running ones move by
    running <- momentum running + (1 - momentum) batch, with the unbiased variance; else they are the running ones.

    Parameters
    ----------
    momentum : in [0, 1). Keras' 0.99 needs some 500 steps before the running statistics mean anything, more than many
        runs at this size have; 0.9 is PyTorch's default (there written 0.1).
    eps : > 0; Keras' default.

    Raises
    ------
    ValueError, TypeError
        For values outside these ranges.

    Notes
    -----
    gamma (channels,), beta (channels,), of kind "norm"; buffers mean and variance.
    """

    kind, lanes = "bn", True

    def __init__(self, momentum: float = 0.9, eps: float = 1e-3) -> None:
        self.momentum = check_number("momentum", momentum, least=0, below=1)
        self.eps = check_number("eps", eps, above=0)

    def build(self, shape: Shape) -> Shape:
        self.channels = shape[-1]
        # numbers of each channel in a sample; 0 where samples differ in that
        self.places = 0 if None in shape else prod(shape[:-1])
        return shape

    def parameters(self) -> dict[str, Spec]:
        return {"gamma": ((self.channels,), "norm"), "beta": ((self.channels,), "norm")}

    def bind(self, parameters: dict[str, Array], gradients: dict[str, Array], dtype: Any, number: int) -> None:
        super().bind(parameters, gradients, dtype, number)
        zeros = self.device.zeros
        self.running = {"mean": zeros(self.channels, dtype), "variance": zeros(self.channels, dtype) + 1}
        self.sums = zeros((2, self.channels))
        self.mean, self.scale, self.slope, self.shift = zeros((4, self.channels), dtype)

    @property
    def buffers(self) -> dict[str, Array]:
        return self.running

    def initialise(self, rng: np.random.Generator) -> None:
        """gamma 1, beta 0, running mean 0 and variance 1."""
        self.p["gamma"][...], self.p["beta"][...] = 1.0, 0.0
        self.running["mean"][...], self.running["variance"][...] = 0.0, 1.0

    def forward(self, x: Array, training: bool, key: Any = (0, 0)) -> Array:
        self.side, self.training = (x.shape[4] if x.ndim == 5 else 1), training
        self.x = self._rows(x)
        self.count = self.batch * x.shape[1] * x.shape[2] if x.ndim == 5 else len(self.x)
        if training:
            m = self.count
            self._moments()
            for name, moment, factor in zip(("mean", "variance"), self.sums, (1.0, m / max(m - 1, 1)), strict=True):
                self.running[name] *= self.momentum
                self.running[name] += (1.0 - self.momentum) * factor * moment
        else:
            self.sums[0], self.sums[1] = self.running["mean"], self.running["variance"]
        self.mean[...] = self.sums[0]
        self.inverse = 1.0 / np.sqrt(self.sums[1] + self.eps)
        self.scale[...] = self.p["gamma"] * self.inverse
        y = self.room("y", x.shape)
        normalise(len(self.x), self.x, *self._columns("mean", "scale", "beta"), self._rows(y))
        return y

    def backward(self, dy: Array, wanted: bool = True) -> Array | None:
        rows, columns = self._rows(dy), self.x.shape[1]
        sums = self.sums if self.side == 1 else self.room("sums", (2, columns), np.float64)
        column_products(columns, rows, self.x, *self._columns("mean"), sums)
        if self.side > 1:
            np.sum(sums.reshape(2, -1, self.side), axis=2, out=self.sums)
        self.g["beta"][...] = self.sums[0]
        self.g["gamma"][...] = self.sums[1] * self.inverse
        if not wanted:
            return None
        batch = 1.0 / self.count if self.training else 0.0  # running statistics are constants
        self.shift[...] = batch * self.sums[0]
        self.slope[...] = batch * self.sums[1] * self.inverse**2
        normalise_back(len(rows), rows, self.x, *self._columns("mean", "scale", "slope", "shift"))
        if self.side > 1 and self.batch % self.side:
            dy[-1, ..., self.batch % self.side :] = 0.0  # idle lanes
        return dy

    def _rows(self, x: Array) -> Array:
        """A row for each place; of images side by side it has a column for each lane of a channel."""
        return x.reshape(-1, self.channels * self.side)

    def _columns(self, *names: str) -> list[Array]:
        """Numbers of the channels, for each column."""
        values = [self.p[name] if name == "beta" else getattr(self, name) for name in names]
        if self.side == 1:
            return values
        wide = self.room("columns", (len(names), self.channels, self.side))
        for row, value in zip(wide, values, strict=True):
            row[...] = value[:, None]
        return list(wide.reshape(len(names), -1))

    def _moments(self) -> None:
        """Mean and variance of each channel, over the lanes that are not idle, to `sums`."""
        if self.side == 1:
            column_moments(self.channels, self.x, self.sums)
            return
        full = self.batch // self.side * (len(self.x) // -(-self.batch // self.side))  # rows without idle lanes
        both, parts = ((self.x[:full], self.side), (self.x[full:], self.batch % self.side)), []
        for (rows, live), moments in zip(both, self.room("moments", (2, 2, self.x.shape[1]), np.float64), strict=True):
            if len(rows):
                column_moments(len(moments[0]), rows, moments)
                parts.append((len(rows) / self.count, *moments.reshape(2, -1, self.side)[..., :live]))
        self.sums[0] = sum(share * means.sum(axis=1) for share, means, _ in parts)
        for _, means, variances in parts:
            means -= self.sums[0][:, None]
            means *= means
            variances += means
        self.sums[1] = sum(share * variances.sum(axis=1) for share, _, variances in parts)
