"""How many threads a parallel kernel is given."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numba

__all__ = ["threads"]


@contextmanager
def threads(work: float, enough: float) -> Iterator[None]:
    """One thread for less work than is enough: on a busy machine every start of a parallel loop can cost 10 ms."""
    before = numba.get_num_threads()
    numba.set_num_threads(1 if work < enough else before)
    try:
        yield
    finally:
        numba.set_num_threads(before)
