"""Verdicts of a claim's parts (nets, tables, forms) put together to one."""

from __future__ import annotations

from collections.abc import Mapping

from ngdm_lab.claims.verdict import Kind

__all__ = ["all_of", "listed"]


def all_of(parts: Mapping[str, tuple[Kind, str]]) -> tuple[Kind, str]:
    """Kind and condition of a claim that all parts hold, from (kind, condition) of each.

    It holds if all do, only under those that do where some do, does not where none holds and one does not.
    """
    kinds = [kind for kind, _ in parts.values()]
    if kinds and all(kind == "holds" for kind in kinds):
        return "holds", ""
    held = [
        name if kind == "holds" else f"{name} ({condition})"
        for name, (kind, condition) in parts.items()
        if kind in ("holds", "holds only under")
    ]
    if held:
        return "holds only under", "; ".join(held)
    return ("does not hold" if "does not hold" in kinds else "cannot be decided here"), ""


def listed(words: list[str]) -> str:
    """The words as in "a, b and c"."""
    return " and ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)
