"""State: what an optimizer remembers between steps that are taken by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["State"]

Array = NDArray[np.float64]


@dataclass(eq=False)
class State:
    """What an optimizer remembers between steps of a hand-written loop.

    Attributes
    ----------
    shape : shape of the parameters it belongs to.
    names : names of the state vectors.
    vectors : (as many as there are, n) their values, float64.
    t : number of steps taken.
    """

    shape: tuple[int, ...]
    names: tuple[str, ...]
    vectors: Array
    t: int = 0
    packed: Array = field(default_factory=lambda: np.empty(0), repr=False)
    solve: Any = field(default=None, repr=False)
    owner: Any = field(default=None, repr=False)
    places: dict[str, slice] = field(default_factory=dict, repr=False)

    def __getitem__(self, name: str) -> Array:
        """A state vector by its name, in the parameters' shape; several of them behind each other for a stack."""
        place = self.places[name]
        many = () if place.stop - place.start == 1 else (-1,)
        return self.vectors[place].reshape(*many, *self.shape)

    @property
    def done(self) -> bool:
        """Whether the rule has ended its run."""
        return "done" in self.names and bool(self.vectors[self.places["done"].start, 0] != 0.0)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "solve": None, "owner": None}  # compiled code is found again at the next step
