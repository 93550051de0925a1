"""The plain recurrent layer, as it is usual and as Eq. 14 prints it."""

from __future__ import annotations

import numpy as np

from ngdm_lab.compiler.checks import check_choice
from ngdm_lab.nets.initialise import glorot_uniform
from ngdm_lab.nets.matmul import matmul

from .activations import add_bias, differentiate, resolve
from .base import Array, Spec
from .recurrent import Recurrent, add

__all__ = ["READINGS", "SimpleRNN"]

READINGS = ("state", "printed")


class SimpleRNN(Recurrent):
    """h(n) = phi(x(n) W + h(n - 1) U + b); or, as Eq. 14 prints it, h(n) = phi(x(n) W + x(n - 1) U + b).

    Eq. 14 multiplies u by y of layer l at n - 1: the layer's previous input, with which nothing recurs (erratum E15).
    The usual cell has its own previous state there. h and x are 0 before the first step; samples are (steps, features).

    Parameters
    ----------
    units : size H of the state.
    phi : "tanh", "relu", "sigmoid" or None for none.
    reading : "state", the usual cell, or "printed", Eq. 14 to the letter.
    sequences : False for the last h (B, H), True for all (B, T, H).
    truncate : steps that back-propagation through time goes back, None for all: see `layers.recurrent`. As printed
        there is nothing to cut.

    Raises
    ------
    ValueError, TypeError
        As `Recurrent`; for another phi or reading, and for a truncation of "printed".

    Notes
    -----
    weight (features, H), recurrent (H, H) or as printed (features, H), bias (H). The first values are Keras': Glorot
    uniform, orthogonal for a square of states, zero for the bias.
    """

    kind = "rnn"

    def __init__(
        self, units: int, phi: str | None = "tanh", *, reading: str = "state", sequences: bool = False,
        truncate: int | None = None,
    ) -> None:  # fmt: skip
        super().__init__(units, sequences=sequences, truncate=truncate)
        self.phi, self.reading = resolve(phi, "phi"), check_choice("reading", reading, READINGS)
        if self.printed:
            if truncate is not None:
                raise ValueError(f"truncate must be None with reading='printed', which has no state, got {truncate}")
            self.truncate = 1  # no derivative passes from a step to the one before it

    @property
    def printed(self) -> bool:
        """Whether U multiplies the previous input."""
        return self.reading == "printed"

    def parameters(self) -> dict[str, Spec]:
        specs = super().parameters()
        if self.printed:
            specs["recurrent"] = ((self.features, self.units), "weight")
        return specs

    def initialise(self, rng: np.random.Generator) -> None:
        """As `Recurrent`; as printed, U is a kernel of inputs like W."""
        if not self.printed:
            super().initialise(rng)
            return
        glorot_uniform(self.p["weight"], rng)
        glorot_uniform(self.p["recurrent"], rng)
        self.p["bias"][...] = 0.0

    def prepare(self, steps: int, batch: int) -> None:
        if self.printed:
            self.past = self.room("past", self.x.shape)
            self.past[0] = 0.0
            self.past[1:] = self.x[:-1]
        else:
            self.past = self.h[:-1]

    def carried(self) -> Array:
        return self.past

    def step(self, t: int, before: Array, after: Array) -> None:
        matmul(self.past[t], self.p["recurrent"], after)
        add(after.size, self.z[t].reshape(-1), after.reshape(-1))
        add_bias(self.phi, after, self.p["bias"])

    def step_back(self, t: int, before: Array, dh: Array) -> None:
        self.z[t] = dh
        differentiate(self.phi, self.h[t + 1], self.z[t])
        if not self.printed:
            matmul(self.z[t], self.turned, dh)

    def backward(self, dy: Array, wanted: bool = True) -> Array | None:
        dx = super().backward(dy, wanted)
        if dx is None or not self.printed:
            return dx
        batch, steps, features = self.input
        first = 1 if self.sequences else max(1, steps - 1)  # of the steps with a past that is not 0
        if first < steps:
            part = self.room("past slopes", (steps - first, batch, features))
            slopes = self.z[first:].reshape(-1, self.units)
            matmul(slopes, self.p["recurrent"].T, part.reshape(-1, features))
            dx[:, first - 1 : steps - 1] += part.transpose(1, 0, 2)
        return dx
