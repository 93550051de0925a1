"""What tests of the cache share: small functions to compile, and a process that has forgotten what it knew."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ngdm_lab.compiler import build as compiler
from ngdm_lab.compiler.build import build
from ngdm_lab.compiler.cache import folder as place

ARRAYS = {"x": np.arange(5.0)}


def half(v):
    return v / 2


def third(v):
    return v / 3


def forget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiler, "_memory", {})
    monkeypatch.setattr(place, "_known", {})
    monkeypatch.setattr(place, "_told", {})


def compiled(function: Any = half) -> Any:
    from numba import float64

    return build(function, float64(float64))


def from_disk(made: Any) -> bool:
    return sum(made.stats.cache_hits.values()) == 1


def give_away(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make it, and what is in it, another user's, who is not root."""
    if os.geteuid() == 0:
        for part in (path, *path.rglob("*")):
            os.chown(part, 12345, -1, follow_symlinks=False)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
