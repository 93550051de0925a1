"""The radial map between a ball and the simplex (section 2.2)."""

from __future__ import annotations

from math import lgamma, log, pi, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ngdm_lab.compiler.checks import check_integer, check_number, check_point, is_many
from ngdm_lab.compiler.room import check_memory
from ngdm_lab.geometry.simplex import SimplexMap

__all__ = ["RadialMap"]

Array = NDArray[np.float64]


class RadialMap(SimplexMap):
    """The closed ball B(u0, r) mapped to the simplex along its radii (section 2.2).

    With u = (x - u0)/r, Q an isometry from R^n onto the vectors of R^(n + 1) whose sum is 0, and g the gauge
    (Minkowski functional) of the simplex seen from its centre c = (1, ..., 1)/(n + 1),

        z = c + Q u |u| / g(Q u),    g(w) = -(n + 1) min_j w_j,

    so that spheres around u0 become the boundaries of smaller copies of the simplex, the sphere of radius r
    that of the simplex itself, and u0 its centre. It is a bijection, Lipschitz in both directions.

    Parameters
    ----------
    centre : the number n >= 1 for a ball around the origin of R^n, or u0, finite, of shape (n,).
    radius : r > 0.

    Raises
    ------
    TypeError
        When centre or radius is not numeric.
    ValueError
        When centre is empty, not finite or not one-dimensional; when radius is not finite and positive (the paper
        admits r = 0, where there is no bijection).

    Notes
    -----
    Where two components of w are the smallest, z has a kink: derivatives are those of the cone of the first of
    them. At u0 itself z has a derivative in every direction and no linear one (n >= 2); there the methods use the
    similarity Q s/r whose determinant is the volume of the simplex over that of the ball, which is also the mean
    determinant of the map over the ball. A point may lie outside the ball by the rounding of its coordinates, and
    counts as on the sphere then.

    Examples
    --------
    >>> from ngdm_lab.geometry import RadialMap
    >>> ball = RadialMap([0.0, 0.0], 2.0)
    >>> print(ball.forward([0.0, 0.0]).round(3), ball.inverse([0.0, 0.0, 1.0]).round(3))
    [0.333 0.333 0.333] [1.414 1.414]
    """

    def __init__(self, centre: int | ArrayLike, radius: float = 1.0) -> None:
        if not is_many(centre):
            n = check_integer("centre", centre, 1)
            check_memory(f"centre = {n}", 4 * n)
            self.centre = np.zeros(n)
        else:
            self.centre = check_point("centre", centre, axes=1, finite=True)
        if not self.centre.size:
            raise ValueError("centre must be one point of shape (n,), n >= 1, got shape (0,)")
        self.centre.flags.writeable = False
        self.radius = check_number("radius", radius, above=0)

    def __repr__(self) -> str:
        return f"RadialMap(n={self.n}, radius={self.radius:g})"

    @property
    def n(self) -> int:
        """The dimension of the ball."""
        return len(self.centre)

    @property
    def _similarity(self) -> float:
        """s: the n-th root of the simplex's area, sqrt(n + 1)/n!, over the unit ball's volume."""
        n = self.n
        area, volume = 0.5 * log(n + 1) - lgamma(n + 1), 0.5 * n * log(pi) - lgamma(0.5 * n + 1)
        return float(np.exp((area - volume) / n))

    # -- the isometry: n columns of the Householder reflection that takes the last unit vector to (1, ..., 1) --

    def _lift(self, u: Array) -> Array:
        """Q u."""
        root = sqrt(self.n + 1)
        total = u.sum(axis=-1, keepdims=True)
        return np.concatenate((u - total * ((root + 1) / (root * self.n)), total / root), axis=-1)

    def _drop(self, w: Array) -> Array:
        """Q^T w: the inverse of ``_lift`` where the components of w have the sum 0."""
        root = sqrt(self.n + 1)
        rest = (w[..., -1:] - w.sum(axis=-1, keepdims=True) / root) * ((root + 1) / self.n)
        return w[..., :-1] + rest

    # -- the map -------------------------------------------------------------------------------------------------

    def _unit(self, x: Array) -> tuple[Array, Array, Array]:
        """Of every row: |u|, u/|u| (0 at the centre), and whether it is the centre, as columns."""
        u = (x - self.centre) / self.radius
        size = np.abs(u).max(axis=1, keepdims=True)
        at_centre = size == 0.0
        scaled = u / np.where(at_centre, 1.0, size)  # so that no square underflows
        norm = np.linalg.norm(scaled, axis=1, keepdims=True)
        return np.minimum(size * norm, 1.0), scaled / np.where(at_centre, 1.0, norm), at_centre

    def _corner(self, w: Array) -> tuple[NDArray[np.intp], Array, Array]:
        """Of every row of w = Q u/|u|: the index k of its smallest component, w - w_k, and the gauge g(w).

        g is the sum of w_j - w_k, which adds up positive numbers only.
        """
        k = np.argmin(w, axis=1)
        above = w - np.take_along_axis(w, k[:, None], axis=1)
        return k, above, above.sum(axis=1, keepdims=True)

    def _check_x(self, x: Array) -> None:
        u = (x - self.centre) / self.radius
        with np.errstate(over="ignore"):
            distance = np.linalg.norm(u, axis=1)
        size = (np.abs(self.centre).max() + self.radius) / self.radius
        outside = ~(distance <= 1.0 + 4.0 * np.finfo(float).eps * size * (sqrt(self.n) + 1.0))
        if outside.any():
            row = int(np.argmax(outside))
            where = "" if len(x) == 1 else f" in row {row}"
            raise ValueError(
                f"x must lie in the ball of radius {self.radius:g} around the centre, got the distance "
                f"{float(distance[row] * self.radius)!r}{where}"
            )

    def _forward(self, x: Array) -> Array:
        t, direction, at_centre = self._unit(x)
        _, above, gauge = self._corner(self._lift(direction))
        boundary = above / np.where(at_centre, 1.0, gauge)  # a mixture of it and the centre: no term is negative
        z = (1.0 - t) / (self.n + 1) + t * boundary
        return z / z.sum(axis=1, keepdims=True)

    def _inverse(self, z: Array) -> Array:
        t, direction, _ = self._towards(z)
        return self.centre + self.radius * t * direction

    def _towards(self, z: Array) -> tuple[Array, Array, Array]:
        """Of every row of z: |u| = g(z - c), the direction u/|u| (0 at the centre), and |z - c|."""
        above = z - z.min(axis=1, keepdims=True)
        t = above.sum(axis=1, keepdims=True)
        y = self._drop(above / np.where(t == 0.0, 1.0, t))
        length = np.linalg.norm(y, axis=1, keepdims=True)
        return np.minimum(t, 1.0), y / np.where(t == 0.0, 1.0, length), t * length

    def _jvp(self, x: Array, v: Array) -> Array:
        _, direction, at_centre = self._unit(x)
        w = self._lift(direction)
        k, _, gauge = self._corner(w)
        gauge = np.where(at_centre, 1.0, gauge)
        dw = self._lift(v / self.radius)
        along = (direction * v).sum(axis=1, keepdims=True) / self.radius
        turned = along + (self.n + 1) * np.take_along_axis(dw, k[:, None], axis=1) / gauge
        return np.where(at_centre, self._similarity * dw, (dw + w * turned) / gauge)

    def _vjp(self, x: Array, p: Array) -> Array:
        _, direction, at_centre = self._unit(x)
        w = self._lift(direction)
        k, _, gauge = self._corner(w)
        gauge = np.where(at_centre, 1.0, gauge)
        back = self._drop(p)
        along = (w * p).sum(axis=1, keepdims=True)
        corner = self._drop(_units(k, p)) * ((self.n + 1) / gauge)
        whole = (back + along * (direction + corner)) / gauge
        return np.where(at_centre, self._similarity * back, whole) / self.radius

    def _inverse_vjp(self, z: Array, g: Array) -> Array:
        t, direction, length = self._towards(z)
        at_centre = t == 0.0
        along = (direction * g).sum(axis=1, keepdims=True)
        ratio = t / np.where(at_centre, 1.0, length)  # g(w)/|w|
        corner = self._drop(_units(np.argmin(z, axis=1), z))
        y = ratio * (g - direction * along) - (self.n + 1) * along * corner
        return self.radius * self._lift(np.where(at_centre, g / self._similarity, y))

    def _logdet(self, x: Array) -> Array:
        _, direction, at_centre = self._unit(x)
        _, _, gauge = self._corner(self._lift(direction))
        # degree 1 and radial: the determinant is the n-th power of the factor along the radius
        scale = np.where(at_centre, self._similarity, 1.0 / np.where(at_centre, 1.0, gauge)) / self.radius
        return self.n * np.log(scale[:, 0]) - 0.5 * log(self.n + 1)


def _units(k: NDArray[np.intp], like: Array) -> Array:
    """Rows of the shape of ``like`` that are 1 at k and 0 elsewhere."""
    units = np.zeros_like(like)
    np.put_along_axis(units, k[:, None], 1.0, axis=1)
    return units
