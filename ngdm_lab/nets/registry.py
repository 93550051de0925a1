"""Models by the ids of the command line, made to fit their data; and default data."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from ngdm_lab.compiler.checks import check_str, unknown_name

from . import models
from .data.dataset import Data
from .model import Model

__all__ = ["build", "default_data", "experiment", "names"]

# name -> (maker, its data, how inputs and outputs become its options)
_MAKERS: dict[str, tuple[Callable[..., Model], str]] = {
    "mlp": (models.mlp, "mnist5k"),
    "lenet5": (models.lenet5, "mnist5k"),
    "cifar_cnn": (models.cifar_cnn, "cifar10"),
    "lstm_forecaster": (models.lstm_forecaster, "sinusoid"),
    "gru_forecaster": (models.gru_forecaster, "sinusoid"),
    "rnn_forecaster": (models.rnn_forecaster, "sinusoid"),
}
_SHORT = {
    "lstm": "lstm_forecaster", "gru": "gru_forecaster", "rnn": "rnn_forecaster", "lenet": "lenet5",
    "cifar": "cifar_cnn",
}  # fmt: skip
_AS = {"rnn_forecaster": "lstm_forecaster"}  # it stands in none of the paper's tables; Table 4 is the nearest


def names() -> list[str]:
    """The models, in the order of the paper's tables, and then those in none of them."""
    return list(_MAKERS)


def full_name(name: str) -> str:
    """A model's name; hyphens and the short lstm, gru, rnn, lenet, cifar are understood. ValueError for another."""
    key = spelled(name)
    if key not in _MAKERS:
        raise unknown_name("model", name, _MAKERS)
    return key


def spelled(name: str) -> str:
    """A name as models have it, whether or not there is such a model. TypeError for no name."""
    key = check_str("model", name).strip().lower().replace("-", "_")
    return _SHORT.get(key, key)


def default_data(name: str) -> str:
    """The data that the paper trains a model on, or what stands in for them without a download."""
    return _MAKERS[full_name(name)][1]


def experiment(name: str) -> str:
    """Whose experiment of the paper has the constants for a model: its own, or the nearest one. See `presets`."""
    key = full_name(name)
    return _AS.get(key, key)


def build(name: str, data: Data, **options: Any) -> Model:
    """A model whose inputs and outputs fit the data.

    Parameters
    ----------
    name : one of `names()`.
    data : what it will be trained on.
    options : the maker's own, such as ``batch_norm=False``, ``seed=1``.

    Raises
    ------
    ValueError
        For an unknown name, or data that the model cannot take.
    TypeError
        For an option that the model lacks.
    """
    key = full_name(name)
    maker = _MAKERS[key][0]
    known = inspect.signature(maker).parameters
    for option in options:
        if option not in known:
            raise TypeError(f"{key} has no option {option!r}; it has {', '.join(known)}")
    return maker(**{**_fitting(key, data), **options})


def _fitting(key: str, data: Data) -> dict[str, Any]:
    shape = data.x_train.shape[1:]
    if key.endswith("forecaster"):
        if data.labelled or len(shape) != 2:
            raise ValueError(f"{key} forecasts windows of a series (m, steps, features), such as sinusoid; "
                             f"{data.name} has samples of shape {shape}")  # fmt: skip
        return {"features": shape[-1], "outputs": data.y_train.shape[1]}
    if not data.labelled:
        raise ValueError(f"{key} learns classes, and {data.name} has targets: take one of the forecasters")
    if key == "mlp":
        size = 1
        for length in shape:
            size *= length
        return {"inputs": size, "classes": len(data.classes)}
    if len(shape) != 3 or shape[0] != shape[1]:
        raise ValueError(f"{key} takes square images (m, side, side, channels), and {data.name} has {shape}")
    if key == "lenet5" and shape[0] < 12:
        raise ValueError(f"lenet5 takes images of at least 12 x 12, and {data.name} has {shape[0]} x {shape[1]}")
    return {"side": shape[0], "channels": shape[2], "classes": len(data.classes)}
