"""Dense: a matrix, a bias and an activation."""

from __future__ import annotations

from typing import Any

import numpy as np

from ngdm_lab.compiler.checks import check_integer
from ngdm_lab.nets.initialise import glorot_uniform
from ngdm_lab.nets.matmul import matmul

from .activations import add_bias, differentiate, resolve
from .base import Array, Layer, Shape, Spec

__all__ = ["Dense"]


class Dense(Layer):
    """y = phi(x W + b), Algorithm 5's v = w y, y = phi(v).

    Parameters
    ----------
    units : number of neurons.
    activation : "relu", "tanh", "sigmoid" or None.

    Raises
    ------
    ValueError, TypeError
        For units below 1 or an unknown activation; in a model, for samples that are no vectors (inputs,).

    Notes
    -----
    weight (inputs, units): column k is the weight vector w_k of neuron k; bias (units,).
    """

    kind = "dense"

    def __init__(self, units: int, activation: str | None = None) -> None:
        self.units = check_integer("units", units, 1)
        self.activation = resolve(activation)

    def build(self, shape: Shape) -> Shape:
        if len(shape) != 1:
            raise ValueError(f"Dense takes samples of shape (inputs,), got {shape}: put Flatten before it")
        self.inputs = shape[0]
        return (self.units,)

    def parameters(self) -> dict[str, Spec]:
        return {"weight": ((self.inputs, self.units), "weight"), "bias": ((self.units,), "bias")}

    def initialise(self, rng: np.random.Generator) -> None:
        """Glorot uniform, zero bias."""
        glorot_uniform(self.p["weight"], rng)
        self.p["bias"][...] = 0.0

    def forward(self, x: Array, training: bool, key: Any = (0, 0)) -> Array:
        self.x, self.y = x, self.room("y", (len(x), self.units))
        matmul(x, self.p["weight"], self.y)
        add_bias(self.activation, self.y, self.p["bias"])
        return self.y

    def backward(self, dy: Array, wanted: bool = True) -> Array | None:
        differentiate(self.activation, self.y, dy)
        matmul(self.x.T, dy, self.g["weight"])
        matmul(self.ones(len(dy)), dy, self.g["bias"])
        if not wanted:
            return None
        dx = self.room("dx", self.x.shape)
        matmul(dy, self.p["weight"].T, dx)
        return dx
