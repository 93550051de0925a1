"""What a file must hold, checked before anything is made of it: fields of a manifest, shapes and types of arrays.

Every error is one line that names the field, says what it must be and what stands there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["FLAG", "NUMBER", "TEXT", "WHOLE", "Each", "Maybe", "OneOf", "Within", "check", "check_arrays"]

TEXT, WHOLE, NUMBER, FLAG = "a text", "a whole number", "a number", "true or false"
_KINDS: dict[str, Any] = {TEXT: str, WHOLE: int, NUMBER: (int, float), FLAG: bool}
_TYPES = {"b": "bool", "i": "int64", "i1": "int8", "u1": "uint8", "w": "int8, int16, int32 or int64", "f": "float64",
          "F": "float32 or float64", "u": "text"}  # fmt: skip


@dataclass(frozen=True)
class Maybe:
    """`wanted`, or nothing: null, or a field that is not there."""

    wanted: Any


@dataclass(frozen=True)
class Each:
    """An object whose members, by whatever names, all are as `wanted`."""

    wanted: Any


@dataclass(frozen=True)
class OneOf:
    """One of some values."""

    values: Sequence[Any]


@dataclass(frozen=True)
class Within:
    """A whole number from `least` to `most`."""

    least: int
    most: int


def check(value: Any, wanted: Any, where: str = "manifest") -> None:
    """Hold a value of JSON types against what is wanted.

    Parameters
    ----------
    value : what was read.
    wanted : TEXT, WHOLE, NUMBER or FLAG; an object of fields (others may stand beside them); a list with what each
        member must be; `dict` or `list` for any; or a `Maybe`, `Each`, `OneOf` or `Within`.
    where : the value's name in an error.

    Raises ValueError for the first that does not fit.
    """
    if isinstance(wanted, Maybe):
        if value is not None:
            check(value, wanted.wanted, where)
    elif isinstance(wanted, OneOf):
        if value not in wanted.values:
            raise _wrong(where, f"one of {', '.join(map(repr, wanted.values))}", value)
    elif isinstance(wanted, Within):
        if type(value) is not int or not wanted.least <= value <= wanted.most:
            raise _wrong(where, f"a whole number from {wanted.least} to {wanted.most}", value)
    elif isinstance(wanted, str):
        if not isinstance(value, _KINDS[wanted]) or (isinstance(value, bool) and wanted != FLAG):
            raise _wrong(where, wanted, value)
    elif isinstance(wanted, list) or wanted is list:
        if not isinstance(value, list):
            raise _wrong(where, "a list", value)
        for k, member in enumerate(value if isinstance(wanted, list) else ()):
            check(member, wanted[0], f"{where}[{k}]")
    else:
        if not isinstance(value, dict):
            raise _wrong(where, "an object", value)
        fields = dict.fromkeys(value, wanted.wanted) if isinstance(wanted, Each) else wanted
        for name, inner in fields.items() if isinstance(fields, dict) else ():
            if name not in value and not isinstance(inner, Maybe):
                raise ValueError(f"{where} must have the field {name!r}, got {_short(list(value))}")
            check(value.get(name), inner, f"{where}.{name}")


def check_arrays(
    arrays: Mapping[str, Any], wanted: Mapping[str, tuple[str, tuple[str | int, ...]]], sizes: dict[str, int],
    where: str = "", least: int = 0,
) -> None:  # fmt: skip
    """Hold arrays against types and shapes.

    Parameters
    ----------
    arrays : by name; others may be among them.
    wanted : name -> (type, shape): "b", "i" (int64), "i1" (int8), "u1" (uint8), "w" (int8 to int64), "f" (float64),
        "F" (float32 or float64), "u" (text); and lengths, as numbers or as names that stand for one length each.
    sizes : the lengths that are known; what is found out is added.
    where : goes before the names in errors.
    least : the smallest length along any axis.

    Raises ValueError for the first that is missing or does not fit.
    """
    for name, (kind, shape) in wanted.items():
        if name not in arrays:
            raise ValueError(f"array {where}{name} is missing, got {_short(sorted(arrays))}")
        array = arrays[name]
        found = array.dtype.kind if array.dtype.kind in "bU" else array.dtype.str[1:]
        fits = found in {"b": "b", "i": "i8", "i1": "i1", "u1": "u1", "w": ("i1", "i2", "i4", "i8"), "f": "f8",
                          "F": ("f4", "f8"), "u": "U"}[kind]
        fits = fits and array.ndim == len(shape)
        for length, size in zip(array.shape, shape, strict=True) if fits else ():
            known_size = size if isinstance(size, int) else sizes.setdefault(size, length)
            fits = fits and least <= length == known_size
        if not fits:
            known = ", ".join(str(s if isinstance(s, int) else sizes.get(s, s)) for s in shape)
            comma = "," if len(shape) == 1 else ""
            raise ValueError(f"array {where}{name} must be {_TYPES[kind]} of shape ({known}{comma}), got {array.dtype} "
                             f"of shape {array.shape}")  # fmt: skip


def _wrong(where: str, wanted: str, value: Any) -> ValueError:
    return ValueError(f"{where} must be {wanted}, got {_short(value)}")


def _short(value: Any) -> str:
    text = " ".join(repr(value if not isinstance(value, np.ndarray) else value.shape).split())
    return text if len(text) <= 80 else f"{text[:77]}..."
