"""Dropout from a counter-based generator: a mask depends on seed, layer, step and place alone."""

from __future__ import annotations

import numpy as np

from ngdm_lab.compiler.checks import check_number
from ngdm_lab.compiler.random import bits
from ngdm_lab.nets.kernel import kernel

from .base import Array, Layer

__all__ = ["Dropout"]

STREAM = 3  # beside the streams of ngdm_lab.compiler.random


@kernel("T[::1]", "T[::1]", "T[::1]", "uint64", "uint64", "uint64", "uint64", "uint64", "T")
def drop(low, high, x, mask, y, seed, stream, layer, step, limit, scale):  # type: ignore[no-untyped-def]
    """y = mask x, where mask_i = scale when 63 random bits are below the limit, else 0."""
    for i in range(low, high):
        kept = bits(seed, stream, layer, step, i) >> np.uint64(1) < limit
        mask[i] = scale if kept else 0.0
        y[i] = mask[i] * x[i]


@kernel("T[::1]", "T[::1]")
def multiply(low, high, mask, dy):  # type: ignore[no-untyped-def]
    """dy <- mask dy."""
    for i in range(low, high):
        dy[i] = mask[i] * dy[i]


class Dropout(Layer):
    """In training each number is set to 0 with probability `rate`, else divided by 1 - rate (Srivastava et al. 2014).

    Parameters
    ----------
    rate : in [0, 1).

    Raises
    ------
    ValueError, TypeError
        For a rate outside this range.
    """

    kind = "dropout"

    def __init__(self, rate: float) -> None:
        self.rate = check_number("rate", rate, least=0, below=1)

    def forward(self, x: Array, training: bool, key: tuple[int, int]) -> Array:
        self.active = training and self.rate > 0.0
        if not self.active:
            return x
        mask, y = self.room("mask", x.shape), self.room("y", x.shape)
        keep = 1.0 - self.rate
        flat = x.reshape(-1), mask.reshape(-1), y.reshape(-1)
        drop(x.size, *flat, key[0], STREAM, self.number, key[1], int(keep * 2**63), 1.0 / keep)
        return y

    def backward(self, dy: Array, wanted: bool = True) -> Array:
        if self.active:
            multiply(dy.size, self.room("mask", dy.shape).reshape(-1), dy.reshape(-1))
        return dy
