"""Argument checks with messages that name the argument, its value and what would be right."""

from __future__ import annotations

import difflib
import math
import operator
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["check_choice", "check_integer", "check_number", "check_point", "unknown_name"]


def check_integer(name: str, value: Any, least: int = 0, most: int | None = None) -> int:
    """`value` as an int from `least` to `most`; TypeError for what is no whole number, ValueError outside."""
    try:
        if isinstance(value, bool | np.bool_):
            raise TypeError
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be a whole number, got {value!r}") from None
    if number < least:
        raise ValueError(f"{name} must be at least {least}, got {number}")
    if most is not None and number > most:
        raise ValueError(f"{name} must be at most {most}, got {number}")
    return number


def check_number(
    name: str,
    value: Any,
    *,
    above: float | None = None,
    least: float | None = None,
    below: float | None = None,
    most: float | None = None,
) -> float:
    """`value` as a finite float inside the limits; TypeError for what is no number, ValueError outside."""
    if isinstance(value, bool | np.bool_ | str | complex) or value is None:
        raise TypeError(f"{name} must be a number, got {value!r}")
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be a number, got {value!r}") from None
    wanted = []
    good = math.isfinite(number)
    for limit, word, holds in (
        (above, "greater than", lambda a, b: a > b),
        (least, "at least", lambda a, b: a >= b),
        (below, "less than", lambda a, b: a < b),
        (most, "at most", lambda a, b: a <= b),
    ):
        if limit is not None:
            wanted.append(f"{word} {limit:g}")
            good = good and holds(number, limit)
    if not good:
        raise ValueError(f"{name} must be a finite number{' ' if wanted else ''}{' and '.join(wanted)}, got {value!r}")
    return number


def check_choice(name: str, value: Any, choices: Sequence[Any]) -> None:
    """ValueError unless the value is one of the choices."""
    if value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, choices))}, got {value!r}")


def check_point(name: str, value: Any, n: int | None = None) -> NDArray[np.float64]:
    """`value` as a new float64 array whose last axis has length n; TypeError or ValueError otherwise."""
    try:
        given = np.asarray(value)
        # float64 would also be made of "1.5", of None (NaN) and of dates
        real = given.dtype.kind in "biuf" or (
            given.dtype.kind == "O" and all(hasattr(v, "__float__") and not np.iscomplexobj(v) for v in given.flat)
        )
        if not real:
            raise TypeError
        array = np.array(given, dtype=np.float64, order="C")
    except (TypeError, ValueError, OverflowError):
        got = f"dtype {value.dtype}" if isinstance(value, np.ndarray) else repr(value)
        raise TypeError(f"{name} must be an array of real numbers, got {got}") from None
    if array.ndim == 0 or (n is not None and array.shape[-1] != n):
        wanted = "at least one axis" if n is None else f"a last axis of length {n}"
        raise ValueError(f"{name} must have {wanted}, got shape {array.shape}")
    return array


def unknown_name(kind: str, name: str, known: Iterable[str]) -> ValueError:
    """The error for a name that is not there, with the near ones, or all when none is near."""
    known = list(known)
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(known)}"
    return ValueError(f"unknown {kind} {name!r}: {hint}")
