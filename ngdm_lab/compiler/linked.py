"""Compiled functions as arguments of compiled code, with their addresses looked up once.

Numba's own first-class functions are looked up in Python at every call, some 15 us for each of them: more than most
calls of this lab compute. Here a function carries its addresses along. They are taken from the function itself, which
is held for as long as they are, and a signature that does not fit is a TypeError as ever.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from numba.core import cgutils, types
from numba.experimental import function_type
from numba.extending import NativeValue, register_model, unbox

__all__ = ["Linked", "LinkedType", "link"]

# the words of memory that Numba has of a function, and how each is found; before 0.60 there was one
LOOKUPS = {"c_addr": "_get_wrapper_address", "jit_addr": "_get_jit_address"}
if not hasattr(function_type, "_get_jit_address"):
    LOOKUPS = {"addr": "_get_wrapper_address"}


class LinkedType(types.FunctionType):
    """Numba's type of a `Linked` function of a signature; inside compiled code it is called like any function."""


class Linked:
    """A compiled function to be passed to compiled code; called from Python it is the function itself.

    Attributes
    ----------
    function : the compiled function.
    """

    def __init__(self, function: Any) -> None:
        self.function = function
        (signature,) = function.nopython_signatures
        for name, lookup in LOOKUPS.items():
            setattr(self, name, getattr(function_type, lookup)(function, signature))
        self._numba_type_ = LinkedType(signature)

    def __call__(self, *arguments: Any) -> Any:
        return self.function(*arguments)


@cache
def link(function: Any) -> Linked:
    """A function compiled for one signature (by `build`) as one that passes in no time; the same one each time."""
    return Linked(function)


register_model(LinkedType)(function_type.FunctionModel)


@unbox(LinkedType)
def _unbox(kind: Any, one: Any, c: Any) -> Any:
    passed = cgutils.create_struct_proxy(kind)(c.context, c.builder)
    for name in LOOKUPS:
        address = c.pyapi.object_getattr_string(one, name)
        setattr(passed, name, c.pyapi.long_as_voidptr(address))
        c.pyapi.decref(address)
    return NativeValue(passed._getvalue())
