"""A sum whose terms the compiler may add in any order, so that a sum over a net's parameters becomes vector code.

`passes.narrow` writes it for sums in the rules and solves of a net. It is one machine instruction with a
flag, not an option of the whole function: everything else keeps its order, and the same bits come out each time.
"""

from __future__ import annotations

from typing import Any

from numba import types
from numba.extending import intrinsic, overload

__all__ = ["plus"]


def plus(s: Any, term: Any) -> Any:
    """s + term."""
    return s + term


@intrinsic
def _reordered(typing, s, term):  # type: ignore[no-untyped-def]
    def code(context, builder, signature, given):  # type: ignore[no-untyped-def]
        pairs = zip(given, signature.args, strict=True)
        a, b = (context.cast(builder, value, kind, types.float64) for value, kind in pairs)
        return builder.fadd(a, b, flags=("reassoc",))

    return types.float64(s, term), code


@overload(plus, jit_options={"error_model": "numpy", "forceinline": True})
def _compiled(s, term):  # type: ignore[no-untyped-def]
    if all(isinstance(k, types.Integer | types.Float | types.Boolean) for k in (s, term)):
        return lambda s, term: _reordered(s, term)
    return lambda s, term: s + term
