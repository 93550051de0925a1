"""What an erratum is, and what was found of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from ngdm_lab.compiler.checks import brief

__all__ = ["MATTERS", "Erratum", "Finding", "Numbers", "closeness"]

Numbers = Mapping[str, float]
# kind of an erratum -> what it means
MATTERS = {
    "number": "a number is wrong",
    "misprint": "a sign, an index or a reference is wrong",
    "reading": "two places contradict each other, so one must be chosen",
    "claim": "a statement of the text does not hold",
}
TESTS = "tests/paper/test_errata.py"


@dataclass(frozen=True)
class Finding:
    """What was computed.

    Attributes
    ----------
    numbers : name -> number; counts and indices are whole.
    sentence : made from them.
    """

    numbers: Numbers
    sentence: str


@dataclass(frozen=True, eq=False)
class Erratum:
    """One place where the paper is wrong or contradicts itself.

    Attributes
    ----------
    id : "E1" to "E16".
    place : where in the paper.
    printed : what it prints, in English and formulas.
    matters : kind, one of `MATTERS`.
    consequence : what it means for a user, in one sentence.
    compute : computes the numbers; seconds at most.
    say : makes a sentence from them.
    test : name of its test.
    files : files of the lab where it is met, from the root of the repository.
    paper : numbers that the paper prints, by their names; the only ones that are typed.
    quote, translation : the shortest needed part of the Russian text, and the same in English; "" where a formula
        says it all.

    Raises
    ------
    ValueError
        For another kind.
    """

    id: str
    place: str
    printed: str
    matters: str
    consequence: str
    compute: Callable[[], Numbers]
    say: Callable[[Numbers], str]
    test: str
    files: tuple[str, ...]
    paper: Numbers = field(default_factory=dict)
    quote: str = ""
    translation: str = ""

    def __post_init__(self) -> None:
        if self.matters not in MATTERS:
            raise ValueError(f"matters must be one of {', '.join(map(repr, MATTERS))}, got {brief(self.matters)}")

    @cached_property
    def found(self) -> Finding:
        """The numbers and their sentence, computed once."""
        numbers = self.compute()
        return Finding(numbers, self.say(numbers))

    @property
    def links(self) -> tuple[str, ...]:
        """Files of the lab, the README's list of errata, and the test: paths from the root of the repository."""
        return (*self.files, "README.md#where-the-paper-does-not-hold", f"{TESTS}::{self.test}")


def closeness(difference: float, rounding: float = 1e-11) -> str:
    """Words for how far two computations are apart; the digits of a rounding error differ from machine to machine."""
    return "to rounding" if difference <= rounding else f"but for {difference:.1e}"
