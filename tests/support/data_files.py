"""Small data files in their real formats: IDX, and CIFAR-10's tar of pickles as Python 2 wrote them."""

from __future__ import annotations

import io
import struct
import tarfile
from pathlib import Path
from typing import Any

import numpy as np

from ngdm_lab.nets.data.cifar import FOLDER, META, TEST, TRAIN

CODES = {"u1": 8, "i1": 9, "i2": 11, "i4": 12, "f4": 13, "f8": 14}


def idx(array: np.ndarray) -> bytes:
    """An array as Y. LeCun's page describes the format."""
    kind = array.dtype.str[1:]
    head = struct.pack(">BBBB", 0, 0, CODES[kind], array.ndim) + struct.pack(f">{array.ndim}I", *array.shape)
    return head + array.astype(">" + kind).tobytes()


RNG = np.random.default_rng(0)
NAMES = [b"airplane", b"automobile", b"bird", b"cat", b"deer", b"dog", b"frog", b"horse", b"ship", b"truck"]


def batch(m: int = 4) -> dict[bytes, Any]:
    return {
        b"batch_label": b"training batch 1 of 5",
        b"labels": [int(k) for k in RNG.integers(0, 10, m)],
        b"data": RNG.integers(0, 256, (m, 3072), dtype=np.uint8),
        b"filenames": [b"leptodactylus_pentadactylus_s_000004.png"] * m,
    }


def members() -> dict[str, bytes]:
    meta = {b"num_cases_per_batch": 4, b"label_names": NAMES, b"num_vis": 3072}
    made = {name: python2_pickle(batch()) for name in (*TRAIN, TEST)}
    return {**made, META: python2_pickle(meta), "readme.html": b"<html>"}


def archive(path: Path, content: dict[str, bytes], mode: str = "w:gz") -> Path:
    with tarfile.open(path, mode) as tar:
        folder = tarfile.TarInfo(FOLDER)
        folder.type = tarfile.DIRTYPE
        tar.addfile(folder)
        for name, text in content.items():
            info = tarfile.TarInfo(f"{FOLDER}/{name}")
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text))
    return path


def python2_pickle(value: Any, dtype: bytes = b"u1") -> bytes:
    """Protocol 2 of dicts, lists, ints, byte strings and arrays of bytes; `dtype` is what an array says it is."""
    return b"\x80\x02" + _body(value, dtype) + b"."


def _text(value: bytes) -> bytes:
    return b"U" + bytes([len(value)]) + value if len(value) < 256 else b"T" + struct.pack("<i", len(value)) + value


def _body(value: Any, dtype: bytes) -> bytes:
    if isinstance(value, dict):
        items = b"".join(_body(k, dtype) + _body(v, dtype) for k, v in value.items())
        return b"}(" + items + b"u"
    if isinstance(value, list):
        return b"](" + b"".join(_body(v, dtype) for v in value) + b"e"
    if isinstance(value, bytes):
        return _text(value)
    if isinstance(value, int):
        return b"J" + struct.pack("<i", value)
    if isinstance(value, np.ndarray):
        shape = b"(" + b"".join(_body(n, dtype) for n in value.shape) + b"t"
        empty = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\x00tU\x01btR"
        kind = (
            b"(cnumpy\ndtype\n("
            + _text(dtype)
            + b"K\x00K\x01tR(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
        )
        return empty + b"(K\x01" + shape + kind[1:] + b"\x89" + _text(value.tobytes()) + b"tb"
    raise TypeError(type(value))
