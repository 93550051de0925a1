"""a * b + c with one rounding, for compiled functions.

Compiled texts import `fma` under the name that `contract.Contraction` writes.
"""

from __future__ import annotations

from typing import Any

from numba import types
from numba.extending import intrinsic, overload

__all__ = ["fma"]


def fma(a: Any, b: Any, c: Any) -> Any:
    """a * b + c; compiled, with one rounding where the numbers are real. Whole numbers and arrays stay as they are."""
    return a * b + c


@intrinsic
def _fused(typing, a, b, c):  # type: ignore[no-untyped-def]
    def code(context, builder, signature, given):  # type: ignore[no-untyped-def]
        pairs = zip(given, signature.args, strict=True)
        return builder.fma(*[context.cast(builder, value, kind, types.float64) for value, kind in pairs])

    return types.float64(a, b, c), code


@overload(fma, jit_options={"error_model": "numpy", "forceinline": True})
def _compiled(a, b, c):  # type: ignore[no-untyped-def]
    kinds = a, b, c
    real = all(isinstance(k, types.Integer | types.Float | types.Boolean) for k in kinds)
    if real and any(isinstance(k, types.Float) and k.bitwidth == 64 for k in kinds):
        return lambda a, b, c: _fused(a, b, c)
    return lambda a, b, c: a * b + c
