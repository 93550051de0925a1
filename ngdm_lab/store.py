"""Results on disk: one npz with the manifest inside, written atomically, never a pickle."""

from __future__ import annotations

import json
import math
import os
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ngdm_lab.archive import write_members
from ngdm_lab.compiler.checks import check_path
from ngdm_lab.compiler.files import write_file
from ngdm_lab.schema import Each, OneOf, check

__all__ = ["difference", "memory", "read", "read_arrays", "write", "write_json"]

_RATIO = 1100  # deflate makes nothing smaller than by 1032
_LARGE = 4096  # bytes from which an array that another equals is not stored again


def write(
    path: str | Path, kind: str, arrays: Mapping[str, NDArray[Any]], manifest: Mapping[str, Any], compress: bool = True
) -> Path:
    """Save named arrays and a JSON manifest as `path` (.npz is added where it is missing).

    A large array that equals one before it is stored once: "same" of the manifest says of which name it is.
    """
    target = check_path("path", path)
    if target.suffix != ".npz":
        target = target.with_name(target.name + ".npz")
    same = _repeated(arrays)
    text = json.dumps({"kind": kind, **({"same": same} if same else {}), **manifest})
    members = {"manifest": np.frombuffer(text.encode(), dtype=np.uint8)}
    members |= {name: array for name, array in arrays.items() if name not in same}
    return write_file(target, lambda stream: write_members(stream, members, compress))


def read(path: str | Path) -> tuple[str, dict[str, NDArray[Any]], dict[str, Any]]:
    """(kind, arrays, manifest) of a saved result.

    What the file says of sizes is checked before anything is allocated.

    Raises ValueError for a file that is no result of this lab, FileNotFoundError for none.
    """
    path = check_path("path", path)
    try:
        arrays = read_arrays(path)
        if "manifest" not in arrays:
            raise ValueError(f"it has no manifest among {', '.join(arrays)[:80]}")
        manifest = json.loads(arrays.pop("manifest").tobytes())
        if not isinstance(manifest, dict) or not isinstance(manifest.get("kind"), str):
            raise ValueError("its manifest names no kind")
        return manifest.pop("kind"), _with_repeated(arrays, manifest.pop("same", {})), manifest
    except FileNotFoundError:
        raise
    except Exception as error:
        reason = " ".join(str(error).split())[:300]
        raise ValueError(f"{path} is no result saved by this lab ({type(error).__name__}: {reason})") from None


def _repeated(arrays: Mapping[str, NDArray[Any]]) -> dict[str, str]:
    """Name -> an earlier name with the same array, to the bit."""
    first: dict[tuple[Any, ...], str] = {}
    same = {}
    for name, array in arrays.items():
        if array.nbytes < _LARGE:
            continue
        content = np.ascontiguousarray(array)
        key = (array.dtype.str, array.shape, zlib.crc32(content.data.cast("B")))
        earlier = first.setdefault(key, name)
        if earlier != name and np.array_equal(content.view("u1"), np.ascontiguousarray(arrays[earlier]).view("u1")):
            same[name] = earlier
    return same


def _with_repeated(arrays: dict[str, NDArray[Any]], same: Any) -> dict[str, NDArray[Any]]:
    """With the arrays that are stored once for several names, each with its own copy."""
    check(same, Each(OneOf(list(arrays))), "same")
    if twice := same.keys() & arrays.keys():
        raise ValueError(f"same.{min(twice)} has an array of its own")
    _check_room(sum(array.nbytes for array in arrays.values()) + sum(arrays[name].nbytes for name in same.values()))
    return arrays | {name: arrays[earlier].copy() for name, earlier in same.items()}


def read_arrays(path: str | Path) -> dict[str, NDArray[Any]]:
    """The arrays of an npz file by name, after what it says of sizes; a damaged file can raise anything."""
    with open(path, "rb") as stream, zipfile.ZipFile(stream) as archive:
        _check_sizes(archive, os.fstat(stream.fileno()).st_size)
        return {member.filename.removesuffix(".npy"): _array(archive, member) for member in archive.infolist()}


def difference(what: str, before: Any, now: Any) -> tuple[str, Any, Any]:
    """The first thing in which two descriptions that differ do so, such as ("optimizer's lr", 0.1, 0.2)."""
    while isinstance(before, dict) and isinstance(now, dict):
        differ = [name for name in {*before, *now} if before.get(name) != now.get(name)]
        name = min(differ, key=lambda name: (name == "fields", name))
        what += "" if name == "fields" else f"'s {name}"
        before, now = before.get(name), now.get(name)
    return what, before, now


def _check_sizes(archive: zipfile.ZipFile, size: int) -> None:
    """Refuse an archive whose members say that they are larger than the file can hold, or this machine."""
    members = archive.infolist()
    names = [member.filename for member in members]
    if len(set(names)) < len(names):
        raise ValueError("a member stands in it twice")
    for member in members:
        if member.file_size > _RATIO * member.compress_size + 64 or member.compress_size > size:
            raise ValueError(f"{member.filename} says that it has {member.file_size} bytes, compressed "
                             f"{member.compress_size}, which cannot be")  # fmt: skip
    _check_room(sum(member.file_size for member in members))


def _check_room(whole: int) -> None:
    room = memory()
    if whole > room:
        raise ValueError(f"its arrays take {whole} bytes, and this machine has {room}")


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> NDArray[Any]:
    """A member's array, if its header says what the member holds."""
    form = np.lib.format
    with archive.open(member) as stream:
        version = form.read_magic(stream)
        if version not in ((1, 0), (2, 0)):
            raise ValueError(f"{member.filename} is of version {version} of the format npy")
        header = form.read_array_header_1_0 if version == (1, 0) else form.read_array_header_2_0
        shape, _, dtype = header(stream)
        if dtype.kind not in "biufU" or dtype.fields is not None:
            raise ValueError(f"{member.filename} holds {dtype}; numbers and text are read, as by allow_pickle=False")
        wanted = stream.tell() + math.prod(shape) * dtype.itemsize
    if wanted != member.file_size or len(shape) > 8:
        raise ValueError(f"{member.filename} of shape {shape} and type {dtype} takes {wanted} bytes, and it has "
                         f"{member.file_size}")  # fmt: skip
    with archive.open(member) as stream:
        array: NDArray[Any] = form.read_array(stream, allow_pickle=False)
        stream.read()  # to the end, where the checksum is compared
    return array


def memory() -> int:
    """Bytes of this machine's memory: what nothing can be larger than."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def write_json(path: Path, value: Any) -> Path:
    """Write JSON for people to read, atomically. NaN and infinities become text, since JSON has none."""
    return write_file(path, (json.dumps(_plain(value), indent=1, allow_nan=False) + "\n").encode())


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, float) and not np.isfinite(value):
        return str(value)
    return value
