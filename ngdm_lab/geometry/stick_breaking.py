"""Stick-breaking: a smooth map between R^n and the open simplex."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ngdm_lab.compiler.checks import check_integer
from ngdm_lab.compiler.room import check_memory
from ngdm_lab.geometry.points import place
from ngdm_lab.geometry.simplex import SimplexMap

__all__ = ["StickBreaking"]

Array = NDArray[np.float64]


class StickBreaking(SimplexMap):
    """R^n mapped to the open simplex by breaking pieces off a stick of length 1.

    Piece k takes the share v_k of what is left, and the last component is what remains (section 2.2 with a ball
    without bounds; the shares v_k are the independent Beta variables of Eq. 6, Connor and Mosimann 1969):

        v_k = 1/(1 + (n + 1 - k) exp(-x_k)),    z_k = v_k prod_{j < k} (1 - v_j),    z_{n + 1} = prod_j (1 - v_j).

    x = 0 becomes the centre of the simplex. The parametrisation is that of the Stan reference manual ("unit
    simplex"), a smooth bijection with a triangular Jacobian.

    Parameters
    ----------
    n : whole number >= 1.

    Raises
    ------
    TypeError, ValueError
        When n is no whole number, or below 1. ``inverse`` and ``inverse_vjp`` refuse a z on the boundary.

    Notes
    -----
    Components below 5e-324 become 0: ``forward`` returns a z that has no inverse then. ``logdet`` and the
    derivatives stay finite.

    Examples
    --------
    >>> from ngdm_lab.geometry import StickBreaking
    >>> print(StickBreaking(3).forward([0.0, 0.0, 0.0]))
    [0.25 0.25 0.25 0.25]
    """

    def __init__(self, n: int) -> None:
        self._n = check_integer("n", n, 1)
        check_memory(f"n = {self._n}", 2 * self._n)
        self._offset = np.log(np.arange(self._n, 0, -1.0))  # log(n + 1 - k): the shift that centres the map

    def __repr__(self) -> str:
        return f"StickBreaking({self.n})"

    @property
    def n(self) -> int:
        """The dimension of x."""
        return self._n

    def _sticks(self, x: Array) -> tuple[Array, Array, Array]:
        """log v_k and log(1 - v_k), of shape (m, n), and the log of what is left before each piece, (m, n + 1)."""
        a = x - self._offset
        taken, kept = -np.logaddexp(0.0, -a), -np.logaddexp(0.0, a)
        left = np.concatenate((np.zeros((len(x), 1)), np.cumsum(kept, axis=1)), axis=1)
        return taken, kept, left

    def _pieces(self, x: Array) -> tuple[Array, Array, Array]:
        """v, 1 - v and z."""
        taken, kept, left = self._sticks(x)
        z = np.exp(left)
        z[:, :-1] = np.exp(taken + left[:, :-1])
        return np.exp(taken), np.exp(kept), z

    def _forward(self, x: Array) -> Array:
        z = self._pieces(x)[2]
        return z / z.sum(axis=1, keepdims=True)

    def _check_z(self, z: Array) -> None:
        edge = z == 0.0
        if edge.any():
            raise ValueError(
                f"z must lie inside the simplex, where every component is positive, got 0.0 {place(edge)}: "
                "stick-breaking sends the boundary to infinity (RadialMap has it)"
            )

    def _inverse(self, z: Array) -> Array:
        rest = np.cumsum(z[:, :0:-1], axis=1)[:, ::-1]  # z_{k + 1} + ... + z_{n + 1}
        return np.log(z[:, :-1]) - np.log(rest) + self._offset

    def _jvp(self, x: Array, v: Array) -> Array:
        share, kept, z = self._pieces(x)
        lost = np.concatenate((np.zeros((len(x), 1)), np.cumsum(share * v, axis=1)), axis=1)
        out = -z * lost
        out[:, :-1] += z[:, :-1] * kept * v
        return out

    def _vjp(self, x: Array, p: Array) -> Array:
        share, kept, z = self._pieces(x)
        zp = z * p
        later = np.cumsum(zp[:, :0:-1], axis=1)[:, ::-1]
        return kept * zp[:, :-1] - share * later

    def _inverse_vjp(self, z: Array, g: Array) -> Array:
        # x_k = log z_k - log(rest_k) + offset
        rest = np.cumsum(z[:, :0:-1], axis=1)[:, ::-1]
        out = np.zeros_like(z)
        out[:, :-1] = g / z[:, :-1]
        out[:, 1:] -= np.cumsum(g / rest, axis=1)
        return out - out.mean(axis=1, keepdims=True)

    def _logdet(self, x: Array) -> Array:
        taken, kept, left = self._sticks(x)
        return (taken + kept + left[:, :-1]).sum(axis=1)
