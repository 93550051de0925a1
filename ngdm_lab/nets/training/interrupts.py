"""Ctrl-C at the end of a step: what is saved then is the state between two steps."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["waiting_interrupts"]

_NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextlib.contextmanager
def waiting_interrupts() -> Iterator[Callable[[], bool]]:
    """Within this context Ctrl-C is only noted; the function that it gives says whether. A second one does not wait.

    So are SIGTERM and SIGHUP where somebody has a handler for them, as the command line has; a handler with a method
    `note` is told of the number. In other threads than the main one signals are not ours, and nothing changes.
    """
    seen: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    before = {number: signal.getsignal(number) for number in _NUMBERS}
    before = {number: handler for number, handler in before.items() if callable(handler) or number == signal.SIGINT}

    def interrupt(number: int, frame: Any) -> None:
        seen.append(number)
        handler: Any = before[signal.Signals(number)]
        if len(seen) == 1:
            getattr(handler, "note", lambda number: None)(number)
        elif callable(handler):
            handler(number, frame)
        else:
            raise KeyboardInterrupt

    for number in before:
        signal.signal(number, interrupt)
    try:
        yield lambda: bool(seen)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
