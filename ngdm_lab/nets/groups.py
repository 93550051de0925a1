"""The vectors of a net's parameters that F acts on, and what i counts in them (reading R2).

Algorithm 5 preconditions the weight vector w_k of each neuron k. The paper does not say what i counts in
alpha_i = 1.4 + 0.005 i, so that is an option, `index`. It also decides which vector F belongs to, since the exact
inverse couples the coordinates of one vector. With a weight tensor of m inputs and K neurons (neurons last):

- "fan_in": i is the position in w_k; F acts on each w_k in R^m, and all K neurons of a layer share it.
- "fan_out": i is the neuron; F acts on the K weights that lead from one input to all neurons.
- "layer": i is the layer, so alpha is one number in it; F acts on each w_k with m equal parameters.
- "flat": i is the position in the whole tensor, as it lies in memory; F acts on all of it at once.

i counts from 1, and pairs for the generalised Dirichlet distribution (under "layer": layers). Biases and the
parameters of a normalisation are a vector of their own in each layer (reading R6).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ngdm_lab.compiler.checks import check_choice

from .device import address

__all__ = ["INDICES", "Group", "groups", "layers"]

INDICES = ("fan_in", "fan_out", "layer", "flat")


@dataclass(frozen=True)
class Group:
    """The vectors of one parameter tensor: `count` vectors of `length` coordinates.

    Coordinate j of vector r lies at ``start + r * apart + j * step`` of the model's vector.

    Attributes
    ----------
    name : of the parameter, such as "dense1.weight".
    layer, number : the layer's name, and its number among the layers with weights, from 1.
    kind : "weight", "bias" or "norm".
    index : the reading under which it was made.
    """

    name: str
    layer: str
    number: int
    kind: str
    index: str
    start: int
    count: int
    length: int
    apart: int
    step: int

    @property
    def size(self) -> int:
        """The number of parameters."""
        return self.count * self.length

    def places(self) -> NDArray[np.int64]:
        """Where the coordinates lie in the model's vector: (count, length)."""
        rows = self.start + self.apart * np.arange(self.count, dtype=np.int64)
        return rows[:, None] + self.step * np.arange(self.length, dtype=np.int64)


def groups(model: Any, index: str = "fan_in") -> tuple[Group, ...]:
    """The vectors that F acts on, one `Group` for each parameter tensor, in the order of the model's vector.

    Parameters
    ----------
    model : has `vector`, `parameters` (name -> C-contiguous view) and `kinds` (name -> kind).
    index : what i counts, one of `INDICES`.

    Returns
    -------
    tuple of Group
        Every parameter is in exactly one vector.

    Raises
    ------
    ValueError
        For an unknown index.
    """
    check_choice("index", index, INDICES)
    made = []
    numbers: dict[str, int] = {}
    for name, view in sorted(model.parameters.items(), key=lambda item: _start(model, item[1])):
        layer, kind = name.rpartition(".")[0] or name, model.kinds[name]
        if kind == "weight":
            numbers.setdefault(layer, len(numbers) + 1)
        # a normalisation belongs to the layer with weights before it
        number = numbers.get(layer, max(1, len(numbers)))
        own = (name, layer, number, kind, index, _start(model, view))
        made.append(Group(*own, *_layout(view.shape, kind, index)))
    return tuple(made)


def layers(made: Sequence[Group]) -> dict[str, list[Group]]:
    """The groups of each layer, by the layer's name."""
    out: dict[str, list[Group]] = {}
    for group in made:
        out.setdefault(group.layer, []).append(group)
    return out


def _layout(shape: tuple[int, ...], kind: str, index: str) -> tuple[int, int, int, int]:
    """(count, length, apart, step)."""
    size = int(np.prod(shape, dtype=np.int64))
    neurons = shape[-1] if shape else 1
    inputs = size // neurons
    if kind != "weight" or index == "flat":
        return 1, size, size, 1
    if index == "fan_out":
        return inputs, neurons, neurons, 1
    return neurons, inputs, 1, neurons


def _start(model: Any, view: NDArray[Any]) -> int:
    """Where a parameter begins in the model's vector."""
    if not view.flags.c_contiguous:
        raise ValueError("parameters must be C-contiguous views of the model's vector")
    return (address(view) - address(model.vector)) // int(model.vector.itemsize)
