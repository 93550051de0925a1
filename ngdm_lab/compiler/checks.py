"""One converter for each kind of argument: what it returns is of one plain type, and what it refuses is named.

Every error is a ValueError or TypeError of one line that names the argument, its value (shortened), and what would be
right. TypeError is for what is of another kind, ValueError for what lies out of range.
"""

from __future__ import annotations

import difflib
import math
import operator
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "brief",
    "check_array",
    "check_choice",
    "check_each",
    "check_flag",
    "check_flags",
    "check_float_type",
    "check_instance",
    "check_integer",
    "check_integers",
    "check_known",
    "check_names",
    "check_number",
    "check_path",
    "check_point",
    "check_seed",
    "check_str",
    "is_many",
    "settle",
    "unknown_name",
]  # fmt: skip

LARGEST = 2**63 - 1  # of counts: what an int64 holds
_LONGEST = 72  # characters of a value in a message
_LONGEST_PATH = 4096  # characters, Linux' limit
Kind = TypeVar("Kind")


def brief(value: Any) -> str:
    """A value as it stands in a message: its repr in one short line, whatever it is."""
    try:
        text = " ".join(repr(value.item() if isinstance(value, np.generic) else value).split())
    except Exception:  # the object's own affair
        text = f"an object of type {type(value).__name__}"
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}... of type {type(value).__name__}"


def is_many(value: Any) -> bool:
    """Whether a value has elements, as a list or an array with axes has."""
    try:
        return bool(np.iterable(value))
    except Exception:  # the object's own affair
        return False


def check_integer(name: str, value: Any, least: int = 0, most: int | None = LARGEST) -> int:
    """`value` as an int from `least` to `most`; TypeError for what is no whole number, ValueError outside."""
    if type(value) is int and value >= least and (most is None or value <= most):
        return value
    try:
        if _is_truth(value) or getattr(value, "shape", ()) != ():  # an array of one number is an array
            raise TypeError
        number = operator.index(value)
    except Exception:
        raise TypeError(f"{name} must be a whole number, got {brief(value)}") from None
    if number < least:
        raise ValueError(f"{name} must be at least {least}, got {brief(number)}")
    if most is not None and number > most:
        raise ValueError(f"{name} must be at most {most}, got {brief(number)}")
    return number


def check_integers(name: str, value: Any, least: int = 0, most: int | None = LARGEST) -> list[int]:
    """Whole numbers as a list of int; TypeError for what is no list of them, ValueError outside."""
    try:
        if isinstance(value, str | bytes | bytearray | Mapping) or _is_masked(value):
            raise TypeError
        several = list(value)
    except Exception:
        raise TypeError(f"{name} must be a list of whole numbers, got {brief(value)}") from None
    return [check_integer(f"each of {name}", one, least, most) for one in several]


def check_seed(name: str, value: Any, most: int | None = None) -> int:
    """A seed as an int from 0 on; NumPy takes them of any size."""
    return check_integer(name, value, 0, most)


def check_number(
    name: str,
    value: Any,
    *,
    above: float | None = None,
    least: float | None = None,
    below: float | None = None,
    most: float | None = None,
) -> float:
    """`value` as a finite float inside the limits; TypeError for what is no real number, ValueError outside.

    Numbers of NumPy, of PyTorch and of the standard library become plain floats, as arrays without axes do.
    """
    number = _real(name, value)
    wanted = []
    good = math.isfinite(number)
    for limit, word, holds in (
        (above, "greater than", operator.gt),
        (least, "at least", operator.ge),
        (below, "less than", operator.lt),
        (most, "at most", operator.le),
    ):
        if limit is not None:
            wanted.append(f"{word} {limit:g}")
            good = good and holds(number, limit)
    if not good:
        words = f"a finite number{' ' if wanted else ''}{' and '.join(wanted)}"
        raise ValueError(f"{name} must be {words}, got {brief(value)}")
    return number


def _real(name: str, value: Any) -> float:
    try:
        kind = getattr(getattr(value, "dtype", None), "kind", "f")  # of NumPy's types: no dates, no complex numbers
        text = isinstance(value, str | bytes | bytearray)
        if text or _is_truth(value) or _is_masked(value) or getattr(value, "shape", ()) != () or kind not in "iuf":
            raise TypeError
        return float(value)
    except OverflowError:
        raise ValueError(f"{name} must be a number that a float holds, got {brief(value)}") from None
    except Exception:
        raise TypeError(f"{name} must be a number, got {brief(value)}") from None


def check_flag(name: str, value: Any) -> bool:
    """`value` as a bool; TypeError for all else, since "no", [] or NaN may be meant either way."""
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name} must be True or False, got {brief(value)}")
    return bool(value)


def check_flags(**given: Any) -> None:
    """TypeError for the first of some flags, by their names, that is no bool."""
    for name, value in given.items():
        check_flag(name, value)


def check_str(name: str, value: Any) -> str:
    """`value` if it is a str, else TypeError."""
    return check_instance(name, value, str, "a str")


def check_choice(name: str, value: Any, choices: Sequence[str]) -> str:
    """The one of some words that the value is; ValueError for another."""
    if not (isinstance(value, str) and value in choices):
        raise ValueError(f"{name} must be one of {', '.join(map(repr, choices))}, got {brief(value)}")
    return str(value)


def check_known(name: str, kind: str, value: Any, known: Iterable[str]) -> str:
    """`value` if it is one of the names of a kind of thing; TypeError for no str, ValueError with near ones else."""
    if check_str(name, value) not in (listed := list(known)):
        raise unknown_name(kind, value, listed)
    return str(value)


def check_instance(name: str, value: Any, kind: type[Kind] | tuple[type, ...], wanted: str) -> Kind:
    """`value` if it is of a kind, else TypeError; `wanted` says in words what it must be."""
    if not isinstance(value, kind):
        raise TypeError(f"{name} must be {wanted}, got {brief(value)}")
    return value  # type: ignore[return-value]


def check_each(name: str, value: Any, kind: type[Kind] | tuple[type, ...], wanted: str, least: int = 1) -> list[Kind]:
    """One thing of a kind, or several, as a list; TypeError for others, ValueError for fewer than `least`."""
    if isinstance(value, kind):
        return [value]  # type: ignore[list-item]
    try:
        if isinstance(value, str | bytes | Mapping):
            raise TypeError
        several = list(value)
    except Exception:
        raise TypeError(f"{name} must be {wanted}, or a list of them, got {brief(value)}") from None
    if len(several) < least:
        raise ValueError(f"{name} must hold at least one, got an empty list")
    return [check_instance(f"each of {name}", one, kind, wanted) for one in several]


def check_names(name: str, value: Any, choices: Sequence[str] | None = None) -> list[str]:
    """A word, or several, as a list of str; TypeError for others, ValueError for one that is none of the choices."""
    found = check_each(name, value, str, "a str", least=0)
    return found if choices is None else [check_choice(f"each of {name}", word, choices) for word in found]


def check_array(name: str, value: Any) -> NDArray[Any]:
    """`value` as an array of real numbers, of its own type where that is one; TypeError for all else.

    Numbers in objects become float64. A masked array is refused: what its mask says would be lost.
    """
    if type(value) is np.ndarray and value.dtype.kind in "iuf":
        return value
    masked, given = _is_masked(value), np.empty(0, dtype=object)
    try:
        given = np.asarray(None if isinstance(value, bytes | bytearray) else value)
        kind = given.dtype.kind
        if kind == "O" and all(hasattr(v, "__float__") and not np.iscomplexobj(v) for v in given.flat):
            given, kind = given.astype(np.float64), "f"
        # float64 would also be made of "1.5", of None (NaN), of dates and of truth
        if masked or kind not in "iuf":
            raise TypeError
        return given
    except Exception:
        typed = isinstance(value, np.ndarray) and given.dtype.kind != "O" and not masked
        got = f"dtype {given.dtype}" if typed else brief(value)
        plain = ": fill or drop what is masked" if masked else ""
        raise TypeError(f"{name} must be an array of real numbers, got {got}{plain}") from None


def check_point(
    name: str, value: Any, n: int | None = None, *, axes: int | None = None, finite: bool = False, fresh: bool = True
) -> NDArray[np.float64]:
    """`value` as a float64 array in C's order whose last axis has length n; TypeError or ValueError otherwise.

    With `axes` it has so many of them, with `finite` no NaN and no infinity. It is a new one unless it need not be
    `fresh`, for who only reads it.
    """
    given = check_array(name, value)
    array = np.array(given, np.float64, order="C") if fresh else np.asarray(given, np.float64, order="C")
    if array.ndim == 0 or (n is not None and array.shape[-1] != n):
        wanted = "at least one axis" if n is None else f"a last axis of length {n}"
        raise ValueError(f"{name} must have {wanted}, got shape {array.shape}")
    if axes is not None and array.ndim != axes:
        raise ValueError(f"{name} must have {axes} ax{'is' if axes == 1 else 'es'}, got shape {array.shape}")
    if finite and not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite, got {float(array[~np.isfinite(array)][0])}")
    return array


def check_path(name: str, value: Any) -> Path:
    """`value` as a Path, with ~ for the home folder; TypeError for what is no path, ValueError for what can be none."""
    try:
        text = os.fspath(value)
    except Exception:
        text = b""
    if isinstance(text, bytes):
        raise TypeError(f"{name} must be a path, got {brief(value)}")
    if not 0 < len(text) <= _LONGEST_PATH or "\0" in text:
        raise ValueError(f"{name} must name a file or folder, got {brief(value)}")
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise ValueError(f"{name} begins with the home folder of nobody, got {brief(value)}") from None


def check_float_type(name: str, value: Any) -> np.dtype[Any]:
    """float32 or float64 as NumPy's type; ValueError for another, TypeError for what is no type."""
    try:
        kind = None if value is None or isinstance(value, np.generic) else np.dtype(value)
    except Exception:
        kind = None
    if kind is None:
        raise TypeError(f"{name} must be float32 or float64, got {brief(value)}")
    if kind not in (np.float32, np.float64):
        raise ValueError(f"{name} must be float32 or float64, got {brief(value)}")
    return kind


def settle(thing: Any, **values: Any) -> None:
    """Set fields of a frozen dataclass in its ``__post_init__`` to what converters made of them."""
    for name, value in values.items():
        object.__setattr__(thing, name, value)


def unknown_name(kind: str, name: Any, known: Iterable[str], others: Iterable[str] = ()) -> ValueError:
    """The error for a name that is not there: the near ones, those of `others` too, or all known where none is near."""
    known = list(known)
    near = difflib.get_close_matches(name, [*known, *others], n=3, cutoff=0.5) if isinstance(name, str) else []
    hint = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(known)}"
    return ValueError(f"unknown {kind} {brief(name)}: {hint}")


def _is_truth(value: Any) -> bool:
    """A bool of Python's, NumPy's or PyTorch's."""
    return isinstance(value, bool | np.bool_) or str(getattr(value, "dtype", "")).endswith("bool")


def _is_masked(value: Any) -> bool:
    """A masked array, or a list with one in it."""
    return isinstance(value, np.ma.MaskedArray) or (
        isinstance(value, list | tuple) and any(isinstance(v, np.ma.MaskedArray) for v in value)
    )
