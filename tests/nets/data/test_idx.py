"""IDX files: read, cut off, too long, damaged."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_files import CODES, idx
from ngdm_lab.nets.data.idx import read_idx


@given(data=st.data())
def test_round_trip(data: st.DataObject, tmp_path_factory: Any) -> None:
    kind = data.draw(st.sampled_from(sorted(CODES)))
    shape = data.draw(st.lists(st.integers(0, 4), min_size=1, max_size=4))
    array = np.random.default_rng(data.draw(st.integers(0, 99))).integers(0, 127, shape).astype(kind)
    path = tmp_path_factory.mktemp("idx") / "train-images-idx3-ubyte"
    for content in (idx(array), gzip.compress(idx(array))):
        path.write_bytes(content)
        made = read_idx(path)
        assert made.dtype == array.dtype
        assert made.dtype.isnative
        np.testing.assert_array_equal(made, array)


LABELS = idx(np.arange(10, dtype=np.uint8))


def test_a_byte_by_hand(tmp_path: Path) -> None:
    path = tmp_path / "labels"
    path.write_bytes(bytes.fromhex("00000801 00000003 050004"))
    assert read_idx(path).tolist() == [5, 0, 4]


@pytest.mark.parametrize("packed", [False, True])
def test_every_cut_and_what_is_too_long(tmp_path: Path, packed: bool) -> None:
    path = tmp_path / "t10k-labels-idx1-ubyte"
    pack = gzip.compress if packed else bytes
    for cut in range(len(LABELS)):
        path.write_bytes(pack(LABELS[:cut]))
        with pytest.raises(ValueError, match=r"cut off|is no IDX file") as caught:
            read_idx(path)
        assert str(path) in str(caught.value)
    path.write_bytes(pack(LABELS[:-1]))
    with pytest.raises(ValueError, match=r"shape \(10,\) takes 10 bytes of values, got 9$"):
        read_idx(path)
    path.write_bytes(pack(LABELS + b"x"))
    with pytest.raises(ValueError, match=r"is too long: .* got 10 and more"):
        read_idx(path)


def test_damaged_gzip(tmp_path: Path) -> None:
    path, whole = tmp_path / "labels.gz", gzip.compress(LABELS)
    for content in [whole[:cut] for cut in range(2, len(whole))] + [whole[:-8] + b"\0" * 4 + whole[-4:]]:
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"is a damaged gzip file|is cut off") as caught:
            read_idx(path)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("head", ["00000701", "00000800", "01000801", "3c21444f", "504b0304"])
def test_other_formats(tmp_path: Path, head: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(bytes.fromhex(head) + bytes(20))
    with pytest.raises(ValueError, match=f"is no IDX file: it begins with {bytes.fromhex(head).hex(' ')}"):
        read_idx(path)


def test_a_header_beyond_all_memory(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(bytes.fromhex("00000e03") + b"\xff" * 12 + bytes(100))
    with pytest.raises(ValueError, match="is cut off"):
        read_idx(path)
    with pytest.raises(FileNotFoundError):
        read_idx(tmp_path / "nothing")
