"""Model: layers in a row, all of whose parameters are views of one vector."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ngdm_lab.compiler.checks import (
    check_array,
    check_each,
    check_flags,
    check_float_type,
    check_integer,
    check_seed,
    check_str,
)
from ngdm_lab.compiler.room import check_memory

from . import device as devices
from . import losses
from .groups import Group, groups
from .layers import lanes
from .layers.base import Layer, Shape
from .layers.batch_norm import BatchNorm
from .samples import as_input_shape, as_samples
from .workspace import Workspace

__all__ = ["Model"]

Array = NDArray[Any]
LARGEST = 2**63 - 1


class Model:
    """Layers in a row with a loss.

    Parameters
    ----------
    layers : the layers, first to last; they belong to this model from now on.
    input_shape : shape of one sample; None for a length that may differ from batch to batch (time steps).
    loss : "cross_entropy" (labels) or "mse".
    seed : of the first parameters and of dropout.
    dtype : float32 or float64.
    name : short id.

    Attributes
    ----------
    vector : (P,) all parameters, contiguous, in the order of the layers.
    parameters : name -> view of it, such as "dense1.weight", "dense1.bias", "bn1.gamma". The last axis of a weight is
        the neuron's: Dense (in, out), Conv2D (k1, k2, in, out), recurrent (in, gates x units) with the gates in the
        order i, f, g, o (LSTM) and z, r, n (GRU). So all axes but the last are positions in a neuron's weight vector.
    gradient, gradients : the same for the loss's derivative, written by `loss_and_gradient`.
    kinds : name -> "weight", "bias" or "norm" (batch normalisation's gamma and beta).
    buffers : name -> array of what is kept but not trained (batch normalisation's running mean and variance);
        a checkpoint must hold it too.
    device : where all these arrays lie: see `to`.

    Raises
    ------
    ValueError, TypeError
        Where layers do not fit each other, or an argument is wrong.

    Notes
    -----
    After the first step with a batch size a step allocates no arrays; memory is kept for the largest batch seen.
    """

    def __init__(
        self,
        layers: Sequence[Layer],
        input_shape: Sequence[int | None],
        *,
        loss: str = "cross_entropy",
        seed: int = 0,
        dtype: Any = np.float32,
        name: str = "model",
    ) -> None:
        self.name = check_str("name", name)
        self.layers = check_each("layers", layers, Layer, "a layer such as lab.nets.Dense(10)")
        self.input_shape = as_input_shape(input_shape)
        if len({id(layer) for layer in self.layers}) < len(self.layers):
            raise ValueError("layers must be distinct objects: one layer stands there twice")
        self.seed, self.dtype = check_seed("seed", seed, LARGEST), check_float_type("dtype", dtype)
        self.device, self._loss = devices.CPU, loss
        self.single_samples = False  # whether a BatchNorm may meet a batch of one: `fit` says in its notes that it does
        self._bind()
        self.initialise(seed)

    def _bind(self) -> None:
        """Give every layer its views, on the device."""
        shape: Any = self.input_shape
        count: Counter[str] = Counter()
        names, specs = [], []
        for layer in self.layers:
            layer.device = self.device
            shape = layer.build(shape)
            count[layer.kind] += 1
            names.append(f"{layer.kind}{count[layer.kind]}")
            specs.append(layer.parameters())
        first = next((k for k, spec in enumerate(specs) if spec), 0)
        self._first = self.layers[first]  # no layer below it wants a derivative
        size = sum(prod(s) for spec in specs for s, _ in spec.values())
        check_memory(f"layers with {size} parameters", 2 * size, self.dtype.itemsize)
        self.vector, self.gradient = self.device.zeros(size, self.dtype), self.device.zeros(size, self.dtype)
        self.parameters: dict[str, Array] = {}
        self.gradients: dict[str, Array] = {}
        self.kinds: dict[str, str] = {}
        self.buffers: dict[str, Array] = {}
        at = 0
        for number, (name, layer, spec) in enumerate(zip(names, self.layers, specs, strict=True)):
            views: tuple[dict[str, Array], dict[str, Array]] = {}, {}
            for part, (dims, kind) in spec.items():
                end = at + prod(dims)
                for view, whole in zip(views, (self.vector, self.gradient), strict=True):
                    view[part] = whole[at:end].reshape(dims)
                self.parameters[f"{name}.{part}"], self.gradients[f"{name}.{part}"] = (v[part] for v in views)
                self.kinds[f"{name}.{part}"] = kind
                at = end
            layer.bind(*views, self.dtype, number)
            self.buffers |= {f"{name}.{part}": buffer for part, buffer in layer.buffers.items()}
        self.output_shape: Shape = tuple(shape)
        if len(self.output_shape) != 1:
            raise ValueError(f"the last layer must give vectors, got samples of shape {self.output_shape}")
        self._path: Sequence[Layer] = self.layers  # of the last step
        self._beside = lanes.path(self.layers, self.dtype) if self.device is devices.CPU else self.layers
        self.loss = losses.make(self._loss, self.output_shape[0], self.dtype, self.device)
        self._room = Workspace(self.dtype, self.device)

    def __getstate__(self) -> dict[str, Any]:
        """For copies and pickles: parameters, their gradient and buffers on the host; the rest is made anew."""
        host, kept = self.device.host, self.__dict__.items()
        left = ("parameters", "gradients", "loss", "_room", "_path", "_beside", "_first")
        state = {name: value for name, value in kept if name not in left}
        buffers = {name: host(buffer) for name, buffer in self.buffers.items()}
        return {**state, "vector": host(self.vector), "gradient": host(self.gradient), "buffers": buffers}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Parameters and buffers as they were, in views of a vector of their own."""
        self.__dict__.update(state)
        vector, gradient, buffers = self.vector, self.gradient, self.buffers
        self._bind()
        self.device.put(self.vector, vector)
        self.device.put(self.gradient, gradient)
        for name, buffer in buffers.items():
            self.device.put(self.buffers[name], buffer)

    def to(self, device: str) -> Model:
        """Move the model, in place, to "cpu" or to "cuda": parameters, gradient and buffers, and what its steps keep.

        On "cuda" arrays are CuPy's, and a step brings a batch up and its loss down, nothing else. Views taken before
        stay where they were. An optimizer's states lie where the model lay when its `Update` was made.

        Returns
        -------
        The model itself.

        Raises
        ------
        ValueError
            For another word.
        Unavailable
            Where there is no GPU, or a package is missing.
        """
        wanted = devices.get(device)
        if wanted is not self.device:
            self.__setstate__({**self.__getstate__(), "device": wanted})
        return self

    def initialise(self, seed: int) -> None:
        """Draw all parameters anew, as Keras does by default: Glorot uniform kernels, orthogonal recurrent kernels,
        zero biases, one for an LSTM's forget gate, gamma 1 and beta 0; buffers as in a new model.

        Numbers are drawn in float64 with NumPy's PCG64 from `seed` and the layer's number, so that float32 and
        float64 models start at the same point, rounded. `seed` becomes that of dropout too.
        """
        self.seed, here = check_seed("seed", seed, LARGEST), self.device.name
        self.to("cpu")  # where the numbers are drawn
        for number, layer in enumerate(self.layers):
            layer.initialise(np.random.default_rng([self.seed, number]))
        self.to(here)

    @property
    def size(self) -> int:
        """P, the number of parameters."""
        return int(self.vector.size)

    def __repr__(self) -> str:
        return f"<{self.name}: {self.size:,} parameters in {len(self.layers)} layers, {self.dtype}>"

    # -- steps ---------------------------------------------------------------------------------------

    def loss_and_gradient(self, x: Any, y: Any, training: bool = True, rng: int = 0) -> float:
        """The mean loss of a batch; its derivative is written to `gradient`.

        Parameters
        ----------
        x : (B, *input_shape) samples.
        y : labels (B,), or targets (B, outputs).
        training : with batch statistics and dropout. Without, the derivative is that of `evaluate`'s loss.
        rng : whole number that names the step. Dropout's masks depend on the model's seed, the layer and this
            number alone, so a run that goes on from step t draws what the unbroken run drew.

        Returns
        -------
        The loss; NaN or inf where the net has diverged.

        Raises
        ------
        ValueError, TypeError
            For shapes that do not fit, labels out of range, or no samples.
        """
        check_flags(training=training)
        x = self._batch(x)
        if training and not self.single_samples and self.lonely(len(x)):
            raise ValueError("x must hold two or more samples, got 1: BatchNorm takes its statistics from the batch")
        targets = self.loss.prepare(y, len(x))
        value, dy = self.loss(self._forward(x, training, check_seed("rng", rng, LARGEST)), targets)
        for layer in reversed(self._path):
            dy = layer.backward(dy, wanted=layer is not self._first)  # type: ignore[assignment]
            if layer is self._first:
                break
        return value

    def lonely(self, samples: int) -> bool:
        """Whether a BatchNorm sees one number of each feature in a batch of so many samples, so that it learns nothing
        and lets nothing be learnt below it."""
        return samples == 1 and any(isinstance(layer, BatchNorm) and layer.places == 1 for layer in self.layers)

    def forward(self, x: Any, training: bool = False, rng: int = 0) -> Array:
        """The last layer's result (B, outputs), before a softmax, on the model's device. It is overwritten by the next
        step: copy it."""
        check_flags(training=training)
        return self._forward(self._batch(x), training, check_seed("rng", rng, LARGEST))

    def _forward(self, x: Array, training: bool, rng: int) -> Array:
        self._path, batch = self._beside if lanes.suits(len(x), self.dtype) else self.layers, len(x)
        for layer in self._path:
            layer.batch = batch
            x = layer.forward(x, training, (self.seed, rng))
        return x

    def predict(self, x: Any, batch_size: int = 512) -> Array:
        """Class probabilities (B, classes) under "cross_entropy", outputs (B, outputs) under "mse"; a new array."""
        x, batch_size = self._samples(x), check_integer("batch_size", batch_size, 1)
        out = np.empty((len(x), self.output_shape[0]), self.dtype)
        for at in range(0, len(x), batch_size):
            z = self.forward(x[at : at + batch_size])
            out[at : at + batch_size] = self.device.host(losses.softmax(z) if self.loss.name == "cross_entropy" else z)
        return out

    def evaluate(self, x: Any, y: Any, batch_size: int = 512) -> tuple[float, float]:
        """(mean loss, accuracy in [0, 1]) under "cross_entropy", (mse, mse) under "mse"; without dropout and with
        batch normalisation's running statistics. Same arguments and errors as `loss_and_gradient`."""
        x, y = self._samples(x), check_array("y", y)
        batch_size = check_integer("batch_size", batch_size, 1)
        if y.shape[:1] != x.shape[:1]:
            raise ValueError(f"y must have one row for each of the {len(x)} samples, got shape {y.shape}")
        total = score = 0.0
        for at in range(0, len(x), batch_size):
            z = self.forward(x[at : at + batch_size])
            targets = self.loss.prepare(y[at : at + batch_size], len(z))
            total += self.loss(z, targets)[0] * len(z)
            score += self.loss.score(z, targets)
        return total / len(x), score / len(x)

    def groups(self, index: str = "fan_in") -> tuple[Group, ...]:
        """The vectors of the parameters that F acts on, and what i counts in them (reading R2): see `nets.groups`."""
        return groups(self, index)

    # -- samples -------------------------------------------------------------------------------------

    def _batch(self, x: Any) -> Array:
        """Samples in this model's shape and dtype, contiguous; a copy only where they are not."""
        x = self._samples(x)
        # contiguous, aligned and writable, as compiled code wants them
        if self.device is devices.CPU and x.dtype == self.dtype and x.flags.carray:
            return x
        room = self._room("x", x.shape)
        self.device.put(room, x)
        return room

    def _samples(self, x: Any) -> Array:
        return as_samples(x, self.input_shape)
