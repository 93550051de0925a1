"""One line of the ledger: a claim and its verdict."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from .verdict import Verdict

__all__ = ["Entry", "Registered"]

Registered = Literal["before the data", "after the data", "in no journal"]


@dataclass(frozen=True)
class Entry:
    """A claim and its verdict.

    Attributes
    ----------
    id, words, place, hypothesis, rule, command : of the claim.
    verdict : what its experiment came to.
    registration : hash of the hypothesis, the rule and the text that judged.
    registered : whether the journal has that hash before the claim's first job.
    jobs : how many different ones.
    seconds : of the processor, spent on them; 0 without a journal.
    picture : SVG of the figure; "" for none.
    """

    id: str
    words: str
    place: str
    hypothesis: str
    rule: str
    command: str
    verdict: Verdict
    registration: str
    registered: Registered
    jobs: int
    seconds: float
    picture: str = field(default="", repr=False)
