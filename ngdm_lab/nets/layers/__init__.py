"""Layers, one file each."""

from .activations import ReLU, Sigmoid, Tanh
from .base import Layer
from .dense import Dense
from .flatten import Flatten

__all__ = ["Dense", "Flatten", "Layer", "ReLU", "Sigmoid", "Tanh"]
