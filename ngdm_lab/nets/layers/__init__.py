"""Layers, one file each."""

from .activations import ReLU, Sigmoid, Tanh
from .base import Layer
from .batch_norm import BatchNorm
from .conv2d import Conv2D
from .dense import Dense
from .dropout import Dropout
from .flatten import Flatten
from .gru import GRU
from .lstm import LSTM
from .max_pool import MaxPool2D
from .simple_rnn import SimpleRNN

__all__ = [
    "GRU",
    "LSTM",
    "BatchNorm",
    "Conv2D",
    "Dense",
    "Dropout",
    "Flatten",
    "Layer",
    "MaxPool2D",
    "ReLU",
    "Sigmoid",
    "SimpleRNN",
    "Tanh",
]
