"""Long short-term memory."""

from __future__ import annotations

import numpy as np

from ngdm_lab.nets.elementary import sigmoid, tanh
from ngdm_lab.nets.kernel import kernel
from ngdm_lab.nets.matmul import matmul

from .base import Array
from .recurrent import Recurrent

__all__ = ["LSTM"]

MATRIX = "T[:, ::1]"


@kernel(MATRIX, MATRIX, "T[::1]", MATRIX, MATRIX, MATRIX, MATRIX)
def lstm_step(low, high, z, s, bias, c, c_next, u, h):  # type: ignore[no-untyped-def]
    """Gates from z + s + bias into z; c_next = f c + i g, u = tanh(c_next), h = o u; rows low to high."""
    n = c.shape[1]
    for b in range(low, high):
        for j in range(z.shape[1]):
            z[b, j] = z[b, j] + s[b, j] + bias[j]
        i, f, g, o = z[b, :n], z[b, n : 2 * n], z[b, 2 * n : 3 * n], z[b, 3 * n :]
        for j in range(n):
            i[j] = sigmoid(i[j])
        for j in range(n):
            f[j] = sigmoid(f[j])
        for j in range(n):
            g[j] = tanh(g[j])
        for j in range(n):
            o[j] = sigmoid(o[j])
        for j in range(n):
            c_next[b, j] = f[j] * c[b, j] + i[j] * g[j]
        for j in range(n):
            u[b, j] = tanh(c_next[b, j])
        for j in range(n):
            h[b, j] = o[j] * u[b, j]


@kernel(MATRIX, MATRIX, MATRIX, MATRIX, MATRIX)
def lstm_step_back(low, high, z, c, u, dh, dc):  # type: ignore[no-untyped-def]
    """dz over the gates in z, from dh and dc by h(t) and c(t); dc becomes that by c(t - 1); rows low to high."""
    n = c.shape[1]
    for b in range(low, high):
        i, f, g, o = z[b, :n], z[b, n : 2 * n], z[b, 2 * n : 3 * n], z[b, 3 * n :]
        for j in range(n):
            dc[b, j] += dh[b, j] * o[j] * (1.0 - u[b, j] * u[b, j])
        for j in range(n):
            o[j] = dh[b, j] * u[b, j] * o[j] * (1.0 - o[j])
        for j in range(n):
            d = dc[b, j]
            dc[b, j] = d * f[j]
            f[j] = d * c[b, j] * f[j] * (1.0 - f[j])
            di = d * g[j] * i[j] * (1.0 - i[j])
            g[j] = d * i[j] * (1.0 - g[j] * g[j])
            i[j] = di


class LSTM(Recurrent):
    """i, f, o = sigmoid, g = tanh of x W + h U + b; c <- f c + i g; h = o tanh(c) (Gers et al. 2000).

    The gates lie in the order i, f, g, o along the last axis, as in Keras and PyTorch; the forget gate's bias begins
    at 1 (Keras' unit_forget_bias). Samples are (steps, features).

    Parameters
    ----------
    units : size H of the state.
    sequences : False for the last h (B, H), True for all (B, T, H).
    truncate : steps that back-propagation through time goes back, None for all: see `layers.recurrent`.

    Notes
    -----
    weight (features, 4 H), recurrent (H, 4 H), bias (4 H). Errors as `Recurrent`.
    """

    kind, gates = "lstm", 4

    def initialise(self, rng: np.random.Generator) -> None:
        """As `Recurrent`, then one for the forget gate's bias."""
        super().initialise(rng)
        self.p["bias"][self.units : 2 * self.units] = 1.0

    def prepare(self, steps: int, batch: int) -> None:
        self.s = self.room("s", (batch, 4 * self.units))
        self.c = self.room("c", (steps + 1, batch, self.units))
        self.u = self.room("u", (steps, batch, self.units))
        self.c[0] = 0.0

    def step(self, t: int, before: Array, after: Array) -> None:
        matmul(before, self.p["recurrent"], self.s)
        lstm_step(len(before), self.z[t], self.s, self.p["bias"], self.c[t], self.c[t + 1], self.u[t], after)

    def begin_back(self, batch: int) -> None:
        self.dc = self.room("dc", (batch, self.units))
        self.dc[...] = 0.0

    def step_back(self, t: int, before: Array, dh: Array) -> None:
        lstm_step_back(len(before), self.z[t], self.c[t], self.u[t], dh, self.dc)
        matmul(self.z[t], self.turned, dh)
