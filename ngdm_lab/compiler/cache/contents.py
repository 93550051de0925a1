"""What the cache holds, and how it is kept small: by age, by size, and without what killed processes left.

An entry is a folder of compiled code, named by the hash of its content, or a file of decoded data. Nothing else that
lies in the folder is counted or touched. The time of last use is that of the entry's seal or of the data file, set
anew at most once a day.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ..errors import Unavailable
from .folder import cache_folder, data_folder, fault, opened

__all__ = [
    "DAY", "MOST_DAYS", "SEAL", "STAMP", "Entry", "Removed", "clear", "describe", "discard", "entries", "leftovers",
    "most_bytes", "parse_size", "prune", "prune_daily", "show_size", "touch",
]  # fmt: skip

DAY = 86_400.0  # seconds
MOST_DAYS = 90.0  # without use
SEAL = "seal"  # the file of a compiled entry that vouches for the others
STAMP = ".pruned"  # its time is that of the last pruning
_STALE = 3_600.0  # seconds after which a workshop or temporary file is nobody's any more
_UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}
_SIZE = re.compile(r"(\d+\.?\d*|\.\d+)\s*([KMGT]?)(I?B)?", re.IGNORECASE)
# of an entry, and of what is made on the way to one
_CODE, _MAKING_CODE = re.compile(r"[0-9a-f]{32}"), re.compile(r"\.[0-9a-f]{32}-[0-9a-f]{16}")
_DATA, _MAKING_DATA = re.compile(r"[^.].*\.npz"), re.compile(r"\..+\.npz-[0-9a-f]{16}")


class Entry(NamedTuple):
    """An entry or a leftover: `kind` is "compiled" or "decoded", `size` in bytes, `used` in seconds since 1970."""

    path: Path
    kind: str
    size: int
    used: float


class Removed(NamedTuple):
    """What was removed: entries, and what killed processes had left."""

    entries: list[Entry]
    leftovers: list[Entry]


def entries() -> list[Entry]:
    """All entries of both folders."""
    return [*_listed(cache_folder(), "compiled", _CODE), *_listed(data_folder(), "decoded", _DATA)]


def leftovers() -> list[Entry]:
    """What processes that were killed left half made, or are making now."""
    return [*_listed(cache_folder(), "compiled", _MAKING_CODE), *_listed(data_folder(), "decoded", _MAKING_DATA)]


def touch(path: Path) -> None:
    """Note that an entry's seal or file was used, if that was not noted within the last day."""
    with contextlib.suppress(OSError):  # a cache that can only be read is a good one, too
        if not 0 <= time.time() - path.stat().st_mtime < DAY:
            os.utime(path)


def most_bytes() -> int:
    """The size that the cache may have: ``NGDM_LAB_CACHE_SIZE``, else 1 GiB. ValueError for what is no size."""
    return parse_size("NGDM_LAB_CACHE_SIZE", os.environ.get("NGDM_LAB_CACHE_SIZE") or "1G")


def parse_size(name: str, text: str) -> int:
    """Bytes from a text such as 500M or 1.5 GiB; units are powers of 1024. ValueError for what is no size."""
    found = _SIZE.fullmatch(text.strip())
    if not found:
        raise ValueError(f"{name} must be a size in bytes or with a unit, such as 500M or 2G; got {text!r}")
    return int(float(found[1]) * _UNITS[found[2].upper()])


def show_size(size: int) -> str:
    """A size in the units that `parse_size` reads."""
    unit = max((name for name in _UNITS if size >= _UNITS[name]), key=_UNITS.__getitem__, default="")
    number = size / _UNITS[unit]
    return f"{number:.0f} {unit}iB" if unit and number > 99 else f"{number:.3g} {unit}iB" if unit else f"{size} bytes"


def describe(found: list[Entry]) -> str:
    """Number and size of entries, in words."""
    number = f"{len(found)} {'entry' if len(found) == 1 else 'entries'}"
    return f"{number}, {show_size(sum(entry.size for entry in found))}"


def prune(days: float = MOST_DAYS, size: int | None = None) -> Removed:
    """Remove entries not used for so many days, and of the others what does not fit; sweep leftovers.

    Parameters
    ----------
    days : at least 0.
    size : bytes that may stay, the last used first; None for `most_bytes`. One entry that is larger does not push out
        all others.

    An entry that another process has loaded can go: the code is in that process's memory. Leftovers go when they are
    an hour old.

    Raises
    ------
    Unavailable : where others can write to the folder, for then it is not known whose files these are.
    """
    limit = most_bytes() if size is None else size
    _check_safe()
    now, kept, doomed = time.time(), 0, []
    for entry in sorted(entries(), key=lambda entry: entry.used, reverse=True):
        if kept + entry.size > limit or now - entry.used >= days * DAY:
            doomed.append(entry)
        else:
            kept += entry.size
    return _remove(doomed)


def clear() -> Removed:
    """Remove all entries, and leftovers that are an hour old. Raises Unavailable as `prune` does."""
    _check_safe()
    return _remove(entries())


def prune_daily() -> None:
    """`prune`, by one process a day, on its way to write to the cache; ValueError for a wrong size limit."""
    limit, folder = most_bytes(), opened(cache_folder())
    if folder is None:
        return
    stamp = folder / STAMP
    with contextlib.suppress(OSError, Unavailable):
        if stamp.exists() and 0 <= time.time() - stamp.stat().st_mtime < DAY:
            return
        stamp.touch(0o600)  # before the work, so that others leave it to us
        prune(size=limit)


def discard(path: Path) -> bool:
    """Remove an entry and say whether it is gone from its place, which it leaves in one step.

    So a reader finds all of it or nothing, and it goes even if it is another user's in a folder of ours.
    """
    aside = path.with_name(f".{path.name}-{secrets.token_hex(8)}")  # a leftover, should we be killed here
    try:
        path.rename(aside)
    except OSError:
        return False
    _deleted(aside)
    return True


def _check_safe() -> None:
    for folder in (cache_folder(), data_folder()):
        wrong = fault(folder)
        if wrong is not None:
            raise Unavailable(f"cache folder {folder} is left alone: {wrong}")


def _listed(folder: Path, kind: str, pattern: re.Pattern[str]) -> Iterator[Entry]:
    try:
        names = [name for name in os.listdir(folder) if pattern.fullmatch(name)]
    except OSError:  # there is none
        return
    for name in names:
        path = folder / name
        with contextlib.suppress(OSError):  # another process has just removed it
            yield Entry(path, kind, _size(path), _used(path))


def _size(path: Path) -> int:
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode):
        return found.st_size
    with os.scandir(path) as below:
        return sum(_size(Path(item.path)) for item in below)


def _used(path: Path) -> float:
    try:
        return (path / SEAL).lstat().st_mtime
    except OSError:  # a data file, or an entry that is none
        return path.lstat().st_mtime


def _remove(doomed: list[Entry]) -> Removed:
    gone = [entry for entry in doomed if _removed(entry)]
    now = time.time()
    swept = [entry for entry in leftovers() if now - entry.used >= _STALE and _deleted(entry.path)]
    return Removed(gone, swept)


def _removed(entry: Entry) -> bool:
    """Whether an entry could be removed; not if it was used since it was looked at."""
    try:
        return _used(entry.path) == entry.used and discard(entry.path)
    except OSError:
        return False


def _deleted(path: Path) -> bool:
    """Whether a leftover could be deleted; links in it are not followed."""
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    except OSError:
        return False
    return True
