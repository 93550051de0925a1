"""The paper's five architectures, and a forecaster of the layer in its Eq. 14.

Layer sizes stand in the paper's Figures 2 and 3, of which only the kinds of layers are known; what is not known is
Keras' default or the common choice, and an argument here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ngdm_lab.compiler.checks import brief, check_flags, check_integer, check_integers, check_number

from .layers.activations import Activation
from .layers.base import Layer
from .layers.batch_norm import BatchNorm
from .layers.conv2d import Conv2D
from .layers.dense import Dense
from .layers.dropout import Dropout
from .layers.flatten import Flatten
from .layers.gru import GRU
from .layers.lstm import LSTM
from .layers.max_pool import MaxPool2D
from .layers.simple_rnn import SimpleRNN
from .model import Model

__all__ = ["cifar_cnn", "gru_forecaster", "lenet5", "lstm_forecaster", "mlp", "rnn_forecaster"]


def _check_counts(**given: Any) -> None:
    for name, count in given.items():
        check_integer(name, count, 1)


def mlp(
    *,
    batch_norm: bool = True,
    dropout: float = 0.2,
    sizes: Sequence[int] = (512, 256),
    inputs: int = 784,
    classes: int = 10,
    activation: str = "relu",
    seed: int = 0,
    dtype: Any = np.float32,
) -> Model:
    """Flatten, then for each hidden size Dense, BatchNorm, activation, Dropout; then Dense (784-512-256-10).

    Parameters
    ----------
    batch_norm : whether there is batch normalisation. Without it some readings of the paper fail that it hides.
    dropout : rate in [0, 1); 0 for none.
    sizes : units of the hidden layers.
    inputs, classes : numbers of one sample, and of classes. Samples may have any shape with so many numbers.
    activation : "relu", "tanh" or "sigmoid".
    seed : of the first parameters and dropout.
    dtype : float32 or float64.

    Raises
    ------
    ValueError, TypeError
        For a number outside its range, an unknown activation or another dtype.
    """
    _check_counts(inputs=inputs, classes=classes)
    check_flags(batch_norm=batch_norm)
    dropout = check_number("dropout", dropout, least=0, below=1)
    layers: list[Layer] = [Flatten()]
    for units in check_integers("sizes", sizes, 1):
        if batch_norm:
            layers += [Dense(units), BatchNorm(), Activation(activation)]
        else:
            layers.append(Dense(units, activation))
        if dropout:
            layers.append(Dropout(dropout))
    return Model([*layers, Dense(classes)], (inputs,), seed=seed, dtype=dtype, name="mlp")


def lenet5(
    *,
    side: int = 28,
    channels: int = 1,
    filters: Sequence[int] = (6, 16),
    sizes: Sequence[int] = (120, 84),
    classes: int = 10,
    activation: str = "relu",
    seed: int = 0,
    dtype: Any = np.float32,
) -> Model:
    """LeNet-5 (LeCun et al. 1998) as the paper lists it: Conv2D, MaxPool2D, Conv2D, MaxPool2D, Flatten, Dense x 3.

    5 x 5 kernels; the first convolution is padded, so that 28 x 28 images give the original's 28 x 28, 14 x 14,
    10 x 10 and 5 x 5 maps.

    Parameters
    ----------
    side, channels : images are side x side x channels, side at least 12.
    filters, sizes : two filter counts, and units of the hidden Dense layers.
    classes, activation, seed, dtype : as for `mlp`.

    Raises
    ------
    ValueError, TypeError
        As `mlp`, and for images that are too small.
    """
    _check_counts(side=side, channels=channels, classes=classes)
    counts = check_integers("filters", filters, 1)
    if len(counts) != 2:
        raise ValueError(f"filters must be two numbers, got {brief(filters)}")
    layers: list[Layer] = [Conv2D(counts[0], 5, padding="same", activation=activation), MaxPool2D(2)]
    layers += [Conv2D(counts[1], 5, activation=activation), MaxPool2D(2), Flatten()]
    layers += [Dense(units, activation) for units in check_integers("sizes", sizes, 1)]
    return Model([*layers, Dense(classes)], (side, side, channels), seed=seed, dtype=dtype, name="lenet5")


def cifar_cnn(
    *,
    side: int = 32,
    channels: int = 3,
    filters: Sequence[int] = (32, 64, 128),
    units: int = 128,
    batch_norm: bool = True,
    dropout: float = 0.0,
    classes: int = 10,
    activation: str = "relu",
    seed: int = 0,
    dtype: Any = np.float32,
) -> Model:
    """For each filter count two padded 3 x 3 convolutions, each with batch normalisation, then 2 x 2 pooling; Dense.

    Parameters
    ----------
    side, channels : images are side x side x channels; side is halved by each pooling.
    filters : filter counts of the double convolutions.
    units : of the hidden Dense layer.
    batch_norm, dropout, classes, activation, seed, dtype : as for `mlp`; dropout stands after each pooling.

    Raises
    ------
    ValueError, TypeError
        As `mlp`, and for images that are too small.
    """
    _check_counts(side=side, channels=channels, classes=classes)
    check_flags(batch_norm=batch_norm)
    dropout = check_number("dropout", dropout, least=0, below=1)
    layers: list[Layer] = []
    for count in check_integers("filters", filters, 1):
        for _ in range(2):
            if batch_norm:
                layers += [Conv2D(count, 3, padding="same"), BatchNorm(), Activation(activation)]
            else:
                layers.append(Conv2D(count, 3, padding="same", activation=activation))
        layers.append(MaxPool2D(2))
        if dropout:
            layers.append(Dropout(dropout))
    layers += [Flatten(), Dense(units, activation), Dense(classes)]
    return Model(layers, (side, side, channels), seed=seed, dtype=dtype, name="cifar_cnn")


def lstm_forecaster(
    *,
    units: int = 128,
    features: int = 1,
    outputs: int = 1,
    truncate: int | None = None,
    seed: int = 0,
    dtype: Any = np.float32,
) -> Model:
    """LSTM (tanh), then Dense on its last state: the next values of a series from a window (B, T, features) of any T.

    Parameters
    ----------
    units : size of the state.
    features, outputs : numbers of one step, and to forecast.
    truncate : None for full back-propagation through time, or the number of last steps to differentiate.
    seed, dtype : as for `mlp`.

    Raises
    ------
    ValueError, TypeError
        For a number outside its range, or another dtype.
    """
    _check_counts(features=features, outputs=outputs)
    layers = [LSTM(units, truncate=truncate), Dense(outputs)]
    return Model(layers, (None, features), loss="mse", seed=seed, dtype=dtype, name="lstm_forecaster")


def gru_forecaster(
    *,
    units: int = 128,
    features: int = 1,
    outputs: int = 1,
    truncate: int | None = None,
    seed: int = 0,
    dtype: Any = np.float32,
) -> Model:
    """GRU, then Dense on its last state; parameters, windows and errors as for `lstm_forecaster`."""
    _check_counts(features=features, outputs=outputs)
    layers = [GRU(units, truncate=truncate), Dense(outputs)]
    return Model(layers, (None, features), loss="mse", seed=seed, dtype=dtype, name="gru_forecaster")


def rnn_forecaster(
    *,
    units: int = 128,
    features: int = 1,
    outputs: int = 1,
    phi: str | None = "tanh",
    reading: str = "state",
    truncate: int | None = None,
    seed: int = 0,
    dtype: Any = np.float32,
) -> Model:
    """SimpleRNN, then Dense on its last state. Not in the paper's tables, but the layer that its Eq. 14 writes.

    Parameters
    ----------
    phi, reading : of `SimpleRNN`: with reading="printed", Eq. 14 to the letter, a forecast sees two values.
    units, features, outputs, truncate, seed, dtype : as for `lstm_forecaster`; errors too.
    """
    _check_counts(features=features, outputs=outputs)
    layers = [SimpleRNN(units, phi, reading=reading, truncate=truncate), Dense(outputs)]
    return Model(layers, (None, features), loss="mse", seed=seed, dtype=dtype, name="rnn_forecaster")
