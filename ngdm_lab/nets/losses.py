"""The two losses, each with its derivative by the model's output in one pass over the rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ngdm_lab.compiler.checks import check_array, check_known

from .device import CPU, Device
from .elementary import exp, log
from .kernel import kernel
from .workspace import Workspace

__all__ = ["CrossEntropy", "Loss", "MeanSquaredError", "softmax"]

Array = NDArray[Any]


@kernel("T[:, ::1]", "int64[::1]", "float64[::1]", "T[:, ::1]", "T")
def cross_entropy_rows(low, high, z, labels, loss, dz, scale):  # type: ignore[no-untyped-def]
    """loss_i = log sum_j exp(z_ij) - z_ik, k = labels_i; dz = scale (softmax(z) - one-hot)."""
    for i in range(low, high):
        most = z[i, 0]
        for j in range(z.shape[1]):
            most = most if z[i, j] < most else z[i, j]
        total = z[i, 0] * 0.0
        for j in range(z.shape[1]):
            dz[i, j] = exp(z[i, j] - most)
            total += dz[i, j]
        k = labels[i]
        loss[i] = log(total) - (z[i, k] - most)
        for j in range(z.shape[1]):
            dz[i, j] = scale * (dz[i, j] / total)
        dz[i, k] = dz[i, k] - scale


@kernel("T[:, ::1]", "T[:, ::1]", "float64[::1]", "T[:, ::1]", "T")
def squared_error_rows(low, high, z, target, loss, dz, scale):  # type: ignore[no-untyped-def]
    """loss_i = sum_j (z_ij - t_ij)^2; dz = scale (z - t)."""
    for i in range(low, high):
        total = z[i, 0] * 0.0
        for j in range(z.shape[1]):
            d = z[i, j] - target[i, j]
            total += d * d
            dz[i, j] = scale * d
        loss[i] = total


class Loss:
    """A mean over a batch, with its derivative. `prepare` checks targets once; `__call__` computes."""

    name: str
    measure: str  # what `Model.evaluate` returns beside the loss

    def __init__(self, units: int, dtype: Any, device: Device = CPU) -> None:
        self.units, self.room = units, Workspace(dtype, device)

    def prepare(self, y: Any, m: int) -> Array:
        """Targets for m samples as the kernel takes them, on the device; ValueError or TypeError for those that do not
        fit."""
        raise NotImplementedError

    def __call__(self, z: Array, y: Array) -> tuple[float, Array]:
        """The mean loss of outputs z (B, units) for prepared targets y, and its derivative by z."""
        raise NotImplementedError

    def score(self, z: Array, y: Array) -> float:
        """The sum over samples of what `measure` names, for prepared targets."""
        raise NotImplementedError


class CrossEntropy(Loss):
    """Softmax cross-entropy: mean over the batch of -log softmax(z)_label. Labels are whole numbers (B,)."""

    name, measure = "cross_entropy", "accuracy"

    def prepare(self, y: Any, m: int) -> Array:
        given = check_array("y", y)
        if given.dtype.kind not in "iu":
            raise TypeError(f"y must hold labels, whole numbers from 0 to {self.units - 1}, got dtype {given.dtype}")
        if given.shape != (m,):
            raise ValueError(f"y must be one label for each of the {m} samples, shape ({m},), got {given.shape}")
        low, high = given.min(), given.max()
        if low < 0 or high >= self.units:
            wrong = low if low < 0 else high
            raise ValueError(f"y must hold labels from 0 to {self.units - 1}, got {wrong}")
        labels = self.room("labels", (m,), np.int64)
        self.room.device.put(labels, given)
        return labels

    def __call__(self, z: Array, y: Array) -> tuple[float, Array]:
        loss, dz = self.room("loss", (len(z),), np.float64), self.room("dz", z.shape)
        cross_entropy_rows(len(z), z, y, loss, dz, 1.0 / len(z))
        return float(loss.sum()) / len(z), dz

    def score(self, z: Array, y: Array) -> float:
        return float((z.argmax(axis=1) == y).sum())


class MeanSquaredError(Loss):
    """Mean over the batch and the outputs of (z - y)^2. Targets are (B, units), or (B,) for one output."""

    name, measure = "mse", "mse"

    def prepare(self, y: Any, m: int) -> Array:
        given = check_array("y", y)
        if given.shape != (m, self.units) and not (self.units == 1 and given.shape == (m,)):
            raise ValueError(f"y must have shape ({m}, {self.units}) for {m} samples, got {given.shape}")
        target = self.room("target", (m, self.units))
        self.room.device.put(target, given.reshape(m, self.units))
        return target

    def __call__(self, z: Array, y: Array) -> tuple[float, Array]:
        loss, dz = self.room("loss", (len(z),), np.float64), self.room("dz", z.shape)
        squared_error_rows(len(z), z, y, loss, dz, 2.0 / z.size)
        return float(loss.sum()) / z.size, dz

    def score(self, z: Array, y: Array) -> float:
        return self(z, y)[0] * len(z)


LOSSES: dict[str, type[Loss]] = {"cross_entropy": CrossEntropy, "mse": MeanSquaredError}


def make(name: str, units: int, dtype: Any, device: Device = CPU) -> Loss:
    """A loss by its name for so many outputs; ValueError for one that is not there."""
    check_known("loss", "loss", name, LOSSES)
    return LOSSES[name](units, dtype, device)


def softmax(z: Array) -> Array:
    """exp(z) over its sum along the last axis, a new array."""
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    out: Array = e / e.sum(axis=-1, keepdims=True)
    return out
