"""First values of weights, as Keras draws them (the paper used TensorFlow 2.8 and says nothing of it)."""

from __future__ import annotations

from math import prod, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["glorot_uniform", "he_normal", "orthogonal"]

Array = NDArray[Any]


def fans(weight: Array) -> tuple[int, int]:
    """(fan_in, fan_out): the last two axes, times the places of a convolution's kernel."""
    places = prod(weight.shape[:-2])
    return places * weight.shape[-2], places * weight.shape[-1]


def glorot_uniform(weight: Array, rng: np.random.Generator) -> None:
    """Uniform on +-sqrt(6 / (fan_in + fan_out)) (Glorot and Bengio 2010)."""
    limit = sqrt(6.0 / sum(fans(weight)))
    weight[...] = rng.uniform(-limit, limit, weight.shape)


def he_normal(weight: Array, rng: np.random.Generator) -> None:
    """Normal of variance 2 / fan_in (He et al. 2015), not truncated."""
    weight[...] = rng.normal(0.0, sqrt(2.0 / fans(weight)[0]), weight.shape)


def orthogonal(weight: Array, rng: np.random.Generator) -> None:
    """Orthonormal rows, (n, gates * n): the Q of a normal matrix (Saxe et al. 2014), as Keras' recurrent kernels."""
    q, r = np.linalg.qr(rng.normal(size=weight.shape[::-1]))
    weight[...] = (q * np.sign(np.diag(r))).T
