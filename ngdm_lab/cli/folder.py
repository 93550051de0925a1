"""The folder that a command writes its results into."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

__all__ = ["JOURNAL", "begun", "reserve", "write_files"]

JOURNAL = "journal.jsonl"  # of the jobs of a long run


@contextlib.contextmanager
def reserve(chosen: str | None, default: str) -> Iterator[Path]:
    """A new or empty folder for one run's results; removed again if the run fails before it wrote anything.

    Without a choice it is `default` in the current folder, or default-2, default-3, ... where that is taken:
    a second run never mixes into a first. Raises ValueError for a folder that holds files or cannot be written.
    """
    path = Path(chosen) if chosen is not None else _free(default)
    made = []
    try:
        for part in [*reversed(path.parents), path]:
            if not part.exists():
                part.mkdir(exist_ok=True)
                made.append(part)
        if not path.is_dir():
            raise NotADirectoryError(20, "it is a file")
        if any(path.iterdir()):
            raise ValueError(f"output folder {path} holds files already: choose a new one")
        with tempfile.TemporaryFile(dir=path):  # root may pass every permission check and still fail here
            pass
    except OSError as error:
        _remove(made)
        raise ValueError(f"cannot write to output folder {path}: {error.strerror or error}") from None
    try:
        yield path
    except BaseException:
        _remove(made)
        raise


def begun(chosen: str | None, default: str, resume: bool) -> contextlib.AbstractContextManager[Path]:
    """The folder of a run that can be gone on with: a new one as `reserve` has it, or with `resume` one that is there.

    Raises ValueError where there is none to go on with, and as `reserve` does.
    """
    if not resume:
        return reserve(chosen, default)
    path = Path(chosen or default)
    if not path.is_dir():
        raise ValueError(f"--resume needs the folder of the run that it goes on with, got {path}")
    return contextlib.nullcontext(path)


def write_files(folder: Path, files: Mapping[str, str]) -> None:
    """Write texts by their names, each in whole or not at all, and print where they are.

    Raises ValueError for a folder that cannot be written.
    """
    from ngdm_lab.compiler.files import write_atomically

    print("\nWritten:")
    for name, text in files.items():
        try:
            write_atomically(folder / name, text.encode())
        except OSError as error:
            raise ValueError(f"cannot write to {folder}: {error.strerror or error}") from None
        print(f"  {folder / name}")


def _free(default: str) -> Path:
    path, k = Path(default), 2
    while path.exists():
        path, k = Path(f"{default}-{k}"), k + 1
    return path


def _remove(made: list[Path]) -> None:
    """Remove the folders that were made here, as far as they are empty."""
    for part in reversed(made):
        with contextlib.suppress(OSError):
            part.rmdir()
