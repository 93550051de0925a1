"""Jobs in rounds: where later ones are made from what earlier ones gave, through one journal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ngdm_lab.compiler.checks import check_path

from .executors import Kept
from .jobs import Job, run

__all__ = ["Go", "Rounds"]

Go = Callable[[Sequence[Job]], list[Any]]  # jobs -> their results, in their order


class Rounds:
    """Called with jobs, it runs them and returns their results, as often as it is called.

    As a context manager it keeps its workers from one round to the next, and ends them at the end.

    Parameters
    ----------
    journal, resume : as in `ngdm_lab.experiments.jobs.run`; after the first round the journal is this run's own.
    options : the others of `run`: executor, workers, progress, notes.
    """

    def __init__(self, journal: str | Path | None = None, *, resume: bool = True, **options: Any) -> None:
        self.journal = None if journal is None else check_path("journal", journal)
        self._resume, self._options = resume, options
        self._kept: Kept | None = None
        self._known: dict[str, Any] = {}  # without a journal: what two rounds ask for runs once all the same

    def __enter__(self) -> Rounds:
        self._kept = Kept(self._options.get("executor", "processes"), self._options.get("workers"))
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        assert self._kept is not None
        kept, self._kept = self._kept, None
        kept.close(error)

    def __call__(self, jobs: Sequence[Job]) -> list[Any]:
        """Raises as `run` does."""
        todo = list(jobs) if self.journal is not None else [job for job in jobs if job.key not in self._known]
        kept = {} if self._kept is None else {"executor": self._kept}
        results = run(todo, self.journal, resume=self._resume, **{**self._options, **kept})
        self._resume = True
        if self.journal is not None:
            return results
        self._known |= {job.key: result for job, result in zip(todo, results, strict=True)}
        return [self._known[job.key] for job in jobs]
