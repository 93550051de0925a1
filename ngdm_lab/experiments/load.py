"""`load`: read any saved result."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ngdm_lab.engine import Ensemble, store
from ngdm_lab.nets import Fit

from .basins import Basins
from .race_result import Race
from .trace import Trace

__all__ = ["load"]

_KINDS: dict[str, Any] = {"ensemble": Ensemble, "trace": Trace, "race": Race, "basins": Basins, "fit": Fit}


def load(path: str | Path) -> Ensemble | Trace | Race | Basins | Fit:
    """Read a result that `.save` wrote.

    Raises ValueError for a file that is no result of this lab, FileNotFoundError for none. Where a user defined
    the optimizer or the surface, that attribute of the result is None: its source is not in the file.
    """
    kind, arrays, described = store.read(path)
    if kind not in _KINDS:
        raise ValueError(f"{path} holds a result of kind {kind!r}; this version knows {', '.join(_KINDS)}")
    result: Ensemble | Trace | Race | Basins | Fit = _KINDS[kind].restore(arrays, described)
    return result
