"""Ctrl-C at the end of a step: what is saved then is the state between two steps."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["waiting_interrupts"]


@contextlib.contextmanager
def waiting_interrupts() -> Iterator[Callable[[], bool]]:
    """Within this context Ctrl-C is only noted; the function that it gives says whether. A second Ctrl-C does not wait.

    In other threads than the main one signals are not ours, and nothing changes.
    """
    seen: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return

    def interrupt(number: int, frame: Any) -> None:
        seen.append(number)
        if len(seen) > 1:
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield lambda: bool(seen)
    finally:
        signal.signal(signal.SIGINT, before)
