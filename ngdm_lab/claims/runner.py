"""Runs the experiments of claims and judges them."""

from __future__ import annotations

import tempfile
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from ngdm_lab.compiler.checks import brief, check_each, check_flags
from ngdm_lab.compiler.files import NotWritten
from ngdm_lab.environment import environment
from ngdm_lab.experiments.jobs import Job, Journal
from ngdm_lab.experiments.rounds import Go, Rounds

from .claim import Claim, Level, check_level
from .entry import Entry, Registered
from .ledger import Ledger
from .verdict import Verdict

__all__ = ["judge_all", "registrations"]


def judge_all(
    claims: Iterable[Claim],
    level: Level = "quick",
    journal: str | Path | None = None,
    *,
    executor: Any = "processes",
    workers: int | None = None,
    resume: bool = True,
    progress: bool = False,
) -> Ledger:
    """Run what the claims need and judge each.

    The jobs of all claims are run as one list, so that no worker waits at the end of a claim, and what two claims
    need runs once; claims in rounds follow, one after another. Each claim's rule is registered in the journal before
    the first job; the ledger says of each whether that was before all of its data.

    Parameters
    ----------
    claims : with different ids.
    level : "quick" or "full".
    journal, executor, workers, resume, progress : as in `ngdm_lab.experiments.jobs.run`.

    Raises
    ------
    TypeError, ValueError
        For an id that comes twice, a judge that returns no verdict, and as `run` does.
    JobError
        As `run` does.
    """
    check_flags(resume=resume, progress=progress)
    claims, level = check_each("claims", claims, Claim, "a Claim", least=0), check_level(level)
    twice = [name for name, count in Counter(claim.id for claim in claims).items() if count > 1]
    if twice:
        raise ValueError(f"claims must have different ids, got {', '.join(twice)} more than once")
    with Rounds(journal, resume=resume, executor=executor, workers=workers, progress=progress,
                notes=registrations(claims, level)) as go:  # fmt: skip
        judged = [_judged(claim, part, own, level) for claim, part, own in _data(claims, level, go)]
    lines = Journal(journal).lines() if journal is not None else None
    return Ledger(level, tuple(_entry(c, v, part, lines, drawn) for c, v, part, drawn in judged), environment())


def _data(claims: Sequence[Claim], level: Level, go: Go) -> Iterator[tuple[Claim, list[Job], Any]]:
    """Each claim with its jobs and what is judged."""
    planned = [[] if claim.jobs is None else list(claim.jobs(level)) for claim in claims]
    results = iter(go([job for part in planned for job in part]))
    for claim, part in zip(claims, planned, strict=True):
        own: Any = [next(results) for _ in part]
        if claim.rounds is not None:
            own = claim.rounds(level, _noted(go, part))
        yield claim, part, own


def _judged(claim: Claim, part: list[Job], own: Any, level: Level) -> tuple[Claim, Verdict, list[Job], str]:
    """A claim with its verdict, jobs and picture."""
    verdict = claim.judge(own, level)
    if not isinstance(verdict, Verdict):
        raise TypeError(f"judge of claim {claim.id} must return a Verdict, got {brief(verdict)}")
    return claim, verdict, part, _picture(claim, own)


def registrations(claims: Iterable[Claim], level: Level) -> dict[str, Any]:
    """The notes that register claims' rules in a journal: for runs that make a claim's data before it is judged."""
    rules = {c.id: {"registration": c.registration, "hypothesis": c.hypothesis, "rule": c.rule} for c in claims}
    return {"level": level, "claims": rules}


def _noted(go: Go, jobs: list[Job]) -> Go:
    """`go`, with every job that it runs appended to `jobs`."""

    def noted(asked: Sequence[Job]) -> list[Any]:
        jobs.extend(asked)
        return go(asked)

    return noted


def _entry(
    claim: Claim, verdict: Verdict, jobs: Sequence[Job], lines: Sequence[dict[str, Any]] | None, picture: str
) -> Entry:
    keys = {job.key for job in jobs}
    own = [line for line in lines or () if line.get("key") in keys]
    seconds = {line["key"]: (line.get("seconds") or {"cpu": 0.0})["cpu"] for line in own}
    return Entry(
        id=claim.id, words=claim.words, place=claim.place, hypothesis=claim.hypothesis, rule=claim.rule,
        command=claim.command, verdict=verdict, registration=claim.registration,
        registered=_registered(claim, keys, lines), jobs=len(keys), seconds=sum(seconds.values()), picture=picture,
    )  # fmt: skip


def _registered(claim: Claim, keys: set[str], lines: Sequence[dict[str, Any]] | None) -> Registered:
    """Whether a journal has the claim's rule, as it is now, before each of the claim's jobs."""
    if lines is None:
        return "in no journal"
    for line in lines:
        if line["kind"] == "session":
            rule = ((line.get("notes") or {}).get("claims") or {}).get(claim.id, {})
            if rule.get("registration") == claim.registration:
                return "before the data"
        elif line["key"] in keys:
            break
    return "after the data"


def _picture(claim: Claim, results: Any) -> str:
    """The text of the claim's figure; "" for none."""
    if claim.figure is None:
        return ""
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"{claim.id}.svg"
            claim.figure(results, path)
            return path.read_text(encoding="utf-8")
    except (OSError, NotWritten) as error:  # a full disk costs the picture, not the verdicts
        warnings.warn(f"claim {claim.id} has no figure: {error}", stacklevel=2)
        return ""
