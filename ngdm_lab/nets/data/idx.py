"""The IDX format of MNIST: two zero bytes, a type, the number of axes, their lengths (big-endian), the values."""

from __future__ import annotations

import gzip
import io
import math
import zlib
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

__all__ = ["read_idx"]

_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_MOST_AXES = 8
_GZIP = b"\x1f\x8b"


def read_idx(path: str | Path) -> NDArray[Any]:
    """The array of an IDX file, gzipped or plain (told by its first bytes, not by its name), in native byte order.

    Raises ValueError for a file of another format, too short, too long or damaged; FileNotFoundError for none.
    """
    with open(path, "rb") as file:
        start = file.read(2)
        file.seek(0)
        try:
            with gzip.open(file) if start == _GZIP else file as stream:
                return _parse(stream, path)
        except (gzip.BadGzipFile, zlib.error, EOFError) as error:
            raise ValueError(f"{path} is a damaged gzip file: {error or 'it ends too early'}") from None


def _parse(stream: BinaryIO | io.BufferedIOBase, path: str | Path) -> NDArray[Any]:
    head = stream.read(4)
    if len(head) < 4 or head[:2] != b"\0\0" or head[2] not in _TYPES or head[3] == 0:
        raise ValueError(f"{path} is no IDX file: it begins with {head.hex(' ') or 'nothing'}, not with 00 00 08 01 "
                         "(labels), 00 00 08 03 (images) or the like")  # fmt: skip
    kind, axes = np.dtype(_TYPES[head[2]]), head[3]
    if axes > _MOST_AXES:
        raise ValueError(f"{path} is no IDX file of ours: it has {axes} axes, expected 1 to {_MOST_AXES}")
    lengths = stream.read(4 * axes)
    if len(lengths) < 4 * axes:
        raise ValueError(f"{path} is cut off: {4 + len(lengths)} bytes, its header alone has {4 + 4 * axes}")
    shape = tuple(int.from_bytes(lengths[k : k + 4], "big") for k in range(0, 4 * axes, 4))
    wanted = math.prod(shape) * kind.itemsize
    # not read(wanted): a damaged header may name more than there is memory
    parts, got = [], 0
    while got <= wanted:
        part = stream.read(min(1 << 24, wanted + 1 - got))
        if not part:
            break
        parts.append(part)
        got += len(part)
    if got != wanted:
        what = "is cut off" if got < wanted else "is too long"
        raise ValueError(f"{path} {what}: shape {shape} takes {wanted} bytes of values, got {min(got, wanted)}"
                         f"{' and more' if got > wanted else ''}")  # fmt: skip
    return np.frombuffer(b"".join(parts), dtype=kind).reshape(shape).astype(kind.newbyteorder("="))
