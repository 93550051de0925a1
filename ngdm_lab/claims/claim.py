"""A claim: a paper's words, what would show them false, and the experiment that decides."""

from __future__ import annotations

import hashlib
import inspect
import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, cast, get_args

from ngdm_lab.compiler.checks import brief, check_choice
from ngdm_lab.experiments.exact_json import encode
from ngdm_lab.experiments.jobs import Job
from ngdm_lab.experiments.rounds import Go

from .verdict import Verdict

__all__ = ["Claim", "Level", "check_level"]

Level = Literal["quick", "full"]

_ID = re.compile(r"[A-Za-z0-9][\w.-]*")


@dataclass(frozen=True, eq=False)
class Claim:
    """A claim of a paper, with all that decides it.

    Attributes
    ----------
    id : short and good as a file's name.
    words : the paper's own words.
    place : where in the paper they stand.
    hypothesis : one sentence that could be false.
    rule : the decision rule in words, fixed before data are seen.
    judge : from the experiment's results and the level to a `Verdict`. A function written with def, in a file, since
        its text is registered.
    command : what a reader types to get the verdict again.
    jobs : from a level, "quick" or "full", to the experiment's jobs; their results, in their order, are judged.
    rounds : instead of `jobs`, where later jobs depend on what earlier ones gave: from a level and a function that
        runs jobs and returns their results to what is judged. It computes nothing of its own that takes long.
    figure : from the results and a path that ends in .svg to the figure there; optional.

    Raises
    ------
    TypeError, ValueError
        For an empty text, an id that is no file's name, a judge without a text, both or none of jobs and rounds.
    """

    id: str
    words: str
    place: str
    hypothesis: str
    rule: str
    judge: Callable[[Any, Level], Verdict]
    command: str
    jobs: Callable[[Level], list[Job]] | None = None
    rounds: Callable[[Level, Go], Any] | None = None
    figure: Callable[[Any, Path], object] | None = None

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise ValueError(f"id must be of letters, digits, '.', '_' and '-', got {brief(self.id)}")
        for name in ("words", "place", "hypothesis", "rule", "command"):
            if not getattr(self, name).strip():
                raise ValueError(f"{name} of claim {self.id} must say something, got {brief(getattr(self, name))}")
        if (self.jobs is None) == (self.rounds is None):
            raise ValueError(f"claim {self.id} must have either jobs or rounds")
        _ = self.registration  # so that a judge without a text is met at once

    @cached_property
    def registration(self) -> str:
        """32 hexadecimal digits that stand for id, hypothesis, rule and the text of `judge` and of its helpers.

        Helpers are the functions of its own package that it calls, and theirs.

        They are in the journal before the first job runs, so that a rule made to fit the data shows.
        """
        if not inspect.isfunction(self.judge):
            raise TypeError(f"judge of claim {self.id} must be a function written with def, got {brief(self.judge)}")
        try:
            sources = _texts(self.judge)
        except OSError as error:
            raise ValueError(f"judge of claim {self.id} must be written in a file: {error}") from None
        text = encode([self.id, self.hypothesis, self.rule, *sources], "claim", canonical=True)
        return hashlib.sha256(text.encode()).hexdigest()[:32]


def _texts(judge: Callable[..., Any]) -> list[str]:
    """The text of a function, then those of the functions of its package that it names, each once."""
    package = judge.__module__.rpartition(".")[0] or judge.__module__
    found, waiting = [judge], [judge]
    while waiting:
        known = inspect.getclosurevars(waiting.pop()).globals
        for name in sorted(known):
            one = known[name]
            near = inspect.isfunction(one) and f"{one.__module__}.".startswith(f"{package}.")
            if near and one not in found:
                found.append(one)
                waiting.append(one)
    return [textwrap.dedent(inspect.getsource(one)) for one in found]


def check_level(level: str) -> Level:
    """The level, if it is one; else ValueError."""
    return cast(Level, check_choice("level", level, get_args(Level)))
