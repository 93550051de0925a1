"""What a model is made of, layer by layer: kinds, settings, shapes, numbers of parameters."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from math import prod
from typing import Any

from .layers.activations import Activation
from .layers.base import Layer
from .layers.conv2d import Conv2D
from .layers.dense import Dense
from .layers.dropout import Dropout
from .layers.max_pool import MaxPool2D
from .layers.recurrent import Recurrent
from .layers.simple_rnn import SimpleRNN
from .model import Model

__all__ = ["Row", "summary"]


@dataclass(frozen=True)
class Row:
    """One layer of a model.

    Attributes
    ----------
    kind : the name of its class, such as "Dense".
    settings : what it was made with, in words: "512, ReLU" (units or filters first); "" where there is nothing to say.
    shape : of one sample's result; None for a length that may differ.
    parameters : how many numbers are trained.
    """

    kind: str
    settings: str
    shape: tuple[int | None, ...]
    parameters: int

    @property
    def size(self) -> int:
        """Numbers of one sample's result, an open length not counted."""
        return prod(n for n in self.shape if n is not None)


_PHI = {"relu": "ReLU", "tanh": "tanh", "sigmoid": "sigmoid", "linear": "linear"}


def summary(model: Model) -> list[Row]:
    """One `Row` for each layer, first to last. The model stays as it is."""
    shape: Any = model.input_shape
    rows = []
    for layer in model.layers:
        shape = copy.copy(layer).build(shape)
        kind = _PHI[layer.name] if isinstance(layer, Activation) else type(layer).__name__
        count = sum(prod(dims) for dims, _ in layer.parameters().values())
        rows.append(Row(kind, ", ".join(_settings(layer)), tuple(shape), count))
    return rows


def _settings(layer: Layer) -> list[str]:
    """Hyperparameters in words; of layers that are not the lab's none."""
    if isinstance(layer, Conv2D):
        padding = "" if layer.padding in ("valid", 0) else str(layer.padding)
        parts = [f"{layer.filters} of {layer.size[0]}×{layer.size[1]}", padding if padding in ("", "same")
                 else f"padding {padding}", *_stride(layer.stride, 1), *_phi(layer.activation)]  # fmt: skip
        return [part for part in parts if part]
    if isinstance(layer, MaxPool2D):
        return [f"{layer.size}×{layer.size}", *_stride(layer.stride, layer.size)]
    if isinstance(layer, Dense):
        return [str(layer.units), *_phi(layer.activation)]
    if isinstance(layer, Recurrent):
        return [str(layer.units), *(_phi(layer.phi) if isinstance(layer, SimpleRNN) else ["tanh"])]
    return [f"{layer.rate:g}"] if isinstance(layer, Dropout) else []


def _stride(stride: int, usual: int) -> list[str]:
    return [] if stride == usual else [f"stride {stride}"]


def _phi(name: str) -> list[str]:
    return [] if name == "linear" else [_PHI[name]]
