"""Where compiled code and decoded data lie, and whether nobody else can write there.

Compiled code runs with the rights of whoever loads it, so the rules are those by which OpenSSH trusts a key file
(``StrictModes`` in sshd_config(5)): the folder and all above it, up to the home folder or the root, belong to this
user or to root, and neither group nor others can write to them. Above the cache itself a folder with the sticky bit
will do, such as /tmp: there others can remove or rename nothing of ours. A group that has this user alone is no other,
as in Debian's OpenSSH: with it many systems make homes that a group can write to. A folder that fails is not used and
not mended. Systems without such owners, such as Windows, are not checked.
"""

from __future__ import annotations

import contextlib
import os
import stat
import warnings
from pathlib import Path

__all__ = ["cache_folder", "data_folder", "fault", "opened", "ours", "shut"]

_OPEN = stat.S_IWGRP | stat.S_IWOTH
_known: dict[Path, Path | None] = {}  # what `opened` found, for the rest of this process
_told: dict[str, object] = {}
_ELSEWHERE = "set NGDM_LAB_CACHE to a folder of your own"


def cache_folder() -> Path:
    """The folder of compiled code: ``NGDM_LAB_CACHE`` or the user's cache folder of this platform."""
    return _chosen() or _usual() / "compiled"


def data_folder() -> Path:
    """The folder of decoded data: ``decoded`` in ``NGDM_LAB_CACHE``, or in the user's cache folder."""
    return (_chosen() or _usual()) / "decoded"


def _chosen() -> Path | None:
    chosen = os.environ.get("NGDM_LAB_CACHE")
    return Path(chosen).expanduser().absolute() if chosen else None


def _usual() -> Path:
    import platformdirs

    return Path(platformdirs.user_cache_dir("ngdm-lab"))


def opened(folder: Path, *, make: bool = True) -> Path | None:
    """The folder, free of links, once it is known that nobody else can write there. It is looked at once a process.

    Parameters
    ----------
    folder : `cache_folder` or `data_folder`.
    make : whether to make it, and those above, where they are missing; with mode 0700 whatever the umask.

    Returns
    -------
    None where it is missing or cannot be made; and with a warning, one a process, where others can write.
    """
    known = _known.get(folder)
    if folder in _known and (known is None or os.path.isdir(known)):
        return known
    wrong = fault(folder)
    if wrong is None and make:
        try:
            _make(folder)
        except OSError:  # read-only, full, or below a file
            return None
        wrong = fault(folder)  # again, for another may have been faster
    if wrong is not None:
        _known[folder] = None
        token = object()
        if _told.setdefault(wrong, token) is token:  # in one step, for threads
            warnings.warn(
                f"cache folder {folder} is not used, since another user could put code there that would run as yours: "
                f"{wrong}. Until then nothing is kept from one process to the next",
                RuntimeWarning,
                stacklevel=2,
            )
        return None
    if not os.path.isdir(folder):
        return None
    # without links, so that one that is turned elsewhere later leads nowhere
    _known[folder] = Path(os.path.realpath(folder))
    return _known[folder]


def fault(folder: Path) -> str | None:
    """Who else can write to a folder or exchange it, and what to do about that; None where nobody can.

    Of a folder that is missing, those above it are looked at.
    """
    if not hasattr(os, "geteuid"):
        return None
    for part in (folder, *folder.parents):
        if os.path.islink(part) and not _trusted(part.lstat()):
            return f"{part} is a link of {_owner(part.lstat())}'s; {_ELSEWHERE}"
    real = Path(os.path.realpath(folder))
    for part in (*reversed(real.parents), real):
        wrong = _open_to(part, real)
        if wrong is not None and not _above_home(part, real):
            return wrong
    return None


def _open_to(part: Path, cache: Path) -> str | None:
    try:
        found = part.stat()
    except OSError:  # missing, or not ours to see: then it cannot be used, either
        return None
    if not stat.S_ISDIR(found.st_mode):
        return None
    if not _trusted(found):
        return f"{part} belongs to {_owner(found)}; {_ELSEWHERE}"
    beyond = found.st_mode & _OPEN
    if beyond == stat.S_IWGRP and _private(found.st_gid):
        return None
    if beyond and (part == cache or not found.st_mode & stat.S_ISVTX):
        who = "everyone" if found.st_mode & stat.S_IWOTH else "its group"
        return f"{part} can be written by {who}; run `chmod go-w '{part}'`, or {_ELSEWHERE}"
    return None


def _above_home(part: Path, cache: Path) -> bool:
    """Whether a folder is above the home folder that the cache is in; the home of the user's entry, not ``HOME``."""
    import pwd

    try:
        home = Path(os.path.realpath(pwd.getpwuid(os.geteuid()).pw_dir))
    except KeyError:
        return False
    return home in (cache, *cache.parents) and part in home.parents


def ours(path: Path) -> bool:
    """Whether a file or folder, with all in it, is this user's or root's, closed to others, and free of links."""
    if not hasattr(os, "geteuid"):
        return True
    found = path.lstat()
    if not _trusted(found) or found.st_mode & _OPEN:
        return False
    if stat.S_ISDIR(found.st_mode):
        return all(ours(below) for below in path.iterdir())
    return stat.S_ISREG(found.st_mode)


def shut(path: Path) -> None:
    """Take away the right of others to write to a file or folder and all in it, which the umask may have given."""
    for below in (path, *path.rglob("*")):
        mode = stat.S_IMODE(below.stat().st_mode)
        if mode & _OPEN:
            below.chmod(mode & ~_OPEN)


def _make(folder: Path) -> None:
    for part in (*reversed(folder.parents), folder):
        with contextlib.suppress(FileExistsError):
            if not part.is_dir():
                part.mkdir(0o700)
                part.chmod(0o700)  # the umask can take our own rights
    if not folder.is_dir():
        raise NotADirectoryError(20, "it is a file", str(folder))


def _trusted(found: os.stat_result) -> bool:
    return found.st_uid in (0, os.geteuid())


def _private(gid: int) -> bool:
    """Whether a group is this user's own: of the same name, and nobody else is in it."""
    import grp
    import pwd

    try:
        me, group = pwd.getpwuid(os.geteuid()), grp.getgrgid(gid)
    except KeyError:
        return False
    others = {user.pw_name for user in pwd.getpwall() if user.pw_gid == gid} | set(group.gr_mem)
    return group.gr_name == me.pw_name and gid == me.pw_gid and others <= {me.pw_name}


def _owner(found: os.stat_result) -> str:
    import pwd

    try:
        return pwd.getpwuid(found.st_uid).pw_name
    except KeyError:
        return f"user {found.st_uid}"
