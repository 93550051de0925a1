"""The job runner: many independent computations, each finished one kept in a journal, on any executor.

A job is a function's name and its arguments, both plain text, so that its key says what it computes. Results depend
on nothing else: not on where jobs run, how many at once, in which order they end, or whether a run was resumed.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import os
import re
import time
import traceback
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Future, wait
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import cached_property
from pathlib import Path
from typing import Any

from ngdm_lab.compiler.checks import check_integer
from ngdm_lab.environment import environment
from ngdm_lab.progress import bar

from .exact_json import decode, encode
from .executors import Place, opened
from .journal import Journal

__all__ = ["Job", "JobError", "Journal", "run"]

_NAME = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")


@dataclass(frozen=True, eq=False)
class Job:
    """One computation. Jobs are equal if their keys are.

    Attributes
    ----------
    function : "package.module:name" of a function at a module's top level. It is called with the arguments by name
        and returns what JSON can hold.
    arguments : name to value, of None, bool, int, float, str, lists and dicts. Kept with sorted keys, so that the
        order in which they were given cannot matter.

    Raises
    ------
    TypeError, ValueError
        For an argument of another type, naming it, and for a function that is not named like that.
    """

    function: str
    arguments: Mapping[str, Any]

    def __post_init__(self) -> None:
        if not isinstance(self.function, str) or not _NAME.fullmatch(self.function):
            raise ValueError(f"function must be named like 'package.module:name', got {self.function!r}")
        if self.function.startswith("__main__:"):
            raise ValueError(f"function must lie in a module that workers can import, got {self.function!r}")
        if not isinstance(self.arguments, Mapping):
            raise TypeError(f"arguments must be a dict, got {self.arguments!r}")
        object.__setattr__(self, "arguments", decode(encode(self.arguments, "arguments", canonical=True)))

    @cached_property
    def key(self) -> str:
        """32 hexadecimal digits that stand for the function and the arguments."""
        text = encode([self.function, self.arguments], "job", canonical=True)
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    def __eq__(self, other: object) -> bool:
        return self.key == other.key if isinstance(other, Job) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.key)

    def __str__(self) -> str:
        text = f"{self.function}({', '.join(f'{k}={v!r}' for k, v in self.arguments.items())})"
        return text if len(text) <= 200 else f"{text[:197]}..."


class JobError(RuntimeError):
    """A job failed; `job` is it. Its cause holds the traceback of where it ran."""

    def __init__(self, job: Job, reason: str):
        super().__init__(f"job {job} failed: {reason}")
        self.job = job


class _Elsewhere(Exception):
    """The traceback of a job, as text: the error itself need not survive the way from another process."""

    def __str__(self) -> str:
        return f"\n{self.args[0]}"


def run(
    jobs: Iterable[Job],
    journal: str | Path | None = None,
    *,
    executor: Any = "processes",
    workers: int | None = None,
    resume: bool = True,
    progress: bool = False,
    on_result: Callable[[Job, Any], None] | None = None,
    notes: Mapping[str, Any] | None = None,
) -> list[Any]:
    """Run jobs and return their results in the jobs' order.

    Each finished job is written to the journal before anything else happens with it, so a run that is killed and
    started again goes on where it was. Equal jobs run once. When a job fails no new one starts, those that run end
    and are kept, and the error is raised. On an interrupt running jobs are abandoned and finished ones kept.
    When a worker process dies its job is tried again; an error names the job whose workers die each time.

    Parameters
    ----------
    jobs : what to run.
    journal : the file of finished jobs; None keeps nothing. Jobs that it holds are not run again.
    executor : "processes" of this machine, each on one thread; "inline", in this process; "dask", workers that Dask
        starts here; "dask:ADDRESS", the workers of a Dask scheduler; or any object with the method ``submit`` of
        ``concurrent.futures.Executor``, which stays open.
    workers : how many jobs run at once; the number of cores by default, or what the executor has.
    resume : go on with a journal that is there already.
    progress : show a bar in a terminal or a notebook.
    on_result : called in this process with each job that ran and its result, as they end.
    notes : what the journal is to say of this session, beside versions, machine, executor and time.

    Raises
    ------
    TypeError, ValueError
        For what is no job, a function that cannot be imported, arguments out of range; for a journal that is there
        already without ``resume``, that another run writes, or that is none.
    JobError
        If a job raised an error or its workers died.
    """
    wanted = list(jobs)
    for job in wanted:
        if not isinstance(job, Job):
            raise TypeError(f"jobs must be of type Job, got {job!r}")
    if workers is not None:
        workers = check_integer("workers", workers, 1)
    for function in dict.fromkeys(job.function for job in wanted):
        _function(function)
    results: dict[str, Any] = {}
    with contextlib.ExitStack() as stack:
        book = stack.enter_context(Journal(journal)) if journal is not None else None
        if book is not None:
            if not resume and book.path.stat().st_size > 0:
                raise ValueError(f"{book.path} holds finished jobs already: resume, or name another file")
            results = book.results()
        todo = [job for job in dict.fromkeys(wanted) if job.key not in results]
        if todo:
            place = stack.enter_context(opened(executor, workers, len(todo)))
            if book is not None:
                book.begin(_session(place, notes))
            count = len(set(wanted))
            shown = stack.enter_context(
                bar(show=progress, total=count, initial=count - len(todo), desc="jobs", unit="job")
            )

            def keep(job: Job, outcome: Mapping[str, Any]) -> None:
                result = decode(outcome["result"])
                if book is not None:
                    book.append(job, result, {"seconds": outcome["seconds"]})
                results[job.key] = result
                shown.update()
                if on_result is not None:
                    on_result(job, decode(outcome["result"]))  # a copy: whatever it does to it, results stay

            _run_all(todo, place, keep)
    # each its own copy, as from separate calls
    return [decode(encode(results[job.key], "result")) for job in wanted]


def _run_all(todo: list[Job], place: Place, keep: Callable[[Job, Mapping[str, Any]], None]) -> None:
    """Run all jobs, handing over as many at once as the place has room for."""
    waiting, flying = deque(todo), dict[Future[Any], Job]()
    deaths: Counter[str] = Counter()
    failures: list[JobError] = []
    while flying or (waiting and not failures):
        while waiting and not failures and len(flying) < _room(place, waiting[0], flying.values(), deaths):
            job = waiting.popleft()
            try:
                flying[place.submit(execute, job.function, encode(job.arguments, "arguments"))] = job
            except BrokenExecutor:  # a worker died just now
                waiting.appendleft(job)
                if flying:
                    break  # their futures will tell
                if not place.renew():
                    raise
        done = wait(flying, return_when=FIRST_COMPLETED).done
        if any(_died(future) for future in done):
            done = wait(flying).done  # the pool is broken: all that it had end now
        dead = []
        for future in [f for f in flying if f in done]:
            job = flying.pop(future)
            if _died(future):
                dead.append(job)
            else:
                failure = _settle(job, future, keep)
                failures += [failure] if failure else []
        if dead:
            deaths.update(job.key for job in dead)
            again = place.renew()
            if not again or (len(dead) == 1 and deaths[dead[0].key] > 1):
                failures.append(JobError(dead[0], "its worker process died" + (" twice" if again else "")))
            else:
                waiting.extendleft(reversed(dead))
    if failures:
        order = {job: i for i, job in enumerate(todo)}
        raise min(failures, key=lambda failure: order[failure.job])


def _room(place: Place, first: Job, flying: Iterable[Job], deaths: Mapping[str, int]) -> float:
    """How many jobs may be handed over at once: one alone where workers died twice, to learn which job it is."""
    if any(deaths[job.key] > 1 for job in (first, *flying)):
        return 1
    slots = place.slots()
    return float("inf") if slots is None else slots


def _died(future: Future[Any]) -> bool:
    return not future.cancelled() and isinstance(future.exception(), BrokenExecutor)


def _settle(job: Job, future: Future[Any], keep: Callable[[Job, Mapping[str, Any]], None]) -> JobError | None:
    """Keep what a job gave, or return how it failed."""
    try:
        outcome = future.result()
    except (Exception, CancelledError) as error:  # of the executor: what a job raises comes as text
        failure = JobError(job, f"{type(error).__name__}: {error}")
        failure.__cause__ = error
        return failure
    if "error" in outcome:
        failure = JobError(job, outcome["error"])
        failure.__cause__ = _Elsewhere(outcome["traceback"])
        return failure
    keep(job, outcome)
    return None


def execute(function: str, arguments: str) -> dict[str, Any]:
    """Call a job's function where it runs. Arguments and result travel as text, so that all places see the same.

    Returns "result" (text of `exact_json.encode`) and "seconds" (of the processor and of the clock), or "error" and
    "traceback".
    """
    try:
        called, given = _function(function), decode(arguments)
        processor, clock = time.process_time(), time.perf_counter()
        result = called(**given)
        seconds = {"cpu": time.process_time() - processor, "wall": time.perf_counter() - clock}
        return {"result": encode(result, "the result"), "seconds": seconds}
    except (Exception, SystemExit) as error:
        return {"error": f"{type(error).__name__}: {error}", "traceback": traceback.format_exc()}


def _function(name: str) -> Callable[..., Any]:
    module, _, attribute = name.partition(":")
    try:
        found = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise ValueError(f"function {name!r} cannot be imported: {error}") from error
    if not callable(found):
        raise TypeError(f"function {name!r} must be callable, got {found!r}")
    called: Callable[..., Any] = found
    return called


def _session(place: Place, notes: Mapping[str, Any] | None) -> dict[str, Any]:
    started = datetime.now(timezone.utc).isoformat(timespec="seconds")
    return {
        **environment(), "executor": place.name, "workers": place.slots(), "process": os.getpid(), "started": started,
        "notes": dict(notes or {}),
    }  # fmt: skip
