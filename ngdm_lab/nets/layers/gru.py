"""Gated recurrent unit."""

from __future__ import annotations

import numpy as np

from ngdm_lab.nets.elementary import sigmoid, tanh
from ngdm_lab.nets.kernel import kernel
from ngdm_lab.nets.matmul import matmul

from .base import Array, Spec
from .recurrent import Recurrent, add

__all__ = ["GRU"]

MATRIX = "T[:, ::1]"


@kernel(MATRIX, MATRIX, "T[::1]", "T[::1]", MATRIX, MATRIX, MATRIX)
def gru_step(low, high, z, s, bias, recurrent_bias, m, h, h_next):  # type: ignore[no-untyped-def]
    """Gates z, r, n over z from z (input) and s (state); m is what r multiplies; rows low to high."""
    n = h.shape[1]
    for b in range(low, high):
        for j in range(2 * n):
            z[b, j] = sigmoid(z[b, j] + s[b, j] + (bias[j] + recurrent_bias[j]))
        update, reset, new, state = z[b, :n], z[b, n : 2 * n], z[b, 2 * n :], s[b, 2 * n :]
        for j in range(n):
            m[b, j] = state[j] + recurrent_bias[2 * n + j]
        for j in range(n):
            new[j] = tanh(new[j] + bias[2 * n + j] + reset[j] * m[b, j])
        for j in range(n):
            h_next[b, j] = new[j] + update[j] * (h[b, j] - new[j])


@kernel(MATRIX, MATRIX, MATRIX, MATRIX, MATRIX, MATRIX)
def gru_step_back(low, high, z, dr, m, h, dh, rest):  # type: ignore[no-untyped-def]
    """Derivatives by the input's products over the gates in z, by the state's into dr; rest = dh update."""
    n = h.shape[1]
    for b in range(low, high):
        update, reset, new = z[b, :n], z[b, n : 2 * n], z[b, 2 * n :]
        for j in range(n):
            rest[b, j] = dh[b, j] * update[j]
        for j in range(n):
            v, d = update[j], dh[b, j]
            update[j] = d * (h[b, j] - new[j]) * v * (1.0 - v)
            new[j] = d * (1.0 - v) * (1.0 - new[j] * new[j])
        for j in range(n):
            r = reset[j]
            reset[j] = new[j] * m[b, j] * r * (1.0 - r)
            dr[b, 2 * n + j] = new[j] * r
        for j in range(2 * n):
            dr[b, j] = z[b, j]


class GRU(Recurrent):
    """z, r = sigmoid of x W + b + h U + b'; n = tanh(x W + b + r (h U + b')); h <- z h + (1 - z) n.

    The form in which r multiplies the product (Keras' reset_after, PyTorch's), after Cho et al. 2014. The gates lie in
    the order z, r, n along the last axis, as in Keras (PyTorch: r, z, n). Samples are (steps, features).

    Parameters
    ----------
    units : size H of the state.
    sequences : False for the last h (B, H), True for all (B, T, H).
    truncate : steps that back-propagation through time goes back, None for all: see `layers.recurrent`.

    Notes
    -----
    weight (features, 3 H), recurrent (H, 3 H), bias (3 H), recurrent_bias (3 H) for b'. Errors as `Recurrent`.
    """

    kind, gates = "gru", 3

    def parameters(self) -> dict[str, Spec]:
        return {**super().parameters(), "recurrent_bias": ((3 * self.units,), "bias")}

    def initialise(self, rng: np.random.Generator) -> None:
        """As `Recurrent`; the second bias is zero too."""
        super().initialise(rng)
        self.p["recurrent_bias"][...] = 0.0

    def prepare(self, steps: int, batch: int) -> None:
        self.s = self.room("s", (batch, 3 * self.units))
        self.m = self.room("m", (steps, batch, self.units))
        self.slopes = self.room("slopes", (steps, batch, 3 * self.units))
        self.rest = self.room("rest", (batch, self.units))

    def step(self, t: int, before: Array, after: Array) -> None:
        matmul(before, self.p["recurrent"], self.s)
        bias, recurrent_bias = self.p["bias"], self.p["recurrent_bias"]
        gru_step(len(before), self.z[t], self.s, bias, recurrent_bias, self.m[t], before, after)

    def step_back(self, t: int, before: Array, dh: Array) -> None:
        gru_step_back(len(before), self.z[t], self.slopes[t], self.m[t], before, dh, self.rest)
        matmul(self.slopes[t], self.turned, dh)
        add(dh.size, self.rest.reshape(-1), dh.reshape(-1))

    def recurrent_slopes(self, gates: Array) -> Array:
        return self.slopes[len(self.slopes) - len(gates) :]
