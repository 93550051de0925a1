"""Pickling of what a decorator makes of a plain function: by its address."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

__all__ = ["by_name"]


def by_name(thing: Any, label: str, function: Callable[..., Any], find: Callable[[str, str], Any]) -> Any:
    """What ``__reduce__`` returns for a thing that stands in a module under the name of its plain function.

    `find` gets it from (module, name). Raises PicklingError where something else, or nothing, stands there.
    """
    address = function.__module__, function.__qualname__
    try:
        found = find(*address)
    except (ImportError, AttributeError):
        found = None
    if found is not thing:
        raise pickle.PicklingError(f"{label} cannot be pickled: it is not what {'.'.join(address)} stands for")
    return find, address
