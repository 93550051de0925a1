"""What is known of a call's result: Python's own functions, those of ``math`` and ``numpy``, the user's helpers."""

from __future__ import annotations

import ast
import math
import types
from collections.abc import Hashable
from dataclasses import replace
from typing import Any

import numpy as np

from . import ranges
from .ranges import REAL, UNKNOWN, WORD, Value

__all__ = ["COMPILED", "called"]

# what compiled code has of ``math``
_NAMES = """acos acosh asin asinh atan atan2 atanh ceil copysign cos cosh degrees erf erfc exp expm1 fabs floor
frexp gamma gcd hypot isfinite isinf isnan ldexp lgamma log log10 log1p log2 nextafter pow radians sin sinh sqrt tan
tanh trunc"""
COMPILED = frozenset(_NAMES.split())
_INSTEAD = {"fmod": "np.fmod"}
_TO_WHOLE = (int, round, math.floor, math.ceil, math.trunc, np.int64, np.int32, np.intp)
_TRUTH = (bool, math.isfinite, math.isinf, math.isnan)
_LIKE = (np.zeros_like, np.empty_like, np.ones_like, np.copy)
_NEW = (np.zeros, np.empty, np.ones)


def called(walk: Any, node: ast.Call, env: dict[str, Value]) -> Value:
    """What is known of a call's result; `walk` is an `expressions.Expressions`."""
    given = [walk.value(a, env) for a in node.args]
    for keyword in node.keywords:
        walk.value(keyword.value, env)
    function = _function(walk, node.func, env)
    if function is None:
        return UNKNOWN
    name = getattr(function, "__name__", "")
    if getattr(math, name, None) is function and name not in COMPILED:
        instead = _INSTEAD.get(name, "it as a loop")
        walk.refuse(node, f"math.{name} is not to be had in compiled code: write {instead}")
    plain = getattr(function, "py_func", function)
    if isinstance(plain, types.FunctionType):
        walk.calls[id(node)] = plain
        made: Value = walk.call(plain, given)
        return made
    return _known(walk, node, function, given) if isinstance(function, Hashable) else UNKNOWN


def _function(walk: Any, node: ast.expr, env: dict[str, Value]) -> Any:
    if isinstance(node, ast.Name):
        return walk.known.get(node.id) if node.id not in env else None
    if isinstance(node, ast.Attribute):
        if isinstance(node.value, ast.Name) and node.value.id not in env:
            return getattr(walk.known.get(node.value.id), node.attr, None)
        walk.value(node.value, env)
    return None


def _known(walk: Any, node: ast.Call, function: Any, given: list[Value]) -> Value:
    first = given[0] if given else UNKNOWN
    whole = bool(given) and all(v.kind == "whole" for v in given)
    if function is len:
        return walk.length(first)
    if function is float:
        return REAL
    if function is math.frexp:
        return ranges.entries(2)
    if function in _TRUTH:
        return ranges.whole(None, None, 0, 1)
    if function is divmod:
        walk.refuse(node, "divmod is not to be had in compiled code: write // and %")
    if function is round and len(given) > 1:
        walk.refuse(node, "round to a number of digits has other last bits in compiled code: round(v * 10.0) / 10.0")
    if function in _TO_WHOLE:
        if whole and not first.wide:
            return first
        walk.note(node, "large")
        return ranges.whole(first.low, first.high, max(first.least, -WORD), min(first.most, WORD))
    if function in (min, max) and len(given) > 1:
        return _extreme(walk, function, given) if whole else REAL if _numbers(given) else UNKNOWN
    if function is abs:
        if first.kind != "whole" or first.least >= 0:
            return first
        return ranges.whole(None, None, 0, max(-first.least, first.most), first.wide)
    if function is math.gcd and whole:
        walk.note_whole(node.args, given)
        return ranges.whole(None, None, 0, max(max(-v.least, v.most) for v in given))
    if function in _NEW and first.kind == "whole":
        walk.note_whole(node.args[:1], given)
        return replace(ranges.vector(first.low if first.low == first.high else None), wide=True)
    if function in _LIKE:
        return replace(ranges.vector(first.low), wide=True) if first.kind == "vector" else UNKNOWN
    if function is np.arange:
        walk.note_whole(node.args, given)
        return replace(ranges.vector(), wide=True)
    return REAL if _numbers(given) and function is not range else UNKNOWN


def _numbers(given: list[Value]) -> bool:
    return bool(given) and all(v.kind in ("whole", "real") for v in given)


def _extreme(walk: Any, function: Any, given: list[Value]) -> Value:
    by, made = walk.dimension, given[0]
    for v in given[1:]:
        if function is min:
            low, high = by.smaller(made.low, v.low), by.smaller(made.high, v.high) or v.high or made.high
        else:
            low, high = by.larger(made.low, v.low) or v.low or made.low, by.larger(made.high, v.high)
        made = ranges.whole(low, high, function(made.least, v.least), function(made.most, v.most),
                     made.wide or v.wide)  # fmt: skip
    return made
