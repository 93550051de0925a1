"""An npz as it is written: straight to an open file, packed where that saves room and not where it only takes time.

`numpy.savez_compressed` packs everything, at some 35 MB a second: digits of results that nothing can make shorter too.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ngdm_lab.compiler.files import write_all

__all__ = ["write_members"]

SMALL = 1 << 16  # bytes up to which an array is packed as well as it goes
PIECE = 1 << 12  # bytes of the three places of a larger one at which packing is tried
PAYS = 0.5  # of its bytes that a larger one may keep: nothing packs fast that packs less well
GATHERED = 1 << 20  # bytes that go to the file in one call of the system


class _Sink:
    """A file for `zipfile`, which writes many small pieces, and looks for no place in what cannot seek."""

    def __init__(self, stream: int):
        self._stream, self._gathered = stream, bytearray()

    def write(self, piece: Any) -> int:
        if len(piece) < GATHERED:
            self._gathered += piece
        else:
            self.pass_on()
            write_all(self._stream, piece)
        if len(self._gathered) >= GATHERED:
            self.pass_on()
        return len(piece)

    def flush(self) -> None:
        """`zipfile` calls it after every member."""

    def pass_on(self) -> None:
        gathered, self._gathered = self._gathered, bytearray()
        if gathered:
            write_all(self._stream, bytes(gathered))


def write_members(stream: int, arrays: Mapping[str, NDArray[Any]], compress: bool) -> None:
    """Write arrays as the members of an npz to an open file. Raises OSError."""
    sink = _Sink(stream)
    with zipfile.ZipFile(sink, "w") as archive:  # type: ignore[call-overload]  # it asks for `write` and `flush` alone
        for name, array in arrays.items():
            level = _level(array) if compress else None
            archive.compression = zipfile.ZIP_STORED if level is None else zipfile.ZIP_DEFLATED
            archive.compresslevel = level
            with archive.open(f"{name}.npy", "w", force_zip64=array.nbytes >= 1 << 30) as file:
                np.lib.format.write_array(file, array, allow_pickle=False)
    sink.pass_on()


def _level(array: NDArray[Any]) -> int | None:
    """How hard to pack an array; None for not at all."""
    if array.nbytes <= SMALL:
        return 6
    content = np.ascontiguousarray(array).reshape(-1).view("u1")
    last = len(content) - PIECE
    tried = b"".join(content[at : at + PIECE].tobytes() for at in (0, last // 2, last))
    return 1 if len(zlib.compress(tried, 1)) <= PAYS * len(tried) else None
