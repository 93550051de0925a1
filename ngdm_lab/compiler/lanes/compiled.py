"""Compile a plain function in lanes form, or, outside the language of lanes, lane by lane."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ngdm_lab.compiler.build import INLINE, build, build_text
from ngdm_lab.compiler.complaint import failures, reason
from ngdm_lab.compiler.errors import UnsupportedSource

from .layout import BLOCK, LANES, Layout
from .memory import VECTOR
from .transform import lane_text

__all__ = ["Compiled", "compiled"]


@dataclass(frozen=True)
class Compiled:
    """A compiled block function.

    Attributes
    ----------
    function : for the signature that was asked for.
    rows : rows of scratch it needs.
    slow : why it runs lane by lane; empty where it is vector code.
    """

    function: Any
    rows: int
    slow: str = ""


def compiled(
    plain: Callable[[], Callable[..., Any]],
    vectors: Sequence[str],
    signature: Any,
    adaptor: str,
    *,
    function: Callable[..., Any],
    slow: str,
    helpers: tuple[Any, ...] = (),
    numbers: Sequence[str] = (),
    value: bool = False,
    layout: Layout = BLOCK,
) -> Compiled:
    """The lanes form behind an adaptor, or where the language refuses it the plain function behind `slow`.

    Parameters
    ----------
    plain : gives the plain function that is transformed, or raises UnsupportedSource.
    vectors : its parameters that have a row for each coordinate.
    signature : Numba's, of the adaptors.
    adaptor : text of a function ``adaptor`` that calls the lanes form under the name ``{name}``; it finds `memory`'s
        names, LANES, and SIZE, the numbers of scratch.
    function, helpers : what `slow` calls under ``{name}`` and by their names.
    slow : such a text for the plain function; empty: what is refused is an error.
    numbers : parameters that are numbers of a lane's own.
    value : whether the function must return a value.
    layout : how rows lie in memory.
    """
    try:
        made = plain()
        text = lane_text(made, vectors, INLINE, layout, numbers=numbers)
        if value and not text.returns:
            raise UnsupportedSource(f"{function.__name__} returns no value")
        whole = f"{VECTOR}\nLANES = np.uint64({LANES})\nSIZE = {text.rows * layout.pitch}\n\n{text.text}"
        return Compiled(build_text(whole, text.name, signature, adaptor=adaptor), text.rows)
    except failures() as error:
        if not slow:
            raise
        # compiled as the scalar function it is; if that fails too, the error shows the user's own line
        return Compiled(build(function, signature, adaptor=slow, helpers=helpers), 0, reason(str(error)))
