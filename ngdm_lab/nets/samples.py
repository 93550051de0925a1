"""What a model is given: samples, and the shape of one."""

from __future__ import annotations

from math import prod
from typing import Any

from numpy.typing import NDArray

from ngdm_lab.compiler.checks import brief, check_array, check_integer, is_many

__all__ = ["as_input_shape", "as_samples"]

InputShape = tuple[int | None, ...]


def as_input_shape(given: Any) -> InputShape:
    """Lengths of a sample's axes, None for one that may differ; TypeError or ValueError for others."""
    if isinstance(given, str | bytes) or not is_many(given):
        raise TypeError(f"input_shape must be a list of whole numbers, None for any length, got {brief(given)}")
    return tuple(None if n is None else check_integer("each of input_shape", n, 1) for n in given)


def as_samples(x: Any, wanted: InputShape) -> NDArray[Any]:
    """Samples of a shape, (B, *wanted), a view where they are; TypeError or ValueError for others."""
    given = check_array("x", x)
    text = f"(B, {', '.join('T' if n is None else str(n) for n in wanted)}{',' if not wanted else ''})"
    if given.ndim == 0 or given.size == 0:
        raise ValueError(f"x must hold at least one sample, shape {text}, got shape {given.shape}")
    shape = given.shape[1:]
    if len(shape) == len(wanted) and all(n is None or n == m for n, m in zip(wanted, shape, strict=True)):
        return given
    if None not in wanted and _same_numbers(shape, wanted):
        return given.reshape(len(given), *wanted)
    raise ValueError(f"x must have shape {text}, got {given.shape}")


def _same_numbers(shape: tuple[int, ...], wanted: tuple[Any, ...]) -> bool:
    """Whether samples of a shape can be meant for another: flattened ones of one channel, or axes of length 1 apart.

    Rows of three channels are not: nobody knows whether the channels come first or last.
    """
    if prod(shape) != prod(wanted):
        return False
    squeezed = [tuple(n for n in dims if n != 1) for dims in (shape, wanted)]
    return squeezed[0] == squeezed[1] or len(wanted) == 1 or (len(shape) == 1 and wanted[-1] == 1)
