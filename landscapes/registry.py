"""Find surfaces by name, by tag and by the short text of the command line.

The tags: unimodal (one local minimum in the open box) or multimodal (several); separable (a sum of functions of
one coordinate each); convex; smooth (analytic); valley; conditioned (curvatures orders of magnitude apart); plateau
(level ground over most of the box, where the gradient almost vanishes); saddle; edge-minimum (`f_min` is reached on
the edge of the box only); lower-outside (the function falls below `f_min` outside the box). Made along the way:
rotated, noisy, numeric-gradient.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable
from typing import Any

from ngdm_lab.compiler.checks import brief, check_each, check_instance, check_names, check_str, unknown_name
from ngdm_lab.compiler.words import read_words

from . import (
    bowls,
    diagonal,
    dixon_szego,
    humps,
    kinks,
    least_squares,
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

__all__ = ["every_family", "families", "from_spec", "get", "names", "parse", "read_surface", "read_surfaces", "tags"]

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


def _whole(text: str) -> int:
    """A seed; of a large one a name has 1e+06."""
    if text.lstrip("+-").isdigit():
        return int(text)
    if not float(text).is_integer():
        raise ValueError(f"{text} is no whole number")
    return int(float(text))


_TRANSFORMS: dict[str, Callable[[str], float]] = {
    "shifted": float, "rotated": _whole, "flipped": _whole, "scaled": float, "noisy": float,
}  # fmt: skip
# a surface's name, see `Surface.name`; a hyphen can stand in a number
_NAME = re.compile(r"(?P<family>.+?)(?:\[(?P<own>[^\]]*)\])?-(?P<dim>\d+)d(?P<rest>(?:-.*)?)")
_NEXT = re.compile(rf"-(?=(?:{'|'.join(_TRANSFORMS)})(?:=|-|$))")
_DIGEST = re.compile(r"v[0-9a-f]{8}")


def families() -> dict[str, Family]:
    """All families of the package by name."""
    return {name: getattr(module, name) for module in _MODULES for name in module.__all__}


def every_family() -> dict[str, Family]:
    """Those, and the families of the least-squares problems, which `names` leaves out."""
    return families() | least_squares.families()


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
    """The surface of a family by its name, hyphens allowed for underscores, or a surface by its own name.

    Examples: ``get("styblinski-tang", 10)``, ``get("ellipsoid[condition=100]-5d-rotated=3")``.
    Raises ValueError for an unknown name (with near ones), a dimension the family lacks, and for one that is given
    beside a surface's own name, which has one.
    """
    known = every_family()
    key = check_str("name", name).strip().lower().replace("-", "_")
    if key not in known:
        if _NAME.fullmatch(name.strip()):
            if dim is not None or parameters:
                raise ValueError(f"name {brief(name)} is that of a surface, with its dimension: leave out all else")
            return parse(name)
        raise unknown_name("landscape", name, names(), known)
    return known[key](dim, **parameters)


def parse(text: str) -> Surface:
    """A surface from text: ``family[:dim][:transform[=argument] | :parameter=value]...``.

    Examples: ``rosenbrock``, ``styblinski-tang:10:flipped``, ``ellipsoid:5:condition=100:rotated=3``. A surface's own
    name is understood, too, as in ``styblinski_tang-10d-flipped``, unless it has a digest for a vector.
    Raises ValueError for a text that says something else.
    """
    family, *words = [word.strip() for word in check_str("text", text).split(":")]
    family, *said = _spelled(family)
    words = said + words
    dim: int | None = None
    parameters: dict[str, float] = {}
    chain: list[tuple[str, float]] = []
    for word in words:
        key, _, value = word.partition("=")
        try:
            number = value if key == "dim" else word
            if _DIGEST.fullmatch(value):
                raise ValueError(f"{key}={value} stands for a vector, of which a name has no more than a digest")
            if number.lstrip("+-").isdigit():
                if dim is not None:
                    raise ValueError(f"two dimensions, {dim} and {number}")
                dim = int(number)
            elif key in _TRANSFORMS:
                needs = key in ("shifted", "scaled", "noisy")
                if needs and not value:
                    raise ValueError(f"{key} needs a value, as in {key}=0.5")
                chain.append((key, _TRANSFORMS[key](value or "0")))
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


def read_surfaces(name: str, value: Any) -> list[Surface]:
    """What an argument takes for landscapes: surfaces, or texts as `parse` reads them, with commas between several.

    Raises ValueError, naming the argument, for a text that says something else, TypeError for what is neither.
    """
    made: list[Surface] = []
    each: list[Surface | str] = check_each(name, value, (Surface, str), "a Surface such as ls.rosenbrock(2)")
    for one in each:
        made += [one] if isinstance(one, Surface) else read_words(name, one, parse)
    return made


def read_surface(name: str, value: Surface | str) -> Surface:
    """A text that names one surface as that surface; all else as it is. Raises ValueError as `read_surfaces`."""
    if not isinstance(value, str):
        return value
    made = read_surfaces(name, value)
    if len(made) > 1:
        raise ValueError(f"{name} must name one landscape, got {brief(value)}")
    return made[0]


def _spelled(name: str) -> list[str]:
    """A surface's own name as words for `parse`; all else is one word."""
    found = _NAME.fullmatch(name)
    if not found:
        return [name]
    own = found["own"].split(",") if found["own"] else []
    steps = _NEXT.split(found["rest"])
    # the value 0 is left out of names, and `shifted` alone would need one
    words = [*steps[:1], *("shifted=0" if step == "shifted" else step for step in steps[1:])]
    return [found["family"], found["dim"], *own, *(word.removeprefix("-") for word in words if word)]


def from_spec(spec: dict[str, Any], own: Family | None = None) -> Surface:
    """The surface that `Surface.spec` described; `own` is its family, if that is none of the package.

    Raises ValueError for what is no such description, TypeError for what is no family.
    """
    if own is not None:
        check_instance("own", own, Family, "a Family, which @ls.landscape makes")
    try:  # a spec may come from a file
        family, dim, parameters = spec["family"], spec["dim"], dict(spec["parameters"])
        steps, noise = [(step["kind"], step["argument"]) for step in spec["transforms"]], spec["noise"]
    except Exception as error:
        raise ValueError(f"spec must be what a surface's spec() gives, got {brief(spec)}") from error
    surface = get(family, dim, **parameters) if own is None else own(dim, **parameters)
    for kind, argument in steps:
        if kind not in _TRANSFORMS:
            raise unknown_name("transform", kind, _TRANSFORMS)
        surface = getattr(surface, kind)(argument)
    return surface.noisy(noise) if noise else surface
