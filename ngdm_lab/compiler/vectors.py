"""The text of an update, or of a Fisher solve, for the long vectors of a net."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ngdm_lab.compiler import sums
from ngdm_lab.compiler.build import INLINE
from ngdm_lab.compiler.passes import order
from ngdm_lab.compiler.source import Collector

__all__ = ["HEAD", "vector_text"]

# What rewritten texts need before them. The source of `plus` stands in it, so that it is part of the text's hash.
HEAD = f"""
from ngdm_lab.compiler.sums import plus as _plus
_PLUS = {Path(sums.__file__).read_text(encoding="utf-8")!r}
"""


def vector_text(
    function: Callable[..., Any], vectors: Sequence[str], real: str, local: str = "", inline: str = INLINE
) -> tuple[str, str]:
    """(text, name) of a plain function and its helpers.

    Parameters
    ----------
    function : a plain function.
    vectors : its parameters that are vectors over coordinates.
    real : "float32" or "float64", the type of their numbers.
    local : a vector whose values after the call nobody needs, or "".
    inline : decorator line above each helper.

    Raises
    ------
    UnsupportedSource
        See `ngdm_lab.compiler.source.gather`.
    """
    collector = _Rewriter(tuple(vectors), real, local, inline)
    name = collector.add(function, entry=True)
    return "\n\n".join([*sorted(collector.imports), *collector.constants, *collector.functions]) + "\n", name


class _Rewriter(Collector):
    """Collects an update; the passes of long vectors are for the first function alone, helpers have those of any."""

    def __init__(self, vectors: tuple[str, ...], real: str, local: str, inline: str) -> None:
        super().__init__(inline, order.VECTORS)
        self.vectors, self.local, self.single = vectors, local, real == "float32"
        self.names.update(_plus=object(), _numba=object(), _real=object())

    def prepare(self, tree: ast.FunctionDef, known: dict[str, Any]) -> None:
        super().prepare(tree, known)
        self.target = order.PLAIN
