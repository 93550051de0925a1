"""What SimpleRNN, LSTM and GRU have in common: sequences, time-major memory, truncation."""

from __future__ import annotations

from typing import Any

import numpy as np

from ngdm_lab.compiler.checks import check_flag, check_integer
from ngdm_lab.nets.initialise import glorot_uniform, orthogonal
from ngdm_lab.nets.kernel import kernel
from ngdm_lab.nets.matmul import matmul

from .base import Array, Layer, Shape, Spec

__all__ = ["Recurrent", "add"]


@kernel("T[::1]", "T[::1]")
def add(low, high, x, total):  # type: ignore[no-untyped-def]
    """total <- total + x."""
    for i in range(low, high):
        total[i] += x[i]


class Recurrent(Layer):
    """A state h(n) from the input x(n) and h(n - 1), h = 0 before the first step.

    Meant by Eq. 14, which has the previous input where h(n - 1) belongs (erratum E15): see `SimpleRNN`.

    Parameters
    ----------
    units : size H of the state.
    sequences : whether the result is every h (B, T, H), or the last one (B, H).
    truncate : None for full back-propagation through time, or k: sequences are cut into pieces of k steps, counted from
        the end, and the derivative by the state does not pass from a piece to the one before it. (With the last h
        alone, only the last k steps are differentiated.)

    Raises
    ------
    ValueError, TypeError
        For units or a truncation below 1; in a model, for samples that are not (steps, features).

    Notes
    -----
    weight (features, gates H), recurrent (H, gates H), bias (gates H). In memory steps come first, so that the product
    with `weight` and all derivatives by parameters are one matrix product each over all steps.
    """

    gates = 1

    def __init__(self, units: int, *, sequences: bool = False, truncate: int | None = None) -> None:
        self.units, self.sequences = check_integer("units", units, 1), check_flag("sequences", sequences)
        self.sequences = bool(sequences)
        self.truncate = None if truncate is None else check_integer("truncate", truncate, 1)

    def build(self, shape: Shape) -> Shape:
        if len(shape) != 2:
            raise ValueError(f"{type(self).__name__} takes samples of shape (steps, features), got {shape}")
        self.features = shape[1]
        return (shape[0], self.units) if self.sequences else (self.units,)

    def parameters(self) -> dict[str, Spec]:
        width = self.gates * self.units
        return {
            "weight": ((self.features, width), "weight"),
            "recurrent": ((self.units, width), "weight"),
            "bias": ((width,), "bias"),
        }

    def initialise(self, rng: np.random.Generator) -> None:
        """Glorot uniform kernel, orthogonal recurrent kernel, zero bias."""
        glorot_uniform(self.p["weight"], rng)
        orthogonal(self.p["recurrent"], rng)
        self.p["bias"][...] = 0.0

    def step(self, t: int, before: Array, after: Array) -> None:
        """Step t: `after` = h(t) from `before` = h(t - 1) and gates[t], which holds the input's part."""
        raise NotImplementedError

    def step_back(self, t: int, before: Array, dh: Array) -> None:
        """The derivative by gates[t], written there, and by h(t - 1), written to dh, which holds that by h(t)."""
        raise NotImplementedError

    def recurrent_slopes(self, gates: Array) -> Array:
        """The derivatives by the products with `recurrent`, those of `gates` in shape (steps, B, gates H)."""
        return gates

    def carried(self) -> Array:
        """What `recurrent` multiplies at each step (steps, B, ...): h(n - 1)."""
        return self.h[:-1]

    def begin_back(self, batch: int) -> None:
        """Forget derivatives that come from later steps."""

    def forward(self, x: Array, training: bool, key: Any = (0, 0)) -> Array:
        batch, steps, features = self.input = x.shape
        width = self.gates * self.units
        self.x = self.room("x", (steps, batch, features))
        self.x[...] = x.transpose(1, 0, 2)
        self.z = self.room("z", (steps, batch, width))
        matmul(self.x.reshape(-1, features), self.p["weight"], self.z.reshape(-1, width))
        self.h = self.room("h", (steps + 1, batch, self.units))
        self.h[0] = 0.0
        self.prepare(steps, batch)
        for t in range(steps):
            self.step(t, self.h[t], self.h[t + 1])
        if not self.sequences:
            return self.h[steps]
        y = self.room("y", (batch, steps, self.units))
        y[...] = self.h[1:].transpose(1, 0, 2)
        return y

    def prepare(self, steps: int, batch: int) -> None:
        """Find room for a forward pass."""

    def backward(self, dy: Array, wanted: bool = True) -> Array | None:
        batch, steps, features = self.input
        width, piece = self.gates * self.units, self.truncate or steps
        dh = self.room("dh", (batch, self.units))
        dh[...] = 0.0 if self.sequences else dy
        turned = self.p["recurrent"].T  # copied once for all steps, so that rows lie together
        self.turned = self.room("turned weight", turned.shape)
        self.turned[...] = turned
        self.begin_back(batch)
        first = 0 if self.sequences else max(0, steps - piece)
        for t in range(steps - 1, first - 1, -1):
            if (steps - 1 - t) % piece == 0 and t < steps - 1:
                dh[...] = 0.0
                self.begin_back(batch)
            if self.sequences:
                dh += dy[:, t]
            self.step_back(t, self.h[t], dh)
        dz, ones = self.z[first:], self.ones((steps - first) * batch)
        rows, recurrent = dz.reshape(-1, width), self.recurrent_slopes(dz).reshape(-1, width)
        matmul(self.x[first:].reshape(-1, features).T, rows, self.g["weight"])
        carried = self.carried()[first:]
        matmul(carried.reshape(-1, carried.shape[-1]).T, recurrent, self.g["recurrent"])
        matmul(ones, rows, self.g["bias"])
        if "recurrent_bias" in self.g:
            matmul(ones, recurrent, self.g["recurrent_bias"])
        if not wanted:
            return None
        dx, turned = self.room("dx", (batch, steps, features)), self.room("turned", (steps, batch, features))
        turned[:first] = 0.0
        matmul(rows, self.p["weight"].T, turned[first:].reshape(-1, features))
        dx[...] = turned.transpose(1, 0, 2)
        return dx
