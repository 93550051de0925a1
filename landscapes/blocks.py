"""Landscapes and transforms compiled for blocks of 64 points side by side.

A function outside the language of lanes runs lane by lane inside the same signature: slower, same result. Blocks take
addresses (`memory`): of vectors (n rows of 64 lanes), of the row for values, of scratch, and of packed parameters with
their number.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache
from typing import Any

from ngdm_lab.compiler.build import PLAIN
from ngdm_lab.compiler.lanes.compiled import Compiled, compiled
from ngdm_lab.compiler.lanes.memory import VECTOR
from ngdm_lab.compiler.parameters import arguments

from . import evaluation

__all__ = ["landscape", "signatures", "transform"]

_made: dict[Any, Compiled] = {}  # functions are frozen: none has another meaning later


@cache
def signatures() -> tuple[Any, Any]:
    """Signatures of compiled blocks: landscape, transform. All arguments are int64.

    landscape (x, g, n, p, number of p, values, scratch); transform (y or g, w, n, q, number of q, scratch).
    """
    from numba import int64, void

    return void(*[int64] * 7), void(*[int64] * 6)


def landscape(s: Any, *, slopes: bool = True) -> Compiled:
    """Value and gradient of the family of a Surface; without `slopes`, no gradient by differences."""
    function, values = evaluation.with_gradient(s.family.function), [v for _, v in s.parameters]
    head, _ = evaluation.leading(function)
    words = {"x": "_vector(x, n * 64)", "g": "_vector(g, n * 64)", "n": "n"}
    call = ", ".join([*(words[word] for word in head), *arguments(values, "a"), "_vector(F, 64)", "_vector(w, SIZE)"])
    block = f"""
def adaptor(x, g, n, p, size, F, w):
    a = _vector(p, size)
    {{name}}({call})
"""
    key = (function, block, slopes or "g" in head)
    if key not in _made:
        one = evaluation.adaptor(function, values, slopes=slopes).replace("def adaptor(x, g, p):", "def _one(x, g, p):")
        slow = f"""import numba as _numba
{VECTOR}
{PLAIN}
{one.strip()}

def adaptor(x, g, n, p, size, F, w):
    X, G, f, a = _vector(x, n * 64), _vector(g, n * 64), _vector(F, 64), _vector(p, size)
    u, v = _np.empty(n), _np.empty(n)
    for lane in range(64):
        for i in range(n):
            u[i] = X[i * 64 + lane]
            v[i] = _np.nan
        f[lane] = _one(u, v, a)
        for i in range(n):
            G[i * 64 + lane] = v[i]
"""
        _made[key] = compiled(evaluation.lane_source(function), ["x", "g"], signatures()[0], block, function=function,
                              slow=slow, value=True)  # fmt: skip
    return _made[key]


def transform(function: Callable[..., Any]) -> Compiled:
    """`transforms.inward` or `transforms.outward`."""
    if function not in _made:
        block = """
def adaptor(y, v, n, q, size, w):
    {name}(_vector(y, n * 64), _vector(v, n * 64), n, _vector(q, size), _vector(w, SIZE))
"""
        vectors = list(inspect.signature(function).parameters)[:2]
        _made[function] = compiled(lambda: function, vectors, signatures()[1], block, function=function, slow="")
    return _made[function]
