"""Arrays that take long to read from their sources, kept as one npz file in the user's cache folder."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ngdm_lab.compiler.build import write_atomically

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
    path = _folder() / f"{name}.npz"
    kept = _read(path, key)
    if kept is None:
        kept = make()
        stream = io.BytesIO()
        # not compressed: it is read more often than written
        np.savez(stream, allow_pickle=False, **{_KEY: np.array(key), **kept})
        with contextlib.suppress(OSError):  # a place that cannot be written costs time, never a result
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, stream.getvalue())
    return kept


def _folder() -> Path:
    """``decoded`` in ``NGDM_LAB_CACHE``, or in the user's cache folder of this platform."""
    chosen = os.environ.get("NGDM_LAB_CACHE")
    if chosen:
        return Path(chosen) / "decoded"
    import platformdirs

    return Path(platformdirs.user_cache_dir("ngdm-lab")) / "decoded"


def _read(path: Path, key: str) -> Arrays | None:
    """What the file holds under this key; None where it is missing, of another key, or damaged (zip's checksums)."""
    try:
        # opened here: of a damaged file NumPy leaves its own open
        with open(path, "rb") as stream, np.load(stream, allow_pickle=False) as file:
            if str(file[_KEY]) != key:
                return None
            return {name: file[name] for name in file.files if name != _KEY}
    except Exception:  # a damaged file can fail in any way; it is made again
        return None
