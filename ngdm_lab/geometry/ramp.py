"""Parameters of a distribution: an array, one number for every index, or a ramp start + slope * i.

The paper chooses its constants as ramps, e.g. alpha_i = 1.4 + 0.005 i, with i counted from 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ngdm_lab.compiler.checks import brief, check_integer, check_number, check_point, is_many, settle
from ngdm_lab.compiler.room import check_memory

LOWEST, HIGHEST = 1e-150, 1e150  # so that psi' and 1/psi' stay normal doubles
RANGE = f"finite, positive and within [{LOWEST:g}, {HIGHEST:g}]"


@dataclass(frozen=True, repr=False)
class ramp:
    """The values start + slope * i for i = 1, 2, 3, ...

    Parameters
    ----------
    start, slope : float
        Finite real numbers. TypeError when not numeric, ValueError when not finite.

    Examples
    --------
    >>> ramp(1.5, 0.25).values(3)
    array([1.75, 2.  , 2.25])
    """

    start: float
    slope: float

    def __post_init__(self) -> None:
        for name in ("start", "slope"):
            settle(self, **{name: check_number(f"ramp's {name}", getattr(self, name))})

    def __repr__(self) -> str:
        return f"ramp({self.start!r}, {self.slope!r})"

    def values(self, n: int) -> NDArray[np.float64]:
        """The first n values, float64 of shape (n,).

        A value which is no more than the rounding error of start + slope * i counts as 0, so that a ramp
        which meets zero in decimals, as 0.9 - 0.3 i does at i = 3, meets it here too.
        """
        n = check_integer("n", n, 1)
        check_memory(f"n = {n}", 3 * n)
        values = self.start + self.slope * np.arange(1.0, n + 1.0)
        values[np.abs(values) <= 2 * np.finfo(float).eps * abs(self.start)] = 0.0
        return values


Parameter = float | ramp | NDArray[np.float64]
ParameterLike = float | ramp | ArrayLike


def _first_bad(values: NDArray[np.float64]) -> int | None:
    good = (values >= LOWEST) & (values <= HIGHEST)  # False for NaN
    return None if good.all() else int(np.argmin(good)) + 1  # in a batch, counted through all rows


def _where(values: NDArray[np.float64], i: int) -> str:
    """The i-th value (from 1) as it stands in a message: "i = 3", or in a batch "i = 3 of row (0, 2)"."""
    row, column = divmod(i - 1, values.shape[-1])
    if values.ndim == 1:
        return f"i = {column + 1}"
    rows = tuple(int(k) for k in np.unravel_index(row, values.shape[:-1]))
    return f"i = {column + 1} of row {rows[0] if len(rows) == 1 else rows}"


def _as_array(value: ArrayLike, name: str) -> NDArray[np.float64]:
    array = check_point(name, value)  # always a copy: the caller may change his array
    if array.size == 0:
        raise ValueError(f"{name} must have the shape (n,) or (..., n) and not be empty, got the shape {array.shape}")
    array.flags.writeable = False
    return array


def check_parameter(value: ParameterLike, name: str) -> Parameter:
    """What the user gave as a number (float), a ramp, or a read-only float64 array of shape (..., length).

    Raises TypeError when it is not numeric, and ValueError, naming the first index i (from 1) and its value,
    when a value is not finite, positive and within [1e-150, 1e150]. A ramp is looked at for i = 1 only.
    """
    if isinstance(value, ramp):
        resolve(value, 1, name)
        return value
    if not is_many(value):
        try:
            return check_number(name, value, least=LOWEST, most=HIGHEST)
        except TypeError:
            raise TypeError(
                f"{name} must be a number, an array of real numbers or a ramp, got {brief(value)}"
            ) from None
        except ValueError:
            raise ValueError(f"{name} must be {RANGE}, got {brief(value)}") from None
    array = _as_array(value, name)
    i = _first_bad(array)
    if i is not None:
        raise ValueError(f"{name} must be {RANGE}, got {float(array.flat[i - 1])!r} at {_where(array, i)}")
    return array


def resolve(parameter: Parameter, n: int, name: str, counted: str = "coordinates") -> NDArray[np.float64]:
    """The n values of a checked parameter: read-only float64 of shape (n,), or (..., n) for a batch.

    Raises ValueError when a ramp leaves the range (naming the first such i), or an array has another length.
    """
    if isinstance(parameter, ramp):
        values = parameter.values(n)
        i = _first_bad(values)
        if i is not None:
            remedy = f"it can serve up to {i - 1} {counted}; choose a smaller n or" if i > 1 else "choose"
            raise ValueError(
                f"{name} must be {RANGE}, got {float(values[i - 1])!r} at i = {i} from {parameter!r}; "
                f"{remedy} another start or slope"
            )
    elif isinstance(parameter, float):
        check_memory(f"n = {n}", n)
        values = np.full(n, parameter)
    else:
        if parameter.shape[-1] != n:
            raise ValueError(f"{name} must have {n} values for {n} {counted}, got {parameter.shape[-1]}")
        return parameter
    values.flags.writeable = False
    return values


def describe(parameter: Parameter) -> str:
    """The parameter as it is written in a repr: long arrays are shortened in the middle."""
    if not isinstance(parameter, np.ndarray):
        return repr(parameter)
    if parameter.size <= 6:
        return repr(parameter.tolist())
    if parameter.ndim > 1:
        return f"<array of shape {parameter.shape}>"
    ends = [repr(x) for x in parameter[[0, 1, 2, -1]].tolist()]
    return f"<{len(parameter)} values: {', '.join(ends[:3])}, ..., {ends[3]}>"
