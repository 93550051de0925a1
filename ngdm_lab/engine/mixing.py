"""Runs of different settings side by side in one block: which numbers differ between lanes, and where they lie.

A block of one setting reads its hyperparameters and preconditioner where all its lanes share them. In a mixed block
what differs between the settings of a call is a row of 64 numbers, behind the state of the rule; whatever the settings
agree on stays uniform, so that its powers are worked out once a step. The update is the same plain function
through the same transform (`blocks.step`, `fused_kernel.compiled`), told which parameters differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ngdm_lab.compiler.lanes.layout import LANES

from .state import Setting

__all__ = ["UNIFORM", "Mixed"]


@dataclass(frozen=True)
class Mixed:
    """What differs between the settings of a call.

    Attributes
    ----------
    hyper : indices of hyperparameters; the last of them is the learning rate.
    arrays : indices of the preconditioner's arrays.
    """

    hyper: tuple[int, ...] = ()
    arrays: tuple[int, ...] = ()

    @classmethod
    def of(cls, setting: Setting, arrays: int) -> Mixed:
        """Of the settings of a job, whose preconditioner has so many arrays. Compared are bits: 0.0 is not -0.0."""
        table, packed = (a.view(np.int64) for a in (setting.hyper, setting.packed))
        differ = (table != table[0]).any(axis=0)
        apart = (packed != packed[0]).any(axis=0)
        ends = setting.packed[0, : 2 * arrays].astype(np.int64).reshape(-1, 2)
        return cls(tuple(map(int, np.flatnonzero(differ))),
                   tuple(k for k, (start, stop) in enumerate(ends) if apart[start:stop].any()))  # fmt: skip

    def columns(self, setting: Setting, which: NDArray[np.int64]) -> NDArray[np.float64]:
        """The numbers of runs (runs, rows), whose settings are given, in the order of `rows`."""
        spans = [setting.packed[0, 2 * k : 2 * k + 2].astype(np.int64) for k in self.arrays]
        return np.hstack([setting.hyper[which][:, list(self.hyper)],
                          *(setting.packed[which, start:stop] for start, stop in spans)])  # fmt: skip

    def sizes(self) -> list[str]:
        """How many rows each takes, as texts; b are the packed arrays of any of the settings."""
        return ["1"] * len(self.hyper) + [f"(int(b[{2 * k + 1}]) - int(b[{2 * k}]))" for k in self.arrays]

    def rows(self, hyper: Sequence[str], size: str) -> dict[str, str]:
        """Text of the rows of what differs, by name: of the hyperparameters theirs, of array k d followed by k.

        They lie behind the vectors of the rule's state at the address S.
        """
        names = [*(hyper[k] for k in self.hyper), *(f"d{k}" for k in self.arrays)]
        made, before = {}, size
        for name, rows in zip(names, self.sizes(), strict=True):
            made[name] = f"_vector(S + ({before}) * {8 * LANES}, {rows} * {LANES})"
            before += f" + {rows}"
        return made

    def lane(self, size: str) -> list[str]:
        """Lines that copy what differs from the rows of a lane, Z from S on, to a and b, hyperparameters and arrays."""
        lines, before = [], size
        for k, rows in zip(self.hyper, self.sizes(), strict=False):
            lines.append(f"a[{k}] = Z[({before}) * {LANES} + lane]")
            before += f" + {rows}"
        for k, rows in zip(self.arrays, self.sizes()[len(self.hyper) :], strict=True):
            lines.append(f"for i in range({rows}):")
            lines.append(f"    b[int(b[{2 * k}]) + i] = Z[({before} + i) * {LANES} + lane]")
            before += f" + {rows}"
        return lines

    def total(self, size: str) -> str:
        """Text of the number of rows from S on."""
        return " + ".join([size, *self.sizes()])


UNIFORM = Mixed()  # nothing differs: blocks of one setting
