"""Computations one after another in this process, each kept in a journal as it ends; errors arrive as themselves."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, TypeVar

from ngdm_lab.environment import environment

from .jobs import Job
from .journal import Journal

__all__ = ["OneByOne"]

T = TypeVar("T")
_SYNC = 5.0  # seconds of finished work that only a power cut may cost


class OneByOne:
    """Called with a job and what does it, it gives the result: from the journal, if that has it.

    A context manager: within it nobody else writes the journal.

    Parameters
    ----------
    journal : file of finished jobs; None keeps nothing, and costs nothing.
    resume : whether a journal that has entries may be used.
    notes : what the journal is to say of this session.

    Raises ValueError, on entering, for a journal that is there already without `resume`, that another run writes, or
    that is none.
    """

    def __init__(self, journal: str | Path | None, *, resume: bool = True, notes: Mapping[str, Any] | None = None):
        self._book = None if journal is None else Journal(journal)
        self._resume, self._notes, self._begun = resume, dict(notes or {}), False
        self._known: dict[str, Any] = {}
        self._synced = 0.0  # when the disk last had all of it

    def __enter__(self) -> OneByOne:
        if self._book is not None:
            self._book.__enter__()
            try:
                self._known = self._book.results()
                if self._known and not self._resume:
                    raise ValueError(f"{self._book.path} holds finished jobs already: resume, or name another file")
            except BaseException:
                self._book.close()
                raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._book is None:
            return
        with contextlib.suppress(OSError):  # nothing was finished: as if it had not been there
            if self._book.path.stat().st_size == 0:
                self._book.path.unlink()
        self._book.close()

    def __call__(
        self, job: Callable[[], Job], make: Callable[[], T], dump: Callable[[T], Any], restore: Callable[[Any], T]
    ) -> T:
        """The result of a job.

        Parameters
        ----------
        job : makes the job, whose key the journal knows it by; called where there is a journal.
        make : does it. What it raises is raised.
        dump, restore : the result as JSON types, and made again from them.
        """
        if self._book is None:
            return make()
        wanted = job()
        if wanted.key in self._known:
            try:
                return restore(self._known[wanted.key])
            except Exception as error:  # what is damaged can fail in any way
                reason = " ".join(str(error).split())
                raise ValueError(f"{self._book.path} holds no result of the job {wanted.key}: {reason}") from None
        processor, clock = time.process_time(), time.perf_counter()
        made = make()
        seconds = {"cpu": time.process_time() - processor, "wall": time.perf_counter() - clock}
        if not self._begun:  # not before there is something to keep
            started = datetime.now(timezone.utc).isoformat(timespec="seconds")
            self._book.begin({**environment(), "executor": "inline", "workers": 1, "process": os.getpid(),
                              "started": started, "notes": self._notes})  # fmt: skip
            self._begun = True
        # a disk takes as long as many a job: a power cut may cost some seconds of work
        now = time.monotonic()
        due = now - self._synced > _SYNC
        self._book.append(wanted, dump(made), {"seconds": seconds}, due)
        self._synced = now if due else self._synced
        return made
