"""Folders of pictures: read, cached, damaged. Pictures are made by Pillow."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import ngdm_lab as lab
from ngdm_lab.nets import data
from ngdm_lab.nets.data import pictures

SIZE = (6, 5)  # height, width
COUNTS = {"train": {"b cat": 4, "a dog": 6, "zebra": 2}, "test": {"b cat": 2, "zebra": 3}}


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NGDM_LAB_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "decoded"


def drawn(root: Path, channels: int = 3, suffix: str = "png", size: tuple[int, int] = SIZE) -> dict[str, np.ndarray]:
    """A folder of noise; returns each part's pixels in the order of files."""
    rng, arrays = np.random.default_rng(0), {}
    for part, counts in COUNTS.items():
        parts = []
        for label in sorted(counts):
            (root / part / label).mkdir(parents=True)
            for k in range(counts[label]):
                pixels = rng.integers(0, 256, (*size, channels), dtype=np.uint8)
                Image.fromarray(pixels.squeeze()).save(root / part / label / f"{k:02}.{suffix}")
                parts.append(pixels)
        arrays[part] = np.stack(parts)
    return arrays


def check(made: data.Data, arrays: dict[str, np.ndarray]) -> None:
    """The pictures in some order, each with its own label."""
    assert made.classes == ("a dog", "b cat", "zebra")
    labels = {"train": [0] * 6 + [1] * 4 + [2] * 2, "test": [1] * 2 + [2] * 3}
    for part in ("train", "test"):
        x, y = getattr(made, f"x_{part}"), getattr(made, f"y_{part}")
        assert x.shape == arrays[part].shape
        assert x.dtype == np.float32
        wanted = arrays[part].astype(np.float32) / np.float32(255)
        at = [int(np.flatnonzero((wanted == one).all(axis=(1, 2, 3)))[0]) for one in x]
        assert sorted(at) == list(range(len(wanted)))
        assert [labels[part][k] for k in at] == y.tolist()
        assert at != sorted(at)


@pytest.mark.parametrize("channels", [1, 3])
def test_pictures_and_labels(tmp_path: Path, channels: int) -> None:
    arrays = drawn(tmp_path / "animals", channels)
    made = data.folder(tmp_path / "animals")
    check(made, arrays)
    assert made.name == "animals"
    assert made.settings == {"train": 12, "test": 5, "seed": 0}
    assert str(tmp_path) not in str(made.described())  # where it lay is no part of a result
    check(data.folder(tmp_path / "animals"), arrays)
    again = data.load(f"folder:{tmp_path / 'animals'}", name="Zoo", seed=3)
    check(again, arrays)
    assert again.name == "Zoo"
    assert again.sha256 == made.sha256
    assert again.y_train.tolist() != made.y_train.tolist()


def test_jpeg_is_what_pillow_reads(tmp_path: Path) -> None:
    drawn(tmp_path / "set", suffix="JPG", size=(8, 8))
    made = data.folder(tmp_path / "set")
    with Image.open(tmp_path / "set" / "test" / "zebra" / "01.JPG") as picture:
        wanted = np.asarray(picture) / np.float32(255)
    [at] = np.flatnonzero((made.x_test == wanted).all(axis=(1, 2, 3)))
    assert made.y_test[at] == 2


def test_a_smaller_set_is_chosen_by_shares_and_seed(tmp_path: Path) -> None:
    drawn(tmp_path / "set")
    made = data.folder(tmp_path / "set", train=6, test=5, seed=1)
    assert np.bincount(made.y_train).tolist() == [3, 2, 1]
    assert len(made.y_test) == 5
    assert made.split.startswith("as in the folders: 6 of 12 for training, 5 of 5 for test")
    np.testing.assert_array_equal(made.x_train, data.folder(tmp_path / "set", train=6, seed=1).x_train)
    assert not np.array_equal(made.x_train, data.folder(tmp_path / "set", train=6, seed=2).x_train)
    whole = data.folder(tmp_path / "set", train=12).x_train
    np.testing.assert_array_equal(whole, data.folder(tmp_path / "set").x_train)


def test_it_is_decoded_once_until_a_file_changes(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arrays, root = drawn(tmp_path / "set"), tmp_path / "set"
    opened = []
    plain = pictures._pixels
    monkeypatch.setattr(pictures, "_pixels", lambda file: opened.append(file.path) or plain(file))
    first = data.folder(root)
    assert len(opened) >= 17
    opened.clear()
    second = data.folder(root)
    assert opened == []
    for name in ("x_train", "y_train", "x_test", "y_test"):
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))
    [kept] = cache.iterdir()
    kept.write_bytes(kept.read_bytes()[:-100])  # a damaged cache is made again
    check(data.folder(root), arrays)
    assert opened
    for change in ("time", "content", "name"):
        opened.clear()
        file = root / "train" / "zebra" / "00.png"
        if change == "time":
            os.utime(file, ns=(1, 1))
        elif change == "content":
            at = next(k for k, one in enumerate(arrays["train"]) if k == 10)  # zebra's first
            arrays["train"][at] = 255 - arrays["train"][at]
            Image.fromarray(arrays["train"][at]).save(file)
        else:
            file.rename(file.with_name("000.png"))
        check(data.folder(root), arrays)
        assert opened
    assert len(list(cache.iterdir())) == 1  # it does not grow
    other = tmp_path / "elsewhere" / "set"
    shutil.copytree(root, other)  # of the same name, and of the same sizes and times
    check(data.folder(other), arrays)
    assert len(list(cache.iterdir())) == 2


def test_a_cache_that_cannot_be_written_costs_nothing_but_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arrays = drawn(tmp_path / "set")
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("NGDM_LAB_CACHE", str(tmp_path / "file"))
    check(data.folder(tmp_path / "set"), arrays)


def test_grey_among_colours_and_other_files(tmp_path: Path) -> None:
    arrays, root = drawn(tmp_path / "set"), tmp_path / "set"
    grey = np.arange(30, dtype=np.uint8).reshape(SIZE)
    Image.fromarray(grey).save(root / "test" / "zebra" / "02.png")
    arrays["test"][-1] = grey[..., None]
    few = Image.fromarray(np.array([[[255, 0, 9]] * 5] * 6, np.uint8)).quantize(4)
    assert few.mode == "P"
    few.save(root / "test" / "zebra" / "01.png")
    arrays["test"][-2] = [255, 0, 9]
    (root / "train" / "zebra" / "notes.txt").write_text("no picture")
    (root / "train" / "zebra" / "._00.png").write_text("what another system leaves")
    (root / "train" / ".hidden").mkdir()
    (root / "README.md").write_text("no part")
    check(data.folder(root), arrays)


def spoilt(root: Path, how: str) -> str:
    """A folder with one thing wrong; returns what must be named."""
    one = root / "train" / "b cat" / "01.png"
    if how == "cut off":
        one.write_bytes(one.read_bytes()[:60])
    elif how == "no picture":
        one.write_bytes(b"GIF89a and so on")
    elif how == "damaged":
        content = bytearray(one.read_bytes())
        content[len(content) // 2] ^= 255
        one.write_bytes(content)
    elif how == "size":
        Image.new("RGB", (6, 5)).save(one)
    elif how == "alpha":
        Image.new("RGBA", (5, 6)).save(one)
    elif how == "deep":
        Image.new("I;16", (5, 6)).save(one)
    elif how == "empty class":
        one = root / "train" / "unicorn"
        one.mkdir()
    elif how == "unknown class":
        one = root / "test" / "unicorn"
        shutil.copytree(root / "train" / "zebra", one)
    elif how == "no classes":
        one = root / "test"
        shutil.rmtree(one)
        one.mkdir()
    elif how == "no test":
        shutil.rmtree(root / "test")
        one = root
    else:
        shutil.rmtree(root)
        one = root
    return str(one)


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("cut off", "is no PNG or JPEG picture, or a damaged one"),
        ("no picture", "is no PNG or JPEG picture, or a damaged one"),
        ("damaged", "is no PNG or JPEG picture, or a damaged one"),
        ("size", "has 5 x 6 pixels, and "),
        ("alpha", "is of mode RGBA, expected grey or RGB of 8 bits"),
        ("deep", "is of mode I;16, expected grey or RGB of 8 bits"),
        ("empty class", "has no pictures (.png, .jpg, .jpeg)"),
        ("unknown class", "is a class that "),
        ("no classes", "must hold a folder for each class, and holds none"),
        ("no test", "must hold train/<class>/ and test/<class>/ with pictures, and lacks test"),
        ("nothing", "is no folder"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, cache: Path, how: str, message: str) -> None:
    drawn(tmp_path / "set")
    named = spoilt(tmp_path / "set", how)
    with pytest.raises(ValueError) as caught:
        data.folder(tmp_path / "set")
    assert f"{named} {message}" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not cache.exists()  # what failed is not kept


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        ({"train": 0}, ValueError, "train must be at least 1, got 0"),
        ({"train": 13}, ValueError, "train must be at most 12, got 13"),
        ({"test": 6}, ValueError, "test must be at most 5, got 6"),
        ({"test": 1.5}, TypeError, "test must be a whole number"),
        ({"seed": -1}, ValueError, "seed must be at least 0"),
        ({"name": 3}, TypeError, "name must be a str, got 3"),
    ],
)
def test_bad_options(tmp_path: Path, options: dict[str, Any], kind: type[Exception], message: str) -> None:
    drawn(tmp_path / "set")
    with pytest.raises(kind, match=message):
        data.folder(tmp_path / "set", **options)


def test_names_that_are_no_folder(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="data 'folder' has no option 'sigma'; its options: train, test, seed, name"):
        data.load(f"folder:{tmp_path}", sigma=1)
    for name in ("folder", "folder:", "mnist5k:x"):
        with pytest.raises(ValueError, match=f"unknown data '{name}'"):
            data.load(name)


def painted(root: Path, part: str, count: int) -> None:
    """JPEG pictures of 32 x 32 pixels in ten classes, each with a colour of its own under noise."""
    rng, hues = np.random.default_rng(len(part)), np.random.default_rng(0).integers(60, 196, (10, 3))
    for label, hue in enumerate(hues):
        (root / part / f"class {label}").mkdir(parents=True)
        for k in range(count):
            pixels = np.clip(hue + rng.normal(0.0, 25.0, (32, 32, 3)), 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(root / part / f"class {label}" / f"{k:02}.jpg")


def test_a_set_of_jpeg_pictures_trains(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As `cifar10-jpeg` is read: ten classes of JPEG pictures in `DATA_DIR`, and a share of them is trained on."""
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    painted(tmp_path / "cifar10-jpeg", "train", 12)
    painted(tmp_path / "cifar10-jpeg", "test", 4)
    made = data.load("cifar10-jpeg")
    assert made.x_train.shape == (120, 32, 32, 3)
    assert np.bincount(made.y_train).tolist() == [12] * 10
    few = data.load("cifar10-jpeg", train=100, test=30)
    assert np.bincount(few.y_test).tolist() == [3] * 10
    run = lab.nets.fit(lab.nets.cifar_cnn(filters=(4, 8)), few, lab.Adam(3e-3), epochs=6, batch_size=20, progress=False)
    assert run.history["train_loss"][-1] < run.history["train_loss"][0]
    assert run.score > 0.3  # guessing: 0.1
