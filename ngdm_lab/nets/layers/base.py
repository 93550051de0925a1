"""What every layer is."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ngdm_lab.nets.device import CPU, Device
from ngdm_lab.nets.workspace import Workspace

__all__ = ["Layer", "Shape", "Spec"]

Array = NDArray[Any]
Shape = tuple[int, ...]
Spec = tuple[Shape, str]  # of a parameter: shape, and kind "weight", "bias" or "norm"


class Layer:
    """A function of a batch with parameters, and its derivative.

    A layer is made with its hyperparameters, then bound once by a model: `build` is told the shape of one sample and
    says the shape of its result, `bind` hands over the parameters as views of the model's vector. Arrays returned by
    `forward` and `backward` belong to the layer and are overwritten by its next step.
    """

    kind = "layer"  # the stem of its name in a model: dense1, dense2, ...
    device: Device = CPU  # where its arrays lie; a model sets it before `build`
    lanes = False  # whether its batches may also be images side by side, see `lanes`
    batch = 0  # images in the batch, which the model says before `forward` where they lie side by side

    def build(self, shape: Shape) -> Shape:
        """The shape of one sample's result, from that of one sample. Raises ValueError where they do not fit."""
        return shape

    def parameters(self) -> dict[str, Spec]:
        """Shape and kind of each parameter, in the order in which they lie in the model's vector."""
        return {}

    def bind(self, parameters: dict[str, Array], gradients: dict[str, Array], dtype: Any, number: int) -> None:
        """Take the views of the parameters and their gradients; `number` counts a model's layers from 0."""
        self.p, self.g, self.number = parameters, gradients, number
        self.dtype = np.dtype(dtype)
        self.room = Workspace(dtype, self.device)
        self._ones = 0

    def __getstate__(self) -> dict[str, Any]:
        """Hyperparameters only: views would come back as arrays of their own. A copied model binds its layers anew."""
        return {
            name: value
            for name, value in self.__dict__.items()
            if not _is_array(value) and not isinstance(value, Workspace) and name not in ("p", "g", "running", "device")
        }

    def initialise(self, rng: np.random.Generator) -> None:
        """Draw the parameters."""

    @property
    def buffers(self) -> dict[str, Array]:
        """What is kept but not trained, by name."""
        return {}

    def ones(self, m: int) -> Array:
        """A vector of m ones: times it, matrices are summed over their rows by BLAS."""
        ones = self.room("ones", (m,))
        if m > self._ones:  # a look at the array would wait for the device
            ones[...], self._ones = 1.0, m
        return ones

    def forward(self, x: Array, training: bool, key: tuple[int, int]) -> Array:
        """The result for a batch (B, *shape). `key` is (seed, step) for layers that draw numbers."""
        raise NotImplementedError

    def backward(self, dy: Array, wanted: bool = True) -> Array | None:
        """From the loss's derivative by the result to that by the input, for the last forward step in training.

        Writes the parameters' gradients. dy may be overwritten. Where the derivative by the input is not `wanted`
        (first layer), None may be returned.
        """
        raise NotImplementedError


def _is_array(value: Any) -> bool:
    return isinstance(value, np.ndarray) or hasattr(value, "__cuda_array_interface__")
