"""The paper's five architectures."""

from __future__ import annotations
from typing import Any
import numpy as np
from .layers import Dense, Flatten
from .model import Model

__all__ = ["mlp"]


def mlp(
    *,
    batch_norm: bool = True,
    dropout: float = 0.2,
    sizes: tuple[int, ...] = (512, 256),
    inputs: int = 784,
    classes: int = 10,
    activation: str = "relu",
    seed: int = 0,
    dtype: Any = np.float32,
) -> Model:
    layers: list[Any] = [Flatten(), *[Dense(units, activation) for units in sizes], Dense(classes)]
    return Model(layers, (inputs,), seed=seed, dtype=dtype, name="mlp")
