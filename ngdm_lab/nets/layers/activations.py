"""tanh, ReLU and the logistic function: as layers of their own, and fused into Dense and Conv2D behind the bias.

Each is differentiated from its result: 1 - y^2, [y > 0], y (1 - y).
"""

from __future__ import annotations

from typing import Any

from ngdm_lab.compiler.checks import check_known
from ngdm_lab.nets.elementary import sigmoid, tanh
from ngdm_lab.nets.kernel import Kernel, kernel

from .base import Array, Layer

__all__ = ["ACTIVATIONS", "Activation", "ReLU", "Sigmoid", "Tanh", "activate", "add_bias", "differentiate", "resolve"]

ROWS = ("T[:, ::1]", "T[::1]")  # y, bias
FLAT = ("T[::1]", "T[::1]")  # x, y or y, dy


@kernel(*ROWS)
def bias_linear(low, high, y, bias):  # type: ignore[no-untyped-def]
    """y <- y + bias, rows low to high."""
    for i in range(low, high):
        for j in range(y.shape[1]):
            y[i, j] = y[i, j] + bias[j]


@kernel(*ROWS)
def bias_relu(low, high, y, bias):  # type: ignore[no-untyped-def]
    """y <- max(y + bias, 0); NaN stays NaN."""
    for i in range(low, high):
        for j in range(y.shape[1]):
            v = y[i, j] + bias[j]
            y[i, j] = 0.0 if v < 0.0 else v


@kernel(*ROWS)
def bias_tanh(low, high, y, bias):  # type: ignore[no-untyped-def]
    """y <- tanh(y + bias)."""
    for i in range(low, high):
        for j in range(y.shape[1]):
            y[i, j] = tanh(y[i, j] + bias[j])


@kernel(*ROWS)
def bias_sigmoid(low, high, y, bias):  # type: ignore[no-untyped-def]
    """y <- 1 / (1 + exp(-(y + bias)))."""
    for i in range(low, high):
        for j in range(y.shape[1]):
            y[i, j] = sigmoid(y[i, j] + bias[j])


@kernel(*FLAT)
def flat_relu(low, high, x, y):  # type: ignore[no-untyped-def]
    """y = max(x, 0); NaN stays NaN."""
    for i in range(low, high):
        y[i] = 0.0 if x[i] < 0.0 else x[i]


@kernel(*FLAT)
def flat_tanh(low, high, x, y):  # type: ignore[no-untyped-def]
    """y = tanh(x)."""
    for i in range(low, high):
        y[i] = tanh(x[i])


@kernel(*FLAT)
def flat_sigmoid(low, high, x, y):  # type: ignore[no-untyped-def]
    """y = 1 / (1 + exp(-x))."""
    for i in range(low, high):
        y[i] = sigmoid(x[i])


@kernel(*FLAT)
def slope_relu(low, high, y, dy):  # type: ignore[no-untyped-def]
    """dy <- dy [y > 0]: the subgradient 0 at the kink."""
    for i in range(low, high):
        dy[i] = dy[i] if y[i] > 0.0 else 0.0


@kernel(*FLAT)
def slope_tanh(low, high, y, dy):  # type: ignore[no-untyped-def]
    """dy <- dy (1 - y^2)."""
    for i in range(low, high):
        dy[i] = dy[i] * (1.0 - y[i] * y[i])


@kernel(*FLAT)
def slope_sigmoid(low, high, y, dy):  # type: ignore[no-untyped-def]
    """dy <- dy y (1 - y)."""
    for i in range(low, high):
        dy[i] = dy[i] * y[i] * (1.0 - y[i])


ACTIVATIONS: dict[str, tuple[Kernel, Kernel | None, Kernel | None]] = {  # behind a bias, alone, slope
    "linear": (bias_linear, None, None),
    "relu": (bias_relu, flat_relu, slope_relu),
    "tanh": (bias_tanh, flat_tanh, slope_tanh),
    "sigmoid": (bias_sigmoid, flat_sigmoid, slope_sigmoid),
}


def resolve(name: str | None, argument: str = "activation") -> str:
    """The activation's name, "linear" for None; ValueError for one that is not there."""
    if name is None:
        return "linear"
    return check_known(argument, "activation", name, ACTIVATIONS)


def add_bias(name: str, y: Array, bias: Array) -> None:
    """y <- phi(y + bias) for rows y (m, n) and bias (n,)."""
    ACTIVATIONS[name][0](y.shape[0], y, bias)


def activate(name: str, x: Array, y: Array) -> None:
    """y = phi(x); they may be one array. Nothing is done for "linear"."""
    alone = ACTIVATIONS[name][1]
    if alone is not None:
        alone(x.size, x.reshape(-1), y.reshape(-1))


def differentiate(name: str, y: Array, dy: Array) -> None:
    """dy <- dy phi'(v) where y = phi(v)."""
    slope = ACTIVATIONS[name][2]
    if slope is not None:
        slope(y.size, y.reshape(-1), dy.reshape(-1))


class Activation(Layer):
    """An activation as a layer of its own.

    Parameters
    ----------
    name : "relu", "tanh" or "sigmoid".
    """

    lanes = True

    def __init__(self, name: str) -> None:
        self.name = self.kind = resolve(name)

    def forward(self, x: Array, training: bool, key: Any = (0, 0)) -> Array:
        if self.name == "linear":
            return x
        y = self.y = self.room("y", x.shape)
        activate(self.name, x, y)
        return y

    def backward(self, dy: Array, wanted: bool = True) -> Array:
        if self.name != "linear":
            differentiate(self.name, self.y, dy)
        return dy


class ReLU(Activation):
    """max(x, 0), with derivative 0 at 0."""

    def __init__(self) -> None:
        super().__init__("relu")


class Tanh(Activation):
    """tanh(x)."""

    def __init__(self) -> None:
        super().__init__("tanh")


class Sigmoid(Activation):
    """1 / (1 + exp(-x))."""

    def __init__(self) -> None:
        super().__init__("sigmoid")
