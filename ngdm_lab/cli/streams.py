"""Standard output and error that may be lost: a reader that has gone, or a full disk, costs words, not files."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Iterator
from typing import Any

__all__ = ["Stream", "kept_open", "losing_streams"]


class Stream:
    """A text stream to which writing never fails: the first error is kept in `lost`, and what follows is dropped.

    Everything else is the stream's own.
    """

    def __init__(self, stream: Any):
        self._stream = stream
        # where a process starts with a closed stream, Python has None in its place
        self.lost: OSError | None = None if stream is not None else OSError(errno.EBADF, os.strerror(errno.EBADF))

    def write(self, text: str) -> int:
        """Write, or drop."""
        self._try("write", text)
        return len(text)

    def flush(self) -> None:
        """Flush, or drop."""
        self._try("flush")

    def _try(self, name: str, *given: Any) -> None:
        if self.lost is None:
            try:
                getattr(self._stream, name)(*given)
            except OSError as error:
                self.lost = error
                self._drop_rest()
            except ValueError as error:  # closed within Python
                self.lost = OSError(errno.EBADF, str(error))

    def _drop_rest(self) -> None:
        """What the stream still holds goes nowhere, so that the interpreter's last flush does not complain."""
        with contextlib.suppress(OSError, ValueError, AttributeError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)

    def isatty(self) -> bool:
        """Whether somebody looks."""
        with contextlib.suppress(OSError, ValueError):
            return self.lost is None and bool(self._stream.isatty())
        return False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextlib.contextmanager
def losing_streams() -> Iterator[Stream]:
    """Within this standard output, which it gives, and standard error are `Stream` objects."""
    before = sys.stdout, sys.stderr
    out, err = Stream(before[0]), Stream(before[1])
    sys.stdout, sys.stderr = out, err
    try:
        yield out
    finally:
        sys.stdout, sys.stderr = before


def kept_open() -> None:
    """Fill the places of closed standard streams: else the next file would be opened there, and be written into."""
    while True:
        handle = os.open(os.devnull, os.O_RDWR)
        if handle > 2:
            os.close(handle)
            return
