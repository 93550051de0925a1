"""A plane through a loss as a surface of two dimensions, to be looked at."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscapes import Surface
from ngdm_lab.compiler.checks import check_instance, check_point
from ngdm_lab.experiments.trace import Trace

if TYPE_CHECKING:
    from landscapes.transforms import Transform

__all__ = ["LossSlice"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class LossSlice(Surface):
    """A plane c + a d_1 + b d_2 through a space of n parameters, as a surface of (a, b). Made by `loss_slice`.

    It has values, and over a landscape gradients, and every plot takes it as any surface; it cannot be transformed,
    nor can optimizers run on it.

    Attributes
    ----------
    centre : (n,) the point c.
    directions : (2, n) d_1 and d_2; they need not be at right angles.
    labels : what the two axes are called.
    how : in a few words, how the plane was made.
    seed : of random directions; None for others.
    share : of the squared distances from the centre of the points that principal directions were made from, what the
        plane holds; NaN otherwise.
    values : (p, p) the losses [b, a] on the grid over the bounds that a model's slice is made from; between them it is
        interpolated linearly. None over a landscape, whose values are exact everywhere.
    """

    target: Any = None
    centre: Array = field(default_factory=lambda: np.empty(0))
    directions: Array = field(default_factory=lambda: np.empty((2, 0)))
    labels: tuple[str, str] = ("", "")
    how: str = ""
    seed: int | None = None
    share: float = float("nan")
    values: Array | None = None

    @property
    def name(self) -> str:
        """The name of what was cut."""
        return f"{self.family.name} on a plane"

    @property
    def formula(self) -> str:
        """What it shows, in words."""
        return f"{self.family.name} on a plane: {self.how}."

    def __repr__(self) -> str:
        return f"<LossSlice {self.name}: {self.how}>"

    def points(self, x: ArrayLike) -> Array:
        """(..., n) the parameters at coordinates x (..., 2)."""
        return self.centre + check_point("x", x, 2) @ self.directions

    def coordinates(self, points: ArrayLike) -> Array:
        """(..., 2) where parameters (..., n) lie after projection to the plane; NaN stays NaN."""
        away = check_point("points", points, len(self.centre)) - self.centre
        return away @ np.linalg.pinv(self.directions)

    def project(self, trace: Trace) -> Trace:
        """A trace of n dimensions as one of two, on this plane; its values f stay those of the true points.

        Raises ValueError for a trace on another surface than the one that was cut.
        """
        check_instance("trace", trace, Trace, "a Trace of lab.trace")
        if not isinstance(self.target, Surface) or trace.surface is None or trace.surface.name != self.target.name:
            where = trace.surface.name if trace.surface is not None else "a surface that its file does not name"
            raise ValueError(f"trace must run on what was cut, {self.family.name}, got one on {where}")
        runs = replace(trace.runs, surface=self, x0=self.coordinates(trace.runs.x0), x=self.coordinates(trace.runs.x))
        return replace(trace, x=self.coordinates(trace.x), runs=runs)

    def value_and_grad(self, x: ArrayLike, *, key: int = 0) -> tuple[Any, Array]:
        """Value and gradient along the plane; shapes as of any surface. TypeError over a model: values only."""
        if not isinstance(self.target, Surface):
            raise TypeError(f"the slice of {self.family.name} has values only: its gradient is not there")
        f, g = self.target.value_and_grad(self.points(x), key=key)
        return f, g @ np.transpose(self.directions)

    def value(self, x: ArrayLike, *, key: int = 0) -> Any:
        """f at coordinates x (2,) or (..., 2); of a model's slice NaN outside the bounds."""
        if isinstance(self.target, Surface):
            return self.target.value(self.points(x), key=key)
        at = check_point("x", x, 2)
        f = _between(self.values, self.bounds, at.reshape(-1, 2))
        return float(f[0]) if at.ndim == 1 else f.reshape(at.shape[:-1])

    def noisy(self, sigma: float) -> Surface:
        """A slice is without noise: itself for 0, TypeError otherwise."""
        if sigma:
            raise TypeError("a slice takes no noise: cut a surface that has it")
        return self

    def _with(self, t: Transform, bounds: Array) -> Surface:
        raise TypeError("a slice cannot be transformed: transform what is cut")

    @property
    def compiled(self) -> Any:
        """TypeError: there is nothing that an engine could run."""
        raise TypeError("a slice is there to be looked at: run optimizers on what was cut")

    def __reduce__(self) -> Any:
        raise TypeError("a slice cannot be pickled: make it again from what was cut")


def _between(values: Array | None, bounds: Array, at: Array) -> Array:
    """Linear interpolation in the grid; NaN outside and next to what is not finite."""
    from scipy.interpolate import RegularGridInterpolator

    assert values is not None
    axes = [np.linspace(low, high, len(values)) for low, high in bounds[::-1]]
    with np.errstate(invalid="ignore"):  # infinite losses
        return RegularGridInterpolator(axes, values, bounds_error=False)(at[:, ::-1])
