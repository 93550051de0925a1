"""A disk that fails: the k-th write, fsync or rename in a folder, as SQLite's tests have it."""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import Path

CALLS = ("write", "fsync", "replace", "ftruncate")


class Disk:
    """Counts the system calls on a folder's files, and lets one of them fail.

    Parameters
    ----------
    folder : calls elsewhere pass.
    fails : (name, k) of the call that fails, k from 0; None counts only.
    half : whether a write that fails has written half of what it was given.
    for_good : whether all calls after it fail as well, as on a disk that stays full.
    """

    def __init__(self, folder, fails=None, half=False, for_good=False):
        self.folder, self.fails, self.half, self.for_good = Path(folder).resolve(), fails, half, for_good
        self.counts = dict.fromkeys(CALLS, 0)
        self.broken = False

    @contextlib.contextmanager
    def there(self):
        """Within this the calls of `os` are ours."""
        plain = {name: getattr(os, name) for name in CALLS}

        def call(name):
            def called(target, *rest):
                if not self._inside(target):
                    return plain[name](target, *rest)
                number = self.counts[name]
                self.counts[name] += 1
                if (name, number) == self.fails or (self.broken and name in ("write", "fsync")):
                    self.broken = self.for_good
                    if name == "write" and self.half:
                        plain[name](target, bytes(rest[0])[: len(rest[0]) // 2])
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                return plain[name](target, *rest)

            return called

        for name in CALLS:
            setattr(os, name, call(name))
        try:
            yield self
        finally:
            for name in CALLS:
                setattr(os, name, plain[name])

    def _inside(self, target):
        try:
            path = Path(os.readlink(f"/proc/self/fd/{target}")) if isinstance(target, int) else Path(target).resolve()
        except OSError:
            return False
        return self.folder in (path, *path.parents)


def each_failure(folder, act):
    """For every call that `act()` makes on a folder's files: a `Disk` on which that one fails."""
    with Disk(folder).there() as disk:
        act()
    assert disk.counts["write"]
    assert disk.counts["fsync"]
    for name, count in disk.counts.items():
        for k in range(count):
            for half in (False, True) if name == "write" else (False,):
                yield Disk(folder, (name, k), half)
