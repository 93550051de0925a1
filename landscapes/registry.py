"""Find surfaces by name, by tag and by the short text of the command line.

The tags: unimodal (one local minimum in the open box) or multimodal (several); separable (a sum of functions of
one coordinate each); convex; smooth (analytic); valley; conditioned (curvatures orders of magnitude apart); plateau
(level ground over most of the box, where the gradient almost vanishes); saddle; edge-minimum (`f_min` is reached on
the edge of the box only); lower-outside (the function falls below `f_min` outside the box). Made along the way:
rotated, noisy, numeric-gradient.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

from ngdm_lab.compiler.checks import brief, check_names, check_str, unknown_name

from . import (
    bowls,
    diagonal,
    dixon_szego,
    humps,
    kinks,
    many_minima,
    many_minima_2d,
    mountains,
    nets,
    permutations,
    plates,
    regression,
    saddles,
    steps,
    valleys,
)
from .define import Family
from .surface import Surface

__all__ = ["families", "from_spec", "get", "names", "parse", "tags"]

_MODULES = (
    bowls,
    valleys,
    humps,
    permutations,
    diagonal,
    regression,
    nets,
    plates,
    steps,
    kinks,
    many_minima,
    mountains,
    many_minima_2d,
    dixon_szego,
    saddles,
)
_TRANSFORMS = {"shifted": float, "rotated": int, "flipped": int, "scaled": float, "noisy": float}


def families() -> dict[str, Family]:
    """All families of the package by name."""
    return {name: getattr(module, name) for module in _MODULES for name in module.__all__}


def names(tag: str | Iterable[str] | None = None) -> list[str]:
    """The families' names, in alphabetical order; with `tag`, those that carry it, or all of several tags.

    Raises ValueError, with the tags there are, for one that no family has and for several that none has together.
    """
    known = families()
    wanted = [] if tag is None else check_names("tag", tag)
    there = tags()
    for word in wanted:
        if word not in there:
            near = difflib.get_close_matches(word, there, n=3, cutoff=0.5)
            hint = f"did you mean {' or '.join(near)}? " if near else ""
            raise ValueError(f"unknown tag {brief(word)}: {hint}there are {', '.join(there)}")
    found = sorted(name for name, family in known.items() if family.tags.issuperset(wanted))
    if not found:
        raise ValueError(f"no landscape has the tags {' and '.join(wanted)} together; there are {', '.join(there)}")
    return found


def tags() -> list[str]:
    """The tags that families carry, in alphabetical order; the module's docstring says what they mean."""
    return sorted({tag for family in families().values() for tag in family.tags})


def get(name: str, dim: int | None = None, **parameters: Any) -> Surface:
    """The surface of a family by its name, hyphens allowed for underscores.

    Raises ValueError for an unknown name (with near ones) or a dimension the family lacks.
    """
    known = families()
    key = check_str("name", name).strip().lower().replace("-", "_")
    if key not in known:
        raise unknown_name("landscape", name, sorted(known))
    return known[key](dim, **parameters)


def parse(text: str) -> Surface:
    """A surface from text: ``family[:dim][:transform[=argument] | :parameter=value]...``.

    Examples: ``rosenbrock``, ``styblinski-tang:10:flipped``, ``ellipsoid:5:condition=100:rotated=3``.
    Raises ValueError for a text that says something else.
    """
    family, *words = [word.strip() for word in check_str("text", text).split(":")]
    dim: int | None = None
    parameters: dict[str, float] = {}
    chain: list[tuple[str, float]] = []
    for word in words:
        key, _, value = word.partition("=")
        try:
            number = value if key == "dim" else word
            if number.lstrip("+-").isdigit():
                if dim is not None:
                    raise ValueError(f"two dimensions, {dim} and {number}")
                dim = int(number)
            elif key in _TRANSFORMS:
                needs = key in ("shifted", "scaled", "noisy")
                if needs and not value:
                    raise ValueError(f"{key} needs a value, as in {key}=0.5")
                chain.append((key, _TRANSFORMS[key](value or 0)))
            elif value:
                parameters[key] = float(value)
            else:
                raise unknown_name("transform", key, _TRANSFORMS)
        except ValueError as error:
            raise ValueError(f"landscape {brief(text)}: {error}") from None
    try:
        surface = get(family, dim, **parameters)
    except TypeError as error:
        raise ValueError(f"landscape {brief(text)}: {error}") from None
    for key, argument in chain:
        surface = getattr(surface, key)(argument)
    return surface


def from_spec(spec: dict[str, Any]) -> Surface:
    """The surface that `Surface.spec` described."""
    try:  # a spec may come from a file
        family, dim, parameters = spec["family"], spec["dim"], dict(spec["parameters"])
        steps, noise = [(step["kind"], step["argument"]) for step in spec["transforms"]], spec["noise"]
    except Exception as error:
        raise ValueError(f"spec must be what a surface's spec() gives, got {brief(spec)}") from error
    surface = get(family, dim, **parameters)
    for kind, argument in steps:
        if kind not in _TRANSFORMS:
            raise unknown_name("transform", kind, _TRANSFORMS)
        surface = getattr(surface, kind)(argument)
    return surface.noisy(noise) if noise else surface
