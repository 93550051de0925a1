"""Stand-ins for models: parameters of any shapes, without a function to differentiate."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np


def net(shapes, norm=True, dtype=np.float64):
    """A stand-in for a model: weights of these shapes, each followed by biases and, apart, a normalisation."""
    spec = {}
    for k, shape in enumerate(shapes, 1):
        spec[f"dense{k}.weight"], spec[f"dense{k}.bias"] = (shape, "weight"), (shape[-1:], "bias")
        if norm:
            spec[f"bn{k}.gamma"], spec[f"bn{k}.beta"] = (shape[-1:], "norm"), (shape[-1:], "norm")
    size = sum(int(np.prod(s)) for s, _ in spec.values())
    vector, parameters, at = np.zeros(size, dtype), {}, 0
    for name, (shape, _) in spec.items():
        parameters[name] = vector[at : at + int(np.prod(shape))].reshape(shape)
        at += int(np.prod(shape))
    kinds = {name: kind for name, (_, kind) in spec.items()}
    return SimpleNamespace(vector=vector, gradient=np.zeros(size, dtype), parameters=parameters, kinds=kinds)
