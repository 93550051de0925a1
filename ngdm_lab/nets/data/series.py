"""Series: the time series behind windows of it, with the signal below the noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ngdm_lab.compiler.checks import check_integer, check_number, check_point, settle

__all__ = ["Series"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Series:
    """A noisy series and its clean signal, cut into a training part and a test part, and these into windows.

    Attributes
    ----------
    clean, noisy : (length,) float64, read-only: the signal, and what is seen of it.
    cut : first time of the test part.
    window : values that a forecast sees; so each part's first target lies `window` after its beginning.
    sigma : standard deviation of the noise.
    """

    clean: Array
    noisy: Array
    cut: int
    window: int
    sigma: float

    def __post_init__(self) -> None:
        for name in ("clean", "noisy"):
            kept: NDArray[Any] = check_point(name, getattr(self, name), axes=1)
            kept.setflags(write=False)
            settle(self, **{name: kept})
        settle(self, cut=check_integer("cut", self.cut), window=check_integer("window", self.window))
        settle(self, sigma=check_number("sigma", self.sigma, least=0))

    @property
    def times(self) -> NDArray[np.int64]:
        """(length,): 0, 1, ..., the series' time axis."""
        return np.arange(len(self.clean))

    @property
    def train(self) -> slice:
        """The times of the training targets: ``series.noisy[series.train]`` is y_train before it is rounded."""
        return slice(self.window, self.cut)

    @property
    def test(self) -> slice:
        """The times of the test targets; ``series.clean[series.test]`` is what a perfect forecast says."""
        return slice(self.cut + self.window, len(self.clean))

    @property
    def floor(self) -> float:
        """sigma^2: the mean squared error against noisy targets of a forecaster that knows the clean signal."""
        return self.sigma**2
