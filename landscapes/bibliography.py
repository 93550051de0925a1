"""`bibtex`: the publications that landscapes come from, as BibTeX.

What a family's `source` says is looked up in ``references.bib`` by first author and year: nothing is said twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from ngdm_lab.compiler.checks import check_each

from .define import Family
from .registry import families, get
from .surface import Surface

__all__ = ["bibtex", "cited"]

# how a source writes a key's first author, where that is not the key with a capital
_WRITTEN = {"back": "Baeck", "dejong": "De Jong", "mccormick": "McCormick", "report": "Report of"}


def bibtex(names: str | Surface | Family | Iterable[str | Surface | Family] | None = None) -> str:
    """BibTeX entries for landscapes, in alphabetical order, below comments that say who cites what.

    Parameters
    ----------
    names : a landscape's name, family or surface, or several of them; None for all that the package has.

    Returns
    -------
    str
        Entries have a DOI or address where there is one. Landscapes of this lab have none of their own.

    Raises
    ------
    ValueError
        For a name that is not known.
    TypeError
        For what is no name, family or surface.

    Examples
    --------
    >>> print(bibtex("rosenbrock").splitlines()[0])
    % rosenbrock: rosenbrock1960
    """
    known = _entries()
    wanted = {one.name: cited(one) for one in _listed(names)}
    comments = [f"% {name}: {', '.join(keys)}" for name, keys in wanted.items() if keys]
    keys = sorted({key for found in wanted.values() for key in found})
    return "\n".join([*comments, "", *(_spread(known[key]) for key in keys)]).strip() + "\n"


def cited(family: Family) -> list[str]:
    """The keys of ``references.bib`` that a family's `source` names."""
    return [key for key in _entries() if _named(key, family.source)]


def _listed(names: str | Surface | Family | Iterable[str | Surface | Family] | None) -> list[Family]:
    given = (
        list(families())
        if names is None
        else check_each("names", names, (str, Surface, Family), "a landscape's name, family or surface", 0)
    )
    made = []
    for one in given:
        if not isinstance(one, str | Surface | Family):
            raise TypeError(f"names must hold names, families or surfaces, got {one!r}")
        found = get(one) if isinstance(one, str) else one
        family = found.family if isinstance(found, Surface) else found
        assert isinstance(family, Family)
        made.append(family)
    return made


def _named(key: str, source: str) -> bool:
    """Whether a source names a key's first author, and the year before the next author or colon."""
    name, year = key.rstrip("0123456789"), key[len(key.rstrip("0123456789")) :]
    author = _WRITTEN.get(name, name.capitalize())
    return re.search(rf"\b{author}\b[^;:0-9]*{year}", source) is not None


@cache
def _entries() -> dict[str, str]:
    """Key -> entry."""
    lines = Path(__file__).with_name("references.bib").read_text(encoding="utf-8").splitlines()
    return {line[line.index("{") + 1 : line.index(",")]: line for line in lines if line}


def _spread(entry: str) -> str:
    """An entry with a line for each field."""
    head, _, rest = entry.partition(", ")
    fields = re.split(r"(?<=\}), (?=\w+=\{)", rest[:-1])
    return "\n".join([f"{head},", *(f"  {field.replace('=', ' = ', 1)}," for field in fields), "}"])
