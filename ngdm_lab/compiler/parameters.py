"""One array for all parameters of a plain function.

Compiled functions of one kind share one signature, so that a landscape, a rule and a Fisher solve are
compiled once each and linked in any pairing. Their own parameters, numbers and vectors, travel in one
float64 array: a slot for each number, two slots (start, stop) for each vector, then the vectors' data.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["arguments", "pack", "pack_each"]

Value = float | NDArray[np.float64]


def pack(values: Iterable[Value]) -> NDArray[np.float64]:
    """Pack numbers and vectors (flattened) into one float64 array."""
    values = list(values)
    head: list[float] = []
    data: list[NDArray[np.float64]] = []
    at = sum(2 if isinstance(v, np.ndarray) else 1 for v in values)
    for v in values:
        if isinstance(v, np.ndarray):
            data.append(np.ravel(v).astype(np.float64))
            head += [float(at), float(at + v.size)]
            at += v.size
        else:
            head.append(float(v))
    return np.concatenate([np.array(head, dtype=np.float64), *data])


def pack_each(sets: Sequence[Sequence[Value]]) -> NDArray[np.float64]:
    """`pack` of each of several sets of parameters, as rows: numbers and vectors as many and as long in all of them."""
    packed = np.tile(pack(sets[0]), (len(sets), 1))
    at = sum(2 if isinstance(v, np.ndarray) else 1 for v in sets[0])
    slot = 0
    for column in zip(*sets, strict=True):
        if isinstance(column[0], np.ndarray):
            packed[:, at : at + column[0].size] = np.array(column).reshape(len(sets), -1)
            at, slot = at + column[0].size, slot + 2
        else:
            packed[:, slot] = column
            slot += 1
    return packed


def arguments(values: Iterable[Value], array: str = "p", *, fixed: bool = False) -> list[str]:
    """The expressions that unpack `pack(values)` again, as source text; `fixed` for these lengths of the vectors."""
    values = list(values)
    at = sum(2 if isinstance(v, np.ndarray) else 1 for v in values)
    out, slot = [], 0
    for v in values:
        if isinstance(v, np.ndarray):
            ends = (at, at + v.size) if fixed else (f"int({array}[{slot}])", f"int({array}[{slot + 1}])")
            out.append(f"{array}[{ends[0]}:{ends[1]}]")
            at += v.size
            slot += 2
        else:
            out.append(f"{array}[{slot}]")
            slot += 1
    return out
