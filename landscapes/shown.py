"""Families and surfaces in words: the docstring that `help(ls.rosenbrock)` prints, and what notebooks show.

All of it is read off what the landscape was declared with.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ngdm_lab.compiler.markup import card, point

__all__ = ["Doc", "dimensions", "surface_card"]

_MOST = 3  # minima, and bounds that differ, that are written out


class Doc:
    """A class attribute ``__doc__`` that says of the class what it is, and of a family which function."""

    def __init__(self, of_class: str) -> None:
        self.of_class = of_class

    def __get__(self, family: Any, kind: type) -> str:
        return self.of_class if family is None else _family_doc(family)


def dimensions(family: Any) -> str:
    """The dimensions that a family has, in words."""
    least, most = family.dims
    span = f"{least}" if most == least else f"{least} or more" if most is None else f"{least} to {most}"
    return f"{span}, a multiple of {family.multiple}" if family.multiple > 1 else span


def surface_card(s: Any) -> str:
    """A surface as HTML."""
    given = {k: _value(v) for k, v in s.parameters}
    return card(s.name, {
        "formula": s.formula.partition("\n\n")[0],
        "parameters": ", ".join(f"{k} = {v}" for k, v in given.items()),
        **_facts(s),
        "noise": f"standard deviation {s.noise:g}" if s.noise else "",
        "tags": ", ".join(sorted(s.tags)),
        "source": s.source,
    })  # fmt: skip


def _family_doc(family: Any) -> str:
    lines = [family.formula, "", "Parameters", "----------"]
    several = family.dims[0] != family.dims[1]
    lines.append(f"dim : {dimensions(family)}" + (f" (default {family.default_dim})" if several else ""))
    for name, default in family.defaults.items():
        ends = ", ".join(f"{_WORDS[end]} {value:g}" for end, value in family.limits.get(name, {}).items())
        lines.append(f"{name} : {ends or _kind(default)} (default {_value(default)})")
    facts = {**_sample(family), "tags": ", ".join(sorted(family.tags)), "source": family.source}
    lines += ["", *(f"{name}: {words}" for name, words in facts.items() if words)]
    return "\n".join(lines).strip()


_WORDS = {"above": "above", "least": "at least", "below": "below", "most": "at most"}


def _sample(family: Any) -> dict[str, str]:
    """Bounds and minima where nothing else is asked for."""
    try:
        facts = _facts(family())
    except (TypeError, ValueError):  # a parameter without a default value: there is no such surface
        return {}
    facts.pop("dimension")
    many = family.dims[0] != family.dims[1]
    return {f"{name} for dim = {family.default_dim}" if many else name: words for name, words in facts.items()}


def _facts(s: Any) -> dict[str, str]:
    known = f"{s.f_min:.10g}" if np.isfinite(s.f_min) else "none" if s.f_min < 0 else "not known"
    at = ", ".join(point(x) for x in s.minima[:_MOST])
    more = f" and {len(s.minima) - _MOST} more points" if len(s.minima) > _MOST else ""
    return {"dimension": str(s.dim), "bounds": _bounds(s.bounds), "f_min": f"{known} at {at}{more}" if at else known}


def _bounds(bounds: NDArray[np.float64]) -> str:
    different = bounds[:1] if (bounds == bounds[0]).all() else bounds
    words = " x ".join(f"[{low:g}, {high:g}]" for low, high in different[:_MOST])
    if len(different) == 1:
        return f"{words} in each coordinate" if len(bounds) > 1 else words
    return words + (" x ..." if len(different) > _MOST else "")


def _kind(default: Any) -> str:
    return "a number" if np.ndim(default) == 0 else "a vector"


def _value(value: Any) -> str:
    if value is None:
        return "none"
    return f"{value:g}" if np.ndim(value) == 0 else f"{np.size(value)} numbers"
