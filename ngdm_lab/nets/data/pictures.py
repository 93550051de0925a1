"""Any set of pictures in folders: {train,test}/<class>/*.png, *.jpg, *.jpeg, torchvision's ImageFolder convention."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ngdm_lab.compiler.checks import check_integer, check_path, check_seed, check_str
from ngdm_lab.compiler.errors import Unavailable

from .cache import Arrays, cached
from .dataset import Data, stratified, unit
from .fetch import data_folder

__all__ = ["cifar10_jpeg", "folder"]

PARTS = ("train", "test")
SUFFIXES = (".png", ".jpg", ".jpeg")
_FORMAT = 1  # of what is cached; another number makes it anew

Pixels = NDArray[np.uint8]


class _File(NamedTuple):
    path: str
    size: int
    changed: int  # nanoseconds


def folder(
    path: str | Path, *, train: int | None = None, test: int | None = None, seed: int = 0, name: str | None = None
) -> Data:
    """The pictures below `path`: inputs (m, height, width, 1) for grey ones or (m, height, width, 3), in [0, 1].

    Pictures lie in ``path/train/<class>/`` and ``path/test/<class>/``, as PNG or JPEG files of 8 bits and of one size.
    Classes are the folders of ``train``, sorted by name. Grey pictures among coloured ones are made coloured. All are
    decoded once; later loads take them from the user's cache folder, unless a file's name, size or time has changed.

    Parameters
    ----------
    path : the folder with ``train`` and ``test`` in it. Its own name names the data.
    train, test : numbers of pictures to take, each class by its share; None for all.
    seed : of that choice and of the order, which is shuffled in either case.
    name : another name for tables.

    Raises
    ------
    ValueError
        With the file's or folder's name, for one that is missing, empty, damaged, of another size or kind, or a class
        that ``train`` lacks; for numbers of pictures that are not there.
    TypeError
        For arguments of another type.
    """
    root, seed = check_path("path", path).resolve(), check_seed("seed", seed)
    called = root.name if name is None else check_str("name", name)
    for part, limit in zip(PARTS, (train, test), strict=True):
        if limit is not None:
            check_integer(part, limit, 1)
    if not root.is_dir():
        raise ValueError(f"{root} is no folder")
    listed = {part: _classes(root / part) for part in PARTS}
    for label in listed["test"]:
        if label not in listed["train"]:
            raise ValueError(f"{root / 'test' / label} is a class that {root / 'train'} lacks, which has "
                             f"{', '.join(listed['train'])}")  # fmt: skip
    place = f"{root.name}-{hashlib.sha256(os.fsencode(root)).hexdigest()[:16]}"
    made = cached(place, _key(listed), lambda: _decoded(listed))
    at = {part: _chosen(part, made[f"y_{part}"], limit, seed) for part, limit in zip(PARTS, (train, test), strict=True)}
    x, x_test = (unit(made[f"x_{part}"][at[part]]) for part in PARTS)
    y, y_test = (made[f"y_{part}"][at[part]] for part in PARTS)
    taken = [f"{len(at[part])} of {len(made[f'y_{part}'])} for {use}"
             for part, use in zip(PARTS, ("training", "test"), strict=True)]  # fmt: skip
    return Data(
        x, y, x_test, y_test, called, tuple(listed["train"]), f"pictures in folders {root.name}/train and /test",
        f"as in the folders: {', '.join(taken)}, by classes' shares, shuffled, seed {seed}",
        {"pixels and labels": str(made["sha256"])}, {"train": len(x), "test": len(x_test), "seed": seed},
    )  # fmt: skip


def cifar10_jpeg(train: int | None = None, test: int | None = None, seed: int = 0) -> Data:
    """CIFAR-10 as JPEG pictures in ``DATA_DIR/cifar10-jpeg``; see `folder`.

    Raises Unavailable where that folder is not there.
    """
    where = data_folder() / "cifar10-jpeg"
    if not where.is_dir():
        raise Unavailable(f"cifar10-jpeg needs the folder {where} with pictures in train/<class>/ and test/<class>/; "
                          "set DATA_DIR to the folder that holds it")  # fmt: skip
    return folder(where, train=train, test=test, seed=seed)


def _chosen(name: str, labels: NDArray[Any], limit: int | None, seed: int) -> NDArray[np.int64]:
    """Indices in a shuffled order, for files lie sorted by classes and the first of them may be taken alone."""
    if limit is None or check_integer(name, limit, 1, len(labels)) == len(labels):
        return np.random.default_rng(seed).permutation(len(labels))
    return stratified(labels, limit, seed)[1]


def _entries(where: Path) -> list[os.DirEntry[str]]:
    """What lies in a folder by name, without what is hidden."""
    try:
        with os.scandir(where) as entries:
            return sorted((e for e in entries if not e.name.startswith(".")), key=lambda entry: entry.name)
    except OSError as error:
        raise ValueError(f"{where} cannot be read: {error.strerror}") from None


def _classes(part: Path) -> dict[str, list[_File]]:
    """The pictures of each class."""
    if not part.is_dir():
        raise ValueError(f"{part.parent} must hold train/<class>/ and test/<class>/ with pictures, and lacks "
                         f"{part.name}")  # fmt: skip
    found = {entry.name: _pictures(part / entry.name) for entry in _entries(part) if entry.is_dir()}
    if not found:
        raise ValueError(f"{part} must hold a folder for each class, and holds none")
    return found


def _pictures(where: Path) -> list[_File]:
    files = []
    for entry in _entries(where):
        if entry.name.lower().endswith(SUFFIXES) and entry.is_file():
            stat = entry.stat()
            files.append(_File(entry.path, stat.st_size, stat.st_mtime_ns))
    if not files:
        raise ValueError(f"{where} has no pictures ({', '.join(SUFFIXES)})")
    return files


def _key(listed: dict[str, dict[str, list[_File]]]) -> str:
    """A digest of all names, sizes and times, and of what decodes them."""
    import PIL

    lines = [f"{f.path}\0{f.size}\0{f.changed}" for classes in listed.values() for c in classes.values() for f in c]
    return f"{_FORMAT} {PIL.__version__} {hashlib.sha256(os.fsencode(chr(10).join(lines))).hexdigest()}"


def _decoded(listed: dict[str, dict[str, list[_File]]]) -> Arrays:
    """All pictures (m, height, width, channels) and labels in the files' order, with their digest."""
    pixels: dict[str, list[Pixels]] = {}
    labels: dict[str, list[int]] = {}
    first = next(iter(listed["train"].values()))[0]
    names, wanted = list(listed["train"]), _pixels(first).shape[:2]
    for part, classes in listed.items():
        pixels[part], labels[part] = [], []
        for label, files in classes.items():
            for file in files:
                made = _pixels(file)
                if made.shape[:2] != wanted:
                    raise ValueError(f"{file.path} has {_size(made.shape)} pixels, and {first.path} has "
                                     f"{_size(wanted)}: all must have one size")  # fmt: skip
                pixels[part].append(made)
                labels[part].append(names.index(label))
    channels = max(picture.shape[2] for pictures in pixels.values() for picture in pictures)
    arrays, content = {}, hashlib.sha256()
    for part in PARTS:
        x = np.empty((len(pixels[part]), *wanted, channels), np.uint8)
        for into, picture in zip(x, pixels[part], strict=True):
            into[...] = picture  # a grey one into each channel
        arrays[f"x_{part}"], arrays[f"y_{part}"] = x, np.array(labels[part], dtype=np.int64)
        content.update(x.data)
        content.update(arrays[f"y_{part}"].data)
    return {**arrays, "sha256": np.array(content.hexdigest())}


def _size(shape: tuple[int, ...]) -> str:
    return f"{shape[0]} x {shape[1]}"


def _pixels(file: _File) -> Pixels:
    """One picture (height, width, 1 or 3)."""
    from PIL import Image

    try:
        with Image.open(file.path, formats=("PNG", "JPEG")) as picture:
            mode, clear = picture.mode, "transparency" in picture.info
            grey = mode in ("1", "L")
            if (grey or mode in ("RGB", "P")) and not clear:
                made = np.asarray(picture.convert("L" if grey else "RGB"))
                return made[..., None] if grey else made
    except Exception as error:  # a damaged picture can fail in any way
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ValueError(f"{file.path} is no PNG or JPEG picture, or a damaged one: {reason}") from None
    raise ValueError(f"{file.path} is of mode {mode}{' with transparency' if clear else ''}, expected grey or RGB of "
                     "8 bits")  # fmt: skip
