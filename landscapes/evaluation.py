"""Compiled evaluation at one point: one signature for every family.

The shared signature is ``value = f(x, g, p)``: x (n,) is read, the gradient is written to g (n,), p holds
the family's parameters (`ngdm_lab.compiler.parameters`).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from ngdm_lab.compiler.build import build
from ngdm_lab.compiler.errors import UnsupportedSource
from ngdm_lab.compiler.lanes import compiled as lanes
from ngdm_lab.compiler.lanes.layout import ALONE
from ngdm_lab.compiler.lanes.memory import STACK
from ngdm_lab.compiler.parameters import arguments

__all__ = ["adaptor", "alone", "compiled", "lane_source", "leading", "signature", "with_gradient"]

# a function for one lane, with its value ahead of its scratch
_ALONE = """
def adaptor(x, g, p):
    w = _carray(_stack(), (SIZE + 1,))
    {name}({call})
    return w[0]
"""
_alone: dict[Any, lanes.Compiled] = {}  # functions are frozen: none has another meaning later

_FUSED = """
def adaptor(x, g, p):
    return {call}
"""

# Central differences, for functions that give a value only; the step is times |x_i| where that is larger than 1.
# The point is put back bit for bit.
STEP = 6.055454452393343e-06  # the cube root of 2^-52
_NUMERIC = """
def adaptor(x, g, p):
    for i in range(x.shape[0]):
        here = x[i]
        h = {step} * max(1.0, abs(here))
        x[i] = here + h
        right = x[i]
        up = {call}
        x[i] = here - h
        left = x[i]
        down = {call}
        x[i] = here
        g[i] = (up - down) / (right - left)
    return {call}
"""


def leading(function: Callable[..., Any]) -> tuple[list[str], list[str]]:
    """Split a landscape's parameters into the leading x, g, n (as far as it has them) and its own."""
    names = list(inspect.signature(function).parameters)
    convention: tuple[str, ...] = ("x", "g", "n")
    head = [name for name in convention if name in names]
    return head, names[len(head) :]


@cache
def signature() -> Any:
    """Numba's signature of f(x, g, p)."""
    from numba import float64

    return float64(float64[::1], float64[::1], float64[::1])


def compiled(function: Callable[..., Any], values: Sequence[Any], *, slopes: bool = True) -> Any:
    """Compile a landscape's plain function for f(x, g, p); `values` tells numbers from vectors.

    Without `slopes` a gradient that would be formed by differences is left out.
    """
    from ngdm_lab.compiler.linked import link

    function = with_gradient(function)
    return link(build(function, signature(), adaptor=adaptor(function, values, slopes=slopes)))


def alone(function: Callable[..., Any], values: Sequence[Any], *, slopes: bool = True) -> lanes.Compiled:
    """The same with the arithmetic of lanes: a point has the bits that it has among others.

    It has NaN where that arithmetic ends, as the sine of more than 2^31 does.
    """
    function = with_gradient(function)
    head, _ = leading(function)
    words = [{"n": "x.shape[0]"}.get(word, word) for word in head]
    call = ", ".join([*words, *arguments(values), "w[:1]", "w[1:]"])
    key = (function, call, slopes or "g" in head)
    if key not in _alone:
        block, slow = STACK + _ALONE.replace("{call}", call), adaptor(function, values, slopes=slopes)
        _alone[key] = lanes.compiled(lane_source(function), ["x", "g"], signature(), block, value=True,
                                     function=function, slow=slow, layout=ALONE)  # fmt: skip
    return _alone[key]


def with_gradient(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function that engines compile: it writes the gradient, its own or a derived one.

    A function that gives a value only and of which none is derived stays as it is.
    """
    try:
        return function if "g" in leading(function)[0] else _derived(function)
    except UnsupportedSource:
        return function


def _derived(function: Callable[..., Any]) -> Callable[..., Any]:
    from ngdm_lab.compiler.gradient.derive import derived  # which few need

    return derived(function)


def lane_source(function: Callable[..., Any]) -> Callable[[], Callable[..., Any]]:
    """What `lanes.compiled` asks for the plain function that it transforms."""

    def plain() -> Callable[..., Any]:
        if "g" in leading(function)[0]:
            return function
        try:
            return _derived(function)
        except UnsupportedSource as error:
            raise UnsupportedSource(f"its gradient is formed by differences: {error}") from None

    return plain


def adaptor(
    function: Callable[..., Any], values: Sequence[Any], *, fixed: bool = False, step: float = STEP, slopes: bool = True
) -> str:
    """The text of ``adaptor(x, g, p)``, which calls the function under ``{name}``; `fixed` as in `arguments`.

    `step` is that of the central differences for a function that gives no gradient, and without `slopes` needs none.
    """
    head, _ = leading(function)
    words = [{"n": "x.shape[0]"}.get(word, word) for word in head]
    call = "{name}(" + ", ".join([*words, *arguments(values, fixed=fixed)]) + ")"
    text = _FUSED if "g" in head or not slopes else _NUMERIC
    return text.replace("{call}", call).replace("{step}", repr(step))
