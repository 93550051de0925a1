"""Model: layers in a row, all of whose parameters are views of one vector."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ngdm_lab.compiler.checks import check_integer

from . import device as devices
from . import losses
from .groups import Group, groups
from .layers.base import Layer, Shape
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
        self.name, self.layers, self.input_shape = name, list(layers), tuple(input_shape)
        if not self.layers:
            raise ValueError("layers must name at least one layer, got none")
        if len({id(layer) for layer in self.layers}) < len(self.layers):
            raise ValueError("layers must be distinct objects: one layer stands there twice")
        self.seed = check_integer("seed", seed, 0, LARGEST)
        self.dtype = np.dtype(dtype)
        if self.dtype not in (np.float32, np.float64):
            raise ValueError(f"dtype must be float32 or float64, got {self.dtype}")
        self.device, self._loss = devices.CPU, loss
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
        self._first = next((k for k, spec in enumerate(specs) if spec), 0)  # no layer below it wants a derivative
        size = sum(prod(s) for spec in specs for s, _ in spec.values())
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
        self.loss = losses.make(self._loss, self.output_shape[0], self.dtype, self.device)
        self._room = Workspace(self.dtype, self.device)

    def __getstate__(self) -> dict[str, Any]:
        """For copies and pickles: parameters, their gradient and buffers on the host; the rest is made anew."""
        host, kept = self.device.host, self.__dict__.items()
        state = {name: value for name, value in kept if name not in ("parameters", "gradients", "loss", "_room")}
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
        self.seed, here = check_integer("seed", seed, 0, LARGEST), self.device.name
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
        x = self._batch(x)
        targets = self.loss.prepare(y, len(x))
        value, dy = self.loss(self._forward(x, training, check_integer("rng", rng, 0, LARGEST)), targets)
        for k in range(len(self.layers) - 1, self._first - 1, -1):
            dy = self.layers[k].backward(dy, wanted=k > self._first)  # type: ignore[assignment]
        return value

    def forward(self, x: Any, training: bool = False, rng: int = 0) -> Array:
        """The last layer's result (B, outputs), before a softmax, on the model's device. It is overwritten by the next
        step: copy it."""
        return self._forward(self._batch(x), training, rng)

    def _forward(self, x: Array, training: bool, rng: int) -> Array:
        for layer in self.layers:
            x = layer.forward(x, training, (self.seed, rng))
        return x

    def predict(self, x: Any, batch_size: int = 512) -> Array:
        """Class probabilities (B, classes) under "cross_entropy", outputs (B, outputs) under "mse"; a new array."""
        x = self._samples(x)
        out = np.empty((len(x), self.output_shape[0]), self.dtype)
        for at in range(0, len(x), check_integer("batch_size", batch_size, 1)):
            z = self.forward(x[at : at + batch_size])
            out[at : at + batch_size] = self.device.host(losses.softmax(z) if self.loss.name == "cross_entropy" else z)
        return out

    def evaluate(self, x: Any, y: Any, batch_size: int = 512) -> tuple[float, float]:
        """(mean loss, accuracy in [0, 1]) under "cross_entropy", (mse, mse) under "mse"; without dropout and with
        batch normalisation's running statistics. Same arguments and errors as `loss_and_gradient`."""
        x, y = self._samples(x), np.asarray(y)
        if len(y) != len(x):
            raise ValueError(f"y must have one row for each of the {len(x)} samples, got {len(y)}")
        total = score = 0.0
        for at in range(0, len(x), check_integer("batch_size", batch_size, 1)):
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
        given = np.asarray(x)
        if given.dtype.kind not in "fiu":
            raise TypeError(f"x must be an array of real numbers, got dtype {given.dtype}")
        wanted = self.input_shape
        text = f"(B, {', '.join('T' if n is None else str(n) for n in wanted)}{',' if not wanted else ''})"
        if given.ndim == 0 or given.size == 0:
            raise ValueError(f"x must hold at least one sample, shape {text}, got shape {given.shape}")
        shape = given.shape[1:]
        if len(shape) == len(wanted) and all(n is None or n == m for n, m in zip(wanted, shape, strict=True)):
            return given
        if None not in wanted and _same_numbers(shape, wanted):
            return given.reshape(len(given), *wanted)
        raise ValueError(f"x must have shape {text}, got {given.shape}")


def _same_numbers(shape: tuple[int, ...], wanted: tuple[Any, ...]) -> bool:
    """Whether samples of a shape can be meant for another: flattened ones of one channel, or axes of length 1 apart.

    Rows of three channels are not: nobody knows whether the channels come first or last.
    """
    if prod(shape) != prod(wanted):
        return False
    squeezed = [tuple(n for n in dims if n != 1) for dims in (shape, wanted)]
    return squeezed[0] == squeezed[1] or len(wanted) == 1 or (len(shape) == 1 and wanted[-1] == 1)
