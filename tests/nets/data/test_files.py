"""Where files are found, what is downloaded, and what is said when neither goes. A server of our own stands in."""

from __future__ import annotations

import gzip
import hashlib
import socket
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data_files import archive, idx, members
from ngdm_lab.compiler.errors import Unavailable
from ngdm_lab.nets import data
from ngdm_lab.nets.data import images
from ngdm_lab.nets.data.fetch import data_folder

RNG = np.random.default_rng(1)
X, Y = RNG.integers(0, 256, (12, 28, 28), dtype=np.uint8), RNG.integers(0, 10, 12, dtype=np.uint8)


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: Any) -> None:
        pass


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    folder = tmp_path / "served"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


def nowhere() -> str:
    """An address at which nobody answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/"


def small_mnist(folder: Path, *, x: np.ndarray = X, y: np.ndarray = Y, packed: bool = True) -> dict[str, str]:
    """Four files in the real format; returns their digests."""
    folder.mkdir(parents=True, exist_ok=True)
    parts = {"train-images-idx3": x, "train-labels-idx1": y, "t10k-images-idx3": x[:5], "t10k-labels-idx1": y[:5]}
    digests = {}
    for name, array in parts.items():
        content = gzip.compress(idx(array), mtime=0) if packed else idx(array)
        (folder / f"{name}-ubyte{'.gz' if packed else ''}").write_bytes(content)
        digests[f"{name}-ubyte.gz"] = hashlib.sha256(content).hexdigest()
    return digests


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


def pin(monkeypatch: pytest.MonkeyPatch, digests: dict[str, str], *mirrors: str) -> None:
    monkeypatch.setattr(images, "MNIST", replace(images.MNIST, sha256=digests, mirrors=mirrors))


def check_mnist(made: data.Data) -> None:
    assert made.name == "mnist"
    assert made.classes == tuple("0123456789")
    assert made.x_train.shape == (12, 28, 28, 1)
    assert made.x_train.dtype == np.float32
    np.testing.assert_array_equal(np.round(made.x_train[..., 0] * 255), X)
    assert made.x_train.min() >= 0.0
    assert made.x_train.max() <= 1.0
    assert made.y_train.tolist() == Y.tolist()
    assert made.y_test.tolist() == Y[:5].tolist()
    assert made.split == "as published: 12 for training, 5 for test"


def test_files_that_are_there(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digests = small_mnist(home / "mnist")
    pin(monkeypatch, digests)
    monkeypatch.setitem(sys.modules, "pooch", None)  # not needed for them
    made = data.load("mnist")
    check_mnist(made)
    assert made.sha256 == digests
    assert made.source.endswith("checked by sha256")


def test_download_from_the_second_mirror(home: Path, served: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pooch", reason="pooch, of the extra test, is not installed")
    folder, address = served
    pin(monkeypatch, small_mnist(folder), nowhere(), address)
    check_mnist(data.load("mnist"))
    assert sorted(p.name for p in (home / "mnist").iterdir()) == sorted(p.name for p in folder.iterdir())
    for path in folder.iterdir():
        path.unlink()
    check_mnist(data.load("mnist"))  # from the disk now


def test_a_mirror_that_sends_something_else(home: Path, served: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pooch", reason="pooch, of the extra test, is not installed")
    folder, address = served
    digests = small_mnist(folder)
    pin(monkeypatch, {**digests, "train-images-idx3-ubyte.gz": "0" * 64}, address)
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1:.*what it sends has another sha256"):
        data.load("mnist")
    assert list((home / "mnist").iterdir()) == []  # nothing half made is left


def test_offline(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pooch", reason="pooch, of the extra test, is not installed")
    digests = small_mnist(home / "mnist")
    (home / "mnist" / "t10k-labels-idx1-ubyte.gz").unlink()
    pin(monkeypatch, digests, nowhere())
    with pytest.raises(Unavailable) as caught:
        data.load("mnist")
    message = str(caught.value)
    assert "\n" not in message
    assert "127.0.0.1" in message
    assert "no connection" in message
    assert f"put t10k-labels-idx1-ubyte.gz into {home / 'mnist'}, or set DATA_DIR" in message


def test_without_pooch(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "FASHION", replace(images.FASHION, system=None))
    monkeypatch.setitem(sys.modules, "pooch", None)
    for name, first in (
        ("mnist", "train-images-idx3-ubyte.gz"), ("fashion_mnist", "train-images-idx3-ubyte.gz"),
        ("cifar10", "cifar-10-python.tar.gz"),
    ):  # fmt: skip
        with pytest.raises(Unavailable, match=rf"needs {first}, .*pip install 'ngdm-lab\[data\]'.*DATA_DIR"):
            data.load(name)
    assert not home.exists()


def test_a_file_with_another_digest(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pin(monkeypatch, dict.fromkeys(small_mnist(home / "mnist"), "0" * 64))
    with pytest.raises(ValueError, match=r"train-images.*gz has the sha256 .* expected 0000.*delete it"):
        data.load("mnist")


def test_unpacked_files_are_taken_and_named(home: Path) -> None:
    digests = small_mnist(home / "mnist", packed=False)
    made = data.load("mnist")
    check_mnist(made)
    assert made.source.endswith("4 unpacked files, not checked")
    assert set(made.sha256.values()) == set(digests.values())
    small_mnist(home / "fashion-mnist", packed=False)
    assert data.load("Fashion-MNIST").classes[9] == "ankle boot"


def test_files_that_do_not_fit_each_other(home: Path) -> None:
    small_mnist(home / "mnist", y=Y[:11], packed=False)
    with pytest.raises(ValueError, match=r"train-labels-idx1-ubyte must have 12 labels, .* got 11"):
        data.load("mnist")
    small_mnist(home / "mnist", x=X.astype(np.int16), packed=False)
    with pytest.raises(ValueError, match="must hold bytes on 3 axes, got int16"):
        data.load("mnist")
    small_mnist(home / "mnist", y=Y + 10, packed=False)
    with pytest.raises(ValueError, match="y must hold labels below 10"):
        data.load("mnist")


def as_debian(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files packed anew, without a name, as a package of the operating system has them."""
    small_mnist(folder)
    content = {}
    for path in folder.iterdir():
        plain = gzip.decompress(path.read_bytes())
        content[path.name] = hashlib.sha256(plain).hexdigest()
        path.write_bytes(gzip.compress(plain, 1, mtime=0))
    monkeypatch.setattr(images, "FASHION", replace(images.FASHION, system=folder, content=content, mirrors=()))


def test_fashion_mnist_of_a_system_package(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "usr" / "share" / "datasets" / "fashion-mnist"
    as_debian(folder, monkeypatch)
    made = data.load("fashion-mnist")
    np.testing.assert_array_equal(np.round(made.x_train[..., 0] * 255), X)
    assert made.y_test.tolist() == Y[:5].tolist()
    assert made.source.endswith("checked by sha256")
    assert made.sha256 == {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.iterdir()}
    assert not home.exists()
    small_mnist(home / "fashion-mnist", x=255 - X, packed=False)  # what a user put there goes first
    assert not np.array_equal(data.load("fashion-mnist").x_train, made.x_train)


def test_a_system_package_that_is_damaged(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    as_debian(tmp_path / "system", monkeypatch)
    path = tmp_path / "system" / "t10k-images-idx3-ubyte.gz"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match=r"t10k-images-idx3-ubyte\.gz is a damaged gzip file"):
        data.load("fashion-mnist")
    path.write_bytes(gzip.compress(idx(X[:4])))
    with pytest.raises(ValueError, match=r"t10k-images.* holds what has the sha256 .*: install its package anew"):
        data.load("fashion-mnist")
    path.unlink()
    with pytest.raises(Unavailable, match="needs t10k-images-idx3-ubyte"):
        data.load("fashion-mnist")


def test_where_debian_has_fashion_mnist() -> None:
    assert images.FASHION.system == Path("/usr/share/datasets/fashion-mnist")
    assert set(images.FASHION.content) == set(images.FASHION.sha256)


def test_cifar10(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "cifar10").mkdir(parents=True)
    path = archive(home / "cifar10" / "cifar-10-python.tar.gz", members())
    digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest()}
    monkeypatch.setattr(images, "CIFAR", replace(images.CIFAR, sha256=digests))
    made = data.load("cifar10")
    assert made.x_train.shape == (20, 32, 32, 3)
    assert made.x_test.shape == (4, 32, 32, 3)
    assert made.classes[3] == "cat"
    assert made.sha256 == digests
    assert 0.99 < made.x_train.max() <= 1.0


def test_where_data_lie(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_DIR", "~/sets")
    assert data_folder() == Path.home() / "sets"
    monkeypatch.delenv("DATA_DIR")
    assert data_folder().name == "data"
    assert data_folder().is_absolute()


@pytest.mark.parametrize("name", ["MNIST", "FASHION", "CIFAR"])
def test_pinned_digests_are_digests(name: str) -> None:
    files = getattr(images, name)
    digests = [*files.sha256.values(), *files.content.values()]
    assert all(len(d) == 64 and set(d) <= set("0123456789abcdef") for d in digests)
    assert len(set(digests)) == len(digests)
