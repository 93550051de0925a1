"""The compiler of functions that only become part of others: they get no machine code of their own.

Numba makes every function that a compiled one calls ready to run by itself too, which nobody asks of it: a fifth of the
time that compilation takes. What is linked into the caller is the same code either way.
"""

from __future__ import annotations

from typing import Any

from numba import _dynfunc
from numba.core.codegen import CPUCodeLibrary
from numba.core.compiler import Compiler

__all__ = ["Inner"]


class Part(CPUCodeLibrary):
    """Code for callers to link, checked and optimised as any other, of which no machine code is made."""

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()
        self._verify_declare_only_symbols()
        self._finalized = True


class Inner(Compiler):
    """A pipeline for functions without wrappers, as `build.PLAIN` and `build.INLINE` declare them."""

    def __init__(self, typing: Any, target: Any, library: Any, args: Any, result: Any, flags: Any, local: Any) -> None:
        flags = flags.copy()
        flags.no_compile = True
        super().__init__(typing, target, Part(target.codegen(), "inner"), args, result, flags, local)

    def compile_extra(self, function: Any) -> Any:
        """As Numba's; what a caller finds the code by is an entry that leads nowhere, since nobody enters there."""
        made = super().compile_extra(function)
        told = made.fndesc
        entry = _dynfunc.make_function(told.lookup_module(), told.qualname, "", 0, made.environment, (made.library,))
        made.target_context.insert_user_function(entry, told, [made.library])
        return made._replace(entry_point=entry)
