"""A plain function tried in Python itself, on vectors that watch their indices: what only a call shows.

Compiled code checks no index. Python does, and says in which line; so a user's function is called a few times as it
stands before it is compiled for a number of coordinates.
"""

from __future__ import annotations

import re
import sys
import traceback
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import UnsupportedSource

__all__ = ["Arithmetic", "Raised", "Watched", "called"]

LINES = 300_000  # of Python that a call may run; a longer one is left to the compiled form
_ARITHMETIC = (ArithmeticError, ValueError)  # what math raises where IEEE has inf or NaN


class Watched(np.ndarray):
    """A vector that refuses indices outside it and notes which entries are written."""

    name: str
    written: set[int]

    @classmethod
    def of(cls, name: str, values: NDArray[np.float64]) -> Watched:
        """A watched copy."""
        made = np.array(values, dtype=np.float64).view(cls)
        made.name, made.written = name, set()
        return made

    def __getitem__(self, index: Any) -> Any:
        one = self._whole(index)
        found = self.view(np.ndarray)[index]
        return float(found) if one else found

    def __setitem__(self, index: Any, value: Any) -> None:
        if not self.flags.writeable:
            raise TypeError(f"{self.name} is written here, which a landscape may only read")
        if self._whole(index) and self.ndim == 1:
            self.written.add(index + len(self) if index < 0 else index)
        self.view(np.ndarray)[index] = value

    def _whole(self, index: Any) -> bool:
        """Whether it is one index; IndexError for one outside, and for a number that is not whole."""
        if isinstance(index, tuple) and len(index) == self.ndim:
            return all(self._inside(one, size) for one, size in zip(index, self.shape, strict=True))
        return self._inside(index, len(self)) and self.ndim == 1

    def _inside(self, index: Any, size: int) -> bool:
        if isinstance(index, bool | np.bool_) or not isinstance(index, int | np.integer):
            if isinstance(index, float | np.floating):
                raise IndexError(f"{self.name}[{index}]: an index must be a whole number, as // gives it")
            return False
        if not -size <= index < size:
            raise IndexError(f"{self.name}[{index}]: {self.name} has {size} entries, 0 to {size - 1}")
        return True


class _TooLong(Exception):
    pass


class Raised(Exception):
    """The function raised an exception of its own: `error`."""

    def __init__(self, error: BaseException):
        super().__init__(str(error))
        self.error = error


class Arithmetic(Exception):
    """A call ended in an error of arithmetic, such as the logarithm of a negative number: a NaN in compiled code."""


def called(function: Callable[..., Any], arguments: Sequence[Any]) -> Any:
    """What a plain function returns for some arguments, in Python.

    Returns
    -------
    The result; None where the call went on for too long.

    Raises
    ------
    Arithmetic
        For a division by zero and the like, with file and line.
    UnsupportedSource
        For an index outside a watched vector and for what Python cannot compute, with file and line.
    Raised
        For an exception that the function raises by `raise`.
    """
    count = 0

    def local(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        count += 1
        if count > LINES:
            raise _TooLong
        return local

    before = sys.gettrace()
    sys.settrace(lambda frame, event, argument: local)
    try:
        with np.errstate(all="ignore"):
            return function(*arguments)
    except _TooLong:
        return None
    except Exception as error:
        if _raised_by(error):
            raise Raised(error) from None
        if isinstance(error, _ARITHMETIC):
            raise Arithmetic(f"{_line(error)}: {error}") from None
        raise UnsupportedSource(f"{_line(error)}: {error}") from None
    finally:
        sys.settrace(before)


def _line(error: BaseException) -> str:
    """file:line of the last frame that is the user's."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename != __file__]
    frames = [f for f in frames if "numpy" not in f.filename] or frames
    return f"{frames[-1].filename}:{frames[-1].lineno}"


def _raised_by(error: BaseException) -> bool:
    """Whether a `raise` in the user's text is where it comes from."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return last.filename != __file__ and re.search(r"\b(raise|assert)\b", last.line or "") is not None
