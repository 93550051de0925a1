"""A user's function as it was written, for people to read: what was run."""

from __future__ import annotations

import textwrap
import types
import zlib
from typing import Any

import numpy as np

from .errors import UnsupportedSource
from .freeze import is_own
from .reading import known_names, remembered

__all__ = ["written"]


def written(function: Any) -> str:
    """The text of a frozen function, below the helpers and outer values that it reads, as they were then.

    Empty for the lab's own functions, which their version tells, and where no text is to be had. An array stands there
    by its shape and a digest.
    """
    parts: dict[str, str] = {}
    _collect(function, parts)
    return "\n\n".join(parts.values())


def _collect(function: Any, parts: dict[str, str]) -> None:
    plain = getattr(function, "py_func", function)
    if not isinstance(plain, types.FunctionType) or is_own(plain) or plain.__name__ in parts:
        return
    text = textwrap.dedent(remembered(plain)).strip()
    if not text:
        return
    parts[plain.__name__] = ""  # seen: a function may call itself
    try:
        known = known_names(plain)
    except UnsupportedSource:
        known = {}
    for name in sorted(known):
        value = known[name]
        if isinstance(value, bool | int | float | np.generic):
            parts.setdefault(name, f"{name} = {value.item() if isinstance(value, np.generic) else value!r}")
        elif isinstance(value, np.ndarray):
            digest = zlib.crc32(np.ascontiguousarray(value).tobytes())
            parts.setdefault(name, f"# {name}: an array of shape {value.shape}, {value.dtype}, CRC-32 {digest:08x}")
        else:
            _collect(value, parts)
    del parts[plain.__name__]
    parts[plain.__name__] = text  # callees first
