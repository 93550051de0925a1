"""All claims of the paper that are judged, in their order."""

from __future__ import annotations

from importlib import import_module

from ngdm_lab.claims import Claim

__all__ = ["claims"]

_MODULES = (
    "c1",
    "c2",
    "c3",
    "c4",
    "c5",
    "c6",
    "c7",
    "c8",
    "c9",
    "c10",
    "c11",
    "c12",
    "c13",
)


def claims() -> list[Claim]:
    """The claims. Each module of the list has one, named CLAIM."""
    return [import_module(f"{__package__}.{name}").CLAIM for name in _MODULES]
