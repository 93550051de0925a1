"""Partial derivatives of operators and elementary functions, each written as the text of an expression.

In the texts a and b are the operands, v is the value. At a kink the derivative is the zero subgradient: of |a| and
sqrt(a) at 0, and of a whole-valued function such as floor everywhere.
"""

from __future__ import annotations

import math
import types
from typing import Any

import numpy as np

from ngdm_lab.compiler.math import float64, turns

__all__ = ["LEVEL", "PARTIALS", "USED", "elementary", "own"]

_SIGN = "1.0 if a > 0.0 else -1.0 if a < 0.0 else 0.0 * a"  # a is 0 or NaN there

PARTIALS: dict[str, tuple[str, ...]] = {
    "sin": ("cos(a)",), "cos": ("-sin(a)",), "tan": ("1.0 + v * v",),
    "asin": ("1.0 / sqrt(1.0 - a * a)",), "acos": ("-1.0 / sqrt(1.0 - a * a)",), "atan": ("1.0 / (1.0 + a * a)",),
    "sinh": ("cosh(a)",), "cosh": ("sinh(a)",), "tanh": ("1.0 - v * v",),
    "asinh": ("1.0 / sqrt(a * a + 1.0)",), "acosh": ("1.0 / sqrt(a * a - 1.0)",), "atanh": ("1.0 / (1.0 - a * a)",),
    "exp": ("v",), "exp2": ("0.6931471805599453 * v",), "expm1": ("v + 1.0",),
    "log": ("1.0 / a",), "log1p": ("1.0 / (1.0 + a)",), "log2": ("1.4426950408889634 / a",),
    "log10": ("0.4342944819032518 / a",),
    "sqrt": ("0.5 / v if v != 0.0 else 0.0",), "cbrt": ("v / (3.0 * a) if a != 0.0 else 0.0",),
    "abs": (_SIGN,), "fabs": (_SIGN,),
    "erf": ("1.1283791670955126 * exp(-(a * a))",), "erfc": ("-1.1283791670955126 * exp(-(a * a))",),
    "sinpi": ("3.141592653589793 * cospi(a)",), "cospi": ("-3.141592653589793 * sinpi(a)",),
    "degrees": ("57.29577951308232",), "radians": ("0.017453292519943295",), "float": ("1.0",), "square": ("2.0 * a",),
    "atan2": ("b / (a * a + b * b)", "-a / (a * a + b * b)"),
    "hypot": ("a / v if v != 0.0 else 0.0", "b / v if v != 0.0 else 0.0"),
    "copysign": ("copysign(1.0, a) * copysign(1.0, b) if a != 0.0 else 0.0", "0.0"),
    "fmod": ("1.0", "-trunc(a / b)"),
    # both sides of a tie move: half a slope each, so that a largest entry that is compared with itself keeps its own
    "max": ("1.0 if a > b else 0.0 if a < b else 0.5", "0.0 if a > b else 1.0 if a < b else 0.5"),
    "min": ("1.0 if a < b else 0.0 if a > b else 0.5", "0.0 if a < b else 1.0 if a > b else 0.5"),
    # a power with an exponent that does not move, and one in which both do
    "pow": ("b * a ** (b - 1.0) if a != 0.0 or b >= 1.0 else 0.0", "v * log(a) if a > 0.0 else 0.0"),
    "remainder": ("1.0", "-floor(a / b)"),
}  # fmt: skip

# values that change by jumps only
LEVEL = {"floor", "ceil", "trunc", "round", "rint", "int", "len", "bool", "sign", "isnan", "isinf", "isfinite", "range",
         "signbit", "gcd"}  # fmt: skip

USED = {"sin": math.sin, "cos": math.cos, "sqrt": math.sqrt, "cosh": math.cosh, "sinh": math.sinh, "exp": math.exp,
        "log": math.log, "copysign": math.copysign, "trunc": math.trunc, "floor": math.floor,
        "sinpi": turns.sinpi, "cospi": turns.cospi}  # fmt: skip

_ALIASES = {"arcsin": "asin", "arccos": "acos", "arctan": "atan", "arcsinh": "asinh", "arccosh": "acosh",
            "arctanh": "atanh", "arctan2": "atan2", "absolute": "abs", "power": "pow", "maximum": "max",
            "minimum": "min", "deg2rad": "radians", "rad2deg": "degrees", "float64": "float", "int64": "int",
            "fmax": "max", "fmin": "min"}  # fmt: skip


def elementary(value: Any) -> str:
    """The name under which `PARTIALS` or `LEVEL` knows a function; "" for any other."""
    if isinstance(getattr(value, "py_func", value), types.FunctionType):
        ours = own(value)
        return "" if ours is value and ours not in _OURS.values() else _ALIASES.get(ours.__name__, ours.__name__)
    numpys = isinstance(value, np.ufunc) or value is np.float64 or value is np.int64
    builtin = isinstance(value, types.BuiltinFunctionType | type) and value.__module__ in ("math", "builtins")
    name = getattr(value, "__name__", "")
    name = _ALIASES.get(name, name)
    return name if (numpys or builtin) and (name in PARTIALS or name in LEVEL) else ""


def own(value: Any) -> Any:
    """The lab's own function of mathematics for one of its copies; anything else as it is."""
    plain = getattr(value, "py_func", value)
    return _OURS.get(plain.__code__, value) if isinstance(plain, types.FunctionType) else value


_OURS = {f.__code__: f for f in (turns.sinpi, turns.cospi, float64.sin, float64.cos, float64.exp, float64.expm1,
                                 float64.tanh, float64.log, float64.power)}  # fmt: skip
