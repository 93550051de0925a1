"""The folder that a command writes its results into: claimed for one run, and what is said of its files."""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path

from ngdm_lab.compiler.checks import check_path
from ngdm_lab.compiler.files import NotWritten, each_written, sweep, write_each

__all__ = ["JOURNAL", "Incomplete", "Made", "begun", "reserve", "text_files"]

JOURNAL = "journal.jsonl"  # of the jobs of a long run


class Incomplete(Exception):
    """Some of a command's files could not be written; the others are there."""


class Made:
    """The files of a run: each is written by itself, so that one that fails costs none of the others.

    Attributes
    ----------
    paths : what is written.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self.paths: list[Path] = []
        self._failed: dict[Path, str] = {}

    def add(self, *makers: Callable[[], Sequence[Path]]) -> None:
        """Call what writes files."""
        try:
            self.paths += each_written(makers)
        except NotWritten as error:
            self.paths += error.written
            self._failed |= error.failed

    def end(self) -> None:
        """Raise Incomplete if a file could not be written; the last thing that a command does."""
        if self._failed:
            kept = f"{len(self.paths)} other files are in {self.folder}" if self.paths else "nothing is written"
            raise Incomplete(f"{NotWritten(self._failed)}; {kept}")


def text_files(folder: Path, files: Mapping[str, str]) -> Callable[[], list[Path]]:
    """What writes texts by their names, each in whole or not at all."""
    return lambda: write_each({folder / name: text.encode() for name, text in files.items()})


@contextlib.contextmanager
def reserve(chosen: str | None, default: str) -> Iterator[Path]:
    """A new or empty folder for one run's results; removed again if the run fails before it wrote anything.

    Without a choice it is `default` in the current folder, or default-2, default-3, ... where that is taken:
    a second run never mixes into a first, be it at the same moment. Raises ValueError for a folder that holds files,
    that another run has, or that cannot be written.
    """
    path, made, claim = _exactly(check_path("--output", chosen)) if chosen is not None else _next(default)
    try:
        yield path
    except BaseException:
        _remove(made)
        raise
    finally:
        os.close(claim)


@contextlib.contextmanager
def begun(chosen: str | None, default: str, resume: bool) -> Iterator[Path]:
    """The folder of a run that can be gone on with: a new one as `reserve` has it, or with `resume` one that is there.

    What killed runs left half written there is removed. Raises ValueError where there is none to go on with, and as
    `reserve` does.
    """
    if not resume:
        with reserve(chosen, default) as path:
            yield path
        return
    path = check_path("--output", chosen or default)
    if not path.is_dir():
        raise ValueError(f"--resume needs the folder of the run that it goes on with, got {path}")
    claim = _claimed(path)
    if claim is None:
        raise ValueError(f"output folder {path} is being written by another run: wait for its end")
    try:
        for place in [path, *(part for part in path.iterdir() if part.is_dir())]:
            sweep(place)
        yield path
    finally:
        os.close(claim)


def _exactly(path: Path) -> tuple[Path, list[Path], int]:
    """(path, the folders that were made for it, its claim) of a folder that is new, or empty and nobody's."""
    made, claim = [], None
    try:
        for part in [*reversed(path.parents), path]:
            if not part.exists():
                part.mkdir(exist_ok=True)
                made.append(part)
        if not path.is_dir():
            raise NotADirectoryError(20, "it is a file")
        claim = _claimed(path)
        if claim is None:
            made = []
            raise ValueError(f"output folder {path} is being written by another run: choose another one")
        sweep(path)
        if any(path.iterdir()):
            raise ValueError(f"output folder {path} holds files already: choose a new one")
        _try(path)
        return path, made, claim
    except BaseException as error:
        _remove(made)
        if claim is not None:
            os.close(claim)
        if isinstance(error, OSError):
            raise _unwritable(path, error) from None
        raise


def _next(default: str) -> tuple[Path, list[Path], int]:
    """As `_exactly`, of the first name that is free."""
    for k in count(1):
        path = Path(default if k == 1 else f"{default}-{k}")
        try:
            path.mkdir()
            claim = _claimed(path)
            if claim is not None:
                _try(path)
                return path, [path], claim
        except FileExistsError:
            continue
        except OSError as error:
            _remove([path])
            raise _unwritable(path, error) from None
    raise AssertionError


def _try(path: Path) -> None:
    with tempfile.TemporaryFile(dir=path):  # root may pass every permission check and still fail here
        pass


def _unwritable(path: Path, error: OSError) -> ValueError:
    return ValueError(f"cannot write to output folder {path}: {error.strerror or error}")


def _claimed(path: Path) -> int | None:
    """The folder, open and locked; None where another run has it. The lock ends with the process, however it ends."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(handle), os.stat(path)):
            return handle
    except FileNotFoundError:  # removed by the run that had it
        pass
    except BlockingIOError:
        pass
    except OSError:  # a file system without locks for folders
        return handle
    os.close(handle)
    return None


def _remove(made: list[Path]) -> None:
    """Remove the folders that were made here, as far as they are empty."""
    for part in reversed(made):
        with contextlib.suppress(OSError):
            part.rmdir()
