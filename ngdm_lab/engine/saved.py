"""What the file of an ensemble holds, and must hold.

Starts that the seed draws again are not in it: in place of `x0` there are the bounds that it was drawn from,
`x0_bounds` (n, 2), and the sha256 of its bytes, `x0_sha256` (32,).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ngdm_lab.compiler.checks import check_seed
from ngdm_lab.compiler.random import LARGEST
from ngdm_lab.compiler.room import check_memory
from ngdm_lab.schema import NUMBER, TEXT, WHOLE, Maybe, check, check_arrays

from . import manifest
from .starts import drawn
from .status import WORDS

__all__ = ["check_saved", "decoded", "restored", "stored"]

_MANIFEST: Any = {
    "optimizer": dict, "surface": dict,
    "settings": {"steps": WHOLE, "seed": WHOLE, "first_run": WHOLE, "target": NUMBER, "seconds": NUMBER,
                 "slow": Maybe(TEXT)},
}  # fmt: skip
_ARRAYS: Any = {
    "x0": ("f", ("m", "n")), "x": ("f", ("m", "n")), "f": ("f", ("m",)), "f_best": ("f", ("m",)), "hit": ("w", ("m",)),
    "code": ("i1", ("m",)), "evaluations": ("w", ("m",)), "snapshots": ("w", ("marks",)),
    "quantiles": ("f", ("marks", "levels")),
}  # fmt: skip
_DRAWN: Any = {"x": ("f", ("m", "n")), "x0_bounds": ("f", ("n", 2)), "x0_sha256": ("u1", (32,))}
_COUNTS = ("hit", "evaluations", "snapshots")  # int64 in an ensemble, in a file as narrow as they fit


def stored(arrays: Mapping[str, NDArray[Any]], bounds: Any, seed: int, first_run: int) -> dict[str, NDArray[Any]]:
    """The arrays of an ensemble as a file has them.

    Parameters
    ----------
    arrays : by the names of its fields.
    bounds : (n, 2) of the surface, from which its starts may be drawn; None where it is not known.
    seed, first_run : with which they would be.
    """
    made = {name: _narrow(array) if name in _COUNTS else array for name, array in arrays.items()}
    x0 = made["x0"]
    # the first alone tells starts that were given from those that were drawn, but for a copy of it
    if bounds is not None and _equal(drawn(1, bounds, seed, first_run), x0[:1]):
        ends = np.ascontiguousarray(bounds)
        digest = _drawn_sha256(len(x0), ends.tobytes(), seed, first_run)
        if np.array_equal(_sha256(x0), digest):
            del made["x0"]
            made = {"x0_bounds": ends, "x0_sha256": digest, **made}
    return made


@lru_cache(maxsize=1)  # the entries of a race have the same starts on a surface; kept is the digest alone
def _drawn_sha256(m: int, bounds: bytes, seed: int, first_run: int) -> NDArray[np.uint8]:
    """The digest of the starts that the seed draws."""
    return _sha256(drawn(m, np.frombuffer(bounds).reshape(-1, 2), seed, first_run))


def restored(arrays: Mapping[str, Any], described: Mapping[str, Any], levels: int) -> dict[str, NDArray[Any]]:
    """The arrays of an ensemble from those of its file, of this version or an earlier one; ValueError as `check_saved`,
    and for starts that the seed does not draw again."""
    made = dict(arrays)
    if "x0" not in made and "x0_bounds" in made:
        check(described, _MANIFEST)
        check_arrays(made, _DRAWN, {})
        made["x0"] = _drawn_again(len(made["x"]), made.pop("x0_bounds"), made.pop("x0_sha256"), described["settings"])
    check_saved(made, described, levels)
    return {name: array.astype(np.int64) if name in _COUNTS else array for name, array in made.items()}


def _drawn_again(m: int, bounds: NDArray[Any], digest: NDArray[Any], settings: Mapping[str, Any]) -> NDArray[Any]:
    if not (np.isfinite(bounds).all() and (bounds[:, 0] <= bounds[:, 1]).all()):
        raise ValueError("array x0_bounds must hold finite bounds, each lower one first")
    seed, first = (check_seed(name, settings[name], LARGEST) for name in ("seed", "first_run"))
    check_memory(f"x0 of shape ({m}, {len(bounds)})", 2 * m * len(bounds))
    x0 = drawn(m, bounds, seed, first)
    if not np.array_equal(_sha256(x0), digest):
        raise ValueError(f"x0, drawn again by seed {seed} from run {first} on, is not what was run: its sha256 differs")
    return x0


def _sha256(array: NDArray[Any]) -> NDArray[np.uint8]:
    return np.frombuffer(hashlib.sha256(np.ascontiguousarray(array, dtype="<f8").data).digest(), np.uint8)


def _equal(a: NDArray[np.float64], b: NDArray[np.float64]) -> bool:
    """To the bit: 0 is not -0."""
    return np.array_equal(np.ascontiguousarray(a).view(np.uint64), np.ascontiguousarray(b).view(np.uint64))


def _narrow(array: NDArray[Any]) -> NDArray[Any]:
    """Whole numbers in the narrowest signed type that holds them all."""
    low, high = (int(array.min()), int(array.max())) if array.size else (0, 0)
    fits = (t for t in (np.int8, np.int16, np.int32) if np.iinfo(t).min <= low and high <= np.iinfo(t).max)
    return array.astype(next(fits, np.int64))


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
