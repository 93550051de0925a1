"""Strict JSON that gives back what it was given: every float to the bit, nan and the infinities too."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

__all__ = ["decode", "encode"]

_FLOAT, _DICT = "$float", "$dict"


def encode(value: Any, name: str, *, canonical: bool = False, indent: int | None = None) -> str:
    """Strict JSON, on one line unless `indent` says how far to indent.

    A float that is not finite becomes ``{"$float": "nan"}``, since JSON has no word for it; a dict with a key that
    begins with $ is wrapped as ``{"$dict": ...}``, so that it is not taken for one.

    Parameters
    ----------
    value : None, bool, int, float, str, and lists and dicts of them with str keys. A tuple is none: it would come
        back as a list.
    name : what the value is called in an error.
    canonical : sort the keys of dicts, so that equal values give equal text.

    Raises
    ------
    TypeError
        For any other type, naming its place.
    """
    tree = _wrapped(value, name)
    separators = (",", ":") if indent is None else (",", ": ")
    return json.dumps(tree, allow_nan=False, sort_keys=canonical, indent=indent, separators=separators)


def decode(text: str | bytes) -> Any:
    """The value that `encode` was given. Raises ValueError for what is no JSON."""
    return _unwrapped(json.loads(text))


def _wrapped(value: Any, name: str) -> Any:
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {_FLOAT: repr(float(value))}
    if isinstance(value, list):
        return [_wrapped(v, f"{name}[{i}]") for i, v in enumerate(value)]
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise TypeError(f"{name} must have str keys, got the key {key!r}")
        tree = {key: _wrapped(v, f"{name}[{key!r}]") for key, v in value.items()}
        return {_DICT: tree} if any(key.startswith("$") for key in tree) else tree
    kinds = "None, bool, int, float, str, list or dict"
    raise TypeError(f"{name} must be {kinds}, got the {type(value).__name__} {repr(value)[:60]}")


def _unwrapped(tree: Any) -> Any:
    if isinstance(tree, list):
        return [_unwrapped(v) for v in tree]
    if isinstance(tree, dict):
        if _FLOAT in tree:
            return float(tree[_FLOAT])
        return {key: _unwrapped(v) for key, v in tree.get(_DICT, tree).items()}
    return tree
