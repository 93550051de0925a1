"""Whether there is memory for what is about to be made: asked before it is made, so that the answer is one line."""

from __future__ import annotations

import os
from contextlib import suppress

__all__ = ["check_memory", "memory"]

SMALL = 2**20  # bytes that there always are: asking takes longer than making them
_GROUP = "/sys/fs/cgroup/memory.max"  # what a container may have


def memory() -> int:
    """Bytes that this process may have at most: the machine's, its container's, or its own limit."""
    limits = []
    with suppress(ValueError, OSError, AttributeError):
        limits.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    with suppress(ValueError, OSError), open(_GROUP, encoding="ascii") as file:
        limits.append(int(file.read()))  # or "max"
    with suppress(ImportError):
        import resource

        limits.append(resource.getrlimit(resource.RLIMIT_AS)[0])
    return min((limit for limit in limits if limit > 0), default=2**47)


def check_memory(what: str, numbers: int, size: int = 8) -> None:
    """ValueError where `numbers` numbers of `size` bytes are more than the memory there is.

    `what` names the argument with its value, as in "steps = 1000000000000".
    """
    needed = numbers * size
    if needed > SMALL and needed > (there := memory()):
        from .cache.contents import show_size

        raise ValueError(f"{what} would need {show_size(needed)} of memory, of which there are {show_size(there)}")
