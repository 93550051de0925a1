"""Nets in NumPy and Numba: layers, the paper's five architectures, training, data.

>>> import ngdm_lab as lab
>>> model = lab.nets.mlp(seed=0)
>>> model.vector.shape
(537354,)
"""

from __future__ import annotations

import importlib
from typing import Any

# name -> module that defines it, imported on first use
_HOMES = {
    "Model": "model",
    **dict.fromkeys(["mlp", "lenet5", "cifar_cnn"], "models"),
    **dict.fromkeys(["lstm_forecaster", "gru_forecaster", "rnn_forecaster"], "models"),
    **dict.fromkeys(["BatchNorm", "Conv2D", "Dense", "Dropout", "Flatten", "GRU", "LSTM"], "layers"),
    **dict.fromkeys(["Layer", "MaxPool2D", "ReLU", "Sigmoid", "SimpleRNN", "Tanh"], "layers"),
    "Group": "groups",
    **dict.fromkeys(["Impossible", "Metric", "metrics"], "metric"),
    "Update": "training.update",
    "fit": "training.fit",
    "Fit": "training.history",
    **dict.fromkeys(["Cosine", "StepDecay"], "training.schedules"),
}
_PACKAGES = ("data", "presets")

__all__ = sorted([*_HOMES, *_PACKAGES])


def __getattr__(name: str) -> Any:
    """Import a public name or package on first use."""
    if name in _PACKAGES:
        return importlib.import_module(f"{__name__}.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    return value


def __dir__() -> list[str]:
    return __all__
