"""Neural nets: layers, models, training and data."""

from __future__ import annotations

import importlib
from typing import Any

_PACKAGES = ("data",)

__all__ = [*_PACKAGES]


def __getattr__(name: str) -> Any:
    """Import a package on first use."""
    if name not in _PACKAGES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return importlib.import_module(f"{__name__}.{name}")


def __dir__() -> list[str]:
    return __all__
