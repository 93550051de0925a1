"""MNIST, Fashion-MNIST and CIFAR-10 from their original files.

The digests are those that torchvision publishes in its prototype data sets (prototype/datasets/_builtin/mnist.py and
cifar.py). Those of Fashion-MNIST fit Debian's files, given back the names and times that Debian takes out of them; the
others have not been compared with a download of our own.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .cifar import read_cifar
from .dataset import Data, unit
from .fetch import Files, digest
from .idx import read_idx

__all__ = ["cifar10", "fashion_mnist", "mnist"]

_TRAIN_X, _TRAIN_Y = "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"
_TEST_X, _TEST_Y = "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"

MNIST = Files(
    "mnist",
    {
        _TRAIN_X: "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        _TRAIN_Y: "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        _TEST_X: "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        _TEST_Y: "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    },
    (
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
    ),
    unpacked=True,
)
FASHION = Files(
    "fashion-mnist",
    {
        _TRAIN_X: "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        _TRAIN_Y: "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        _TEST_X: "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        _TEST_Y: "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
    },
    (
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    ),
    unpacked=True,
    system=Path("/usr/share/datasets/fashion-mnist"),  # Debian's dataset-fashion-mnist
    content={
        _TRAIN_X: "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        _TRAIN_Y: "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        _TEST_X: "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        _TEST_Y: "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    },
)
CIFAR = Files(
    "cifar10",
    {"cifar-10-python.tar.gz": "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"},
    ("https://www.cs.toronto.edu/~kriz/",),
)

_CLOTHES = ("T-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot")
_PARTED = "as published: {} for training, {} for test"


def mnist() -> Data:
    """MNIST (LeCun, Cortes and Burges): 60,000 + 10,000 digits of 28 x 28 pixels, inputs (m, 28, 28, 1)."""
    return _from_idx(MNIST, (), "MNIST of Y. LeCun, C. Cortes and C. J. C. Burges")


def fashion_mnist() -> Data:
    """Fashion-MNIST (Xiao, Rasul and Vollgraf 2017): 60,000 + 10,000 images, inputs (m, 28, 28, 1)."""
    return _from_idx(FASHION, _CLOTHES, "Fashion-MNIST of H. Xiao, K. Rasul and R. Vollgraf 2017")


def cifar10() -> Data:
    """CIFAR-10 (Krizhevsky 2009): 50,000 + 10,000 colour images of 32 x 32 pixels, inputs (m, 32, 32, 3)."""
    paths = CIFAR.paths()
    (path,) = paths.values()
    x, y, x_test, y_test, names = read_cifar(path)
    return Data(
        unit(x), y, unit(x_test), y_test, "cifar10", names,
        "CIFAR-10 of A. Krizhevsky 2009, python version; checked by sha256", _PARTED.format(len(x), len(x_test)),
        dict(CIFAR.sha256),
    )  # fmt: skip


def _from_idx(files: Files, classes: tuple[str, ...], source: str) -> Data:
    paths = files.paths()
    arrays = {name: read_idx(path) for name, path in paths.items()}
    for name, array in arrays.items():
        axes = 3 if "idx3" in name else 1
        if array.dtype != np.uint8 or array.ndim != axes:
            raise ValueError(f"{paths[name]} must hold bytes on {axes} axes, got {array.dtype} of shape {array.shape}")
    for images, labels in ((_TRAIN_X, _TRAIN_Y), (_TEST_X, _TEST_Y)):
        if len(arrays[images]) != len(arrays[labels]):
            raise ValueError(f"{paths[labels]} must have {len(arrays[images])} labels, one for each image of "
                             f"{paths[images].name}, got {len(arrays[labels])}")  # fmt: skip
    loose = [path for name, path in paths.items() if path.name != name]
    checked = f"{len(loose)} unpacked files, not checked" if loose else "checked by sha256"
    y, y_test = (arrays[name].astype(np.int64) for name in (_TRAIN_Y, _TEST_Y))
    x, x_test = (unit(arrays[name][..., None]) for name in (_TRAIN_X, _TEST_X))
    return Data(
        x, y, x_test, y_test, files.name, classes or tuple("0123456789"), f"{source}; {checked}",
        _PARTED.format(len(x), len(x_test)), _digests(files, paths),
    )  # fmt: skip


def _digests(files: Files, paths: dict[str, Path]) -> dict[str, str]:
    known = {name: sha for name, sha in files.sha256.items() if paths[name].parent != files.system}
    return {path.name: known.get(path.name) or digest(path) for path in paths.values()}
