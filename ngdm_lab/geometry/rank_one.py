"""Fisher matrices as diagonal minus rank one, block by block: the one source of both distributions' operators.

F of Eq. 5 is one block diag(psi'(alpha)) - psi'(S) 1 1^T over all coordinates; F of Eq. 7 has one for each pair. With
d_i = 1/psi'(alpha_i), rho = psi'(S) and c from ``solver.rank_one_factor`` everything here is a sum of terms of one
sign, so that no digit is lost however large, small or unequal the alphas are:

* F^-1 = diag(d) + c d d^T, and det F = prod psi'(alpha_i) * rho / c;
* F alpha = m > 0 makes v^T F v a sum of squares (``quadratic``);
* eliminating the first k coordinates leaves diag(psi') - 1 1^T / e_k with e_k = 1/c + the sum of the later d_j, which
  gives Cholesky's factor (``factor_mul``, ``factor_solve``).

Arrays have the shape (..., blocks, size).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ngdm_lab.geometry.solver import rank_one_factor
from ngdm_lab.geometry.trigamma import scaled_trigamma_drop, trigamma, trigamma_drop

Array = NDArray[np.float64]


def diagonal_inverse(alpha: Array) -> Array:
    """1 / psi'(alpha), the diagonal form of F^-1: of alpha alone, without any of the sums."""
    return np.asarray(1.0 / trigamma(alpha))


@dataclass(frozen=True, eq=False)
class RankOne:
    """The blocks of a Fisher matrix, made of their alphas.

    Attributes
    ----------
    alpha : shape (..., blocks, size)
    total : their sum in each block, shape (..., blocks, 1)
    others : the sum of the other alphas of the block, shape (..., blocks, size)
    """

    alpha: Array
    total: Array
    others: Array

    @cached_property
    def psi(self) -> Array:
        """psi'(alpha), the diagonal form of F."""
        return trigamma(self.alpha)

    @cached_property
    def rho(self) -> Array:
        """psi'(S), what F has less in every entry, shape (..., blocks, 1)."""
        return trigamma(self.total)

    @cached_property
    def diagonal(self) -> Array:
        """psi'(alpha_i) - psi'(S), the diagonal of F."""
        return trigamma_drop(self.alpha, self.others)

    @cached_property
    def d(self) -> Array:
        """1 / psi'(alpha), the diagonal form of F^-1."""
        return diagonal_inverse(self.alpha)

    @cached_property
    def weight(self) -> Array:
        """The sum of d_i m_i, m = F alpha, shape (..., blocks, 1); 0 for blocks of one coordinate."""
        return np.sum(self.d * scaled_trigamma_drop(self.alpha, self.others), axis=-1, keepdims=True)

    @cached_property
    def c(self) -> Array:
        """c in F^-1 = diag(d) + c d d^T, shape (..., blocks, 1); infinite for blocks of one coordinate."""
        with np.errstate(divide="ignore"):
            return rank_one_factor(self.total, self.weight)

    def mul(self, v: Array) -> Array:
        """F v. The sum of the other components is taken without subtracting the largest one."""
        largest = np.argmax(np.abs(v), axis=-1, keepdims=True)
        top = np.take_along_axis(v, largest, axis=-1)
        without = v.copy()
        np.put_along_axis(without, largest, 0.0, axis=-1)
        rest = np.sum(without, axis=-1, keepdims=True)
        with np.errstate(invalid="ignore"):  # infinite components
            others = (rest - without) + top
        np.put_along_axis(others, largest, np.broadcast_to(rest, largest.shape), axis=-1)
        return self.diagonal * v - self.rho * others

    def quadratic(self, v: Array, deviation: Array | None = None) -> Array:
        """v^T F v, the sum over all blocks: shape (...).

        For u = v / alpha it is, in each block, sum of alpha_i m_i u_i^2 + S psi'(S) sum of alpha_i (u_i - mean u)^2,
        the mean weighted with alpha / S. Give `deviation` = u - mean u where it is known more exactly than v tells.
        """
        u = v / self.alpha
        if deviation is None:
            deviation = u - np.sum(v, axis=-1, keepdims=True) / self.total
        own = scaled_trigamma_drop(self.alpha, self.others) * v * u
        shared = (self.total * self.rho) * (self.alpha * deviation) * deviation
        return np.sum(own + shared, axis=(-2, -1))

    def logdet(self) -> Array:
        """log det F, shape (...): -inf with a block of one coordinate."""
        with np.errstate(divide="ignore"):
            share = np.log(self.weight / self.total)  # rho / c
        return np.sum(np.sum(np.log(self.psi), axis=-1) + share[..., 0], axis=-1)

    def lost(self, v: Array) -> Array:
        """c d (d . v): what the diagonal form of F^-1 v lacks."""
        return self.c * self.d * np.sum(self.d * v, axis=-1, keepdims=True)

    @cached_property
    def _pivots(self) -> tuple[Array, Array, Array, Array]:
        """e_k, e_{k-1}, the diagonal of Cholesky's L, and g with L_ik = -g_k for i > k."""
        end = 1.0 / self.c
        before = end + np.cumsum(self.d[..., ::-1], axis=-1)[..., ::-1]
        after = np.concatenate([before[..., 1:], end], axis=-1)
        root = np.sqrt(after) / np.sqrt(before) / np.sqrt(self.d)  # the quotient itself may underflow
        return after, before, root, 1.0 / before / root

    def factor_mul(self, v: Array, transpose: bool) -> Array:
        """L v or L^T v for F = L L^T."""
        _, _, root, g = self._pivots
        return root * v - (g * _later(v) if transpose else _earlier(g * v))

    def factor_solve(self, v: Array, transpose: bool) -> Array:
        """L^-1 v or L^-T v for F = L L^T."""
        after, before, root, g = self._pivots
        if transpose:
            return (v + g * after * _later(g * v)) / root
        return (v + _earlier(self.d * v) / before) / root


def _earlier(x: Array) -> Array:
    """The sum of the entries before each, along the last axis."""
    sums = np.zeros_like(x)
    np.cumsum(x[..., :-1], axis=-1, out=sums[..., 1:])
    return sums


def _later(x: Array) -> Array:
    """The sum of the entries after each, along the last axis."""
    return _earlier(x[..., ::-1])[..., ::-1]
