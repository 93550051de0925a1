"""How many threads a parallel kernel is given, and whether it may start any: what each threading layer of Numba stands.

- GNU OpenMP does not survive a fork: in a process forked after its start, a parallel kernel waits for ever or is ended
  by a signal. So there it is refused. TBB and workqueue start anew in such a process.
- workqueue ends the process when two threads start kernels at once. So there they take turns.
- Threads of OpenMP that wait for the next kernel spin: beside one busy process two threads then take six times as long
  as one. Here they sleep, unless the user's own environment says how they wait.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from importlib import import_module
from threading import RLock

import numba

from .errors import Unavailable

__all__ = ["after_fork", "check_threads", "survives", "thread_count", "threads"]

WAITING = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME")  # what a user may have chosen it by
_turn = RLock()
_forked = False


@contextmanager
def threads(work: float, enough: float) -> Iterator[None]:
    """One thread for less work than is enough: on a busy machine every start of a parallel loop can cost 10 ms.

    Raises Unavailable in a process that was forked where threads do not survive that.
    """
    before = check_threads()
    with _turn if numba.threading_layer() == "workqueue" else nullcontext():
        numba.set_num_threads(1 if work < enough else before)
        try:
            yield
        finally:
            numba.set_num_threads(before)


def check_threads() -> int:
    """Threads that parallel kernels may use. Raises Unavailable where they may start none; see `threads`."""
    if _forked:
        raise Unavailable(
            "this process was forked from one that had started threads, which GNU OpenMP does not survive: start "
            "workers with multiprocessing.get_context('spawn') or 'forkserver', or fork before the first use"
        )
    return thread_count()


def survives() -> bool:
    """Whether parallel kernels may be started in this process; see `check_threads`."""
    return not _forked


def thread_count() -> int:
    """Threads that kernels may use now. Raises Unavailable where Numba has none of the layers that it was told."""
    try:
        return int(numba.get_num_threads())
    except ValueError as error:
        wanted = numba.config.THREADING_LAYER
        raise Unavailable(f"NUMBA_THREADING_LAYER={wanted}: {' '.join(str(error).split())}") from None


def after_fork(call: Callable[[], object]) -> None:
    """Have something called in every process that is forked from this one."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=call)


def _mark() -> None:
    global _forked, _turn
    _turn = RLock()  # another thread may have held it
    try:
        layer = numba.threading_layer()
    except ValueError:  # no threads were started
        return
    if layer == "omp":
        _forked = import_module("numba.np.ufunc.omppool").openmp_vendor == "GNU"


def _sleep() -> None:
    """Load OpenMP with waiting threads asleep. It reads the environment once, which is as before afterwards."""
    if not any(name in os.environ for name in WAITING):
        os.environ[WAITING[0]] = "PASSIVE"
        try:
            import_module("numba.np.ufunc.omppool")  # starts no threads
        except ImportError:  # this machine has none
            pass
        finally:
            del os.environ[WAITING[0]]


after_fork(_mark)
_sleep()
