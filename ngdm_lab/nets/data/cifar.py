"""CIFAR-10's python version: a tar of pickled batches, read without unpickling anything but numbers and text."""

from __future__ import annotations

import io
import lzma
import pickle
import tarfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ngdm_lab.compiler.checks import brief

__all__ = ["read_batch", "read_cifar"]

FOLDER = "cifar-10-batches-py"
TRAIN = tuple(f"data_batch_{k}" for k in range(1, 6))
TEST, META = "test_batch", "batches.meta"
PIXELS = 3 * 32 * 32
CLASSES = 10
_LARGEST = 1 << 26  # bytes of a member; a real batch has 31 million

Bytes = NDArray[np.uint8]


class _Type:
    """Stands for numpy.dtype: unsigned bytes and no other."""

    def __init__(self, *arguments: Any) -> None:
        if not arguments or arguments[0] not in (b"u1", "u1", b"|u1", "|u1"):
            raise pickle.UnpicklingError(f"an array of {arguments[:1]!r}, expected unsigned bytes")

    def __setstate__(self, state: Any) -> None:
        """Byte order and the like: of no meaning for bytes."""


class _Array:
    """Stands for numpy.ndarray."""

    values: Bytes

    def __setstate__(self, state: Any) -> None:
        try:
            _, shape, kind, fortran, raw = state
            if not isinstance(kind, _Type):
                raise TypeError("no type")
            self.values = np.frombuffer(raw, np.uint8).reshape(shape, order="F" if fortran else "C")
        except (TypeError, ValueError) as error:
            raise pickle.UnpicklingError(f"an array that cannot be made ({error})") from None


def _reconstruct(*arguments: Any) -> _Array:
    """Stands for numpy's function of that name, with which a pickled array begins."""
    return _Array()


_KNOWN = {
    ("numpy.core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy._core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy", "ndarray"): _Array,
    ("numpy", "dtype"): _Type,
}


class _Unpickler(pickle.Unpickler):
    """Knows arrays of bytes beside numbers, text, lists and dicts; a name of anything else is an error."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _KNOWN:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}, which is no part of CIFAR-10")
        return _KNOWN[module, name]

    def persistent_load(self, pid: Any) -> Any:
        raise pickle.UnpicklingError("it asks for an outside object, which is no part of CIFAR-10")


def _unpickle(content: bytes, what: str) -> dict[Any, Any]:
    try:
        made = _Unpickler(io.BytesIO(content), encoding="bytes").load()
    except Exception as error:  # a damaged pickle can fail in any way
        raise ValueError(f"{what} is no batch of CIFAR-10: {' '.join(str(error).split()) or 'it is damaged'}") from None
    if not isinstance(made, dict):
        raise ValueError(f"{what} is no batch of CIFAR-10: a {type(made).__name__}, expected a dict")
    return made


def read_batch(content: bytes, what: str = "batch") -> tuple[Bytes, NDArray[np.int64]]:
    """Images (m, 32, 32, 3) and labels (m,) of one pickled batch; `what` names it in errors.

    Raises ValueError for anything else, without running what a hostile pickle asks for.
    """
    batch = _unpickle(content, what)
    data, labels = batch.get(b"data"), batch.get(b"labels")
    pixels = getattr(data, "values", None)
    if pixels is None or pixels.ndim != 2 or pixels.shape[1] != PIXELS or len(pixels) == 0:
        shape = type(data).__name__ if pixels is None else pixels.shape
        raise ValueError(f"{what} has no data of shape (m, {PIXELS}), got {shape}")
    whole = isinstance(labels, list) and all(type(k) is int and 0 <= k < CLASSES for k in labels)
    if not isinstance(labels, list) or not whole or len(labels) != len(pixels):
        found = f"{len(labels)} labels" if isinstance(labels, list) else type(labels).__name__
        raise ValueError(f"{what} must have {len(pixels)} labels from 0 to {CLASSES - 1}, one for each image, "
                         f"got {found}")  # fmt: skip
    # a row holds the red plane, then the green, then the blue one
    images = np.moveaxis(pixels.reshape(-1, 3, 32, 32), 1, -1)
    return np.ascontiguousarray(images), np.array(labels, dtype=np.int64)


def read_cifar(path: str | Path) -> tuple[Bytes, NDArray[np.int64], Bytes, NDArray[np.int64], tuple[str, ...]]:
    """(x_train, y_train, x_test, y_test, class names) of cifar-10-python.tar.gz; images are (m, 32, 32, 3) bytes.

    Raises ValueError for a damaged archive or one that lacks a batch; FileNotFoundError for none.
    """
    wanted = {f"{FOLDER}/{name}": name for name in (*TRAIN, TEST, META)}
    found: dict[str, bytes] = {}
    try:
        with tarfile.open(path) as archive:
            for member in archive:
                name = wanted.get(member.name)
                if name is not None and member.isfile():
                    if member.size > _LARGEST:
                        raise ValueError(f"{path}: {member.name} has {member.size} bytes, expected at most {_LARGEST}")
                    stream = archive.extractfile(member)
                    assert stream is not None
                    found[name] = stream.read()
    except FileNotFoundError:
        raise
    except (tarfile.TarError, EOFError, OSError, zlib.error, lzma.LZMAError) as error:
        reason = " ".join(str(error).split()) or "it ends too early"
        raise ValueError(f"{path} is a damaged archive: {reason}") from None
    missing = [f"{FOLDER}/{name}" for name in wanted.values() if name not in found]
    if missing:
        raise ValueError(f"{path} is no python version of CIFAR-10: it lacks {', '.join(missing)}")
    parts = {name: read_batch(found[name], f"{path}: {name}") for name in (*TRAIN, TEST)}
    names = _unpickle(found[META], f"{path}: {META}").get(b"label_names")
    if not isinstance(names, list) or len(names) != CLASSES or not all(isinstance(n, bytes) for n in names):
        raise ValueError(f"{path}: {META} must have {CLASSES} label_names, got {brief(names)}")
    x, y = (np.concatenate([parts[name][k] for name in TRAIN]) for k in (0, 1))
    return x, y, *parts[TEST], tuple(n.decode("ascii", "replace") for n in names)
