"""Vectors by their address: the one place where compiled blocks turn numbers into memory.

Blocks call each other many times a microsecond. Handing an array over costs some ten nanoseconds (seven words
and two atomic counts), an address costs none. Addresses are taken by the engine's `lane_driver` alone, from arrays
that it holds for as long as the calls last, and every one travels with its length, so that the checked form
(``NGDM_LAB_DEBUG=1``) still checks indices.
"""

from __future__ import annotations

import numpy as np

from ngdm_lab.compiler.build import INLINE

__all__ = ["APART", "STACK", "VECTOR", "aligned"]

# Above a block: its vectors, rows and shared arrays are different memory. Numba keeps that flag for itself, so a
# compiler of our own sets it. Without it every loop over lanes begins with a check of every pair of pointers.
APART = INLINE.replace("_Inner", "_Apart", 1)

def aligned(size):  # type: ignore[no-untyped-def]
    """Uninitialised numbers that begin at a cache line, where vector loads are fastest."""
    raw = np.empty(size + 8)
    skip = (64 - raw.ctypes.data % 64) % 64 // 8
    return raw[skip : skip + size]


# A text, not a function: it becomes part of every block's module and so of its hash.
VECTOR = """
import numpy as np
import numpy as _np
from numba import carray as _carray
from numba import types as _types
from numba.extending import intrinsic as _intrinsic


class _Apart(_Inner):
    def __init__(self, typing, target, library, args, return_type, flags, locals):
        flags = flags.copy()
        flags.noalias = True
        super().__init__(typing, target, library, args, return_type, flags, locals)


@_intrinsic
def _pointer(typing, address):
    def code(context, builder, signature, arguments):
        return builder.inttoptr(arguments[0], context.get_value_type(signature.return_type))

    return _types.CPointer(_types.float64)(_types.int64), code


@_numba.njit(pipeline_class=_Inner, forceinline=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)
def _vector(address, size):
    return _carray(_pointer(address), (size,))
"""

# Above an adaptor: the scratch of a function for one lane, in the frame of its caller.
STACK = """
from numba.core import cgutils as _cgutils


@_intrinsic
def _stack(typing):
    def code(context, builder, signature, arguments):
        return _cgutils.alloca_once(builder, context.get_value_type(_types.float64), SIZE + 1)

    return _types.CPointer(_types.float64)(), code
"""
