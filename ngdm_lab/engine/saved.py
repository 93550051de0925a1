"""What the file of an ensemble must hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ngdm_lab.schema import NUMBER, TEXT, WHOLE, Maybe, check, check_arrays

from . import manifest
from .status import WORDS

__all__ = ["check_saved", "decoded"]

_MANIFEST: Any = {
    "optimizer": dict, "surface": dict,
    "settings": {"steps": WHOLE, "seed": WHOLE, "first_run": WHOLE, "target": NUMBER, "seconds": NUMBER,
                 "slow": Maybe(TEXT)},
}  # fmt: skip
_ARRAYS: Any = {
    "x0": ("f", ("m", "n")), "x": ("f", ("m", "n")), "f": ("f", ("m",)), "f_best": ("f", ("m",)), "hit": ("i", ("m",)),
    "code": ("i1", ("m",)), "evaluations": ("i", ("m",)), "snapshots": ("i", ("marks",)),
    "quantiles": ("f", ("marks", "levels")),
}  # fmt: skip


def check_saved(arrays: Mapping[str, Any], described: Mapping[str, Any], levels: int) -> None:
    """Raise ValueError, in one line, for what does not fit, before anything is made of it.

    levels : how many quantiles there are at each mark.
    """
    check(described, _MANIFEST)
    sizes = {"levels": levels}
    check_arrays(arrays, _ARRAYS, sizes)
    spec = described["surface"].get("surface")
    if isinstance(spec, dict) and spec.get("dim", sizes["n"]) != sizes["n"]:
        raise ValueError(f"surface.dim must be {sizes['n']}, as the arrays have it, got {spec['dim']!r}")
    code = arrays["code"]
    if code.size and not 0 <= int(code.min()) <= int(code.max()) < len(WORDS):
        raise ValueError(f"array code must hold numbers from 0 to {len(WORDS) - 1}, got {code.min()} to {code.max()}")


def decoded(described: Any, kind: type) -> Any:
    """What a manifest describes, or None where a user defined it. Raises ValueError for what is damaged."""
    try:
        made = manifest.decode(described)
    except manifest.Own:
        return None
    if not isinstance(made, kind):
        raise ValueError(f"there must be an {kind.__name__}, got {' '.join(repr(made).split())[:80]}")
    return made
