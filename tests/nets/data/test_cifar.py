"""CIFAR-10's tar of Python 2 pickles: read, damaged, and hostile."""

from __future__ import annotations

import io
import os
import pickle
import pickletools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_files import NAMES, archive, batch, members, python2_pickle
from ngdm_lab.nets.data.cifar import FOLDER, META, TEST, TRAIN, read_batch, read_cifar


def test_the_writer_writes_what_the_full_unpickler_reads() -> None:
    """Python's own pickle and NumPy agree with our reading of the same bytes."""
    wanted = batch()
    text = python2_pickle(wanted)
    pickletools.dis(text, out=io.StringIO())
    plain = pickle.loads(text.replace(b"numpy.core.multiarray", b"numpy._core.multiarray"), encoding="bytes")
    assert plain[b"labels"] == wanted[b"labels"]
    np.testing.assert_array_equal(plain[b"data"], wanted[b"data"])
    images, labels = read_batch(text)
    assert images.shape == (4, 32, 32, 3)
    assert images.dtype == np.uint8
    assert labels.tolist() == wanted[b"labels"]
    for channel in range(3):  # three planes of 1024, row by row
        plane = wanted[b"data"][:, 1024 * channel : 1024 * (channel + 1)].reshape(-1, 32, 32)
        np.testing.assert_array_equal(images[..., channel], plane)


@pytest.mark.parametrize("mode", ["w:gz", "w", "w:xz"])
def test_archive(tmp_path: Path, mode: str) -> None:
    content = members()
    x, y, x_test, y_test, names = read_cifar(archive(tmp_path / "cifar.tar.gz", content, mode))
    assert x.shape == (20, 32, 32, 3)
    assert y.shape == (20,)
    assert x_test.shape == (4, 32, 32, 3)
    assert names == tuple(n.decode() for n in NAMES)
    for k, name in enumerate(TRAIN):
        images, labels = read_batch(content[name])
        np.testing.assert_array_equal(x[4 * k : 4 * k + 4], images)
        np.testing.assert_array_equal(y[4 * k : 4 * k + 4], labels)
    np.testing.assert_array_equal(y_test, read_batch(content[TEST])[1])


class Evil:
    """Its pickle runs a command when it is loaded."""

    def __reduce__(self) -> Any:
        return os.system, ("touch stolen",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (pickle.dumps(Evil(), 2), "asks for (posix|nt).system"),
        (pickle.dumps({"data": Evil()}), "asks for (posix|nt).system"),
        (b"cbuiltins\neval\n(V1+1\ntR.", "asks for builtins.eval"),
        (b"cnumpy\nload\n(Vx\ntR.", "asks for numpy.load"),
        (b"Pelsewhere\n.", "asks for an outside object"),
        (b"", "Ran out of input"),
        (b"garbage", "no batch of CIFAR-10"),
        (python2_pickle([1, 2]), "a list, expected a dict"),
        (python2_pickle({b"labels": [1]}), r"no data of shape \(m, 3072\), got NoneType"),
        (python2_pickle({b"labels": [1], b"data": b"bytes"}), "got bytes"),
        (python2_pickle({b"labels": [1], b"data": np.zeros((1, 9), np.uint8)}), r"got \(1, 9\)"),
        (python2_pickle(batch(), dtype=b"f8"), "expected unsigned bytes"),
        (python2_pickle(batch(), dtype=b"O8"), "expected unsigned bytes"),
        (python2_pickle({**batch(), b"labels": [0, 1, 2]}), "must have 4 labels .* got 3 labels"),
        (python2_pickle({**batch(), b"labels": [0, 1, 2, 10]}), "labels from 0 to 9"),
        (python2_pickle({**batch(), b"labels": [0, 1, 2, -1]}), "labels from 0 to 9"),
        (python2_pickle({**batch(), b"labels": b"none"}), "got bytes"),
    ],
)  # fmt: skip
def test_what_is_no_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: bytes, message: str) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=message) as caught:
        read_batch(text, "data_batch_1")
    assert str(caught.value).startswith("data_batch_1 ")
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


TEXT = python2_pickle(batch(2))


@given(st.integers(0, len(TEXT) - 1), st.integers(0, 255))
def test_a_damaged_batch_is_an_error_or_other_pixels(at: int, byte: int) -> None:
    for text in (TEXT[:at], TEXT[:at] + bytes([byte]) + TEXT[at + 1 :]):
        try:
            images, labels = read_batch(text)
        except ValueError as error:
            assert "\n" not in str(error)
        else:
            assert text[-1:] == b"."
            assert images.shape == (2, 32, 32, 3)
            assert len(labels) == 2


def test_damaged_archives(tmp_path: Path) -> None:
    path = tmp_path / "cifar-10-python.tar.gz"
    whole = archive(path, members()).read_bytes()
    for cut in (0, 1, 100, len(whole) // 2, 3 * len(whole) // 4):  # its last bytes hold nothing
        path.write_bytes(whole[:cut])
        with pytest.raises(ValueError, match=r"is a damaged archive: |is no python version") as caught:
            read_cifar(path)
        assert str(path) in str(caught.value)
    middle = len(whole) // 2
    path.write_bytes(whole[:middle] + bytes(64) + whole[middle + 64 :])
    with pytest.raises(ValueError, match=r"damaged|no batch|lacks"):
        read_cifar(path)
    path.write_bytes(b"not a tar at all")
    with pytest.raises(ValueError, match="damaged archive"):
        read_cifar(path)
    with pytest.raises(FileNotFoundError):
        read_cifar(tmp_path / "nothing")


def test_an_archive_that_lacks_something(tmp_path: Path) -> None:
    path, content = tmp_path / "c.tar.gz", members()
    archive(path, {k: v for k, v in content.items() if k not in ("data_batch_3", TEST)})
    with pytest.raises(ValueError, match=f"lacks {FOLDER}/data_batch_3, {FOLDER}/test_batch"):
        read_cifar(path)
    archive(path, {**content, META: python2_pickle({b"label_names": [b"one"]})})
    with pytest.raises(ValueError, match="must have 10 label_names"):
        read_cifar(path)
    archive(path, {**content, "data_batch_2": b"rubbish"})
    with pytest.raises(ValueError, match="data_batch_2 is no batch"):
        read_cifar(path)
