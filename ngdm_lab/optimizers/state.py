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
    names : names of what it keeps: the state vectors, and numbers.
    vectors : (rows, n) all of it, float64: a row for each vector, then rows with as many numbers as there is room for.
    t : number of steps taken.
    """

    shape: tuple[int, ...]
    names: tuple[str, ...]
    vectors: Array
    t: int = 0
    packed: Array = field(default_factory=lambda: np.empty(0), repr=False)
    solve: Any = field(default=None, repr=False)
    owner: Any = field(default=None, repr=False)
    rule: Any = field(default=None, repr=False)

    def __getitem__(self, name: str) -> Array:
        """What it keeps under a name: a vector in the parameters' shape, a stack of those, or (1,) for a number."""
        found: Array = self.rule.parts(self.vectors)[name]
        return found if name in self.rule.numbers else found.reshape(*found.shape[:-1], *self.shape)

    @property
    def done(self) -> bool:
        """Whether the rule has ended its run."""
        return "done" in self.rule.numbers and bool(self["done"][0] != 0.0)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "solve": None, "owner": None}  # compiled code is found again at the next step
