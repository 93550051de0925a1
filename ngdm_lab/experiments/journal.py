"""The journal of finished jobs: a file that is only appended to, one line of JSON for each job.

A line is an object whose last member is a checksum of what stands before it. A line counts only if it is whole, so a
run that is killed at any moment loses nothing that was finished: the next writer cuts a torn last line off.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from ngdm_lab.compiler.checks import check_path
from ngdm_lab.compiler.files import NotWritten, sync_folder, write_all
from ngdm_lab.schema import NUMBER, TEXT, Each, Maybe, OneOf, check

from .exact_json import decode, encode

__all__ = ["Journal"]

_START = b'{"kind":"'


class Recorded(Protocol):
    """What a journal has to know of a job."""

    @property
    def key(self) -> str: ...

    @property
    def function(self) -> str: ...

    @property
    def arguments(self) -> Mapping[str, Any]: ...


class Journal:
    """An append-only file of finished jobs and of the sessions that ran them.

    Reading needs no lock and takes whatever is whole at that moment. The first write, or entering it as a context
    manager, takes the file's exclusive lock, which the system frees when the process ends, however it ends.

    Parameters
    ----------
    path : the file; it and its folder are made by the first write.
    """

    def __init__(self, path: str | Path):
        self.path = check_path("journal", path)
        self._file: int | None = None

    def __enter__(self) -> Journal:
        """Take the lock and cut a torn last line off.

        Raises ValueError if another writer has the lock, if the file is no journal, or if it cannot be written.
        """
        if self._file is None:
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                new = not self.path.exists()
                file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
            except OSError as error:
                raise self._unwritable(error) from error
            try:
                self._lock(file)
                whole = len(_mended(self._content()))
                size = os.fstat(file).st_size
                if whole < size:
                    os.ftruncate(file, whole)
                elif whole > size:  # a whole line that lacks its end
                    write_all(file, b"\n")
                os.fsync(file)
                if new:
                    sync_folder(self.path.parent)
            except BaseException as error:
                os.close(file)
                if isinstance(error, OSError):
                    raise self._unwritable(error) from error
                raise
            self._file = file
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the lock back."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def entries(self) -> dict[str, dict[str, Any]]:
        """The finished jobs by their keys, each with function, arguments, result and what `append` was given."""
        return {line["key"]: line for line in self.lines() if line["kind"] == "job"}

    def results(self) -> dict[str, Any]:
        """The results of the finished jobs by their keys."""
        return {key: entry["result"] for key, entry in self.entries().items()}

    def lines(self) -> list[dict[str, Any]]:
        """Every whole line in its order; its "kind" is "session" or "job".

        Warns of each damaged line by its number; the job that it held counts as not run. Raises ValueError if the
        file is no journal, or a whole line says what none does.
        """
        found = []
        for number, raw in enumerate(_mended(self._content()).split(b"\n")[:-1], 1):
            line = _read(raw)
            if line is None:
                message = f"{self.path}: line {number} is damaged; the job that it held runs again"
                warnings.warn(message, stacklevel=2)
            else:
                _check(line, f"{self.path}: line {number}")
                found.append(line)
        return found

    def append(self, job: Recorded, result: Any, meta: Mapping[str, Any], sync: bool = True) -> None:
        """Add a finished job with its result. Raises as `__enter__`.

        It survives this process when this returns, and with `sync` the machine too.
        """
        line = {"kind": "job", "key": job.key, "function": job.function, "arguments": job.arguments}
        self._write({**line, "result": result, **meta}, sync)

    def begin(self, session: Mapping[str, Any]) -> None:
        """Add a line on the session that runs the jobs that follow. Raises as `__enter__`."""
        self._write({"kind": "session", **session})

    def _write(self, line: dict[str, Any], sync: bool = True) -> None:
        body = encode(line, "line")[:-1].encode()
        content = body + _checksum(body) + b"\n"
        self.__enter__()
        assert self._file is not None
        before = os.fstat(self._file).st_size
        try:
            write_all(self._file, content)
            if sync:
                os.fsync(self._file)
        except BaseException as error:
            with contextlib.suppress(OSError):
                if os.fstat(self._file).st_size < before + len(content):  # an interrupt may come when all is there
                    os.ftruncate(self._file, before)
            if isinstance(error, OSError):
                raise self._unwritable(error) from error
            raise

    def _unwritable(self, error: OSError) -> NotWritten:
        return NotWritten({self.path: error.strerror or str(error)})

    def _content(self) -> bytes:
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise ValueError(f"cannot read {self.path}: {error.strerror or error}") from error
        if content[: len(_START)] != _START[: len(content)] and not any(map(_read, content.split(b"\n"))):
            raise ValueError(f"{self.path} is no journal of jobs; name another file")
        return content

    def _lock(self, file: int) -> None:
        # of the open file, not of the process: two journals in one process exclude each other as well
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ValueError(f"{self.path} is being written by another run; wait or name another file") from error


def _checksum(body: bytes) -> bytes:
    """The end of a line, without its newline."""
    return b',"sha256":"' + hashlib.sha256(body).hexdigest()[:16].encode() + b'"}'


_END = len(_checksum(b""))


def _read(raw: bytes) -> dict[str, Any] | None:
    """What a line says, None for a damaged one."""
    body = raw[:-_END]
    if not raw.startswith(_START) or raw[-_END:] != _checksum(body):
        return None
    line: dict[str, Any] = decode(body + b"}")
    return line


def _check(line: Any, where: str) -> None:
    """Raise ValueError for a line that is whole and says what no journal does."""
    check(line, {"kind": OneOf(("session", "job"))}, where)
    if line["kind"] == "session":
        check(line, {"notes": Maybe({"claims": Maybe(Each(dict))})}, where)
        return
    check(line, {"key": TEXT, "function": TEXT, "arguments": dict, "seconds": Maybe({"cpu": NUMBER})}, where)
    if "result" not in line:
        raise ValueError(f"{where} must have the field 'result'")


def _mended(content: bytes) -> bytes:
    """The content without a torn last line; with its newline if only that is missing."""
    whole = content.rfind(b"\n") + 1
    last = content[whole:]
    if not last:
        return content
    return content + b"\n" if _read(last) is not None else content[:whole]
