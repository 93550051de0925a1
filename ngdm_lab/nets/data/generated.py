"""Data that are made by a formula and a seed: the noisy sinusoid and two spirals."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from landscapes.spirals import two_spirals
from ngdm_lab.compiler.checks import check_integer, check_number, check_seed
from ngdm_lab.compiler.room import check_memory

from .dataset import Data
from .series import Series

__all__ = ["sinusoid", "sinusoid_series", "spirals"]

Array = NDArray[np.float64]


def sinusoid_series(
    sigma: float = 0.5, length: int = 2_000, period: float = 50.0, seed: int = 0
) -> tuple[Array, Array]:
    """(clean, noisy), both (length,): sin(2 pi t / period), and the same plus sigma times standard normal noise.

    Raises TypeError or ValueError for a negative sigma, a length below 1, a period that is not above 0.
    """
    sigma, period = check_number("sigma", sigma, least=0), check_number("period", period, above=0)
    length, seed = check_integer("length", length, 1), check_seed("seed", seed)
    check_memory(f"length = {length}", 4 * length)
    clean = np.sin(2 * np.pi * np.arange(length) / period)
    return clean, clean + sigma * np.random.default_rng(seed).standard_normal(length)


def sinusoid(
    sigma: float = 0.5, length: int = 2_000, period: float = 50.0, window: int = 50, test: float = 0.2, seed: int = 0
) -> Data:
    """The noisy sinusoid of Table 4: from `window` values the next one is forecast.

    Inputs are (m, window, 1), targets (m, 1), both noisy. The paper gives neither the noise nor any other of these
    numbers. Independent noise in the target cannot be forecast, so sigma^2 is a floor of the mean squared error; a
    sigma between 0.47 and 0.53 gives errors like those of Table 4 (0.28 to 0.33). `series` of the result has the whole
    series and its clean signal.

    Parameters
    ----------
    sigma : standard deviation of the noise; the signal's amplitude is 1.
    length, period : number of values, and of values in one wave.
    window : values that a forecast sees.
    test : share of the series, its end, that is held back; no test window reaches into the training part.
    seed : of the noise.

    Raises
    ------
    ValueError
        For parameters outside their range, or a part of the series that is no longer than a window.
    """
    window = check_integer("window", window, 1)
    test = check_number("test", test, above=0, below=1)
    clean, series = sinusoid_series(sigma, length, period, seed)
    cut = length - round(test * length)
    if min(cut, length - cut) <= window:
        raise ValueError(f"window must be shorter than both parts of the series, {cut} and {length - cut} values, "
                         f"got {window}")  # fmt: skip
    (x, y), (x_test, y_test) = _windows(series[:cut], window), _windows(series[cut:], window)
    settings = {"sigma": sigma, "length": length, "period": period, "window": window, "test": test, "seed": seed}
    return Data(
        x, y, x_test, y_test, "sinusoid", (), f"generated: sin(2 pi t / {period:g}) + {sigma:g} N(0, 1), seed {seed}",
        f"the first {cut} values for training, the last {length - cut} for test, windows of {window}", {}, settings,
        Series(clean, series, cut, window, float(sigma)),
    )  # fmt: skip


def _windows(series: Array, window: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    seen = np.lib.stride_tricks.sliding_window_view(series, window)[:-1]
    return seen[:, :, None].astype(np.float32), series[window:, None].astype(np.float32)


def spirals(points: int = 97, turns: float = 1.0, noise: float = 0.0, seed: int = 0) -> Data:
    """Two spirals: inputs (2 points, 2) in and near the unit disc, label 0 on one spiral and 1 on the other.

    Parameters
    ----------
    points : on each spiral, for training and again for test; the test points lie between the others.
    turns : of each spiral; 3 as Lang and Witbrock 1988 have it is beyond the smallest nets.
    noise : standard deviation of the normal noise on both coordinates.
    seed : of the noise; the test set has noise of its own.

    Raises
    ------
    ValueError or TypeError
        For an argument outside its range.
    """
    seed = check_seed("seed", seed)
    check_memory(f"points = {points}", 16 * check_integer("points", points, 1))
    x, y = two_spirals(points, turns, noise, seed)
    x_test, y_test = two_spirals(points, turns, noise, seed + 2**32, between=True)
    settings = {"points": points, "turns": turns, "noise": noise, "seed": seed}
    return Data(
        x.astype(np.float32), y, x_test.astype(np.float32), y_test, "spirals", ("first", "second"),
        f"generated: two spirals of {turns:g} turns after Lang and Witbrock 1988, noise {noise:g}, seed {seed}",
        f"{len(y)} points for training, {len(y_test)} between them for test", {}, settings,
    )  # fmt: skip
