"""The map of section 2.2 between weights x in R^n and points z of the n-simplex: what every such map has.

The paper asks for a bijection of a ball B(u0, r) in R^n with the simplex of z_j >= 0, sum of z_j = 1, and
names none. There are two here behind one interface: ``RadialMap`` is that bijection of the closed ball,
``StickBreaking`` a smooth one of all R^n with the open simplex. The paper counts z_0, ..., z_n; here x_1, ..., x_n
belong to the first n components and z_0 stands last, where the densities of Eqs. 4 and 6 have the component that
is left over.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ngdm_lab.compiler.checks import brief, check_point
from ngdm_lab.geometry.points import check_rows, check_simplex, place

__all__ = ["SimplexMap"]

Array = NDArray[np.float64]


class SimplexMap:
    """A bijection between points x of R^n and points z of the n-simplex in R^(n + 1).

    Every method takes one point or a batch: x of shape (n,) or (m, n) and z of shape (n + 1,) or (m, n + 1), in
    and out, as float64. A vector argument has the shape of its point. Derivatives cost O(n) except ``jacobian``.
    A z whose sum is within 1e-9 of 1 is divided by it.

    Raises
    ------
    TypeError
        For what is no array of real numbers.
    ValueError
        For another shape, for NaN or infinity, and for a point outside the domain; the first such point and what
        is wrong with it are named.
    """

    @property
    def n(self) -> int:
        """The dimension of x; z has n + 1 components."""
        raise NotImplementedError

    def forward(self, x: ArrayLike) -> Array:
        """z(x): components are never negative and their sum is 1 to rounding."""
        return self._apply(self._forward, self._x(x))

    def inverse(self, z: ArrayLike) -> Array:
        """x(z)."""
        return self._apply(self._inverse, self._z(z))

    def jvp(self, x: ArrayLike, v: ArrayLike) -> Array:
        """J v, the change of z for the change v of x; J = dz/dx, and the components of J v have the sum 0."""
        x = self._x(x)
        return self._apply(self._jvp, x, self._like(v, "v", x.shape))

    def vjp(self, x: ArrayLike, p: ArrayLike) -> Array:
        """J^T p: from the gradient p of f(z), of z's shape, to that of f(z(x)), of x's shape."""
        x = self._x(x)
        return self._apply(self._vjp, x, self._like(p, "p", (*x.shape[:-1], self.n + 1)))

    def inverse_vjp(self, z: ArrayLike, g: ArrayLike) -> Array:
        """From the gradient g of E(x), of x's shape, to that of E(x(z)) along the simplex, of z's shape.

        E(x(z)) is given on the simplex only, so its gradient is the one whose components have the sum 0.
        """
        z = self._z(z)
        return self._apply(self._inverse_vjp, z, self._like(g, "g", (*z.shape[:-1], self.n)))

    def jacobian(self, x: ArrayLike) -> Array:
        """J = dz/dx as a dense array of shape (n + 1, n), or (m, n + 1, n) for a batch."""
        x = self._x(x)
        points = np.repeat(x.reshape(-1, self.n), self.n, axis=0)
        units = np.tile(np.eye(self.n), (len(points) // self.n, 1))
        columns = self._jvp(points, units).reshape(-1, self.n, self.n + 1)
        return np.swapaxes(columns, 1, 2).reshape(*x.shape[:-1], self.n + 1, self.n)

    def logdet(self, x: ArrayLike) -> Array:
        """log |det d(z_1, ..., z_n)/dx|, of shape () or (m,); whichever component is left out, it is the same.

        So the density of x, where z has one of Eq. 4 or 6, is exp(logpdf(z(x)) + logdet(x)): those densities are
        per unit of n of the components. Per unit of area of the simplex it is larger by log(n + 1)/2.
        """
        x = self._x(x)
        return self._logdet(x.reshape(-1, self.n)).reshape(x.shape[:-1])[()]

    # -- rows of checked points, of shape (m, n) and (m, n + 1) ----------------------------------------------

    def _forward(self, x: Array) -> Array:
        raise NotImplementedError

    def _inverse(self, z: Array) -> Array:
        raise NotImplementedError

    def _jvp(self, x: Array, v: Array) -> Array:
        raise NotImplementedError

    def _vjp(self, x: Array, p: Array) -> Array:
        raise NotImplementedError

    def _inverse_vjp(self, z: Array, g: Array) -> Array:
        raise NotImplementedError

    def _logdet(self, x: Array) -> Array:
        raise NotImplementedError

    def _check_x(self, x: Array) -> None:
        """ValueError for the first of the finite rows that lies outside the map's domain."""

    def _check_z(self, z: Array) -> None:
        """ValueError for the first point of the closed simplex, one or of a batch, that has no x."""

    # -- arguments ---------------------------------------------------------------------------------------------

    def _x(self, value: ArrayLike) -> Array:
        x = self._like(value, "x")
        self._check_x(x.reshape(-1, self.n))
        return x

    def _z(self, value: ArrayLike) -> Array:
        z = check_simplex(value, "z", self.n + 1)
        self._check_z(z)
        return z

    def _like(self, value: ArrayLike, name: str, shape: tuple[int, ...] | None = None) -> Array:
        array = check_point(name, value, self.n if shape is None else shape[-1])
        if shape is not None and array.shape != shape:
            raise ValueError(f"{name} must have the shape {shape}, got {array.shape}")
        check_rows(array, name)
        bad = ~np.isfinite(array)
        if bad.any():
            raise ValueError(f"{name} must be finite, got {brief(float(array[bad][0]))} {place(bad)}")
        return array

    @staticmethod
    def _apply(rows: object, *points: Array) -> Array:
        flat = rows(*(p.reshape(-1, p.shape[-1]) for p in points))  # type: ignore[operator]
        return flat.reshape(*points[0].shape[:-1], flat.shape[-1])
