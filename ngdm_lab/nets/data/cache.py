"""Arrays that take long to read from their sources, kept as one npz file in the user's cache folder."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ngdm_lab.compiler.cache.contents import prune_daily, touch
from ngdm_lab.compiler.cache.folder import data_folder, opened, ours, shut
from ngdm_lab.compiler.files import write_atomically
from ngdm_lab.store import read_arrays

__all__ = ["cached"]

Arrays = dict[str, NDArray[Any]]
_KEY = "made from"


def cached(name: str, key: str, make: Callable[[], Arrays]) -> Arrays:
    """The arrays that `make` gives, from the cache where it has them under this key.

    Parameters
    ----------
    name : of the file; arrays of one name replace each other, so that the cache does not grow with each change.
    key : what the arrays depend on. They are made again when it differs from the file's, or the file is damaged.
    make : reads the sources. Its errors are raised, and nothing is kept then.
    """
    file = f"{name}.npz"
    place = opened(data_folder(), make=False)
    kept = _read(place / file, key) if place else None
    if kept is None:
        kept = make()
        place = opened(data_folder())
        if place is None:
            return kept
        prune_daily()
        stream = io.BytesIO()
        # not compressed: it is read more often than written
        np.savez(stream, allow_pickle=False, **{_KEY: np.array(key), **kept})
        with contextlib.suppress(OSError):  # a place that cannot be written costs time, never a result
            write_atomically(place / file, stream.getvalue())
            shut(place / file)
    return kept


def _read(path: Path, key: str) -> Arrays | None:
    """What the file holds under this key; None for one that is missing, others could write, or is of another key or
    damaged (zip's checksums)."""
    try:
        if not ours(path):
            return None
        kept = read_arrays(path)
        if str(kept.pop(_KEY)) != key:
            return None
        touch(path)
        return kept
    except Exception:  # a damaged file can fail in any way; it is made again
        return None
