"""What every engine offers to `ensemble`."""

from __future__ import annotations

from typing import Any, Protocol

__all__ = ["Engine"]


class Engine(Protocol):
    """All runs of all settings of a `Job`, from their starts on; the job's records are its result.

    Engines differ in how they carry runs through the steps. What happens to a run is the loop of
    `driver.advance_run`, for all of them.

    Attributes
    ----------
    pace : times as many coordinate steps a second as the per-run engine, about: for the length of chunks.
    slow : why runs go lane by lane; empty where they do not.
    described : what results say of the engine, by name; empty where there is nothing to say.
    """

    @property
    def pace(self) -> float: ...
    @property
    def slow(self) -> str: ...
    @property
    def described(self) -> dict[str, Any]: ...

    def go(self, t0: int, t1: int) -> None:
        """Evaluations t0 ... t1 - 1 of all live runs; after t1 = steps + 1 the records are complete.

        Chunks follow on each other: the first t0 is 0, then each is the t1 before it. At the marks of the records
        among these evaluations, each run's best goes to their place in `Records.best_at`.
        """
