"""Work that several threads share."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

__all__ = ["share"]


def share(items: int, worth: float, go: Callable[[int, int], Any], step: int = 1) -> None:
    """go(low, high) for consecutive parts of range(items), one for each of Numba's threads, where that is worth it.

    Parameters
    ----------
    items : number of items, each of which is done by itself: results must not depend on the parts.
    worth : how many times the work is worth waking one other thread; below 1 it is done here.
    go : releases the interpreter's lock.
    step : parts begin at multiples of it.
    """
    if worth < 1 or items <= step:
        go(0, items)
        return
    from ngdm_lab.compiler.threads import thread_count

    threads = thread_count()
    size = -(-items // (step * threads)) * step
    parts = [(low, min(low + size, items)) for low in range(0, items, size)]
    others = [_pool(threads).submit(go, *part) for part in parts[1:]]
    go(*parts[0])
    for other in others:
        other.result()


@cache
def _pool(threads: int) -> Any:
    from concurrent.futures import ThreadPoolExecutor

    from ngdm_lab.compiler.threads import after_fork

    after_fork(_pool.cache_clear)  # its threads are not there any more
    return ThreadPoolExecutor(threads - 1, thread_name_prefix="ngdm-lab-nets")
