"""Texts as syntax trees, one thread at a time: CPython 3.11 may raise a SystemError where two threads make trees."""

from __future__ import annotations

import ast
import threading
from typing import Any

__all__ = ["parsed"]

_one = threading.RLock()


def parsed(text: str, mode: str = "exec") -> Any:
    """`ast.parse`."""
    with _one:
        return ast.parse(text, mode=mode)
