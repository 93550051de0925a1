"""Files that are whole or not there: written beside their place, moved there in one step; what the dead left is swept.

Whoever writes holds a lock on his temporary file, which the system takes away when he ends, however he ends. So a
temporary file without a lock is nobody's.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

__all__ = [
    "NotWritten", "each_written", "sweep", "sync_folder", "write_all", "write_atomically", "write_each", "write_file",
]  # fmt: skip

_TEMPORARY = re.compile(r"\..+-[0-9a-f]{16}")


class NotWritten(ValueError):
    """Files could not be written. One line names each and says why.

    Attributes
    ----------
    failed : path to reason.
    written : files beside them that are there.
    """

    def __init__(self, failed: Mapping[Path, str], written: Sequence[Path] = ()):
        self.failed, self.written = dict(failed), list(written)
        paths: dict[str, list[str]] = {}
        for path, reason in failed.items():
            paths.setdefault(reason, []).append(str(path))
        super().__init__("; ".join(f"cannot write {', '.join(some)}: {reason}" for reason, some in paths.items()))

    def __reduce__(self) -> tuple[type, tuple[dict[Path, str], list[Path]]]:
        return type(self), (self.failed, self.written)


Content = bytes | Callable[[int], None]  # or what writes it to an open file, for one that memory should not hold twice


def write_file(path: Path, content: Content) -> Path:
    """`write_atomically` with the path back, and NotWritten for an OSError."""
    try:
        write_atomically(path, content)
    except OSError as error:
        raise NotWritten({path: error.strerror or str(error)}) from error
    return path


def write_each(files: Mapping[Path, bytes]) -> list[Path]:
    """Write files, each by itself: one that fails keeps none of the others. NotWritten at the end for those."""
    return each_written([lambda path=path, content=content: [write_file(path, content)]  # type: ignore[misc]
                         for path, content in files.items()])  # fmt: skip


def each_written(makers: Iterable[Callable[[], Sequence[Path]]]) -> list[Path]:
    """Call all that write files, whichever of them fails, and return the paths; NotWritten at the end for all."""
    made: list[Path] = []
    failed: dict[Path, str] = {}
    for make in makers:
        try:
            made += make()
        except NotWritten as error:
            made += error.written
            failed |= error.failed
    if failed:
        raise NotWritten(failed, made)
    return made


def write_atomically(path: Path, content: Content) -> None:
    """Write a file so that a reader sees all of it or nothing, whatever interrupts us.

    Raises OSError; then the file is as it was before.
    """
    temporary = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    stream = -1
    try:
        stream = _opened(temporary)
        content(stream) if callable(content) else write_all(stream, content)
        os.fsync(stream)  # else a power cut may leave the new name without its content
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    finally:
        if stream >= 0:
            os.close(stream)
    sync_folder(path.parent)


def write_all(stream: int, content: bytes) -> None:
    """Write to an open file, in as many calls as the system wants. Raises OSError."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(stream, rest) :]


def sync_folder(folder: Path) -> None:
    """Make the name of a new file survive a power cut."""
    with contextlib.suppress(OSError):  # some file systems cannot
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def sweep(folder: Path) -> list[Path]:
    """Remove the temporary files that killed processes left in a folder, and return them.

    Files of other names, of processes that live, and where locks cannot be had, are left alone.
    """
    try:
        names = [name for name in os.listdir(folder) if _TEMPORARY.fullmatch(name)]
    except OSError:
        return []
    return [folder / name for name in names if _swept(folder / name)]


def _opened(temporary: Path) -> int:
    """A new file, open and locked."""
    while True:
        stream = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        try:
            with contextlib.suppress(OSError):  # some file systems have no locks: there nothing is swept
                fcntl.flock(stream, fcntl.LOCK_EX)
            if _same(stream, temporary):
                return stream
        except BaseException:
            os.close(stream)
            raise
        os.close(stream)  # swept before we had the lock


def _same(stream: int, path: Path) -> bool:
    """Whether a name still stands for the file that is open."""
    try:
        return os.path.samestat(os.fstat(stream), os.stat(path, follow_symlinks=False))
    except FileNotFoundError:
        return False


def _swept(path: Path) -> bool:
    try:
        stream = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:  # gone, a folder, a link, not ours
        return False
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not _same(stream, path):
            return False
        os.unlink(path)
        return True
    except OSError:  # its writer lives
        return False
    finally:
        os.close(stream)
