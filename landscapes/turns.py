"""`sinpi` and `cospi` for users: in their landscapes and rules the compiler's own, in Python the same of arrays too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ngdm_lab.compiler.checks import check_array
from ngdm_lab.compiler.math import turns

__all__ = ["cospi", "sinpi"]


def sinpi(x: ArrayLike) -> Any:
    """sin(pi x), within 1 unit in the last place; exactly 0 at whole numbers, 1 or -1 halfway between.

    In a landscape or a rule x is a number, and the call becomes vector code.

    Parameters
    ----------
    x : number or array. NaN and infinity give NaN.

    Returns
    -------
    float, or float64 array of the same shape.

    Raises
    ------
    TypeError or ValueError : for what is neither.
    """
    return _each(turns.sinpi, x)


def cospi(x: ArrayLike) -> Any:
    """cos(pi x), within 1 unit in the last place; exactly 1 or -1 at whole numbers, 0 halfway between.

    In a landscape or a rule x is a number, and the call becomes vector code.

    Parameters
    ----------
    x : number or array. NaN and infinity give NaN.

    Returns
    -------
    float, or float64 array of the same shape.

    Raises
    ------
    TypeError or ValueError : for what is neither.
    """
    return _each(turns.cospi, x)


def _each(function: Callable[[float], float], x: ArrayLike) -> Any:
    array = np.asarray(check_array("x", x), dtype=np.float64)
    made = [function(value) for value in array.ravel().tolist()]
    return np.array(made, dtype=np.float64).reshape(array.shape) if array.ndim else made[0]


# whoever compiles a call compiles these: as with Numba's own functions, which bear their plain form so
sinpi.py_func = turns.sinpi  # type: ignore[attr-defined]
cospi.py_func = turns.cospi  # type: ignore[attr-defined]
