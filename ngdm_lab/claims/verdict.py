"""What a claim's experiment came to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

from ngdm_lab.compiler.checks import brief
from ngdm_lab.experiments.exact_json import encode

__all__ = ["Effect", "Interval", "Kind", "Verdict"]

Kind = Literal["holds", "holds only under", "does not hold", "cannot be decided here"]


@dataclass(frozen=True)
class Effect:
    """The size of what was measured.

    Attributes
    ----------
    value : the number.
    unit : such as "% of starts"; "" for a plain number.
    what : what the number is, in words.
    """

    value: float
    unit: str
    what: str


@dataclass(frozen=True)
class Interval:
    """Where the effect lies, in its unit, ``level`` of the times. Raises ValueError if the ends are swapped."""

    low: float
    high: float
    level: float

    def __post_init__(self) -> None:
        if not self.low <= self.high:
            raise ValueError(f"low must be at most high, got {brief(self.low)} and {self.high!r}")
        if not 0 < self.level < 1:
            raise ValueError(f"level must be between 0 and 1, got {brief(self.level)}")


@dataclass(frozen=True)
class Verdict:
    """What a claim's experiment came to. All of it is computed from the experiment's results.

    Attributes
    ----------
    kind : "holds", "holds only under", "does not hold" or "cannot be decided here".
    sentence : the verdict for a reader, with its numbers.
    condition : under what it holds; given for "holds only under" and for nothing else.
    effect, interval : size of what was measured, and where it lies.
    statistics : names of tests to their values, such as {"p": 0.03}.
    numbers : whatever else the text needs; JSON types.
    data : names of the data sets and landscapes.
    seeds : how many seeds or starts.
    budget : what was spent on each of them, in words.

    Raises
    ------
    TypeError, ValueError
        For another kind, a condition that is missing or too much, an empty sentence, and what JSON cannot hold.
    """

    kind: Kind
    sentence: str
    condition: str = ""
    effect: Effect | None = None
    interval: Interval | None = None
    statistics: Mapping[str, float] = field(default_factory=dict)
    numbers: Mapping[str, Any] = field(default_factory=dict)
    data: tuple[str, ...] = ()
    seeds: int = 0
    budget: str = ""

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise ValueError(f"kind must be one of {', '.join(get_args(Kind))}, got {brief(self.kind)}")
        if bool(self.condition) != (self.kind == "holds only under"):
            raise ValueError(f"condition must be given for 'holds only under' alone, got {brief(self.condition)}")
        if not self.sentence:
            raise ValueError("sentence must say something, got ''")
        object.__setattr__(self, "data", tuple(self.data))
        encode(self.to_json(), "verdict")

    @property
    def word(self) -> str:
        """The verdict in few words."""
        return f"{self.kind} {self.condition}" if self.condition else self.kind

    def to_json(self) -> dict[str, Any]:
        """As JSON types."""
        return {**asdict(self), "data": list(self.data)}

    @classmethod
    def from_json(cls, tree: Mapping[str, Any]) -> Verdict:
        """Made again from `to_json`."""
        given = dict(tree)
        for name, kind in (("effect", Effect), ("interval", Interval)):
            given[name] = kind(**given[name]) if given[name] is not None else None
        return cls(**given)
