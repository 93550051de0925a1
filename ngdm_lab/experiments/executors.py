"""Where jobs run: in processes of this machine, in this process, on Dask, on any executor that one hands in."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from typing import Any, Protocol

from ngdm_lab.progress import locked_by_threads

__all__ = ["Kept", "Place", "opened"]

_THREADS = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_MANY = 1_000_000  # jobs: more than any machine has cores


class Place(Protocol):
    """Where jobs run."""

    name: str

    def slots(self) -> int | None:
        """How many jobs are handed over at once; None for all of them."""

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Hand a call over."""

    def renew(self) -> bool:
        """Start again after a worker has died; False if that is not ours to do."""

    def close(self, abandon: bool) -> None:
        """Free what was started here; ``abandon`` ends running jobs instead of waiting for them."""


class Kept:
    """An executor for several runs, one after another: opened for the first that needs it, with its workers kept.

    Parameters
    ----------
    executor, workers : as in `opened`.
    """

    def __init__(self, executor: Any, workers: int | None):
        self._asked = executor, workers
        self._closing = contextlib.ExitStack()
        self._place: Place | None = None

    def place(self) -> Place:
        """The place, opened by the first call. Raises as `opened`."""
        if self._place is None:
            self._place = self._closing.enter_context(opened(*self._asked, _MANY))
        return self._place

    def close(self, error: BaseException | None) -> None:
        """Close it, if it was opened; with an error running jobs are abandoned."""
        self._place = None
        self._closing.__exit__(type(error) if error else None, error, None)


@contextlib.contextmanager
def opened(executor: Any, workers: int | None, jobs: int) -> Iterator[Place]:
    """The place that an executor's name stands for, closed at the end; running jobs are abandoned on an error.

    Parameters
    ----------
    executor : "processes", "inline", "dask" (a cluster on this machine), "dask:ADDRESS" (a scheduler that runs), an
        object with the method ``submit`` of ``concurrent.futures.Executor``, or a `Kept`; these two stay open.
    workers : how many jobs run at once; one for each core by default, and as many as it likes on what runs already.
    jobs : how many there are to run, so that no more workers start than that.

    Raises
    ------
    TypeError, ValueError
        For what is no executor.
    ImportError
        For "dask" without the package ``distributed``.
    """
    if isinstance(executor, Kept):
        yield executor.place()
        return
    place: Place
    count = max(1, min(workers or _cores(), jobs))
    if executor == "processes":
        place = _Processes(count)
    elif executor == "inline":
        place = _Inline()
    elif executor == "dask":
        place = _Dask(None, count)
    elif isinstance(executor, str) and executor.startswith("dask:"):
        place = _Dask(executor[len("dask:") :], workers)
    elif isinstance(executor, str):
        raise ValueError(f"executor must be processes, inline, dask or dask:ADDRESS, got {executor!r}")
    elif callable(getattr(executor, "submit", None)):
        place = _Given(executor, workers)
    else:
        raise TypeError(f"executor must be a name or have the method submit, got {executor!r}")
    try:
        yield place
    except BaseException:
        place.close(abandon=True)
        raise
    else:
        place.close(abandon=False)


class _Inline:
    name = "inline"

    def slots(self) -> int:
        return 1

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(function(*arguments))
        return future

    def renew(self) -> bool:
        return False

    def close(self, abandon: bool) -> None:
        pass


class _Processes:
    name = "processes"

    def __init__(self, workers: int):
        self.workers = workers
        self.pool = self._started()

    def slots(self) -> int:
        return self.workers

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        with _one_thread():  # a worker starts when there is work for it, and reads these then
            return self.pool.submit(function, *arguments)

    def renew(self) -> bool:
        self.close(abandon=True)
        self.pool = self._started()
        return True

    def close(self, abandon: bool) -> None:
        if abandon:
            for process in list((getattr(self.pool, "_processes", None) or {}).values()):
                process.kill()
        self.pool.shutdown(wait=True, cancel_futures=True)

    def _started(self) -> ProcessPoolExecutor:
        # spawned, not forked: a fork of a process with threads of Numba or CUDA may hang
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(self.workers, mp_context=context, initializer=_begin)


class _Dask:
    def __init__(self, address: str | None, workers: int | None):
        try:
            import distributed
        except ImportError as error:
            raise ImportError("the executor dask needs the package distributed: pip install ngdm-lab[dask]") from error
        self.name = "dask" if address is None else f"dask:{address}"
        self.workers, self.cluster = workers, None
        if address is None:
            # any free port: with the usual one a second cluster on this machine warns, and None means the usual one
            with _one_thread():
                self.cluster = distributed.LocalCluster(
                    n_workers=workers, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0"
                )
        try:
            self.client = distributed.Client(self.cluster or address, set_as_default=False)
        except OSError as error:
            raise ValueError(f"no Dask scheduler answers at {address}: {error}") from error
        # a job's key is ours: Dask must not take two calls for one
        self.executor = self.client.get_executor(pure=False)

    def slots(self) -> int:
        # read each time, since workers of a cluster come and go
        return self.workers or max(1, sum(self.client.nthreads().values()))

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        future: Future[Any] = self.executor.submit(function, *arguments)
        return future

    def renew(self) -> bool:
        return False

    def close(self, abandon: bool) -> None:
        self.executor.shutdown(wait=not abandon)
        self.client.close()
        if self.cluster is not None:
            self.cluster.close()


class _Given:
    def __init__(self, executor: Any, workers: int | None):
        self.name, self.executor, self.workers = type(executor).__name__, executor, workers
        self.futures: list[Future[Any]] = []

    def slots(self) -> int | None:
        return self.workers

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        future: Future[Any] = self.executor.submit(function, *arguments)
        self.futures.append(future)
        return future

    def renew(self) -> bool:
        return False

    def close(self, abandon: bool) -> None:
        if abandon:
            for future in self.futures:
                future.cancel()


def _cores() -> int:
    """The cores that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)  # macOS has none
    return len(affinity(0)) if affinity else os.cpu_count() or 1


@contextlib.contextmanager
def _one_thread() -> Iterator[None]:
    """Let processes that start now compute on one thread each; the environment is as before afterwards."""
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _begin() -> None:
    """In a new worker: Ctrl-C and a closed terminal are the parent's business; no worker outlives a killed parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    locked_by_threads()
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
