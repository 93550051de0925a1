"""The ends of the spectrum of diag(delta) - rho 1 1^T in O(n) a step: the secular equation (Golub 1973).

An eigenvalue lambda that is no delta_i solves 1 = rho * sum of 1/(delta_i - lambda). The smallest lies in
(0, min delta), the largest between the two largest delta. Each equation is rewritten so that nothing cancels and the
function is convex or concave between the start and the root; Newton's method then never overshoots and takes a few
steps.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
STEPS = 60


def smallest(delta: Array, rho: float, share: float) -> float:
    """The smallest eigenvalue; `share` is 1 - rho * sum of 1/delta_i, without its cancellation.

    With q = min(delta)/delta, theta = lambda/min(delta) and 1/(delta - lambda) = 1/delta + ..., the secular equation
    is theta * sum of q^2/(1 - theta q) = share * min(delta)/rho.
    """
    least = float(delta.min())
    q, gap = least / delta, (delta - least) / delta  # gap = 1 - q
    right = share * (least / rho)

    if right <= 0.5 * np.sum(q * q / (1 - 0.5 * q)):  # theta <= 1/2

        def convex(theta: float) -> float:
            part = q / (1 - theta * q)
            sum1, sum2 = float(np.sum(q * part)), float(np.sum(q * part * part))
            return theta - (theta * sum1 - right) / (sum1 + theta * sum2)

        return least * _settle(convex, min(0.5, right / float(np.sum(q * q))))

    def concave(mu: float) -> float:  # mu = 1 - theta
        part = q / (gap + mu * q)
        sum1, sum2 = float(np.sum(q * part)), float(np.sum(q * part * part))
        return mu - (1 / sum1 - (1 - mu) / right) / (sum2 / sum1 / sum1 + 1 / right)

    ties = float(np.sum(gap == 0))
    return least * (1 - _settle(concave, ties / (right + ties)))


def largest(delta: Array, rho: float) -> float:
    """The largest eigenvalue, at least half of the largest delta where delta and rho are those of Eq. 5.

    With mu = 1 - lambda/max(delta) and gap_i = 1 - delta_i/max(delta), without the largest: the secular equation is
    mu = 1/(max(delta)/rho + sum of 1/(gap_i - mu)).
    """
    top = int(np.argmax(delta))
    most = float(delta[top])
    gap = (most - np.delete(delta, top)) / most
    if gap.size and gap.min() == 0:
        return most  # twice there, it is an eigenvalue itself
    inverse = most / rho

    def step(mu: float) -> float:
        part = 1 / (gap - mu)
        value = 1 / (inverse + float(np.sum(part)))
        return mu - (value - mu) / (-float(np.sum((part * value) ** 2)) - 1)

    start = min(1 / inverse, float(gap.min()) / (1 + np.sum(gap == gap.min()))) if gap.size else 1 / inverse
    return most * (1 - _settle(step, start))


def of_pairs(diagonal: Array, rho: Array, delta: Array, share: Array) -> tuple[Array, Array]:
    """Both eigenvalues of blocks of two, arrays of shape (..., 2) and (..., 1): each of the shape (...).

    The larger one is a sum of positive terms; the smaller is the determinant, delta_1 delta_2 share, over it.
    """
    half = 0.5 * (diagonal[..., 0] - diagonal[..., 1])
    high = 0.5 * (diagonal[..., 0] + diagonal[..., 1]) + np.hypot(half, rho[..., 0])
    return delta.max(axis=-1) / high * delta.min(axis=-1) * share[..., 0], high


def _settle(newton: Callable[[float], float], x: float) -> float:
    """The limit of x, newton(x), ...: steps are all of one sign until rounding takes over."""
    before = 0.0
    for _ in range(STEPS):
        after = newton(x)
        change = after - x
        if abs(change) <= 2e-16 * abs(x) or change * before < 0:
            return after
        x, before = after, change
    return x
