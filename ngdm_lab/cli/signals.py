"""Ctrl-C, SIGTERM (a scheduler's) and SIGHUP (a terminal that closes) end a command in order, with what is finished.

The exit status is 128 and the signal's number: 130, 143, 129.
"""

from __future__ import annotations

import _thread
import contextlib
import signal
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

__all__ = ["Ended", "Heed", "ending", "heeding", "take"]

_NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
AGAIN = 0.01  # seconds until a signal comes again whose exception Python dropped


class Ended(KeyboardInterrupt):
    """A signal asked for the end; what heeds a Ctrl-C heeds the others too."""


class Heed:
    """A handler that remembers what came and raises `Ended`.

    Attributes
    ----------
    first : the first signal, None before one came.
    """

    def __init__(self) -> None:
        self.first: int | None = None
        self._pending = self._dropped = False
        self._within = self._missed = False  # in `dropped` now; a signal came meanwhile

    def __call__(self, number: int, frame: object) -> None:
        self.note(number)
        self._pending = True
        if self._within:  # what is raised there is dropped, too
            self._missed = True
            return
        self._dropped = False
        raise Ended

    def note(self, number: int) -> None:
        """Remember a signal that somebody else deals with."""
        self.first = number if self.first is None else self.first

    def look(self) -> None:
        """Raise `Ended` where a signal came and nobody has dealt with it."""
        if self._pending:
            self._dropped = False
            raise Ended

    def dropped(self, unraisable: Any) -> None:
        """`sys.unraisablehook`: the signal comes again, in silence, where Python had to drop its exception.

        It drops what is raised while an object is finalised or a weak reference called back; a compiler has many.
        """
        if not isinstance(unraisable.exc_value, Ended):
            sys.__unraisablehook__(unraisable)
            return
        self._dropped = self._within = True
        _thread.start_new_thread(self._again, ())
        self._within = False

    def _again(self) -> None:
        self._missed = True
        while self._missed:
            time.sleep(AGAIN)
            self._missed = False
            if self._dropped and self._pending:
                _thread.interrupt_main(signal.Signals(self.first or signal.SIGINT))
                time.sleep(AGAIN)

    def watching(self) -> contextlib.AbstractContextManager[None]:
        """Within this `look` is called before each chunk of steps.

        A run ends at its next chunk, then, and not `AGAIN` later where Python dropped the exception.
        """
        from ngdm_lab.engine import driver

        return driver.watched(self.look)

    def take(self) -> None:
        """It is dealt with: what follows may run to its end, or to the next signal."""
        self._pending = False


_active: list[Heed] = []


def take() -> None:
    """Say that the signal which came is dealt with, as `Heed.take`; nothing where none is heeded."""
    for heed in _active[-1:]:
        heed.take()


def ending(number: int | None) -> str:
    """What ended a command."""
    return "interrupted" if number in (None, signal.SIGINT) else f"ended by {signal.Signals(number).name}"


@contextlib.contextmanager
def heeding() -> Iterator[Heed]:
    """Within this signals raise `Ended`; in other threads than the main one they are not ours."""
    heed = Heed()
    if threading.current_thread() is not threading.main_thread():
        yield heed
        return
    before = {}
    for number in _NUMBERS:
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup's wish
            before[number] = signal.signal(number, heed)
    hook, sys.unraisablehook = sys.unraisablehook, heed.dropped
    _active.append(heed)
    try:
        yield heed
    finally:
        _active.remove(heed)
        sys.unraisablehook = hook
        for number, handler in before.items():
            signal.signal(number, handler)
